// Reads a page in one walk: what a person could use (with refs that live as long as the element),
// and the text in between. Runs in an isolated world; see world.py. Results are JSON text, because
// one string crosses DevTools several times faster than an object graph.
//
// Roles follow HTML-AAM, names follow the order of "Accessible Name and Description Computation"
// (label, native label, content, title), shortened to what an agent needs.

const NAME_LIMIT = 200;
const TEXT_LIMIT = 2000;
const STATES = ["disabled", "checked", "mixed", "selected", "expanded", "collapsed", "focused",
  "required", "readonly", "invalid", "offscreen", "pressed", "current", "multiple"];
const SKIPPED = new Set(["SCRIPT", "STYLE", "NOSCRIPT", "TEMPLATE", "HEAD", "META", "LINK", "TITLE",
  "DATALIST", "PARAM", "SOURCE", "TRACK"]);
const INTERACTIVE_ROLES = new Set(["button", "link", "textbox", "searchbox", "combobox", "checkbox",
  "radio", "switch", "slider", "spinbutton", "tab", "menuitem", "menuitemcheckbox",
  "menuitemradio", "option", "treeitem", "listbox", "gridcell"]);
const NAMED_BY_CONTENT = new Set(["button", "link", "checkbox", "radio", "switch", "tab", "menuitem",
  "menuitemcheckbox", "menuitemradio", "option", "treeitem", "heading", "gridcell", "clickable"]);
const LANDMARKS = { NAV: "navigation", MAIN: "main", HEADER: "banner", FOOTER: "contentinfo",
  ASIDE: "complementary", FORM: "form", DIALOG: "dialog", SEARCH: "search" };
const LANDMARK_ROLES = new Set([...Object.values(LANDMARKS), "region", "alertdialog"]);
const GROUPS = new Set(["FIELDSET", "LI", "TR", "ARTICLE"]);
const GROUP_ROLES = new Set(["group", "radiogroup", "listitem"]);
const CONTROLS = ["a[href]", "button", "input", "select", "textarea", "[tabindex]", "[draggable=true]",
  ...[...INTERACTIVE_ROLES].map((role) => `[role=${role}]`)].join(",");
const INPUT_ROLES = { button: "button", submit: "button", reset: "button", image: "button",
  checkbox: "checkbox", radio: "radio", range: "slider", number: "spinbutton", search: "searchbox",
  file: "file", color: "color" };
const SECRET_USES = /(^|\s)(cc-\S+|current-password|new-password|one-time-code)(\s|$)/i;
// Deeper nesting than this is cut off; HTML parsers stop at 512.
const MAX_DEPTH = 800;
// Tags whose display is not asked for: at worst two lines of text become one.
const BLOCKS = new Set(["DIV", "P", "UL", "OL", "LI", "TABLE", "TBODY", "TR", "TD", "TH", "SECTION",
  "ARTICLE", "MAIN", "HEADER", "FOOTER", "NAV", "H1", "H2", "H3", "H4", "H5", "H6", "DL", "DT", "DD",
  "INPUT", "BUTTON", "SELECT", "TEXTAREA", "FIELDSET", "FIGURE", "BLOCKQUOTE", "PRE", "BR", "HR"]);
const INLINE = new Set(["B", "I", "EM", "STRONG", "SMALL", "CODE", "SUB", "SUP", "U", "S", "MARK",
  "ABBR", "CITE", "Q", "WBR", "FONT", "KBD", "TIME"]);
const NATIVE = new Set(["INPUT", "BUTTON", "SELECT", "TEXTAREA", "SUMMARY"]);
// Rows between two measurements of where plain text lies; it only has to be near.
const MEASURE_EVERY = 6;
const HEADING = /^H[1-6]$/;

// A form's fields hide its properties (<input name=firstChild>), so whatever may be a form is read
// through the getters of the interfaces.
const getter = (type, name) => {
  const { get } = Object.getOwnPropertyDescriptor(type.prototype, name);
  return (node) => get.call(node);
};
const typeOf = getter(Node, "nodeType"), firstChild = getter(Node, "firstChild");
const nextSibling = getter(Node, "nextSibling"), childNodes = getter(Node, "childNodes");
const shadowOf = getter(Element, "shadowRoot"), localName = getter(Element, "localName");
const rawTag = getter(Element, "tagName"), namespaceOf = getter(Element, "namespaceURI");
const XHTML = "http://www.w3.org/1999/xhtml";
// Documents served as XML keep tag names in lower case; most sessions never meet one.
let mixedCase = false;
const meet = (doc) => { mixedCase ||= doc.contentType !== "text/html"; };
meet(document);
const upperTag = (el, tag) => (namespaceOf(el) === XHTML ? tag.toUpperCase() : tag);
const tagOf = (el) => (mixedCase ? upperTag(el, rawTag(el)) : rawTag(el));
const { getAttribute, getBoundingClientRect, checkVisibility } = Element.prototype;
const attribute = (el, name) => getAttribute.call(el, name);

const refOf = new WeakMap();
const elementOf = new Map();
let nextRef = 1;

const UNTIDY = /^\s|\s$|[^\S ]|  /;
const clean = (text, limit) => {
  const flat = UNTIDY.test(text) ? text.replace(/\s+/g, " ").trim() : text;
  return flat.length > limit ? flat.slice(0, limit - 1) + "…" : flat;
};

// ---- refs ---------------------------------------------------------------------------------

const refFor = (element) => {
  let ref = refOf.get(element);
  if (ref === undefined) {
    ref = nextRef++;
    refOf.set(element, ref);
    elementOf.set(ref, new WeakRef(element));
  }
  return ref;
};

const lookUp = (ref) => {
  const element = elementOf.get(ref)?.deref();
  // Elements of a frame that went elsewhere stay connected to a document that no window shows.
  return element?.isConnected && element.ownerDocument.defaultView ? element : null;
};

// ---- roles and names ----------------------------------------------------------------------

const roleOf = (el) => {
  const given = el.getAttribute("role");
  if (given) return given.trim().split(/\s+/)[0].toLowerCase();
  switch (tagOf(el)) {
    case "A": case "AREA": return el.hasAttribute("href") ? "link" : "";
    case "BUTTON": case "SUMMARY": return "button";
    case "TEXTAREA": return "textbox";
    case "SELECT": return el.multiple || el.size > 1 ? "listbox" : "combobox";
    case "OPTION": return "option";
    case "INPUT": return INPUT_ROLES[el.type] ?? (el.hasAttribute("list") ? "combobox" : "textbox");
    case "IMG": return "img";
    case "PROGRESS": return "progressbar";
    default: return HEADING.test(tagOf(el)) ? "heading" : "";
  }
};

const childrenOf = (el) => {
  const shadow = shadowOf(el);
  if (shadow) return shadow.childNodes;
  if (tagOf(el) === "SLOT") {
    const assigned = el.assignedNodes();
    if (assigned.length) return assigned;
  }
  return childNodes(el);
};

const contentText = (el, depth = 0) => {
  let text = "";
  for (const node of childrenOf(el)) {
    if (text.length > NAME_LIMIT * 2 || depth > 30) break;
    if (typeOf(node) === 3) { text += node.data; continue; }
    if (typeOf(node) !== 1) continue;
    const tag = tagOf(node);
    if (SKIPPED.has(tag) || tag === "SELECT" || tag === "TEXTAREA") continue;
    if (attribute(node, "aria-hidden") === "true" || !visibleBox(node)) continue;
    const label = attribute(node, "aria-label");
    if (label) text += ` ${label} `;
    else if (tag === "IMG") text += ` ${node.alt} `;
    else if (tag === "svg") text += ` ${node.querySelector("title")?.textContent ?? ""} `;
    else text += ` ${contentText(node, depth + 1)} `;
  }
  return text;
};

const labelledBy = (el, name) => {
  const ids = attribute(el, name);
  if (!ids) return "";
  const root = Node.prototype.getRootNode.call(el);
  return ids.split(/\s+/).map((id) => {
    const target = root.getElementById?.(id);
    return target ? target.getAttribute("aria-label") || target.textContent : "";
  }).join(" ");
};

const nativeName = (el) => {
  if (el.labels?.length) return [...el.labels].map((label) => contentText(label)).join(" ");
  switch (tagOf(el)) {
    case "INPUT":
      if (el.type === "submit") return el.value || "Submit";
      if (el.type === "reset") return el.value || "Reset";
      if (el.type === "button") return el.value;
      if (el.type === "image") return el.alt || el.value;
      return "";
    case "IMG": case "AREA": return el.alt;
    case "FIELDSET": return el.querySelector("legend")?.textContent ?? "";
    case "TABLE": return el.caption?.textContent ?? "";
    default: return "";
  }
};

// First that is not empty wins, in the order of the specification.
const nameOf = (el, role) => clean(
  labelledBy(el, "aria-labelledby").trim() || (attribute(el, "aria-label") ?? "").trim()
  || nativeName(el).trim() || (NAMED_BY_CONTENT.has(role) ? contentText(el).trim() : "")
  || el.title?.trim() || (attribute(el, "placeholder") ?? ""), NAME_LIMIT);

const hintOf = (el, name) => {
  const other = (text) => (text && clean(text, NAME_LIMIT) !== name ? clean(text, NAME_LIMIT) : "");
  return other(attribute(el, "placeholder")) || other(labelledBy(el, "aria-describedby"))
    || other(attribute(el, "title")) || other(attribute(el, "autocomplete"))
    || other(attribute(el, "name"));
};

// ---- state --------------------------------------------------------------------------------

const valueOf = (el, role) => {
  switch (tagOf(el)) {
    case "INPUT":
      if (el.type === "password" || SECRET_USES.test(el.autocomplete)) return el.value ? "••••" : "";
      if (el.type === "file") return [...el.files].map((file) => file.name).join(", ");
      return INPUT_ROLES[el.type] === "button" || el.type === "checkbox" || el.type === "radio"
        ? "" : el.value;
    case "TEXTAREA": return el.value;
    case "SELECT": return [...el.selectedOptions].map((option) => option.label).join(", ");
    default:
      if (el.isContentEditable) return el.textContent;
      return el.getAttribute("aria-valuetext") ?? el.getAttribute("aria-valuenow") ?? "";
  }
};

const aria = (el, name) => el.getAttribute(`aria-${name}`);
const disabled = (el) => el.matches(":disabled") || aria(el, "disabled") === "true";

const isExpanded = (el) => (tagOf(el) === "SUMMARY" && el.parentElement && tagOf(el.parentElement) === "DETAILS"
  ? String(el.parentElement.open) : aria(el, "expanded"));

const BIT = Object.fromEntries(STATES.map((state, i) => [state, 1 << i]));
const statesOf = (el, focused, offscreen) => {
  const checked = aria(el, "checked"), expanded = isExpanded(el), current = aria(el, "current");
  return (disabled(el) ? BIT.disabled : 0)
    | (el.checked === true || checked === "true" ? BIT.checked : 0)
    | (el.indeterminate === true || checked === "mixed" ? BIT.mixed : 0)
    | (aria(el, "selected") === "true" ? BIT.selected : 0)
    | (expanded === "true" ? BIT.expanded : expanded === "false" ? BIT.collapsed : 0)
    | (el === focused ? BIT.focused : 0)
    | (el.required === true || aria(el, "required") === "true" ? BIT.required : 0)
    | (el.readOnly === true || aria(el, "readonly") === "true" ? BIT.readonly : 0)
    | (aria(el, "invalid") === "true" ? BIT.invalid : 0)
    | (offscreen ? BIT.offscreen : 0)
    | (aria(el, "pressed") === "true" ? BIT.pressed : 0)
    | (current && current !== "false" ? BIT.current : 0)
    | (el.multiple === true ? BIT.multiple : 0);
};

const visibleBox = (el) => checkVisibility.call(el) || getComputedStyle(el).display === "contents";

const activeElement = () => {
  let el = document.activeElement;
  for (;;) {
    if (el?.shadowRoot?.activeElement) el = el.shadowRoot.activeElement;
    else if (el && tagOf(el) === "IFRAME" && el.contentDocument?.activeElement) el = el.contentDocument.activeElement;
    else return el;
  }
};

// Style of one element, asked for as little as possible: it is most of what a walk costs.
const SHOWN = { visibilityProperty: true };
class Look {
  constructor(el) {
    this.el = el;
    this.shown = checkVisibility.call(el, SHOWN);
    this.hidden = !this.shown && this.style.visibility !== "visible";
  }

  get style() { return this.css ??= getComputedStyle(this.el); }
  // No box: not displayed at all, or inside hidden content. Boxless `contents` has children.
  get absent() {
    return !this.shown && this.style.display !== "contents" && !checkVisibility.call(this.el);
  }
  get pointer() { return this.style.cursor === "pointer"; }
  get block() { return this.style.display !== "inline" && this.style.display !== "contents"; }
}

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

// ---- the walk -----------------------------------------------------------------------------

const ELEMENT = 0, HEADING_ROW = 1, TEXT = 2, LANDMARK = 3;

class Walk {
  constructor() {
    this.rows = [];
    this.strings = [""];
    this.indexOf = new Map([["", 0]]);
    this.text = "";
    this.textTop = 0;
    this.top = 0;
    this.measured = -MEASURE_EVERY;
    this.heading = "";
    this.focused = activeElement();
    this.width = innerWidth;
    this.height = innerHeight;
  }

  intern(text) {
    let index = this.indexOf.get(text);
    if (index === undefined) {
      index = this.strings.push(text) - 1;
      this.indexOf.set(text, index);
    }
    return index;
  }

  flush() {
    const text = clean(this.text, TEXT_LIMIT);
    if (text) this.rows.push([TEXT, this.intern(text), this.textTop]);
    this.text = "";
  }

  document(doc, x, y, sx, sy) {
    meet(doc);
    if (doc.body) this.element(doc.body, { x, y, sx, sy, landmark: "", group: "", pointer: false, depth: 0 });
  }

  children(el, scope) {
    if (scope.depth > MAX_DEPTH) return;
    if (shadowOf(el) || tagOf(el) === "SLOT") {
      for (const node of childrenOf(el)) this.node(node, el, scope);
      return;
    }
    // Following siblings is several times faster than a live NodeList.
    for (let node = firstChild(el); node; node = nextSibling(node)) this.node(node, el, scope);
  }

  node(node, el, scope) {
    const type = typeOf(node);
    if (type === 1) this.element(node, scope);
    else if (type === 3 && !scope.hidden && !scope.muted && /\S/.test(node.data)) {
      this.words(node, el, scope);
    }
  }

  words(node, el, scope) {
    if (!this.text) {
      if (this.rows.length >= this.measured + MEASURE_EVERY) {
        this.top = Math.round(getBoundingClientRect.call(el).top * scope.sy + scope.y);
        this.measured = this.rows.length;
      }
      this.textTop = this.top;
    }
    this.text += node.data;
  }

  element(el, outer) {
    const tag = tagOf(el);
    if (SKIPPED.has(tag)) return;
    if (tag === "FORM") { this.form(el, outer); return; }
    if (tag === "AREA") { this.area(el, outer); return; }
    // Hidden from assistive technology, yet people click it: kept if it is a control.
    if (el.getAttribute("aria-hidden") === "true" && !el.shadowRoot
      && !el.matches("a[href],button,input,select,textarea")) return;
    const look = new Look(el);
    if (look.absent) return;
    const scope = { ...outer, hidden: look.hidden, depth: outer.depth + 1 };
    const pointer = outer.pointer || outer.inControl || NATIVE.has(tag) || look.pointer;
    const role = roleOf(el);
    const block = BLOCKS.has(tag) || !INLINE.has(tag) && look.block;
    if (block) this.flush();
    if (!scope.hidden && this.usable(el, role, pointer && !outer.pointer)) {
      this.control(el, role || "clickable", scope);
      if (this.opaque(el, role)) return;
    } else if (!scope.hidden && role === "heading") {
      this.title(el, scope);
      scope.muted = true;    // its words are its name already; the links in it still count
    } else if (!scope.hidden && tag === "IMG" && role === "img" && el.alt && !outer.inControl) {
      this.text += ` [image: ${el.alt}] `;
    }
    if (tag === "LABEL" && el.control) scope.muted = true;    // it is its control's name
    scope.pointer = pointer;
    this.enter(el, tag, role, scope);
    if (tag === "IFRAME") this.frame(el, scope);
    else if (tag !== "svg") this.children(el, scope);
    if (block) this.flush();
  }

  form(el, outer) {
    if (!visibleBox(el)) return;
    const scope = { ...outer, depth: outer.depth + 1 };
    this.flush();
    this.enter(el, "FORM", attribute(el, "role") ?? "form", scope);
    this.children(el, scope);
    this.flush();
  }

  area(el, outer) {
    const picture = el.href ? pictureOf(el) : null;
    if (picture && checkVisibility.call(picture, SHOWN)) this.control(el, "link", { ...outer });
  }

  enter(el, tag, role, scope) {
    const landmark = LANDMARK_ROLES.has(role) ? role : LANDMARKS[tag];
    if (landmark && !(landmark === "banner" && scope.landmark === "main")) {
      scope.landmark = landmark;
      const label = clean(labelledBy(el, "aria-labelledby") || attribute(el, "aria-label") || "", 80);
      scope.group = label || scope.group;
      if (landmark.endsWith("dialog")) {
        this.rows.push([LANDMARK, this.intern(label || clean(contentText(el), 80)), 0]);
      }
    }
    if (GROUPS.has(tag) || GROUP_ROLES.has(role)) {
      scope.group = clean(this.groupName(el, tag), 80) || scope.group;
    }
  }

  groupName(el, tag) {
    if (tag === "FIELDSET") return nativeName(el);
    return labelledBy(el, "aria-labelledby") || attribute(el, "aria-label")
      || el.querySelector("h1,h2,h3,h4,h5,h6,a[href],strong")?.textContent || "";
  }

  usable(el, role, startsPointer) {
    switch (tagOf(el)) {
      case "INPUT": return el.type !== "hidden";
      case "BUTTON": case "SELECT": case "TEXTAREA": case "SUMMARY": return true;
      case "A": case "AREA": if (el.hasAttribute("href")) return true; break;
      case "LABEL": return false;
    }
    if (INTERACTIVE_ROLES.has(role)) return true;
    if (el.isContentEditable && !el.parentElement?.isContentEditable) return true;
    if (el.draggable && tagOf(el) !== "IMG") return true;
    if (el.hasAttribute("onclick") || el.tabIndex >= 0 && el.hasAttribute("tabindex")) {
      const tag = tagOf(el);
      return tag !== "BODY" && tag !== "IFRAME" && tag !== "MAIN";
    }
    return startsPointer && tagOf(el) !== "BODY" && !el.closest("a[href],button,label,select,summary,[role=button],[role=link]");
  }

  // Controls whose content is their name: no need to walk into them for text.
  opaque(el, role) {
    const tag = tagOf(el);
    if (tag === "SELECT" || tag === "TEXTAREA" || el.isContentEditable) return true;
    if (el.shadowRoot) return false;
    return NAMED_BY_CONTENT.has(role)
      && !el.querySelector(CONTROLS);
  }

  control(el, role, scope) {
    const box = boxOf(el), tag = tagOf(el);
    const x = box.x * scope.sx + scope.x, y = box.y * scope.sy + scope.y;
    const width = box.width * scope.sx, height = box.height * scope.sy;
    const offscreen = x + width <= 0 || y + height <= 0 || x >= this.width || y >= this.height;
    // Nothing to press, unless it is a styled-away native control with a label or a file chooser.
    if (!(box.width && box.height) && !el.labels?.length && el.type !== "file") return;
    this.flush();
    this.top = Math.round(y);
    this.measured = this.rows.length;
    const name = nameOf(el, role);
    const i = (text) => this.intern(text);
    this.rows.push([ELEMENT, refFor(el), i(role), i(name), i(clean(valueOf(el, role) ?? "", NAME_LIMIT)),
      statesOf(el, this.focused, offscreen), Math.round(x), Math.round(y), Math.round(width),
      Math.round(height), i(el.localName), i(el.localName === "input" ? el.type : ""),
      i(hintOf(el, name)), tag === "SELECT"
        ? [...el.options].slice(0, 100).map((option) => i(clean(option.label, 80))) : 0,
      i(scope.group || this.heading), i(scope.landmark), i(tag === "A" || tag === "AREA" ? el.href : "")]);
    scope.inControl = true;
  }

  title(el, scope) {
    this.flush();
    const name = clean(contentText(el), NAME_LIMIT);
    if (!name) return;
    this.heading = name;
    const level = Number(el.getAttribute("aria-level") || tagOf(el)[1]) || 2;
    this.rows.push([HEADING_ROW, this.intern(name),
      Math.round(el.getBoundingClientRect().top * scope.sy + scope.y), level]);
  }

  frame(el, scope) {
    const doc = el.contentDocument;    // null for another origin
    if (!doc) return;
    const inner = frameMap(el);
    this.flush();
    this.document(doc, scope.x + inner.x * scope.sx, scope.y + inner.y * scope.sy,
      scope.sx * inner.sx, scope.sy * inner.sy);
    this.flush();
  }
}

const abos = {
  // One observation. `base` is the first ref that may be given, so that refs of an earlier
  // document are never given again.
  observe({ base }) {
    nextRef = Math.max(nextRef, base);
    const walk = new Walk();
    walk.document(document, 0, 0, 1, 1);
    walk.flush();
    return JSON.stringify({ url: location.href, title: document.title, rows: walk.rows,
      strings: walk.strings, next: nextRef, width: innerWidth, height: innerHeight,
      scroll: [Math.round(scrollX), Math.round(scrollY), document.documentElement?.scrollHeight ?? 0] });
  },
};
