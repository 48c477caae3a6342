// Reads a page in one walk: what a person could use (with refs that live as long as the element),
// and the text in between. Runs in an isolated world; see world.py. Results are JSON text, because
// one string crosses DevTools several times faster than an object graph.
// Shares its scope with view.js, dom.js and naming.js, which come before it.

// ---- where things lie ----------------------------------------------------------------------

// How a frame's viewport lies in its parent's: x' = x + sx * (inner x). Holds for frames that are
// moved and scaled; others are refused before they are pressed (see probe.js).
const frameMap = (frame) => {
  const box = frame.getBoundingClientRect(), style = getComputedStyle(frame);
  // offsetWidth is rounded to whole pixels; that alone is no scale.
  const scale = (seen, laid) => (laid && Math.abs(seen - laid) >= 1 ? seen / laid : 1);
  const sx = scale(box.width, frame.offsetWidth), sy = scale(box.height, frame.offsetHeight);
  return { x: box.x + (frame.clientLeft + parseFloat(style.paddingLeft)) * sx,
    y: box.y + (frame.clientTop + parseFloat(style.paddingTop)) * sy, sx, sy };
};

// The picture whose map an <area> belongs to; the area itself has no box.
const pictureOf = (area) => {
  const name = area.closest("map")?.name;
  return name ? area.ownerDocument.querySelector(`img[usemap="#${CSS.escape(name)}"]`) : null;
};

const AREA_SHAPES = {
  circle: ([x, y, r]) => [x - r, y - r, x + r, y + r],
  poly: (at) => [Math.min(...at.filter((_, i) => i % 2 === 0)), Math.min(...at.filter((_, i) => i % 2)),
    Math.max(...at.filter((_, i) => i % 2 === 0)), Math.max(...at.filter((_, i) => i % 2))],
  rect: (at) => at,
};

const areaBox = (area) => {
  const picture = pictureOf(area);
  if (!picture) return new DOMRect();
  const box = picture.getBoundingClientRect();
  const at = area.coords.split(/[\s,]+/).map(Number).filter((n) => !Number.isNaN(n));
  if (area.shape === "default" || at.length < 3) return box;
  const { sx, sy } = frameMap(picture);    // coords count from the outer edge, borders and all
  const [left, top, right, bottom] = (AREA_SHAPES[area.shape] ?? AREA_SHAPES.rect)(at);
  return new DOMRect(box.x + left * sx, box.y + top * sy, (right - left) * sx, (bottom - top) * sy);
};

const boxOf = (el) => (tagOf(el) === "AREA" ? areaBox(el) : el.getBoundingClientRect());

// ---- links --------------------------------------------------------------------------------

// An address that needs no resolving but its origin.
const PLAIN_PATH = /^(?:\/[\w~-][\w.~-]*)+\/?$/;
const originOf = (base) => {
  const parts = URL.parse(base);
  return parts?.protocol === "http:" || parts?.protocol === "https:" ? parts.origin : "";
};

// ---- the walk -----------------------------------------------------------------------------

const COLUMNS = ["ref", "role", "name", "value", "states", "x", "y", "width", "height", "tag", "type",
  "hint", "options", "context", "landmark", "href"];
// These grow from row to row: what they grow by is often the same.
const GROWING = new Set(["ref", "name", "y", "href"]);

// The label around a control, found out when a control asks for it.
class Group {
  constructor(el, tag, outer) {
    this.el = el;
    this.tag = tag;
    this.outer = outer;
  }

  get name() {
    return this.found ??= clean(this.ownName(), 80) || this.outer?.name || "";
  }

  ownName() {
    if (this.tag === "FIELDSET") return nativeName(this.el);
    return labelledBy(this.el, "aria-labelledby") || attribute(this.el, "aria-label")
      || this.el.querySelector("h1,h2,h3,h4,h5,h6,a[href],strong")?.textContent || "";
  }
}

// What a walk knows of the place where it is.
class Scope {
  constructor(outer, hidden) {
    this.place = outer.place;
    this.landmark = outer.landmark;
    this.group = outer.group;
    this.pointer = outer.pointer;
    this.inControl = outer.inControl;
    this.muted = outer.muted;
    this.hidden = hidden;
    this.depth = outer.depth + 1;
  }
}
const outermost = (place) => ({ place, landmark: "", group: null, pointer: false, inControl: false,
  muted: false, hidden: false, depth: -1 });

class Walk {
  constructor() {
    this.columns = Object.fromEntries(COLUMNS.map((name) => [name, []]));
    this.strings = new Strings();
    this.lists = [[]];
    this.listPlaces = new Map([["", 0]]);
    // Of each line its rank, and its text: words as they stand, or the row of a control.
    this.ranks = [];
    this.subjects = [];
    this.text = "";
    this.textTop = 0;
    this.top = 0;
    this.measured = -MEASURE_EVERY;
    this.heading = "";
    this.focused = activeElement();
    this.width = innerWidth;
    this.height = innerHeight;
    this.origin = originOf(document.baseURI);
    this.asked = null;
    this.pointed = false;
    this.rows = [];
    this.documents = [];
  }

  line(inView, important, subject) {
    this.ranks.push(rankOf(inView, important));
    this.subjects.push(subject);
  }

  sees(top) { return top >= 0 && top < this.height; }

  flush() {
    if (this.text) this.line(this.sees(this.textTop), false, this.text);
    this.text = "";
  }

  document(doc, x, y, sx, sy, frame = null) {
    meet(doc);
    this.documents.push({ doc, frame });
    const plainLinks = this.origin !== "" && originOf(doc.baseURI) === this.origin;
    if (doc.body) this.element(doc.body, new Scope(outermost({ x, y, sx, sy, plainLinks }), false));
  }

  children(el, scope) {
    if (scope.depth > MAX_DEPTH) return;
    if (isHost(el)) {
      for (const node of childrenOf(el)) this.node(node, el, scope);
      return;
    }
    for (let node = firstChild(el); node; node = nextSibling(node)) this.node(node, el, scope);
  }

  node(node, el, scope) {
    const type = typeOf(node);
    if (type === 1) this.element(node, scope);
    else if (type === 3 && !scope.hidden && !scope.muted) {
      this.words(node.data, el, scope.place);
    }
  }

  words(words, el, place) {
    if (!SIGN.test(words)) {
      if (words && this.text) this.text += " ";    // what keeps two words apart
      return;
    }
    if (!this.text) {
      if (this.ranks.length >= this.measured + MEASURE_EVERY) {
        this.top = Math.round(getBoundingClientRect.call(el).top * place.sy + place.y);
        this.measured = this.ranks.length;
      }
      this.textTop = this.top;
    }
    this.text += words;
  }

  element(el, outer) {
    const tag = tagOf(el);
    if (SKIPPED.has(tag)) return;
    if (tag === "FORM") { this.form(el, outer); return; }
    if (tag === "AREA") { this.area(el, outer); return; }
    // Hidden from assistive technology, yet people click it: kept if it is a control.
    if (attribute(el, "aria-hidden") === "true" && !shadowOf(el)
      && !el.matches("a[href],button,input,select,textarea")) return;
    const shown = checkVisibility.call(el, SHOWN);
    if (!shown && isAbsent(el)) return;
    const hidden = !shown && getComputedStyle(el).visibility !== "visible";
    const role = roleOf(el);
    const isControl = !hidden && this.usable(el, tag, role, outer);
    // A control ends the text before it by itself, and most have nothing else to walk into: how
    // they are displayed is then not asked.
    const drawn = isControl && this.control(el, tag, role || "clickable", outer);
    if (drawn && this.opaque(el, tag, role)) return;
    const block = BLOCKS.has(tag) || !INLINE.has(tag) && isBlock(el);
    if (block) this.flush();
    if (isControl && !drawn && this.opaque(el, tag, role)) return;
    const told = drawn && !role && this.told(el);
    if (!role && isLeaf(el, tag)) {
      if (!hidden && !outer.muted && !told) this.words(textOf(el), el, outer.place);
      if (block) this.flush();
      return;
    }
    const scope = new Scope(outer, hidden);
    if (drawn) scope.inControl = true;
    if (told) scope.muted = true;
    this.inside(el, tag, role, scope, isControl);
    scope.pointer = outer.pointer || NATIVE.has(tag) || this.pointer(el);
    this.enter(el, tag, role, scope);
    if (tag === "IFRAME") this.frame(el, scope);
    else if (tag !== "svg") this.children(el, scope);
    if (block) this.flush();
  }

  // Asked twice of most elements, one right after the other.
  pointer(el) {
    if (this.asked !== el) {
      this.asked = el;
      this.pointed = isPointer(el);
    }
    return this.pointed;
  }

  inside(el, tag, role, scope, isControl) {
    if (!isControl && !scope.hidden && role === "heading") {
      this.title(el, tag, scope.place);
      scope.muted = true;    // its words are its name already; the links in it still count
    } else if (!isControl && !scope.hidden && tag === "IMG" && role === "img" && el.alt && !scope.inControl) {
      this.text += ` [image: ${el.alt}] `;
    }
    if (tag === "LABEL" && el.control) scope.muted = true;    // it is its control's name
  }

  form(el, outer) {
    if (!visibleBox(el)) return;
    const scope = new Scope(outer, outer.hidden);
    this.flush();
    this.enter(el, "FORM", attribute(el, "role") ?? "form", scope);
    this.children(el, scope);
    this.flush();
  }

  area(el, outer) {
    const picture = el.href ? pictureOf(el) : null;
    if (picture && checkVisibility.call(picture, SHOWN)) this.control(el, "AREA", "link", outer);
  }

  enter(el, tag, role, scope) {
    const landmark = LANDMARK_ROLES.has(role) ? role : LANDMARKS[tag];
    if (landmark && !(landmark === "banner" && scope.landmark === "main")) {
      scope.landmark = landmark;
      const label = clean(labelledBy(el, "aria-labelledby") || attribute(el, "aria-label") || "", 80);
      if (label) scope.group = { name: label };
      if (landmark.endsWith("dialog")) {
        this.line(true, true, `- dialog ${quoted(label || clean(contentText(el), 80))}`);
      }
    }
    if (GROUPS.has(tag) || GROUP_ROLES.has(role)) scope.group = new Group(el, tag, scope.group);
  }

  usable(el, tag, role, outer) {
    switch (tag) {
      case "INPUT": return el.type !== "hidden";
      case "BUTTON": case "SELECT": case "TEXTAREA": case "SUMMARY": return true;
      case "A": case "AREA": if (el.hasAttribute("href")) return true; break;
      case "LABEL": return false;
    }
    if (role && INTERACTIVE_ROLES.has(role)) return true;
    if (el.isContentEditable && !el.parentElement?.isContentEditable) return true;
    if (el.draggable && tag !== "IMG") return true;
    if (el.hasAttribute("onclick") || el.hasAttribute("tabindex") && el.tabIndex >= 0) {
      return tag !== "BODY" && tag !== "IFRAME" && tag !== "MAIN";
    }
    return !outer.pointer && this.pointer(el) && tag !== "BODY"
      && !el.closest("a[href],button,label,select,summary,[role=button],[role=link]");
  }

  // Controls whose content is their name: no need to walk into them for text.
  opaque(el, tag, role) {
    if (tag === "SELECT" || tag === "TEXTAREA" || el.isContentEditable) return true;
    if (el.shadowRoot) return false;
    return NAMED_BY_CONTENT.has(role) && (!el.firstElementChild || !el.querySelector(CONTROLS));
  }

  // Whether all words in the control that was drawn last are its name.
  told(el) {
    const name = this.strings.all[this.columns.name[this.columns.name.length - 1]];
    return name !== "" && !name.endsWith("…") && name === clean(contentText(el), NAME_LIMIT);
  }

  // Whether there was something to press, which is then a row.
  control(el, tag, role, { place, group, landmark }) {
    const box = boxOf(el), boxWidth = box.width, boxHeight = box.height;
    // Unless it is a styled-away native control with a label or a file chooser.
    if (!(boxWidth && boxHeight) && !labelsOf(el).length && el.type !== "file") return false;
    const x = box.x * place.sx + place.x, y = box.y * place.sy + place.y;
    const width = boxWidth * place.sx, height = boxHeight * place.sy;
    const offscreen = x + width <= 0 || y + height <= 0 || x >= this.width || y >= this.height;
    this.flush();
    this.top = Math.round(y);
    this.measured = this.ranks.length;
    this.line(!offscreen, true, this.columns.ref.length);
    const { columns, strings } = this, bare = tag === "A" && isBare(el);
    const name = bare ? clean(contentText(el), NAME_LIMIT) : nameOf(el, role);
    this.rows.push(el);
    columns.ref.push(refFor(el));
    columns.role.push(strings.place(role));
    columns.name.push(strings.place(name));
    columns.value.push(bare && !el.isContentEditable ? 0
      : strings.place(clean(valueOf(el, role) ?? "", NAME_LIMIT)));
    columns.states.push(bare ? bareStates(el, this.focused, offscreen)
      : statesOf(el, this.focused, offscreen));
    columns.x.push(Math.round(x));
    columns.y.push(this.top);
    columns.width.push(Math.round(width));
    columns.height.push(Math.round(height));
    columns.tag.push(strings.place(localName(el)));
    columns.type.push(tag === "INPUT" ? strings.place(el.type) : 0);
    columns.hint.push(bare ? 0 : strings.place(hintOf(el, name)));
    columns.options.push(tag === "SELECT" ? this.options(el) : 0);
    columns.context.push(strings.place(group?.name || this.heading));
    columns.landmark.push(strings.place(landmark));
    columns.href.push(tag === "A" || tag === "AREA" ? this.link(el, place.plainLinks) : 0);
    return true;
  }

  options(select) {
    const labels = [...select.options].slice(0, 100)
      .map((option) => this.strings.place(clean(option.label, 80)));
    const key = labels.join();
    let place = this.listPlaces.get(key);
    if (place === undefined) {
      place = this.lists.push(labels) - 1;
      this.listPlaces.set(key, place);
    }
    return place;
  }

  // The place of an address; negative for one that is to be put behind the page's origin.
  link(el, isPlain) {
    if (isPlain) {
      const given = attribute(el, "href");
      if (given && PLAIN_PATH.test(given)) return -this.strings.place(given);
    }
    const href = el.href;
    if (this.origin && href.startsWith(`${this.origin}/`)) {
      return -this.strings.place(href.slice(this.origin.length));
    }
    return this.strings.place(href);
  }

  title(el, tag, place) {
    this.flush();
    const name = clean(contentText(el), NAME_LIMIT);
    if (!name) return;
    this.heading = name;
    const level = Number(attribute(el, "aria-level") || tag[1]) || 2;
    const top = Math.round(getBoundingClientRect.call(el).top * place.sy + place.y);
    this.line(this.sees(top), true, `- heading ${quoted(name)} [level=${level}]`);
  }

  frame(el, { place }) {
    const doc = el.contentDocument;    // null for another origin
    if (!doc) return;
    const inner = frameMap(el);
    this.flush();
    this.document(doc, place.x + inner.x * place.sx, place.y + inner.y * place.sy,
      place.sx * inner.sx, place.sy * inner.sy, el);
    this.flush();
  }

  // ---- the view -----------------------------------------------------------------------------

  // One line: `- button "Add to cart" [ref=e12]`.
  describe(row) {
    const { columns, strings: { all } } = this;
    const name = all[columns.name[row]], hint = all[columns.hint[row]], value = all[columns.value[row]];
    let line = `- ${all[columns.role[row]]}`;
    if (name) line += ` ${quoted(name)}`;
    if (columns.states[row] & SHOWN_STATES) {
      for (const state of STATES) if (columns.states[row] & BIT[state] & SHOWN_STATES) line += ` [${state}]`;
    }
    line += ` [ref=e${columns.ref[row]}]`;
    if (!name && hint) line += ` (${hint})`;
    const options = this.lists[columns.options[row]];
    if (options.length) line += ` {${options.slice(0, 12).map((place) => all[place]).join(" | ")}}`;
    return value ? `${line}: ${value}` : line;
  }

  textOf(line) {
    const subject = this.subjects[line];
    if (typeof subject === "number") return this.describe(subject);
    return this.ranks[line] & 1 ? `- text: ${clean(subject, TEXT_LIMIT)}` : subject;
  }

  // Tokens that a line takes at least, from what is at hand before it is written; past `most` it
  // doesn't matter.
  leastOf(line, most) {
    const subject = this.subjects[line];
    if (typeof subject === "number") return this.leastOfRow(subject, most);
    if (!(this.ranks[line] & 1)) return 0;
    return 4 + (subject.length > TEXT_LIMIT ? 0 : countSigns(subject, most));
  }

  leastOfRow(row, most) {
    const { columns, strings } = this;
    const name = columns.name[row];
    return 7 + String(columns.ref[row]).length + (name ? 2 + countSigns(strings.all[name], most) : 0);
  }

  result(maxTokens) {
    const view = chooseLines(this.ranks, (i) => this.textOf(i), (i, most) => this.leastOf(i, most),
      maxTokens);
    const { columns } = this;
    return { url: location.href, title: document.title, origin: this.origin, next: nextRef, ...view,
      strings: this.strings.all, lists: this.lists,
      columns: Object.fromEntries(COLUMNS.map((name) => [name,
        packed(GROWING.has(name) ? differences(columns[name]) : columns[name])])) };
  }
}

const SAME = '{"same":true}';

const abos = {
  // One observation. `base` is the first ref that may be given, so that refs of an earlier
  // document are never given again; `maxTokens` bounds the text view, never the elements. `known` is
  // the mark of an observation that the caller has: it gets no other while the page is the same.
  observe({ base, maxTokens, known }) {
    nextRef = Math.max(nextRef, base);
    if (known && stillSees(known)) return SAME;
    const walk = new Walk();
    labelsIn = new Map();
    rootsMet = new Set();
    try {
      walk.document(document, 0, 0, 1, 1);
      walk.flush();
      const mark = remember(walk, walk.rows, walk.documents, rootsMet);
      return JSON.stringify({ ...walk.result(maxTokens), mark });
    } finally {
      labelsIn = null;
      rootsMet = null;
    }
  },
};
