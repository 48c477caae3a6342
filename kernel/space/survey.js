// Lists what a page shows, whether it is a control or not: words, shapes, patches of colour, icons.
// Each has a ref like a control's, so that it can be pressed or dragged. Shares its scope with probe.js.

const OUTLINES = new Set(["circle", "ellipse", "rect", "polygon", "polyline", "path", "line", "text", "image"]);
const NO_COLOUR = /^(?:none|transparent|rgba\(\d+, \d+, \d+, 0\))$/;
const SHORT = 300;

const ownWords = (el) => {
  let text = "";
  for (const node of el.childNodes) if (typeOf(node) === 3) text += node.data;
  return SIGN.test(text);
};

// What tells an icon to people who read its source: its class or id.
const TOLD_BY = ["aria-label", "title", "alt", "data-icon"];
const labelOf = (el) => {
  for (const name of TOLD_BY) if (attribute(el, name)) return attribute(el, name);
  return `${attribute(el, "class") ?? ""} ${attribute(el, "id") ?? ""}`.trim();
};

const cornersOf = (el) => {
  if (localName(el) === "polygon" || localName(el) === "polyline") return el.points.numberOfItems;
  return localName(el) === "rect" ? 4 : 0;
};

class Survey {
  constructor(most) {
    this.things = [];
    this.most = most;
    this.number = 0;
  }

  look(el, path, place) {
    const tag = tagOf(el);
    if (SKIPPED.has(tag) || this.things.length >= this.most) return;
    if (!checkVisibility.call(el, SHOWN) && isAbsent(el)) return;
    const style = getComputedStyle(el), here = [...path, ++this.number];
    const inside = this.insideOf(el, tag);
    if (style.visibility === "visible") this.note(el, tag, style, here, place, inside);
    if (tag === "IFRAME") this.frame(el, here, place);
    for (const child of inside) this.look(child, here, place);
  }

  frame(el, path, place) {
    const body = el.contentDocument?.body;
    if (!body) return;
    const map = frameMap(el);
    this.look(body, path, { x: place.x + map.x * place.sx, y: place.y + map.y * place.sy,
      sx: place.sx * map.sx, sy: place.sy * map.sy });
  }

  insideOf(el, tag) {
    return tag === "SELECT" || tag === "TEXTAREA" ? [] : [...childrenOf(el)].filter((n) => typeOf(n) === 1);
  }

  note(el, tag, style, path, place, inside) {
    const box = el.getBoundingClientRect();
    if (!box.width && !box.height) return;
    const drawn = el.ownerSVGElement != null, outline = drawn && OUTLINES.has(localName(el));
    if (drawn && !outline) return;
    const role = roleOf(el) ?? "", kind = this.kindOf(el, tag, role, outline, inside);
    if (!kind && !this.tinted(style)) return;
    const colour = drawn ? style.fill : style.backgroundColor;
    this.things.push({
      ref: `e${refFor(el)}`, tag: localName(el), role, kind: kind || "box", path,
      text: clean(FIELDS.has(tag) ? this.held(el, role) : el.innerText ?? el.textContent ?? "", TEXT_LIMIT),
      label: clean(labelOf(el), SHORT),
      colour: NO_COLOUR.test(colour) ? "" : colour,
      ink: drawn ? style.stroke : style.color,
      corners: cornersOf(el),
      level: Number(attribute(el, "aria-level")) || 0,
      box: [box.x * place.sx + place.x, box.y * place.sy + place.y, box.width * place.sx,
        box.height * place.sy].map((n) => Math.round(n * 10) / 10),
    });
  }

  held(el, role) { return role === "button" ? el.value : valueOf(el, role) ?? ""; }

  kindOf(el, tag, role, outline, inside) {
    if (outline) return localName(el) === "text" ? "text" : "shape";
    if (FIELDS.has(tag)) return role === "button" ? "control" : "field";
    if (tag === "IMG" || tag === "CANVAS" || tag === "svg") return "picture";
    if (ownWords(el)) return "text";
    if (INTERACTIVE_ROLES.has(role)) return "control";
    return inside.length ? "" : "icon";
  }

  // A patch of colour, or a frame, that people see as a thing of its own.
  tinted(style) {
    return !NO_COLOUR.test(style.backgroundColor) || style.backgroundImage !== "none"
      || parseFloat(style.borderTopWidth) > 0 && style.borderTopStyle !== "none";
  }
}

Object.assign(abos, {
  // All that is shown, in document order. `base` is the first ref that may be given.
  survey({ base, most }) {
    nextRef = Math.max(nextRef, base);
    const survey = new Survey(most);
    if (document.body) survey.look(document.body, [], { x: 0, y: 0, sx: 1, sy: 1 });
    return JSON.stringify({ things: survey.things, next: nextRef });
  },
});
