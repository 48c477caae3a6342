// Writes the page down as columns, one entry a node, in document order (see columns.py).
// Adds to `abos` of walker.js, in the same isolated world. It reads only: nothing that a page could
// notice is set, moved, focused or cloned.
{
  const DOCUMENT = 0, TEXT = 1, SHADOW = 2, CONTENT = 3, COMMENT = 4, ELEMENT = 5, OTHER = 8;
  const NAMESPACES = new Map([["http://www.w3.org/1999/xhtml", ELEMENT],
    ["http://www.w3.org/2000/svg", 6], ["http://www.w3.org/1998/Math/MathML", 7]]);
  const VALUE = 0, CHECKED = 1, SELECTED = 2, EDITABLE = 3, FILES = 4, SECRET = 5;
  const MODAL = 0, POPOVER = 1, CANVAS = 2, UNDEFINED = 3, NAMESPACE = 4, PREFIX = 5, LOST = 6;
  const MAX_NODES = 2_000_000;
  const STATELESS = new Set(["hidden", "button", "submit", "reset", "image"]);

  const lastChild = getter(Node, "lastChild"), before = getter(Node, "previousSibling");
  const namespace = getter(Element, "namespaceURI"), slotOf = getter(Element, "assignedSlot");
  const left = getter(Element, "scrollLeft"), top = getter(Element, "scrollTop");
  const frameDocument = getter(HTMLIFrameElement, "contentDocument");
  const oldFrameDocument = getter(HTMLFrameElement, "contentDocument");
  const documentElement = getter(Document, "documentElement"), titleOf = getter(Document, "title");
  const bodyOf = getter(Document, "body"), modeOf = getter(Document, "compatMode");
  const { getAttributeNS, getAttributeNames } = Element.prototype;

  const prefixOf = getter(Element, "prefix"), doctypeOf = getter(Document, "doctype");
  const objectDocument = getter(HTMLObjectElement, "contentDocument");
  const urlOf = getter(Document, "URL"), contentType = getter(Document, "contentType");
  const { getSVGDocument } = HTMLEmbedElement.prototype;
  const { toDataURL } = HTMLCanvasElement.prototype;
  const { matches, hasAttribute, hasAttributes } = Element.prototype;

  const DOCUMENTS = { iframe: frameDocument, frame: oldFrameDocument, object: objectDocument,
    embed: (el) => getSVGDocument.call(el) };
  const ADDRESS = { iframe: "src", frame: "src", object: "data", embed: "src" };
  const closedRoots = new WeakMap(), asked = new WeakSet();
  // What no script of ours can see into; a hook in the page's own world could, and be seen.
  const maybeClosed = (el) => localName(el).includes("-") && !asked.has(el) && matches.call(el, ":defined");
  const rootOf = (el) => shadowOf(el) ?? closedRoots.get(el) ?? null;
  const doctypeText = ({ name, publicId, systemId }) => {
    const quoted = (id) => (id.includes('"') ? `'${id}'` : `"${id}"`);
    const ids = publicId ? ` PUBLIC ${quoted(publicId)}${systemId ? ` ${quoted(systemId)}` : ""}`
      : systemId ? ` SYSTEM ${quoted(systemId)}` : "";
    return `<!DOCTYPE ${name}${ids}>`;
  };
  const isField = (name) => name === "input" || name === "textarea" || name === "select";
  const isSecret = (el) => el.type === "password" || SECRET_USES.test(el.getAttribute("autocomplete") ?? "");

  // Little-endian bytes as base64: a fifth of the time that JSON numbers take on both sides.
  const packed = (type, numbers) => {
    const bytes = new Uint8Array(type.from(numbers).buffer);
    if (bytes.toBase64) return bytes.toBase64();
    let text = "";
    for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
    return btoa(text);
  };

  // Whether it may be scrolled: asking for the style costs a third of asking for both offsets. Fields
  // scroll inside, and a page is scrolled by its outermost elements whatever they say.
  const SCROLLING = new Set(["html", "body", "input", "textarea", "select"]);
  const scrolls = (el, style) => SCROLLING.has(localName(el))
    || (style ?? getComputedStyle(el)).overflowX !== "visible" || el === documentElement(el.ownerDocument);

  const every = (rows, width, ...from) => rows.filter((_, i) => from.includes(i % width));

  class Tape {
    constructor(options) {
      this.options = options;
      this.strings = [""];
      this.indexOf = new Map([["", 0]]);
      this.parent = []; this.kind = []; this.label = []; this.attrCount = []; this.attrs = [];
      this.boxes = []; this.hidden = []; this.state = []; this.scrollNode = []; this.scrollXY = [];
      this.sheets = []; this.marks = []; this.scopes = []; this.owners = new Map();
      this.veiled = []; this.revealed = []; this.pointed = []; this.slots = new Map();
      this.unread = []; this.suspects = [];
      const focused = activeElement();
      const range = getSelection();
      this.focused = focused && focused !== bodyOf(document) && focused !== documentElement(document) ? focused : null;
      this.focus = -1;
      this.field = [-1, -1];
      this.range = range && (!range.isCollapsed || this.focused?.isContentEditable) ? range : null;
      this.selection = [-1, 0, -1, 0];
    }

    intern(text) {
      let index = this.indexOf.get(text);
      if (index === undefined) {
        index = this.strings.push(text) - 1;
        this.indexOf.set(text, index);
      }
      return index;
    }

    add(parent, kind, label) {
      this.parent.push(parent);
      this.label.push(label);
      this.attrCount.push(0);
      const index = this.kind.push(kind) - 1;
      if (index >= MAX_NODES) throw new RangeError(`more than ${MAX_NODES} nodes`);
      return index;
    }

    // No recursion: a script may nest deeper than the stack is.
    walk(doc) {
      const nodes = [doc], parents = [-1];
      const scopes = [{ x: 0, y: 0, hidden: false, unused: false, secret: "", veil: false, hand: false }];
      while (nodes.length) {
        const node = nodes.pop(), parent = parents.pop(), scope = scopes.pop();
        const type = typeOf(node);
        if (type === 1) this.element(node, parent, scope, nodes, parents, scopes);
        else if (type === 3 || type === 4) this.text(node, parent, scope);
        else if (type === 8) this.add(parent, COMMENT, this.intern(node.data));
        else if (type === 9) this.document(node, parent, scope, nodes, parents, scopes);
        else if (type === 11) this.fragment(node, parent, scope, nodes, parents, scopes);
      }
    }

    note(index, pairs) {
      for (const [name, value] of pairs) {
        this.attrs.push(this.intern(name), this.intern(value));
        this.attrCount[index]++;
      }
    }

    document(doc, parent, scope, nodes, parents, scopes) {
      const index = this.add(parent, DOCUMENT, 0);
      const doctype = doctypeOf(doc), type = contentType(doc), pairs = [];
      if (doctype) pairs.push(["doctype", doctypeText(doctype)]);
      if (modeOf(doc) === "BackCompat") pairs.push(["mode", "quirks"]);
      if (type !== "text/html") pairs.push(["type", type]);
      const { inner } = this.options, outermost = parent < 0;
      const src = outermost && inner ? inner.src : scope.src;
      if (!outermost || inner) pairs.push(["url", urlOf(doc)]);
      if (outermost && inner) pairs.push(["cross", ""]);
      if (src && src !== urlOf(doc)) pairs.push(["src", src]);
      this.note(index, pairs);
      this.scopes.push([doc, index]);
      this.push(doc, index, scope, nodes, parents, scopes);
    }

    fragment(node, parent, scope, nodes, parents, scopes) {
      const shadow = Boolean(node.host), index = this.add(parent, shadow ? SHADOW : CONTENT, 0);
      if (shadow) {
        const pairs = [["mode", node.mode]];
        for (const [name, on] of [["delegatesfocus", node.delegatesFocus], ["clonable", node.clonable],
          ["serializable", node.serializable]]) if (on) pairs.push([name, ""]);
        if (node.slotAssignment === "manual") pairs.push(["slotassignment", "manual"]);
        this.note(index, pairs);
        if (!scope.unused) this.scopes.push([node, index]);
      }
      this.push(node, index, scope, nodes, parents, scopes);
    }

    push(node, index, scope, nodes, parents, scopes) {
      for (let child = lastChild(node); child; child = before(child)) {
        nodes.push(child); parents.push(index); scopes.push(scope);
      }
    }

    text(node, parent, scope) {
      const index = this.add(parent, TEXT, this.intern(scope.secret === "textarea" ? "" : node.data));
      if (this.range) this.mark(node, index);
    }

    mark(node, index) {
      if (node === this.range.anchorNode) this.selection.splice(0, 2, index, this.range.anchorOffset);
      if (node === this.range.focusNode) this.selection.splice(2, 2, index, this.range.focusOffset);
    }

    element(el, parent, outer, nodes, parents, scopes) {
      const name = localName(el), kind = NAMESPACES.get(namespace(el)) ?? OTHER;
      const index = this.add(parent, kind, this.intern(name));
      let scope = outer;
      if (kind === ELEMENT && isField(name) && !outer.unused) {
        const secret = !this.options.secrets && isSecret(el);
        this.control(el, name, index, secret);
        if (secret) scope = { ...scope, secret: name };
      }
      this.attributes(el, index, scope);
      scope = this.layout(el, index, scope);
      if (el === this.focused) this.focusOn(el, index);
      if (this.range) this.mark(el, index);
      this.push(el, index, scope, nodes, parents, scopes);
      const inside = (root, at) => { nodes.push(root); parents.push(index); scopes.push(at); };
      if (name === "style" || name === "link") this.owners.set(el, index);
      if (kind !== ELEMENT) { this.foreign(el, index, kind); return; }
      if (prefixOf(el)) this.mark_(index, PREFIX, prefixOf(el));
      if (name === "template") inside(el.content, { ...scope, hidden: true, unused: true });
      if (ADDRESS[name] && !scope.unused) this.framed(el, name, index, scope, inside);
      const shadow = rootOf(el);
      if (shadow) inside(shadow, scope);
      else if (!scope.unused) this.custom(el, name, index);
      if (!scope.unused) this.shown_(el, name, index);
    }

    mark_(index, kind, text) { this.marks.push(index, kind, this.intern(text)); }

    foreign(el, index, kind) {
      if (kind === OTHER) this.mark_(index, NAMESPACE, namespace(el) ?? "");
      if (prefixOf(el)) this.mark_(index, PREFIX, prefixOf(el));
    }

    framed(el, name, index, scope, inside) {
      const doc = DOCUMENTS[name](el);
      const src = hasAttribute.call(el, "srcdoc") ? "about:srcdoc"
        : attribute(el, ADDRESS[name]) ? el[ADDRESS[name]] : "about:blank";
      if (doc) inside(doc, { ...this.frame(el, scope), src, unused: false, veil: false, hand: false });
      else if (name === "iframe" || name === "frame") {
        const { x, y } = this.frame(el, scope);
        this.unread.push([el, [index, x, y, src]]);
      }
    }

    custom(el, name, index) {
      if (!name.includes("-")) return;
      if (!matches.call(el, ":defined")) this.mark_(index, UNDEFINED, name);
      else if (maybeClosed(el)) this.suspects.push(el);
    }

    shown_(el, name, index) {
      if (name === "dialog" && matches.call(el, ":modal")) this.mark_(index, MODAL, "");
      if (hasAttribute.call(el, "popover") && matches.call(el, ":popover-open")) this.mark_(index, POPOVER, "");
      if (name === "canvas" && this.options.styles) this.pixels(el, index);
    }

    pixels(el, index) {
      let url = "data:,";
      try { url = toDataURL.call(el); } catch { this.mark_(index, LOST, "a canvas with pixels of another site"); }
      if (url === "data:,") {    // no pixels, but a size
        url = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" width="${el.width}" height="${el.height}"/>`)}`;
      }
      this.mark_(index, CANVAS, url);
    }

    styles() {
      for (const [scope, index] of this.scopes) {
        abos.sheetsOf(scope, (sheet, owner, flags, text) => {
          const node = owner ? this.owners.get(owner) : index;
          if (node === undefined) return;
          this.sheets.push(node, flags, this.intern(text), this.intern(sheet.media.mediaText), this.intern(sheet.href ?? ""));
        });
      }
    }

    // A page's own copy of a secret: `value` of the field, `selected` of its options.
    attributes(el, index, scope) {
      if (!hasAttributes.call(el)) return;
      const names = getAttributeNames.call(el);
      let count = 0;
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        if (scope.secret && (name === "value" || name === "selected")) continue;
        const value = getAttribute.call(el, name) ?? getAttributeNS.call(el, null, name) ?? "";
        this.attrs.push(this.intern(name), this.intern(value));
        count++;
        if (name === "contenteditable" && el.isContentEditable && !scope.unused && !isField(localName(el))) {
          this.state.push(index, EDITABLE, this.intern(el.textContent));
        }
      }
      this.attrCount[index] = count;
    }

    layout(el, index, scope) {
      const { boxes } = this.options;
      const box = boxes && !scope.hidden ? getBoundingClientRect.call(el) : null;
      const placed = box && (box.width || box.height || box.x || box.y);
      const none = !scope.hidden && !placed && !this.shown(el);
      if (boxes && placed) this.boxes.push(box.x + scope.x, box.y + scope.y, box.width, box.height);
      else if (boxes) this.boxes.push(0, 0, 0, 0);
      if (none) this.hidden.push(index);
      if (none || scope.hidden) return scope.hidden ? scope : { ...scope, hidden: true };
      const style = this.options.look ? getComputedStyle(el) : null;
      if (scrolls(el, style)) this.scrolled(el, index);
      return style ? this.look(el, index, scope, style) : scope;
    }

    scrolled(el, index) {
      const x = left(el), y = top(el);
      if ((x || y) && (this.options.inner || el !== document.scrollingElement)) {
        this.scrollNode.push(index);
        this.scrollXY.push(x, y);
      }
    }

    // Shadow roots are walked before what is slotted in them, so that slots are known by then; those
    // of closed ones are not: to an observation their hosts show what is in them.
    look(el, index, scope, style) {
      const around = this.slots.size ? this.slots.get(slotOf(el)) ?? scope : scope;
      const veil = style.visibility !== "visible", hand = around.hand || style.cursor === "pointer";
      if (veil !== around.veil) (veil ? this.veiled : this.revealed).push(index);
      if (hand && !around.hand) this.pointed.push(index);
      if (localName(el) === "slot") this.slots.set(el, { veil, hand });
      return veil === scope.veil && hand === scope.hand ? scope : { ...scope, veil, hand };
    }

    // `display: contents` has no box either, and neither have slots.
    shown(el) {
      return checkVisibility.call(el)
        || el.ownerDocument.defaultView?.getComputedStyle(el).display === "contents";
    }

    frame(el, scope) {
      const box = el.getBoundingClientRect();
      return { ...scope, x: scope.x + box.x + el.clientLeft, y: scope.y + box.y + el.clientTop };
    }

    focusOn(el, index) {
      this.focus = index;
      const { selectionStart, selectionEnd } = el;
      if (Number.isInteger(selectionStart) && Number.isInteger(selectionEnd)) this.field = [selectionStart, selectionEnd];
    }

    control(el, name, index, secret) {
      if (name === "select") {
        const chosen = [...el.selectedOptions].map((option) => option.index);
        if (secret) this.state.push(index, SECRET, 0);
        else for (const option of chosen.length ? chosen : [-1]) this.state.push(index, SELECTED, option);
      } else if (el.type === "checkbox" || el.type === "radio") {
        this.state.push(index, CHECKED, Number(el.checked) + 2 * Number(el.indeterminate));
      } else if (el.type === "file") {
        if (el.files.length) this.state.push(index, FILES, this.intern([...el.files].map((f) => f.name).join(", ")));
      } else if (!STATELESS.has(el.type)) {
        if (!secret) this.state.push(index, VALUE, this.intern(el.value));
        else if (el.value) this.state.push(index, SECRET, 0);
      }
    }

    column(from) { return packed(Int32Array, every(this.state, 3, from)); }

    result() {
      const whole = this.selection[0] >= 0 && this.selection[2] >= 0 ? this.selection : [];
      return JSON.stringify({
        strings: this.strings,
        columns: { parent: packed(Int32Array, this.parent), kind: packed(Int32Array, this.kind),
          label: packed(Int32Array, this.label), attr_count: packed(Int32Array, this.attrCount),
          attrs: packed(Int32Array, this.attrs), boxes: packed(Float32Array, this.boxes),
          hidden: packed(Int32Array, this.hidden), state_node: this.column(0),
          state_field: this.column(1), state_value: this.column(2),
          scroll_node: packed(Int32Array, this.scrollNode), scroll_xy: packed(Float32Array, this.scrollXY),
          selection: packed(Int32Array, whole),
          sheet_node: packed(Int32Array, every(this.sheets, 5, 0)),
          sheet_flags: packed(Int32Array, every(this.sheets, 5, 1)),
          sheet_texts: packed(Int32Array, every(this.sheets, 5, 2, 3, 4)),
          mark_node: packed(Int32Array, every(this.marks, 3, 0)),
          mark_kind: packed(Int32Array, every(this.marks, 3, 1)),
          mark_value: packed(Int32Array, every(this.marks, 3, 2)),
          veiled: packed(Int32Array, this.veiled), revealed: packed(Int32Array, this.revealed),
          pointed: packed(Int32Array, this.pointed) },
        unread: this.unread.map(([, where]) => where), suspects: this.suspects.length,
        page: { url: location.href, title: titleOf(document), standards: modeOf(document) !== "BackCompat",
          width: innerWidth, height: innerHeight, ratio: devicePixelRatio, scroll_x: scrollX, scroll_y: scrollY,
          focus: this.focus, selection_start: this.field[0], selection_end: this.field[1] },
      });
    }
  }

  // `secrets` keeps passwords, card data and one-time codes; `boxes` adds layout boxes, `styles` the
  // rules of style sheets and the pixels of canvases, `look` what of computed style people see.
  // `inner` is for the document of a frame: the address it was asked from.
  abos.capture = (options) => {
    // The browser's own page about a frame that failed; it fails again.
    if (location.protocol === "chrome-error:" && options.inner) return "null";
    const tape = new Tape(options);
    tape.walk(document);
    if (options.styles) tape.styles();
    abos.leaveOpen(tape);
    return tape.result();
  };

  let unread = [], suspects = [];
  abos.leaveOpen = (tape) => { unread = tape.unread.map(([el]) => el); suspects = tape.suspects; };
  // Frames that the last capture could not reach into, and what a closed shadow root belongs to.
  abos.unreadFrame = (i) => unread[i];
  abos.ownDocument = () => document;
  abos.suspects = () => { for (const el of suspects) asked.add(el); return suspects; };
  abos.lend = (root) => { closedRoots.set(root.host, root); return true; };
  // Closed roots by DevTools; returns how many elements in them are to be asked in turn.
  abos.lendAll = (roots) => {
    roots.forEach(abos.lend);
    suspects = [];
    for (const waiting = [...roots]; waiting.length;) {
      for (const el of waiting.pop().querySelectorAll("*")) {
        const inner = shadowOf(el);
        if (inner) waiting.push(inner);
        else if (maybeClosed(el)) suspects.push(el);
      }
    }
    return suspects.length;
  };
  abos.rootOf = rootOf;
  abos.packed = packed;
  abos.Tape = Tape;
}
