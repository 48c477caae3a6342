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
const CONTROLS = ["a[href]", "button", "input", "select", "textarea", "[tabindex]", "[draggable=true]",
  ...[...INTERACTIVE_ROLES].map((role) => `[role=${role}]`)].join(",");
const INPUT_ROLES = { button: "button", submit: "button", reset: "button", image: "button",
  checkbox: "checkbox", radio: "radio", range: "slider", number: "spinbutton", search: "searchbox",
  file: "file", color: "color" };
const HEADING = /^H[1-6]$/;

const refOf = new WeakMap();
const elementOf = new Map();
let nextRef = 1;

const clean = (text, limit) => {
  const flat = text.replace(/\s+/g, " ").trim();
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
  return element?.isConnected ? element : null;
};

// ---- roles and names ----------------------------------------------------------------------

const roleOf = (el) => {
  const given = el.getAttribute("role");
  if (given) return given.trim().split(/\s+/)[0].toLowerCase();
  switch (el.tagName) {
    case "A": case "AREA": return el.hasAttribute("href") ? "link" : "";
    case "BUTTON": case "SUMMARY": return "button";
    case "TEXTAREA": return "textbox";
    case "SELECT": return el.multiple || el.size > 1 ? "listbox" : "combobox";
    case "OPTION": return "option";
    case "INPUT": return INPUT_ROLES[el.type] ?? (el.hasAttribute("list") ? "combobox" : "textbox");
    case "IMG": return "img";
    case "PROGRESS": return "progressbar";
    default: return HEADING.test(el.tagName) ? "heading" : "";
  }
};

const childrenOf = (el) => {
  if (el.shadowRoot) return el.shadowRoot.childNodes;
  if (el.tagName === "SLOT") {
    const assigned = el.assignedNodes();
    if (assigned.length) return assigned;
  }
  return el.childNodes;
};

const contentText = (el, depth = 0) => {
  let text = "";
  for (const node of childrenOf(el)) {
    if (text.length > NAME_LIMIT * 2 || depth > 30) break;
    if (node.nodeType === 3) { text += node.data; continue; }
    if (node.nodeType !== 1 || SKIPPED.has(node.tagName)) continue;
    if (node.getAttribute("aria-hidden") === "true" || !visibleBox(node)) continue;
    const label = node.getAttribute("aria-label");
    if (label) text += ` ${label} `;
    else if (node.tagName === "IMG") text += ` ${node.alt} `;
    else if (node.tagName === "svg") text += ` ${node.querySelector("title")?.textContent ?? ""} `;
    else if (node.tagName === "SELECT" || node.tagName === "TEXTAREA") continue;
    else text += ` ${contentText(node, depth + 1)} `;
  }
  return text;
};

const labelledBy = (el, attribute) => {
  const ids = el.getAttribute(attribute);
  if (!ids) return "";
  const root = el.getRootNode();
  return ids.split(/\s+/).map((id) => {
    const target = root.getElementById?.(id);
    return target ? target.getAttribute("aria-label") || target.textContent : "";
  }).join(" ");
};

const nativeName = (el) => {
  if (el.labels?.length) return [...el.labels].map((label) => contentText(label)).join(" ");
  switch (el.tagName) {
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

const nameOf = (el, role) => {
  const candidates = [
    () => labelledBy(el, "aria-labelledby"),
    () => el.getAttribute("aria-label") ?? "",
    () => nativeName(el),
    () => (NAMED_BY_CONTENT.has(role) ? contentText(el) : ""),
    () => el.getAttribute("title") ?? "",
    () => el.getAttribute("placeholder") ?? "",
  ];
  for (const candidate of candidates) {
    const name = clean(candidate() || "", NAME_LIMIT);
    if (name) return name;
  }
  return "";
};

const hintOf = (el, name) => {
  for (const text of [el.getAttribute("placeholder"), labelledBy(el, "aria-describedby"),
    el.getAttribute("title"), el.getAttribute("autocomplete"), el.getAttribute("name")]) {
    const hint = clean(text || "", NAME_LIMIT);
    if (hint && hint !== name) return hint;
  }
  return "";
};

// ---- state --------------------------------------------------------------------------------

const valueOf = (el, role) => {
  switch (el.tagName) {
    case "INPUT":
      if (el.type === "password") return el.value ? "••••" : "";
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

const statesOf = (el, focused, offscreen) => {
  const expanded = el.tagName === "SUMMARY" && el.parentElement?.tagName === "DETAILS"
    ? String(el.parentElement.open) : aria(el, "expanded");
  const checked = aria(el, "checked");
  const flags = [
    disabled(el), el.checked === true || checked === "true",
    el.indeterminate === true || checked === "mixed", aria(el, "selected") === "true",
    expanded === "true", expanded === "false", el === focused,
    el.required === true || aria(el, "required") === "true",
    el.readOnly === true || aria(el, "readonly") === "true", aria(el, "invalid") === "true",
    offscreen, aria(el, "pressed") === "true",
    el.hasAttribute("aria-current") && aria(el, "current") !== "false", el.multiple === true,
  ];
  let bits = 0;
  for (let i = 0; i < flags.length; i++) if (flags[i]) bits |= 1 << i;
  return bits;
};

const visibleBox = (el) => el.checkVisibility() || getComputedStyle(el).display === "contents";

const activeElement = () => {
  let el = document.activeElement;
  for (;;) {
    if (el?.shadowRoot?.activeElement) el = el.shadowRoot.activeElement;
    else if (el?.tagName === "IFRAME" && el.contentDocument) el = el.contentDocument.activeElement;
    else return el;
  }
};

// ---- the walk -----------------------------------------------------------------------------

const ELEMENT = 0, HEADING_ROW = 1, TEXT = 2, LANDMARK = 3;

class Walk {
  constructor() {
    this.rows = [];
    this.strings = [""];
    this.indexOf = new Map([["", 0]]);
    this.text = "";
    this.textTop = 0;
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

  document(doc, x, y) {
    if (doc.body) this.element(doc.body, { x, y, landmark: "", group: "", pointer: false });
  }

  children(el, scope) {
    if (el.shadowRoot || el.tagName === "SLOT") {
      for (const node of childrenOf(el)) this.node(node, el, scope);
      return;
    }
    // Following siblings is several times faster than a live NodeList.
    for (let node = el.firstChild; node; node = node.nextSibling) this.node(node, el, scope);
  }

  node(node, el, scope) {
    if (node.nodeType === 1) this.element(node, scope);
    else if (node.nodeType === 3 && !scope.hidden && !scope.muted && /\S/.test(node.data)) {
      this.words(node, el, scope);
    }
  }

  words(node, el, scope) {
    if (!this.text) {
      const owner = el.nodeType === 1 ? el : el.host;
      this.textTop = Math.round(owner.getBoundingClientRect().top + scope.y);
    }
    this.text += node.data;
  }

  element(el, outer) {
    if (SKIPPED.has(el.tagName) || el.getAttribute("aria-hidden") === "true" && !el.shadowRoot) {
      // Hidden from assistive technology, yet people click it: keep it if it is a control.
      if (SKIPPED.has(el.tagName) || !el.matches("a[href],button,input,select,textarea")) return;
    }
    const style = el.ownerDocument.defaultView.getComputedStyle(el);
    if (style.display === "none" || !visibleBox(el)) return;
    const scope = { ...outer, hidden: style.visibility !== "visible" };
    const pointer = style.cursor === "pointer";
    const role = roleOf(el);
    const block = style.display !== "inline" && style.display !== "contents";
    if (block) this.flush();
    if (!scope.hidden && this.usable(el, role, pointer && !outer.pointer)) {
      this.control(el, role || "clickable", scope);
      if (this.opaque(el, role)) return;
    } else if (!scope.hidden && role === "heading") {
      this.title(el, scope);
      scope.muted = true;    // its words are its name already; the links in it still count
    } else if (!scope.hidden && role === "img" && el.tagName === "IMG" && !outer.inControl) {
      if (el.alt) this.text += ` [image: ${el.alt}] `;
    }
    if (el.tagName === "LABEL" && el.control) scope.muted = true;    // it is its control's name
    scope.pointer = pointer;
    this.enter(el, role, scope);
    if (el.tagName === "IFRAME") this.frame(el, scope);
    else if (el.tagName === "svg") return;
    else this.children(el, scope);
    if (block) this.flush();
  }

  enter(el, role, scope) {
    const landmark = LANDMARK_ROLES.has(role) ? role : LANDMARKS[el.tagName];
    if (landmark && !(landmark === "banner" && scope.landmark === "main")) {
      scope.landmark = landmark;
      const label = clean(labelledBy(el, "aria-labelledby") || el.getAttribute("aria-label") || "", 80);
      scope.group = label || scope.group;
      if (landmark.endsWith("dialog")) {
        this.rows.push([LANDMARK, this.intern(label || clean(contentText(el), 80)), 0]);
      }
    }
    if (GROUPS.has(el.tagName) || role === "group" || role === "radiogroup" || role === "listitem") {
      const legend = el.tagName === "FIELDSET" ? nativeName(el)
        : labelledBy(el, "aria-labelledby") || el.getAttribute("aria-label");
      const words = legend || (el.tagName === "FIELDSET" ? "" : el.querySelector("h1,h2,h3,h4,h5,h6,a[href],strong")?.textContent);
      scope.group = clean(words || "", 80) || scope.group;
    }
  }

  usable(el, role, startsPointer) {
    switch (el.tagName) {
      case "INPUT": return el.type !== "hidden";
      case "BUTTON": case "SELECT": case "TEXTAREA": case "SUMMARY": return true;
      case "A": case "AREA": if (el.hasAttribute("href")) return true; break;
      case "LABEL": return false;
    }
    if (INTERACTIVE_ROLES.has(role)) return true;
    if (el.isContentEditable && !el.parentElement?.isContentEditable) return true;
    if (el.draggable && el.tagName !== "IMG") return true;
    if (el.hasAttribute("onclick") || el.tabIndex >= 0 && el.hasAttribute("tabindex")) {
      return el.tagName !== "BODY" && el.tagName !== "IFRAME" && el.tagName !== "MAIN";
    }
    return startsPointer && !el.closest("a[href],button,label,select,summary,[role=button],[role=link]");
  }

  // Controls whose content is their name: no need to walk into them for text.
  opaque(el, role) {
    if (el.tagName === "SELECT" || el.tagName === "TEXTAREA" || el.isContentEditable) return true;
    if (el.shadowRoot) return false;
    return NAMED_BY_CONTENT.has(role)
      && !el.querySelector(CONTROLS);
  }

  control(el, role, scope) {
    const box = el.getBoundingClientRect();
    const x = box.x + scope.x, y = box.y + scope.y;
    const offscreen = x + box.width <= 0 || y + box.height <= 0 || x >= this.width || y >= this.height;
    // Nothing to press, unless it is a styled-away native control with a label or a file chooser.
    if (!(box.width && box.height) && !el.labels?.length && el.type !== "file") return;
    this.flush();
    const name = nameOf(el, role);
    const i = (text) => this.intern(text);
    this.rows.push([ELEMENT, refFor(el), i(role), i(name), i(clean(valueOf(el, role) ?? "", NAME_LIMIT)),
      statesOf(el, this.focused, offscreen), Math.round(x), Math.round(y), Math.round(box.width),
      Math.round(box.height), i(el.localName), i(el.localName === "input" ? el.type : ""),
      i(hintOf(el, name)), el.tagName === "SELECT"
        ? [...el.options].slice(0, 100).map((option) => i(clean(option.label, 80))) : 0,
      i(scope.group || this.heading), i(scope.landmark), i(el.tagName === "A" ? el.href : "")]);
    scope.inControl = true;
  }

  title(el, scope) {
    this.flush();
    const name = clean(contentText(el), NAME_LIMIT);
    if (!name) return;
    this.heading = name;
    const level = Number(el.getAttribute("aria-level") || el.tagName[1]) || 2;
    this.rows.push([HEADING_ROW, this.intern(name), Math.round(el.getBoundingClientRect().top + scope.y), level]);
  }

  frame(el, scope) {
    const doc = el.contentDocument;    // null for another origin
    if (!doc) return;
    const box = el.getBoundingClientRect();
    this.flush();
    this.document(doc, scope.x + box.x + el.clientLeft, scope.y + box.y + el.clientTop);
    this.flush();
  }
}

const abos = {
  // One observation. `base` is the first ref that may be given, so that refs of an earlier
  // document are never given again.
  observe({ base }) {
    nextRef = Math.max(nextRef, base);
    const walk = new Walk();
    walk.document(document, 0, 0);
    walk.flush();
    return JSON.stringify({ url: location.href, title: document.title, rows: walk.rows,
      strings: walk.strings, next: nextRef, width: innerWidth, height: innerHeight,
      scroll: [Math.round(scrollX), Math.round(scrollY), document.documentElement.scrollHeight] });
  },
};
