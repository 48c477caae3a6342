// Writes the page down as columns, one entry a node, in document order (see columns.py).
// Adds to `abos` of walker.js, in the same isolated world. It reads only: nothing that a page could
// notice is set, moved, focused or cloned.
{
  const DOCUMENT = 0, TEXT = 1, SHADOW = 2, CONTENT = 3, ELEMENT = 4, OTHER = 7;
  const NAMESPACES = new Map([["http://www.w3.org/1999/xhtml", ELEMENT],
    ["http://www.w3.org/2000/svg", 5], ["http://www.w3.org/1998/Math/MathML", 6]]);
  const VALUE = 0, CHECKED = 1, SELECTED = 2, EDITABLE = 3, FILES = 4, SECRET = 5;
  const MAX_NODES = 2_000_000;
  const STATELESS = new Set(["hidden", "button", "submit", "reset", "image"]);

  const lastChild = getter(Node, "lastChild"), before = getter(Node, "previousSibling");
  const namespace = getter(Element, "namespaceURI");
  const left = getter(Element, "scrollLeft"), top = getter(Element, "scrollTop");
  const frameDocument = getter(HTMLIFrameElement, "contentDocument");
  const oldFrameDocument = getter(HTMLFrameElement, "contentDocument");
  const documentElement = getter(Document, "documentElement"), titleOf = getter(Document, "title");
  const bodyOf = getter(Document, "body"), modeOf = getter(Document, "compatMode");
  const { getAttributeNames } = Element.prototype;

  const contentDocument = (el, name) => (name === "iframe" ? frameDocument(el)
    : name === "frame" ? oldFrameDocument(el) : null);
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

  class Tape {
    constructor(options) {
      this.options = options;
      this.strings = [""];
      this.indexOf = new Map([["", 0]]);
      this.parent = []; this.kind = []; this.label = []; this.attrCount = []; this.attrs = [];
      this.boxes = []; this.hidden = []; this.state = []; this.scrollNode = []; this.scrollXY = [];
      const focused = activeElement();
      const range = getSelection();
      this.focused = focused && focused !== bodyOf(document) && focused !== documentElement(document) ? focused : null;
      this.focus = -1;
      this.field = [-1, -1];
      this.range = range && !range.isCollapsed ? range : null;
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
      const nodes = [doc], parents = [-1], scopes = [{ x: 0, y: 0, hidden: false, unused: false, secret: "" }];
      while (nodes.length) {
        const node = nodes.pop(), parent = parents.pop(), scope = scopes.pop();
        const type = typeOf(node);
        if (type === 1) this.element(node, parent, scope, nodes, parents, scopes);
        else if (type === 3 || type === 4) this.text(node, parent, scope);
        else if (type === 9) this.push(node, this.add(parent, DOCUMENT, 0), scope, nodes, parents, scopes);
        else if (type === 11) {
          this.push(node, this.add(parent, node.host ? SHADOW : CONTENT, 0), scope, nodes, parents, scopes);
        }
      }
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
      if (kind !== ELEMENT) return;
      if (name === "template") inside(el.content, { ...scope, hidden: true, unused: true });
      const doc = contentDocument(el, name);
      if (doc) inside(doc, this.frame(el, scope));
      const shadow = shadowOf(el);
      if (shadow) inside(shadow, scope);
    }

    // A page's own copy of a secret: `value` of the field, `selected` of its options.
    attributes(el, index, scope) {
      const names = getAttributeNames.call(el);
      let count = 0;
      for (let i = 0; i < names.length; i++) {
        const name = names[i];
        if (scope.secret && (name === "value" || name === "selected")) continue;
        const value = getAttribute.call(el, name) ?? "";
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
      const x = left(el), y = top(el);
      if ((x || y) && el !== document.scrollingElement) {
        this.scrollNode.push(index);
        this.scrollXY.push(x, y);
      }
      return scope;
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

    column(from) { return packed(Int32Array, this.state.filter((_, i) => i % 3 === from)); }

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
          selection: packed(Int32Array, whole) },
        page: { url: location.href, title: titleOf(document), standards: modeOf(document) !== "BackCompat",
          width: innerWidth, height: innerHeight, ratio: devicePixelRatio, scroll_x: scrollX, scroll_y: scrollY,
          focus: this.focus, selection_start: this.field[0], selection_end: this.field[1] },
      });
    }
  }

  // `secrets` keeps passwords, card data and one-time codes; `boxes` adds layout boxes.
  abos.capture = ({ secrets, boxes }) => {
    const tape = new Tape({ secrets, boxes });
    tape.walk(document);
    return tape.result();
  };
}
