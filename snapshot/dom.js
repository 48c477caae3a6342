// What the other scripts share: constants, reading of nodes that pages can't falsify, and refs that live
// as long as their element.

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
const LABELABLE = new Set(["BUTTON", "INPUT", "METER", "OUTPUT", "PROGRESS", "SELECT", "TEXTAREA"]);
const FIELDS = new Set(["INPUT", "SELECT", "TEXTAREA"]);
const NATIVE = new Set(["INPUT", "BUTTON", "SELECT", "TEXTAREA", "SUMMARY"]);
// Rows between two measurements of where plain text lies; it only has to be near.
const MEASURE_EVERY = 6;
const ENTERED = new Set(["IFRAME", "LABEL", ...Object.keys(LANDMARKS)]);
const SIGN = /\S/;
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
const { getAttribute, getAttributeNames, getBoundingClientRect, checkVisibility } = Element.prototype;
const { getRootNode } = Node.prototype;
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
