// Says whether a page still is what the last walk saw, without walking it again: what HTTP calls
// validation (RFC 9111, section 4.3). Changes of the tree are heard of; what changes without a word
// (values, focus, scrolling, style sheets, boxes) is compared. Shares its scope with walker.js.
//
// Not noticed: a shadow root put on an element, a slot that is assigned by script or a rule that is
// edited in place, when no field, no box of the sample and no size of the page changes with it. So an
// answer is believed only while nothing was done to the page (see AddressSpace).

// Boxes that are compared: those in view first, then others spread over the page.
const MOST_IN_VIEW = 256;
const MOST_BOXES = 512;
const MOST_FIELDS = 1000;
const EVERY_CHANGE = { subtree: true, childList: true, attributes: true, characterData: true };
// Said by no mutation: a picture, a sheet or a script has come; a popover opens.
const SAID = ["load", "beforetoggle", "fullscreenchange"];

let seen = null;    // what the last walk saw, until something changes
let marks = 0;
const forget = () => {
  changes.disconnect();
  seen = null;
};
const changes = new MutationObserver(forget);
const heard = new WeakSet();
const { addEventListener: listen } = EventTarget.prototype;
// At the document: what has loaded is not told to the window.
const hear = (doc) => {
  if (heard.has(doc)) return;
  heard.add(doc);
  for (const event of SAID) listen.call(doc, event, forget, { capture: true, passive: true });
};

const rulesOf = (sheet) => {
  try {
    return sheet.cssRules.length;
  } catch {
    return -1;    // of another origin
  }
};
// A form's or picture's name hides properties of its document, but not the getters.
const linkedSheets = getter(Document, "styleSheets"), adoptedSheets = getter(Document, "adoptedStyleSheets");
const sheetsOf = (root) => (typeOf(root) === 9 ? [...linkedSheets(root), ...adoptedSheets(root)]
  : [...root.styleSheets, ...root.adoptedStyleSheets]);
const rulesIn = (root) => sheetsOf(root).map((sheet) => (sheet.disabled ? "off" : rulesOf(sheet))).join();

const viewOf = getter(Document, "defaultView"), topOf = getter(Document, "documentElement");
const sizesOf = (doc) => {
  const { innerWidth, innerHeight, scrollX, scrollY } = viewOf(doc);
  const { scrollWidth, scrollHeight } = topOf(doc) ?? {};
  return [innerWidth, innerHeight, scrollX, scrollY, scrollWidth, scrollHeight].join();
};

// Of rows those whose boxes are compared.
const sampled = (rows, isInView) => {
  if (rows.length <= MOST_BOXES) return rows;
  const inView = rows.filter(isInView).slice(0, MOST_IN_VIEW);
  const every = Math.ceil(rows.length / (MOST_BOXES - inView.length));
  return [...inView, ...rows.filter((_, i) => i % every === 0)];
};

class Sight {
  // `rows` are the elements of the walk's rows, `documents` and `roots` what it went through.
  constructor(walk, rows, documents, roots) {
    this.mark = `${performance.timeOrigin}-${++marks}`;
    this.documents = documents;
    this.roots = [...documents.map(({ doc }) => doc), ...roots];
    this.focused = walk.focused;
    this.fields = rows.filter((el) => FIELDS.has(tagOf(el)));
    const { states } = walk.columns;
    this.boxed = sampled([...rows.keys()], (row) => !(states[row] & BIT.offscreen)).map((row) => rows[row]);
    this.undefined = this.roots.flatMap((root) => [...root.querySelectorAll(":not(:defined)")]);
    this.look = this.compared();
  }

  begin() {
    for (const root of this.roots) changes.observe(root, EVERY_CHANGE);
    for (const { doc } of this.documents) hear(doc);
  }

  // All that may change without a word, as it is now.
  compared() {
    const found = [location.href, document.title];
    for (const { doc, frame } of this.documents) {
      if (frame) found.push(Object.values(frameMap(frame)).join());
      found.push(sizesOf(doc));
    }
    for (const root of this.roots) found.push(rulesIn(root));
    for (const el of this.fields) found.push(fieldStates(el), valueOf(el));
    for (const el of this.boxed) {
      const { x, y, width, height } = boxOf(el);
      found.push(x, y, width, height);
    }
    return found;
  }

  holds() {
    if (activeElement() !== this.focused) return false;
    if (this.documents.some(({ doc, frame }) => frame && frame.contentDocument !== doc)) return false;
    if (this.undefined.some((el) => el.matches(":defined"))) return false;
    const now = this.compared();
    return now.every((value, i) => value === this.look[i]);
  }
}

// Begin to watch what a walk saw; returns the name of it, empty for a page that can't be watched.
const remember = (walk, rows, documents, roots) => {
  forget();
  const sight = new Sight(walk, rows, documents, roots);
  if (sight.fields.length > MOST_FIELDS) return "";
  seen = sight;
  sight.begin();
  return sight.mark;
};

const stillSees = (mark) => {
  if (changes.takeRecords().length) forget();
  if (seen === null || seen.mark !== mark) return false;
  if (seen.holds()) return true;
  forget();
  return false;
};
