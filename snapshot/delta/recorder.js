// Captures a page again at a small part of the cost: what nothing happened to is not walked again.
// Adds to `abos` of capture.js, in the same isolated world. A MutationObserver says which nodes were
// touched; what it is not told of (form values, scrolling, visibility, rules, canvases, shadow
// roots, documents of frames) is asked of each node that could have it.
{
  const DOCUMENT = 0, TEXT = 1, SHADOW = 2, CONTENT = 3, ELEMENT = 5;
  const EDITABLE_STATE = 3, PREFIX_MARK = 5, MAX_NODES = 2_000_000;
  const FIELD = 1, SECRET = 2, EDITABLE = 4, OWNER = 8, FRAME = 16, CUSTOM = 32, SHOWN = 64, PREFIXED = 128,
    SCROLLS = 256;
  const FIELDS = new Set(["input", "textarea", "select"]);
  const FRAMES = new Set(["iframe", "frame", "object", "embed"]);
  const SCROLLING = new Set([...FIELDS, "html", "body"]);
  const SHOWING = new Set(["dialog", "canvas"]);
  const WATCHED = { subtree: true, childList: true, attributes: true, characterData: true };
  const MAX_TOUCHED = 20_000, MAX_TRIES = 4;
  const LONG = 256;    // UTF-16 units from which a text is sent once

  const { Tape, rootOf, packed } = abos;
  const parentOf = getter(Node, "parentNode"), prefix = getter(Element, "prefix");
  const addressOf = getter(Document, "URL");
  const { hasAttribute } = Element.prototype;

  const ownerOf = new WeakMap(), toldOf = new WeakMap();
  let idOf = new WeakMap(), watched = new WeakSet();
  let nextId = 0, serial = 0, past = null, sent = new Map();

  // ---- what was touched -----------------------------------------------------------------------

  // `deep` nodes came from somewhere: what happened to them outside of the page is not known.
  let touched = new Set(), deep = new Set(), overflow = false;
  const reset = () => { touched = new Set(); deep = new Set(); overflow = false; };
  const note = (records) => {
    if (overflow) return;
    for (const { type, target, addedNodes } of records) {
      if (type === "attributes" && FIELDS.has(localName(target))) deep.add(target);    // secret now?
      touched.add(target);
      for (const node of addedNodes) deep.add(node);
    }
    if (touched.size + deep.size > MAX_TOUCHED) { reset(); overflow = true; }
  };
  const observer = new MutationObserver(note);

  const above = (node) => parentOf(node) ?? ownerOf.get(node) ?? (typeOf(node) === 11 ? node.host : null);
  const withAncestors = () => {
    const path = new Set();
    for (const set of [touched, deep]) {
      for (const node of set) for (let at = node; at && !path.has(at); at = above(at)) path.add(at);
    }
    return path;
  };

  // ---- walking --------------------------------------------------------------------------------

  const place = (node) => {
    const id = idOf.get(node);
    return id === undefined || id >= past.placeOf.length ? -1 : past.placeOf[id];
  };

  // A tape with rows only of nodes on the way to what was touched, and copies of the rest.
  class Retape extends Tape {
    constructor(options, path) {
      super(options);
      this.path = path;
      this.nodes = []; this.kinds = []; this.above = []; this.flags = []; this.looks = [];
      this.rows = []; this.copies = []; this.attrCount = {}; this.surprises = [];
    }

    add(parent, kind, label) {
      const index = this.nodes.length;
      if (index >= MAX_NODES) throw new RangeError(`more than ${MAX_NODES} nodes`);
      this.nodes.push(this.node); this.kinds.push(kind); this.above.push(parent); this.flags.push(0);
      this.looks.push(null);
      this.attrCount[index] = 0;
      this.rows.push(index, parent, kind, label, past ? place(this.node) : -1);
      return index;
    }

    walk(doc) {
      const nodes = [doc], parents = [-1], scopes = [{ x: 0, y: 0, hidden: false, unused: false, secret: "" }];
      while (nodes.length) {
        const node = nodes.pop(), parent = parents.pop();
        let scope = scopes.pop();
        if (past) {
          const at = this.clean(node, scope);
          if (at >= 0) { this.copy(at, parent, scope); continue; }
          if (deep.has(node)) scope = { ...scope, deep: true };
        }
        this.node = node;
        const type = typeOf(node);
        if (type === 1) this.element(node, parent, scope, nodes, parents, scopes);
        else if (type === 3 || type === 4) this.text(node, parent, scope);
        else if (type === 8) this.add(parent, 4, this.intern(node.data));
        else if (type === 9) this.document(node, parent, scope, nodes, parents, scopes);
        else if (type === 11) this.fragment(node, parent, scope, nodes, parents, scopes);
      }
    }

    clean(node, scope) {
      if (scope.deep || this.path.has(node)) return -1;
      if (typeOf(node) === 9 && scope.src !== undefined && toldOf.get(node) !== this.told(node, scope)) return -1;
      return place(node);
    }

    told(doc, scope) { return `${addressOf(doc)} ${scope.src ?? ""}`; }

    document(doc, parent, scope, ...stacks) {
      if (!watched.has(doc)) { watched.add(doc); observer.observe(doc, WATCHED); }
      toldOf.set(doc, this.told(doc, scope));
      super.document(doc, parent, scope, ...stacks);
    }

    fragment(node, parent, scope, ...stacks) {
      if (!watched.has(node)) { watched.add(node); observer.observe(node, WATCHED); }
      super.fragment(node, parent, scope, ...stacks);
    }

    element(el, parent, scope, ...stacks) {
      const index = this.nodes.length, name = localName(el);
      super.element(el, parent, scope, ...stacks);
      this.flags[index] |= (hasAttribute.call(el, "contenteditable") ? EDITABLE : 0)
        | (name === "style" || name === "link" ? OWNER : 0) | (FRAMES.has(name) ? FRAME : 0)
        | (name.includes("-") ? CUSTOM : 0) | (prefix(el) ? PREFIXED : 0)
        | (SCROLLING.has(name) || el.ownerDocument.documentElement === el ? SCROLLS : 0)
        | (SHOWING.has(name) || hasAttribute.call(el, "popover") ? SHOWN : 0);
      if (name === "template" && el.content) ownerOf.set(el.content, el);
    }

    control(el, name, index, secret) {
      this.flags[index] |= FIELD | (secret ? SECRET : 0);
      super.control(el, name, index, secret);
    }

    framed(el, name, index, scope, inside) {
      super.framed(el, name, index, scope, (doc, inner) => { ownerOf.set(doc, el); inside(doc, inner); });
    }

    // ---- asking again -------------------------------------------------------------------------

    copy(at, parent, outer) {
      const to = this.nodes.length, end = past.ends[at], shift = to - at;
      this.copies.push(to, at, end - at, parent);
      const scopes = [outer], ends = [end];
      for (let i = at; i < end; i++) {
        while (i >= ends[ends.length - 1]) { ends.pop(); scopes.pop(); }
        const node = past.nodes[i], kind = past.kinds[i], scope = scopes[scopes.length - 1];
        this.nodes.push(node); this.kinds.push(kind); this.flags.push(past.flags[i]);
        this.looks.push(past.looks[i]);
        this.above.push(i === at ? parent : past.above[i] + shift);
        if (kind === TEXT) { if (this.range) this.mark(node, i + shift); continue; }
        const inner = kind >= ELEMENT ? this.again(node, i, i + shift, kind, scope)
          : this.rootAgain(node, kind, i + shift, i === at ? scope : null, scope);
        if (inner !== scope) { scopes.push(inner); ends.push(past.ends[i]); }
      }
    }

    rootAgain(node, kind, index, given, scope) {
      if (kind === DOCUMENT) {
        const inner = given ?? this.inner ?? scope;
        this.scopes.push([node, index]);
        if (inner.src !== undefined && toldOf.get(node) !== this.told(node, inner)) this.surprises.push(node);
        return inner;
      }
      if (kind === SHADOW && !scope.unused) this.scopes.push([node, index]);
      return kind === CONTENT && !given ? { ...scope, hidden: true, unused: true } : scope;
    }

    again(el, at, index, kind, outer) {
      const flags = past.flags[at];
      let scope = outer;
      if (flags & FIELD && !outer.unused) {
        const name = localName(el);
        super.control(el, name, index, (flags & SECRET) !== 0);
        if (flags & SECRET) scope = { ...scope, secret: name };
      }
      if (flags & EDITABLE && el.isContentEditable && !scope.unused && !FIELDS.has(localName(el))) {
        this.state.push(index, EDITABLE_STATE, this.intern(el.textContent));
      }
      if (this.options.boxes || scope.hidden || flags & SCROLLS || !this.still(el, index)) {
        scope = this.layout(el, index, scope);
      }
      if (el === this.focused) this.focusOn(el, index);
      if (this.range) this.mark(el, index);
      if (flags & OWNER) this.owners.set(el, index);
      if (kind !== ELEMENT) { this.foreign(el, index, kind); return scope; }
      if (flags & PREFIXED) this.mark_(index, PREFIX_MARK, prefix(el));
      if (flags & FRAME && !scope.unused) this.frameAgain(el, at, index, scope);
      const root = rootOf(el);
      if (root !== this.inside(at, SHADOW)) this.surprises.push(el);
      if (scope.unused || !flags) return scope;
      if (!root && flags & CUSTOM) this.custom(el, localName(el), index);
      if (flags & SHOWN) this.shown_(el, localName(el), index);
      return scope;
    }

    // Whether it is shown and can't be scrolled, so that it has no layout to note. Its style object
    // is live, and keeping it costs less than asking for it again.
    still(el, index) {
      if (!checkVisibility.call(el)) return false;
      const look = this.looks[index] ??= getComputedStyle(el);
      return look.overflowX === "visible";
    }

    inside(at, kind) {
      return at + 1 < past.ends[at] && past.kinds[at + 1] === kind ? past.nodes[at + 1] : null;
    }

    frameAgain(el, at, index, scope) {
      let found = null;
      this.framed(el, localName(el), index, scope, (doc, inner) => { found = doc; this.inner = inner; });
      if (found !== this.inside(at, DOCUMENT)) this.surprises.push(el);
    }

    // ---- the answer ---------------------------------------------------------------------------

    answer(full) {
      const rows = [];
      for (let i = 0; i < this.rows.length; i += 5) {
        for (let j = 0; j < 5; j++) rows.push(this.rows[i + j]);
        rows.push(this.attrCount[this.rows[i]]);
      }
      this.strings = this.thinned();
      const unread = this.unread.length;
      return `{"full":${full},"serial":${serial},"count":${this.nodes.length},"unread_count":${unread},`
        + `"rows":"${packed(Int32Array, rows)}","copies":"${packed(Int32Array, this.copies)}","tape":${this.result()}}`;
    }

    // Long texts that the last answer had are numbers, new ones are in brackets.
    thinned() {
      const before = sent;
      sent = new Map();
      return this.strings.map((text) => {
        if (text.length < LONG) return text;
        sent.set(text, sent.size);
        return before.has(text) ? before.get(text) : [text];
      });
    }

    // What the next recording starts from.
    kept() {
      const count = this.nodes.length, ids = new Int32Array(count);
      const size = new Int32Array(count).fill(1), ends = new Int32Array(count);
      for (let i = 0; i + 3 < this.copies.length; i += 4) {
        const [to, at, length] = this.copies.slice(i, i + 3);
        ids.set(past.ids.subarray(at, at + length), to);
      }
      for (let i = 0; i < this.rows.length; i += 5) {
        const index = this.rows[i], node = this.nodes[index];
        let id = idOf.get(node);
        if (id === undefined) idOf.set(node, id = nextId++);
        ids[index] = id;
      }
      for (let i = count - 1; i > 0; i--) size[this.above[i]] += size[i];
      for (let i = 0; i < count; i++) ends[i] = i + size[i];
      const placeOf = new Int32Array(nextId).fill(-1);
      for (let i = 0; i < count; i++) placeOf[ids[i]] = i;
      return { nodes: this.nodes, kinds: this.kinds, above: this.above, flags: this.flags,
        looks: this.looks, ids, ends, placeOf };
    }
  }

  const walked = (options, path) => {
    const tape = new Retape(options, path);
    tape.walk(document);
    return tape;
  };

  const tapeOf = (options) => {
    for (let i = 0; past && i < MAX_TRIES; i++) {
      const tape = walked(options, withAncestors());
      if (!tape.surprises.length) return tape;
      // What surprises is walked again, and so is all that is new in it.
      for (const node of tape.surprises) touched.add(node);
    }
    past = null;
    sent = new Map();
    return walked(options, null);
  };

  // The page since recording `base`; all of it when that is not the last one, when `options`
  // changed, or too much was touched.
  abos.record = (options, base) => {
    note(observer.takeRecords());
    const key = JSON.stringify(options);
    if (!past || overflow || past.serial !== base || past.key !== key
      || touched.size + deep.size > past.nodes.length / 4 + 1000 || nextId > 4 * past.nodes.length + 100_000) {
      abos.forget();
    }
    const tape = tapeOf(options);
    const full = !past;
    if (options.styles) tape.styles();
    const next = tape.kept();
    serial++;
    past = { ...next, serial, key };
    reset();
    abos.leaveOpen(tape);
    return tape.answer(full);
  };

  abos.forget = () => {
    observer.disconnect();
    idOf = new WeakMap();
    watched = new WeakSet();
    sent = new Map();
    past = null;
    nextId = 0;
    reset();
  };
}
