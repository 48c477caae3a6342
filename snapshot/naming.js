// Roles, names and states of elements. Shares its scope with dom.js.
//
// Roles follow HTML-AAM, names follow the order of "Accessible Name and Description Computation"
// (label, native label, content, title), shortened to what an agent needs.

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

let rootsMet = null;    // the shadow roots that a walk goes through, while there is one

const childrenOf = (el) => {
  const shadow = shadowOf(el);
  if (shadow) {
    rootsMet?.add(shadow);
    return shadow.childNodes;
  }
  if (tagOf(el) === "SLOT") {
    const assigned = el.assignedNodes();
    if (assigned.length) return assigned;
  }
  return childNodes(el);
};

const isHost = (el) => shadowOf(el) !== null || tagOf(el) === "SLOT";

// Nothing below but text, which is read without touching its nodes. Documents served as XML have
// more kinds of them.
const isLeaf = (el, tag) => el.firstElementChild === null && !mixedCase && shadowOf(el) === null
  && !ENTERED.has(tag) && tagOf(el) !== "SLOT";
const textOf = getter(Node, "textContent");

const contentText = (el, depth = 0) => {
  if (depth > 30) return "";
  if (isLeaf(el, "")) return textOf(el);
  let text = "";
  if (isHost(el)) {
    for (const node of childrenOf(el)) {
      if (text.length > NAME_LIMIT * 2) break;
      text += nodeText(node, depth);
    }
    return text;
  }
  // Following siblings is several times faster than a live NodeList.
  for (let node = firstChild(el); node && text.length <= NAME_LIMIT * 2; node = nextSibling(node)) {
    text += nodeText(node, depth);
  }
  return text;
};

const nodeText = (node, depth) => {
  const type = typeOf(node);
  if (type === 3) return node.data;
  if (type !== 1) return "";
  const tag = tagOf(node);
  if (SKIPPED.has(tag) || tag === "SELECT" || tag === "TEXTAREA") return "";
  if (attribute(node, "aria-hidden") === "true" || !visibleBox(node)) return "";
  const label = attribute(node, "aria-label");
  if (label) return ` ${label} `;
  if (tag === "IMG") return ` ${node.alt} `;
  if (tag === "svg") return ` ${node.querySelector("title")?.textContent ?? ""} `;
  return ` ${contentText(node, depth + 1)} `;
};

const labelledBy = (el, name) => {
  const ids = attribute(el, name);
  if (!ids) return "";
  const root = getRootNode.call(el);
  return ids.split(/\s+/).map((id) => {
    const target = root.getElementById?.(id);
    return target ? target.getAttribute("aria-label") || target.textContent : "";
  }).join(" ");
};

// Labels of every control, by the root of their tree; kept while a walk lasts. `labels` of one
// element looks through the whole tree, which takes a form's page a second time for each field.
let labelsIn = null;
const gatherLabels = (root) => {
  const found = new Map();
  for (const label of root.querySelectorAll("label")) {
    const field = label.control;
    if (field) found.set(field, [...found.get(field) ?? [], label]);
  }
  labelsIn.set(root, found);
  return found;
};
const labelsOf = (el) => {
  if (!LABELABLE.has(tagOf(el))) return [];
  if (!labelsIn) return [...el.labels ?? []];
  const root = getRootNode.call(el);
  return (labelsIn.get(root) ?? gatherLabels(root)).get(el) ?? [];
};

const nativeName = (el) => {
  const labels = labelsOf(el);
  if (labels.length) return labels.map((label) => contentText(label)).join(" ");
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

// A link that has nothing but an address and a look: most links, and ten thousand on some pages.
const BARE = new Set(["href", "class", "id", "style", "target", "rel"]);
const isBare = (link) => getAttributeNames.call(link).every((name) => BARE.has(name));

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
const disabled = (el) => el.matches(":disabled") || attribute(el, "aria-disabled") === "true";

const isExpanded = (el) => (tagOf(el) === "SUMMARY" && el.parentElement && tagOf(el.parentElement) === "DETAILS"
  ? String(el.parentElement.open) : attribute(el, "aria-expanded"));

const BIT = Object.fromEntries(STATES.map((state, i) => [state, 1 << i]));
const SHOWN_STATES = ~(BIT.offscreen | BIT.multiple);
// Whole names of attributes: putting them together takes longer than looking them up.
const isSet = (el, name) => attribute(el, name) === "true";
const statesOf = (el, focused, offscreen) => {
  const checked = attribute(el, "aria-checked"), expanded = isExpanded(el);
  const current = attribute(el, "aria-current");
  return (disabled(el) ? BIT.disabled : 0)
    | (checked === "true" ? BIT.checked : checked === "mixed" ? BIT.mixed : 0)
    | (isSet(el, "aria-selected") ? BIT.selected : 0)
    | (expanded === "true" ? BIT.expanded : expanded === "false" ? BIT.collapsed : 0)
    | (el === focused ? BIT.focused : 0)
    | (isSet(el, "aria-required") ? BIT.required : 0)
    | (isSet(el, "aria-readonly") ? BIT.readonly : 0)
    | (isSet(el, "aria-invalid") ? BIT.invalid : 0)
    | (offscreen ? BIT.offscreen : 0)
    | (isSet(el, "aria-pressed") ? BIT.pressed : 0)
    | (current && current !== "false" ? BIT.current : 0)
    | (FIELDS.has(tagOf(el)) ? fieldStates(el) : 0);
};

const bareStates = (el, focused, offscreen) => (el === focused ? BIT.focused : 0)
  | (offscreen ? BIT.offscreen : 0);

const fieldStates = (el) => (el.checked === true ? BIT.checked : 0)
  | (el.indeterminate === true ? BIT.mixed : 0) | (el.required === true ? BIT.required : 0)
  | (el.readOnly === true ? BIT.readonly : 0) | (el.multiple === true ? BIT.multiple : 0);

const visibleBox = (el) => checkVisibility.call(el) || getComputedStyle(el).display === "contents";

const activeElement = () => {
  let el = document.activeElement;
  for (;;) {
    if (el?.shadowRoot?.activeElement) el = el.shadowRoot.activeElement;
    else if (el && tagOf(el) === "IFRAME" && el.contentDocument?.activeElement) el = el.contentDocument.activeElement;
    else return el;
  }
};

// Style is asked for as little as possible: it is most of what a walk costs.
const SHOWN = { visibilityProperty: true };
const isPointer = (el) => getComputedStyle(el).cursor === "pointer";
// No box: not displayed at all, or inside hidden content. Boxless `contents` has children.
const isAbsent = (el) => getComputedStyle(el).display !== "contents" && !checkVisibility.call(el);
const isBlock = (el) => {
  const { display } = getComputedStyle(el);
  return display !== "inline" && display !== "contents";
};
