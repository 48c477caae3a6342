// Brings a staged page (see stage.py) to the state of its snapshot: writes its markup, compares the
// tree with what it should be, mends it, and puts back styles, pixels, form state, scroll and focus.
// Adds to `abos` of walker.js; runs in an isolated world of a page where no script runs, so there
// are no timers here and no events.
{
  const TEXT = 1, SHADOW = 2, CONTENT = 3, COMMENT = 4, ELEMENT = 5;
  const NAMES = ["http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg", "http://www.w3.org/1998/Math/MathML"];
  const KINDS = new Map(NAMES.map((name, i) => [name, ELEMENT + i]));
  const FRAMES = { iframe: HTMLIFrameElement, frame: HTMLFrameElement, object: HTMLObjectElement };
  const INERT_TYPE = "application/x-inert";
  const firstElement = getter(Element, "firstElementChild"), nextElement = getter(Element, "nextElementSibling");
  const { getAttributeNS, getAttributeNames, hasAttributes, removeAttribute, setAttribute, setAttributeNS,
    attachShadow } = Element.prototype;
  const outerHTML = getter(Element, "outerHTML"), readyState = getter(Document, "readyState");
  const { close, querySelectorAll } = Document.prototype;
  const PREFIXES = { xlink: "http://www.w3.org/1999/xlink", xml: "http://www.w3.org/XML/1998/namespace",
    xmlns: "http://www.w3.org/2000/xmlns/" };

  // Looked up by name, a capital letter is not found in HTML.
  const valueOf = (el, name) => attribute(el, name) ?? getAttributeNS.call(el, null, name) ?? "";

  // ---- the shape of the tree: must agree with shape.py ----------------------------------------

  const TABLE = new Uint32Array(256).map((_, n) => {
    for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const known = new Map();
  // CRC-32 of the UTF-16 code units, little-endian.
  const crc = (text) => {
    let hash = known.get(text);
    if (hash !== undefined) return hash;
    hash = 0xffffffff;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      hash = TABLE[(hash ^ unit) & 255] ^ (hash >>> 8);
      hash = TABLE[(hash ^ (unit >>> 8)) & 255] ^ (hash >>> 8);
    }
    hash = ~hash >>> 0;
    known.set(text, hash);
    return hash;
  };

  const attributesOf = (el, name) => {
    if (!hasAttributes.call(el)) return 0;
    let sum = 0;
    for (const each of getAttributeNames.call(el)) {
      if (name === "script" && each === "type") continue;
      sum += (Math.imul(crc(each), 31) ^ crc(valueOf(el, each))) >>> 0;
    }
    return sum >>> 0;
  };

  const innerDocument = (el, name) => {
    const type = FRAMES[name];
    if (type) return Object.getOwnPropertyDescriptor(type.prototype, "contentDocument").get.call(el);
    return name === "embed" ? el.getSVGDocument() : null;
  };

  const written = new WeakSet();
  const write = (doc, html) => {
    doc.open();
    doc.write(html);
    doc.close();
  };

  const firstIn = (root) => {
    let node = firstChild(root);
    while (node && typeOf(node) !== 1) node = nextSibling(node);
    return node;
  };

  class Shape {
    constructor(root, frames) {
      this.elements = []; this.scopes = [root];
      this.numbers = new Uint32Array(12288);
      this.frames = frames;
      this.framed = 0;
      // No recursion: a tree may be deeper than the stack. What is left to do is a node and its depth.
      const nodes = [firstIn(root)], depths = [1];
      while (nodes.length) {
        const el = nodes.pop(), depth = depths.pop();
        if (!el) continue;
        const inside = this.element(el, depth);
        nodes.push(nextElement(el), firstElement(el)); depths.push(depth, depth + 1);
        // Before the children, as a capture has it.
        if (inside) { nodes.push(firstIn(inside)); depths.push(depth + 2); }
      }
    }

    get rows() { return this.numbers.subarray(0, 3 * this.elements.length); }

    // Returns the document or root inside, if there is one.
    element(el, depth) {
      const name = localName(el), kind = KINDS.get(namespaceOf(el)) ?? ELEMENT + 3;
      let at = 3 * this.elements.length;
      if (at === this.numbers.length) {
        const more = new Uint32Array(2 * at);
        more.set(this.numbers);
        this.numbers = more;
      }
      this.elements.push(el);
      this.numbers[at++] = crc(name) ^ Math.imul(kind, 0x9e3779b1);
      this.numbers[at++] = depth;
      this.numbers[at] = attributesOf(el, name);
      if (kind !== ELEMENT) return null;
      if (name === "template") return el.content;
      const inner = FRAMES[name] || name === "embed" ? this.frame(el, name) : abos.rootOf(el);
      if (inner) this.scopes.push(inner);
      return inner;
    }

    frame(el, name) {
      const html = this.frames[this.framed++];
      const doc = innerDocument(el, name);
      if (doc && html && !written.has(el)) { write(doc, html); written.add(el); }
      return html === false ? null : innerDocument(el, name);
    }

    // Two polynomials over all rows; see `Shape.digest` in shape.py.
    get digest() {
      let one = 0, two = 0;
      for (const value of this.rows) {
        one = (Math.imul(one, 0x01000193) + value) >>> 0;
        two = (Math.imul(two, 0x85ebca6b) + value) >>> 0;
      }
      return [one, two];
    }
  }

  // ---- mending --------------------------------------------------------------------------------

  const parsed = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.firstChild;
  };

  const setOne = (el, name, value) => {
    const colon = name.indexOf(":");
    const space = namespaceOf(el) === NAMES[0] ? null : PREFIXES[colon < 0 ? name : name.slice(0, colon)];
    try {
      if (space && (colon > 0 || name === "xmlns")) setAttributeNS.call(el, space, name, value);
      else if (colon < 0) setAttributeNS.call(el, null, name, value);
      else setAttribute.call(el, name, value);
    } catch {    // a name that only a parser makes
      const found = /^[^\s/>]+$/.test(name) ? parsed(`<p ${name}>`)?.attributes[0]?.cloneNode() : null;
      if (!found) return;
      found.value = value;
      el.setAttributeNode(found);
    }
  };

  const setAll = (el, pairs) => {
    const wanted = new Map(pairs), script = localName(el) === "script";
    for (const name of getAttributeNames.call(el)) {
      if (!wanted.has(name) && !(script && name === "type")) removeAttribute.call(el, name);
    }
    const held = new Set(getAttributeNames.call(el));
    for (const [name, value] of wanted) if (!held.has(name) || valueOf(el, name) !== value) setOne(el, name, value);
  };

  const make = (doc, kind, name, space, prefix) => {
    const uri = space ?? NAMES[kind - ELEMENT];
    if (kind === ELEMENT && !prefix && name.includes(":")) return parsed(`<${name.replace(/[\s/>]/g, "")}>`);
    try { return doc.createElementNS(uri, prefix ? `${prefix}:${name}` : name); } catch { /* an odd name */ }
    const found = /^[a-z][^\s/>]*$/.test(name) ? parsed(`<${name}>`) : null;
    return found?.nodeType === 1 ? found : doc.createElementNS(uri, "x-unknown");
  };

  const shadowFor = (host, pairs) => {
    const said = new Map(pairs), there = abos.rootOf(host);
    if (there) { there.replaceChildren(); return there; }
    const root = attachShadow.call(host, { mode: said.get("mode") ?? "open",
      delegatesFocus: said.has("delegatesfocus"), clonable: said.has("clonable"),
      serializable: said.has("serializable"), slotAssignment: said.get("slotassignment") ?? "named" });
    abos.lend(root);
    return root;
  };

  // Rows are [depth, kind, label, attributes, namespace, prefix], in document order.
  const build = (doc, host, rows) => {
    const light = doc.createDocumentFragment(), path = [light];
    for (const [depth, kind, label, pairs, space, prefix] of rows) {
      path.length = depth;
      const above = path[depth - 1], owner = depth === 1 ? host : above;
      if (kind === TEXT) above.append(doc.createTextNode(label));
      else if (kind === COMMENT) above.append(doc.createComment(label));
      else if (kind === SHADOW) path.push(shadowFor(owner, pairs));
      else if (kind === CONTENT) { owner.content.replaceChildren(); path.push(owner.content); }
      else {
        const el = make(doc, kind, label, space, prefix);
        setAll(el, pairs);
        if (label === "script") setAttribute.call(el, "type", INERT_TYPE);
        above.append(el);
        path.push(el);
      }
    }
    return light;
  };

  const container = (el, part) => (part === "shadow" ? abos.rootOf(el) : part === "content" ? el.content : el);

  // Texts and comments between elements that are right: `items` has null for each element.
  const retext = (at, items) => {
    if (!at) return;
    const doc = at.ownerDocument, elements = [...at.children];
    for (const node of [...childNodes(at)]) if (node.nodeType !== 1) node.remove();
    let next = 0;
    for (const item of items) {
      if (item === null) { next++; continue; }
      const node = typeof item === "string" ? doc.createTextNode(item) : doc.createComment(item[0]);
      at.insertBefore(node, elements[next] ?? null);
    }
  };

  const mend = (elements, root, { builds, attributes, texts }) => {
    for (const [at, pairs] of attributes) setAll(elements[at], pairs);
    for (const [at, rows] of builds) {
      if (at < 0) {
        const made = build(root, root, rows);
        root.documentElement?.remove();
        root.append(...[...made.childNodes].filter((node) => node.nodeType === 1).slice(0, 1));
      } else {
        const host = elements[at];
        host.replaceChildren(build(host.ownerDocument, host, rows));
      }
    }
    for (const [at, part, items] of texts) retext(container(elements[at], part), items);
  };

  // ---- state ----------------------------------------------------------------------------------

  const MODAL = 0, POPOVER = 1;
  const raise = (el, kind) => {
    try {
      if (kind === MODAL && !el.matches(":modal")) { removeAttribute.call(el, "open"); el.showModal(); }
      else if (kind === POPOVER && !el.matches(":popover-open")) el.showPopover();
    } catch { return false; }
    return true;
  };

  const paint = async (el, url) => {
    if (!url.startsWith("data:image/png;base64,")) return;    // nothing that could be read
    const bytes = Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), (c) => c.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    el.getContext("2d")?.drawImage(bitmap, 0, 0);
  };

  const fill = {
    value: (el, want) => { if (el.value !== want) el.value = want; return el.value === want; },
    checked: (el, want) => {
      if (el.checked !== want.checked) el.checked = want.checked;
      el.indeterminate = want.mixed;
      return el.checked === want.checked && el.indeterminate === want.mixed;
    },
    selected: (el, want) => {
      const on = new Set(want);
      if (!want.length) el.selectedIndex = -1;
      for (const [i, option] of [...el.options].entries()) {
        if (option.selected !== on.has(i)) option.selected = on.has(i);
      }
      return el.selectedOptions.length === want.length && want.every((i) => el.options[i]?.selected);
    },
    // Its markup is its state.
    editable: (el, want) => el.textContent === want,
  };

  const refill = (elements, fields) => {
    const missed = [];
    // A radio button goes off when another of its group goes on.
    for (const [i, { at, kind, want }] of fields.entries()) {
      const el = elements[at];
      let held = false;
      try { held = Boolean(el && fill[kind](el, want)); } catch { /* another kind of field */ }
      if (!held) missed.push(i);
    }
    return missed;
  };

  const scrollAll = (elements, scrolls) => {
    let all = true;
    for (const { at, x, y } of scrolls) {
      const el = elements[at];
      el?.scrollTo({ left: x, top: y, behavior: "instant" });
      if (!el || Math.abs(el.scrollLeft - x) > 1 || Math.abs(el.scrollTop - y) > 1) all = false;
    }
    return all;
  };

  const scrollPage = ([x, y]) => {
    if (Math.abs(scrollX - x) > 0.01 || Math.abs(scrollY - y) > 0.01) scrollTo({ left: x, top: y, behavior: "instant" });
    return Math.abs(scrollX - x) <= 1 && Math.abs(scrollY - y) <= 1;
  };

  const active = (root) => {
    let el = root.activeElement;
    for (let inner = el; inner; el = inner ?? el) {
      inner = abos.rootOf(el)?.activeElement ?? (localName(el) === "iframe" ? innerDocument(el, "iframe")?.activeElement : null);
      if (!inner || inner === el) break;
    }
    return el;
  };

  const focusOn = (elements, root, focus) => {
    if (!focus) {
      const el = active(root);
      if (el && el !== el.ownerDocument.body) el.blur();
      return true;
    }
    const el = elements[focus.at];
    if (!el) return false;
    if (active(root) !== el) el.focus({ preventScroll: true });
    const [start, end] = focus.selection;
    if (start >= 0) {
      try { el.setSelectionRange(start, end); } catch { return false; }
    }
    return active(root) === el;
  };

  // A place in a text is the element around it, the how-manieth run of text, and how far into it.
  const place = (elements, { at, run, offset }) => {
    const el = elements[at];
    if (!el) return null;
    if (run < 0) return [el, Math.min(offset, childNodes(el).length)];
    let seen = -1, inRun = false, left = offset;
    for (const node of childNodes(el)) {
      const text = node.nodeType === 3;
      if (text && !inRun) seen++;
      inRun = text;
      if (!text || seen !== run) continue;
      if (left <= node.data.length) return [node, left];
      left -= node.data.length;
    }
    return null;
  };

  const select = (elements, root, range) => {
    if (!range) return true;
    const from = place(elements, range[0]), to = place(elements, range[1]);
    if (!from || !to) return false;
    from[0].ownerDocument.getSelection().setBaseAndExtent(...from, ...to);
    return true;
  };

  const dressAll = (shape, state) => {
    state.sheets.forEach((sheets, i) => {
      if (sheets.length && shape.scopes[i]) abos.dress(shape.scopes[i], sheets, (at) => shape.elements[at]);
    });
    const canvases = state.canvases.map(([at, url]) => [shape.elements[at], url]).filter(([el]) => el);
    for (const scope of shape.scopes) {
      if (state.asksScripts) abos.answer(scope, state.undefinedNames);
      abos.asIfScripted(scope, canvases);
    }
  };

  let dressed = null;
  const dressOnce = (shape, state) => {
    if (dressed !== shape) dressAll(shape, state);
    dressed = shape;
  };

  const settle = async (shape, root, state) => {
    const { elements } = shape;
    dressOnce(shape, state);
    const missed = refill(elements, state.fields);
    const raised = state.raised.map(([at, kind]) => Boolean(elements[at]) && raise(elements[at], kind));
    const painted = await Promise.allSettled(state.canvases.map(([at, url]) => paint(elements[at], url)));
    const focused = focusOn(elements, root, state.focus) && select(elements, root, state.selection);
    const inner = scrollAll(elements, state.scrolls);
    return { missed, focused, scrolled: scrollPage(state.scroll) && inner,
      raised: raised.every(Boolean), painted: painted.every(({ status }) => status === "fulfilled") };
  };

  let last = null;

  // Whether the tree is what it should be, once texts that no markup gives are in it.
  const isRight = (frames, digest, texts) => {
    last = new Shape(document, frames);
    if (last.digest.join() !== digest.join()) return false;
    if (!texts.length) return true;
    mend(last.elements, document, { builds: [], attributes: [], texts });
    last = new Shape(document, frames);
    return last.digest.join() === digest.join();
  };

  let begun = false;

  const markupOf = (node) => {
    const type = typeOf(node);
    return type === 1 ? outerHTML(node) : type === 8 ? `<!--${node.data}-->` : "";
  };
  // The tree is right when it reads as it was written: asking for that takes a tenth of the time.
  const readsLike = (markup, texts) => {
    if (Array.from(childNodes(document), markupOf).join("") !== markup) return false;
    last = { elements: querySelectorAll.call(document, "*"), scopes: [document], rows: [] };
    mend(last.elements, document, { builds: [], attributes: [], texts });
    return true;
  };

  // The page from its markup. The tree is there, and is compared, while the parser is still open:
  // closing it makes the browser lay the page out. True when the tree is right and complete; frames
  // have still to load.
  abos.beginPage = (html, { frames, said, digest, texts }) => {
    document.open();
    document.write(html);
    begun = !frames.length && (said < 0 ? isRight(frames, digest, texts) : readsLike(html.slice(said), texts));
    return begun;
  };

  // The rest; null when `beginPage` said false, or when something has still to load, unless `hurry`.
  // Where no style sheet has, styles are put back before the page is laid out for the first time.
  abos.finishPage = async ({ state, linked }, hurry) => {
    if (begun && !linked) dressOnce(last, state);
    close.call(document);
    return begun && (hurry || readyState(document) === "complete") ? settle(last, document, state) : null;
  };

  abos.showPage = async (html, asked) => {
    abos.beginPage(html, asked);
    return { begun, settled: await abos.finishPage(asked, false) };
  };

  // One call when the parser gave the right tree: compare, then the state. When it did not, the
  // answer is the shape that it gave, and the next call says what to mend.
  abos.revive = async ({ frames, digest, repairs, texts, state, final }) => {
    if (repairs && last) mend(last.elements, document, repairs);
    const same = isRight(frames, digest, texts);
    const rows = same ? "" : abos.packed(Uint32Array, last.rows);
    return same || final ? { same, rows, ...await settle(last, document, state) } : { same, rows };
  };

  abos.elementAt = (i) => last?.elements[i];
  abos.write = (html) => { write(document, html); return true; };
}
