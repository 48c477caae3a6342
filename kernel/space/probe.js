// Finds elements for an action, waits until they can take it, and says what changed afterwards.
// Adds to `abos` of walker.js, in the same isolated world.

const frameTick = () => new Promise((resolve) => {
  // Animation frames stop in hidden tabs; the timer keeps the wait alive there.
  const timer = setTimeout(resolve, 100);
  requestAnimationFrame(() => { clearTimeout(timer); resolve(); });
});
const taskTick = () => new Promise((resolve) => {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => setTimeout(resolve, 0);
  channel.port2.postMessage(0);
});

const describe = (el) => {
  const name = clean(nameOf(el, roleOf(el)) || el.textContent || "", 40);
  return `${el.localName}${el.id ? `#${el.id}` : ""}${name ? ` "${name}"` : ""}`;
};

const parentOf = (node) => node.assignedSlot ?? node.parentNode ?? null;
const composedAncestor = (node, wanted) => {
  for (let at = node; at; at = at.nodeType === 11 ? at.host : parentOf(at)) if (at === wanted) return true;
  return false;
};

// Where an element's own viewport lies in the top viewport.
const frameOffset = (el) => {
  let x = 0, y = 0;
  for (let view = el.ownerDocument.defaultView; view !== window && view?.frameElement; view = view.parent) {
    const box = view.frameElement.getBoundingClientRect();
    x += box.x + view.frameElement.clientLeft;
    y += box.y + view.frameElement.clientTop;
  }
  return { x, y };
};

const hitAt = (x, y) => {
  let root = document, hit = null;
  for (let depth = 0; depth < 30; depth++) {
    const next = root.elementFromPoint(x, y);
    if (!next || next === hit) return hit;
    hit = next;
    if (hit.tagName === "IFRAME" && hit.contentDocument) {
      const box = hit.getBoundingClientRect();
      x -= box.x + hit.clientLeft;
      y -= box.y + hit.clientTop;
      root = hit.contentDocument;
    } else if (hit.shadowRoot) root = hit.shadowRoot;
    else return hit;
  }
  return hit;
};

const accepts = (hit, el) => composedAncestor(hit, el)
  || [...(el.labels ?? [])].some((label) => composedAncestor(hit, label));

// Points worth trying: the middle of each line box, then the quarters of the first.
const pointsOf = (el) => {
  const boxes = [...el.getClientRects()].filter((box) => box.width && box.height);
  const points = boxes.slice(0, 4).map((box) => [box.x + box.width / 2, box.y + box.height / 2]);
  const first = boxes[0];
  if (first) {
    for (const [fx, fy] of [[0.25, 0.25], [0.75, 0.25], [0.25, 0.75], [0.75, 0.75]]) {
      points.push([first.x + first.width * fx, first.y + first.height * fy]);
    }
  }
  return points;
};

const isMoving = (el) => {
  for (let at = el; at; at = at.nodeType === 11 ? at.host : parentOf(at)) {
    if (at.getAnimations?.().some((a) => a.playState === "running"
      && a.effect?.getComputedTiming().progress !== null
      && a.effect.getComputedTiming().iterations !== Infinity)) return true;
  }
  return false;
};

const inView = (box, x, y) => box.bottom + y > 0 && box.right + x > 0
  && box.top + y < innerHeight && box.left + x < innerWidth;

// A control that is styled away is used through its label.
const standIn = (el) => {
  const box = el.getBoundingClientRect();
  if (box.width > 1 && box.height > 1 && getComputedStyle(el).opacity !== "0") return el;
  return el.labels?.[0] ?? el;
};

// One try: {x, y} when the element can be pressed now, {error, ...} when not.
const pressable = (el, needsEnabled) => {
  if (!el.isConnected) return { error: "gone" };
  if (needsEnabled && disabled(el)) return { error: "disabled", what: describe(el) };
  const target = standIn(el);
  if (!target.checkVisibility({ visibilityProperty: true })) return { error: "hidden", what: describe(el) };
  const offset = frameOffset(target);
  if (!inView(target.getBoundingClientRect(), offset.x, offset.y)) {
    target.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  }
  if (isMoving(target)) return { error: "moving", what: describe(el) };
  const points = pointsOf(target);
  if (!points.length) return { error: "hidden", what: describe(el) };
  let cover = null;
  for (const [px, py] of points) {
    const { x, y } = frameOffset(target);
    const hit = hitAt(px + x, py + y);
    if (hit && accepts(hit, el)) return { x: px + x, y: py + y };
    cover ??= hit;
  }
  // Under a fixed header or banner another position may be free.
  return { error: "covered", what: describe(el), cover: cover ? describe(cover) : "the edge of the page",
    coverRef: coverRef(cover), still: !cover?.getAnimations({ subtree: true }).length };
};

const coverRef = (cover) => {
  for (let at = cover; at; at = at.nodeType === 11 ? at.host : parentOf(at)) {
    if (refOf.has(at)) return `e${refOf.get(at)}`;
  }
  return "";
};

// Try the middle, the top and the bottom of the viewport before calling an element covered.
const PLACES = ["center", "start", "end"];
const pressableSomewhere = (el, needsEnabled) => {
  let result = pressable(el, needsEnabled);
  for (const block of PLACES) {
    if (result.error !== "covered") break;
    standIn(el).scrollIntoView({ block, inline: "center", behavior: "instant" });
    result = pressable(el, needsEnabled);
  }
  return result;
};

// A cover that neither moves nor changes for this long will stay; a spinner moves.
const AT_REST_MS = 300;

const untilReady = async (attempt, timeoutMs) => {
  const end = performance.now() + timeoutMs;
  let quietSince = performance.now();
  const observer = new MutationObserver(() => { quietSince = performance.now(); });
  try {
    for (;;) {
      const result = attempt();
      if (!result.error || result.error === "gone" || performance.now() >= end) return result;
      if (result.error === "covered" && result.still
          && performance.now() - quietSince > AT_REST_MS) return result;
      observer.observe(document, { childList: true, attributes: true, subtree: true });
      await frameTick();
    }
  } finally { observer.disconnect(); }
};

// ---- what changed --------------------------------------------------------------------------

class Watch {
  constructor() {
    this.counts = { added: 0, removed: 0, changed: 0 };
    this.observer = new MutationObserver((records) => this.count(records));
    this.hit = false;
    this.watch(document);
  }

  watch(root) {
    this.observer.observe(root, { childList: true, attributes: true, characterData: true, subtree: true });
    for (const el of root.querySelectorAll("iframe")) if (el.contentDocument) this.watch(el.contentDocument);
    // Open shadow roots hang on custom elements, whose names hold a hyphen.
    for (const el of root.querySelectorAll("*")) {
      if (localName(el).includes("-") && shadowOf(el)) this.watch(shadowOf(el));
    }
  }

  count(records) {
    for (const record of records) {
      for (const node of record.addedNodes) if (node.nodeType === 1) this.counts.added++;
      for (const node of record.removedNodes) if (node.nodeType === 1) this.counts.removed++;
      if (record.type !== "childList") this.counts.changed++;
      else if (![...record.addedNodes, ...record.removedNodes].some((n) => n.nodeType === 1)) {
        this.counts.changed++;
      }
    }
  }

  read() {
    this.count(this.observer.takeRecords());
    return this.counts;
  }

  end() {
    this.observer.disconnect();
    return this.read();
  }
}

let watch = null;
const known = (ref, work) => {
  const el = lookUp(ref);
  return el ? work(el) : { error: "gone" };
};

const reject = (el, wanted) => ({ error: "wrong", what: describe(el), wanted });
const fire = (el, ...types) => {
  for (const type of types) el.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
};
const SET_DIRECTLY = new Set(["color", "date", "datetime-local", "month", "range", "time", "week"]);

const writable = (el) => {
  if (el.isContentEditable) return true;
  if (el.tagName === "TEXTAREA") return true;
  return el.tagName === "INPUT" && !(INPUT_ROLES[el.type] === "button")
    && !["checkbox", "radio", "file", "hidden", "image"].includes(el.type);
};

// A custom element or wrapper may hold the real field.
const fieldOf = (el) => (writable(el) ? el
  : el.querySelector?.("input:not([type=hidden]),textarea,[contenteditable]")
    ?? el.shadowRoot?.querySelector("input:not([type=hidden]),textarea") ?? el);

const setText = (el, value) => {
  el.focus({ preventScroll: true });
  if (SET_DIRECTLY.has(el.type)) {
    el.value = value;
    fire(el, "input", "change");
    return el.value === value;
  }
  if (el.select) el.select();
  else el.ownerDocument.getSelection().selectAllChildren(el);
  // The editing command gives trusted events, and undo, as typing does.
  const done = value
    ? el.ownerDocument.execCommand("insertText", false, value)
    : el.ownerDocument.execCommand("delete");
  const now = () => (el.isContentEditable ? el.textContent : el.value);
  if (!done || now() !== value) {
    if (el.isContentEditable) return now() === value;
    if (now() !== value && !(el.maxLength >= 0 && value.length > el.maxLength)) {
      el.value = value;
      fire(el, "input");
    }
  }
  return now() === value;
};

const fillable = (el, timeoutMs) => untilReady(() => {
  if (!el.isConnected) return { error: "gone" };
  if (!writable(el)) return reject(el, "a text field");
  if (disabled(el) || el.readOnly) return { error: "disabled", what: describe(el) };
  if (!el.checkVisibility({ visibilityProperty: true })) return { error: "hidden", what: describe(el) };
  return {};
}, timeoutMs);

const optionsFor = (el, wanted) => wanted.map((want) => {
  const flat = want.trim().toLowerCase();
  const options = [...el.options];
  return options.find((o) => o.label === want || o.value === want)
    ?? options.find((o) => o.label.trim().toLowerCase() === flat || o.value.toLowerCase() === flat);
});

const isChecked = (el) => {
  if (el.checked !== undefined) return el.checked;
  return (aria(el, "checked") ?? aria(el, "pressed")) === "true";
};

Object.assign(abos, {
  // Where to press an element. Waits until it can be pressed, by animation frames.
  locate(ref, timeoutMs, needsEnabled) {
    return known(ref, async (el) => {
      const result = await untilReady(() => pressableSomewhere(el, needsEnabled), timeoutMs);
      return result;
    });
  },

  // Starts counting what changes, and notices whether the press reaches `ref`.
  begin(ref) {
    watch?.end();
    watch = new Watch();
    const el = ref ? lookUp(ref) : null;
    if (!el) return {};
    const mine = watch;
    const view = el.ownerDocument.defaultView;
    view.addEventListener("pointerdown", (event) => {
      const path = event.composedPath();
      mine.hit = path.includes(el) || [...(el.labels ?? [])].some((label) => path.includes(label));
    }, { capture: true, once: true });
    return {};
  },

  // One task later: what has changed since `begin`.
  async settle() {
    await taskTick();
    const counts = watch ? watch.read() : { added: 0, removed: 0, changed: 0 };
    return { ...counts, hit: watch ? watch.hit : true, url: location.href };
  },

  async fill(ref, value, timeoutMs) {
    return known(ref, async (outer) => {
      const el = fieldOf(outer);
      const ready = await fillable(el, timeoutMs);
      if (ready.error) return ready;
      const { x, y } = frameOffset(el);
      if (!inView(el.getBoundingClientRect(), x, y)) el.scrollIntoView({ block: "center", behavior: "instant" });
      if (!setText(el, value)) return { error: "refused", what: describe(el), kept: valueOf(el, "") };
      return { value: el.type === "password" ? "••••" : value };
    });
  },

  async focus(ref, timeoutMs) {
    return known(ref, async (outer) => {
      const el = fieldOf(outer);
      const result = await untilReady(() => {
        if (disabled(el)) return { error: "disabled", what: describe(el) };
        return el.checkVisibility({ visibilityProperty: true }) ? {} : { error: "hidden", what: describe(el) };
      }, timeoutMs);
      if (!result.error) el.focus();
      return result;
    });
  },

  async select(ref, wanted, timeoutMs) {
    return known(ref, async (el) => {
      if (el.tagName !== "SELECT") return reject(el, "a <select>; click it and then its option");
      const ready = await untilReady(() => (disabled(el) ? { error: "disabled", what: describe(el) } : {}), timeoutMs);
      if (ready.error) return ready;
      const chosen = optionsFor(el, wanted);
      const missing = chosen.findIndex((option) => !option || option.disabled);
      if (missing >= 0 || (chosen.length !== 1 && !el.multiple)) {
        return { error: "option", what: describe(el), wanted: wanted[Math.max(missing, 0)] ?? "",
          options: [...el.options].slice(0, 20).map((o) => o.label) };
      }
      el.focus({ preventScroll: true });
      const before = [...el.selectedOptions];
      for (const option of el.options) option.selected = chosen.includes(option);
      if (before.length !== chosen.length || before.some((o) => !chosen.includes(o))) fire(el, "input", "change");
      return { value: chosen.map((option) => option.label).join(", ") };
    });
  },

  checked(ref) {
    return known(ref, (el) => ({ checked: isChecked(el), radio: el.type === "radio", what: describe(el) }));
  },

  scroll(ref, dx, dy) {
    if (ref) {
      return known(ref, (el) => {
        el.scrollIntoView({ block: "center", behavior: "instant" });
        return {};
      });
    }
    const before = [scrollX, scrollY];
    scrollBy({ left: dx, top: dy, behavior: "instant" });
    return { moved: before[0] !== scrollX || before[1] !== scrollY };
  },

  // The node itself, for DevTools commands that want one.
  node(ref) { return lookUp(ref); },
  kind(ref) { return known(ref, (el) => ({ file: el.tagName === "INPUT" && el.type === "file" })); },

  // Waits for words or an element, woken by mutations and animation frames.
  async until({ text, ref, gone, timeoutMs }) {
    const present = () => (ref ? !!lookUp(ref)?.checkVisibility({ visibilityProperty: true })
      : visibleText(document.body).includes(text.toLowerCase()));
    const end = performance.now() + timeoutMs;
    while (present() === gone) {
      if (performance.now() >= end) return { ok: false };
      await new Promise((resolve) => {
        const observer = new MutationObserver(done);
        const timer = setTimeout(done, Math.min(250, Math.max(0, end - performance.now())));
        function done() { observer.disconnect(); clearTimeout(timer); resolve(); }
        observer.observe(document, { childList: true, attributes: true, characterData: true, subtree: true });
      });
    }
    return { ok: true };
  },

  // Waits for the first change of any kind.
  change(timeoutMs) {
    return new Promise((resolve) => {
      const observer = new MutationObserver(() => finish(true));
      const timer = setTimeout(() => finish(false), timeoutMs);
      const finish = (ok) => { observer.disconnect(); clearTimeout(timer); resolve({ ok }); };
      observer.observe(document, { childList: true, attributes: true, characterData: true, subtree: true });
    });
  },

  extract(ref, kind, limit) {
    if (!ref) return extractFrom(document.body ?? document.documentElement, kind, limit);
    return known(ref, (el) => extractFrom(el, kind, limit));
  },
});

// innerText leaves shadow roots and frames out; people read those too.
const visibleText = (root) => {
  let text = root?.innerText ?? "";
  for (const el of root?.querySelectorAll("*") ?? []) {
    const shadow = shadowOf(el);
    if (shadow) for (const child of shadow.children) text += `\n${visibleText(child)}`;
    else if (tagOf(el) === "IFRAME" && el.contentDocument) text += `\n${visibleText(el.contentDocument.body)}`;
  }
  return text.replace(/\s+/g, " ").toLowerCase();
};

const extractFrom = (el, kind, limit) => {
  switch (kind) {
    case "html": return { result: el.outerHTML.slice(0, limit) };
    case "value": return { result: clean(valueOf(el, roleOf(el)) ?? "", limit) };
    case "links": return { result: [...el.querySelectorAll("a[href]")].slice(0, 500)
      .map((a) => ({ name: nameOf(a, "link"), href: a.href })) };
    case "table": {
      const table = el.closest("table") ?? el.querySelector("table");
      return { result: table ? [...table.rows].slice(0, 500)
        .map((row) => [...row.cells].map((cell) => clean(cell.innerText, 500))) : [] };
    }
    default: return { result: (el.innerText ?? el.textContent ?? "").slice(0, limit) };
  }
};
