// Finds elements for an action and waits until they can take it. Adds to `abos` of walker.js, in the
// same isolated world; fields.js and watch.js follow in the same scope.

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

// Where an element's own viewport lies in the top viewport, and how much it is scaled.
const frameOffset = (el) => {
  let at = { x: 0, y: 0, sx: 1, sy: 1 };
  for (let view = el.ownerDocument.defaultView; view !== window && view?.frameElement; view = view.parent) {
    const map = frameMap(view.frameElement);
    at = { x: map.x + at.x * map.sx, y: map.y + at.y * map.sy, sx: at.sx * map.sx, sy: at.sy * map.sy };
  }
  return at;
};

// A frame that is turned, skewed, mirrored or seen in perspective: no box says where its content lies.
const UPRIGHT = /^matrix\(([\d.e-]+), 0, 0, ([\d.e-]+), /;
const isTurned = (el) => {
  const { transform, rotate, offsetPath, scale } = getComputedStyle(el);
  if (rotate && rotate !== "none" || offsetPath && offsetPath !== "none") return true;
  if (scale?.includes("-")) return true;
  if (transform === "none" || !transform) return false;
  const upright = UPRIGHT.exec(transform);
  return !upright || upright[1] <= 0 || upright[2] <= 0;
};
const inTurnedFrame = (el) => {
  for (let view = el.ownerDocument.defaultView; view !== window && view?.frameElement; view = view.parent) {
    for (let at = view.frameElement; at; at = at.nodeType === 11 ? at.host : parentOf(at)) {
      if (at.nodeType === 1 && isTurned(at)) return true;
    }
  }
  return false;
};

const hitAt = (x, y) => {
  let root = document, hit = null;
  for (let depth = 0; depth < 30; depth++) {
    const next = root.elementFromPoint(x, y);
    if (!next || next === hit) return hit;
    hit = next;
    if (tagOf(hit) === "IFRAME" && hit.contentDocument) {
      const map = frameMap(hit);
      x = (x - map.x) / map.sx;
      y = (y - map.y) / map.sy;
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
  const rects = tagOf(el) === "AREA" ? [areaBox(el)] : [...el.getClientRects()];
  const boxes = rects.filter((box) => box.width && box.height);
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

const inView = (el) => {
  const box = boxOf(el), { x, y, sx, sy } = frameOffset(el);
  return box.bottom * sy + y > 0 && box.right * sx + x > 0
    && box.top * sy + y < innerHeight && box.left * sx + x < innerWidth;
};

// A control that is styled away is used through its label.
const standIn = (el) => {
  if (tagOf(el) === "AREA") return el;
  const box = el.getBoundingClientRect();
  if (box.width > 1 && box.height > 1 && getComputedStyle(el).opacity !== "0") return el;
  return el.labels?.[0] ?? el;
};

// One try: {x, y} when the element can be pressed now, {error, ...} when not.
const pressable = (el, needsEnabled) => {
  if (!el.isConnected) return { error: "gone" };
  if (needsEnabled && disabled(el)) return { error: "disabled", what: describe(el) };
  const target = standIn(el), shown = tagOf(el) === "AREA" ? pictureOf(el) : target;
  if (!shown?.checkVisibility({ visibilityProperty: true })) return { error: "hidden", what: describe(el) };
  if (inTurnedFrame(target)) return { error: "turned", what: describe(el) };
  if (!inView(target)) shown.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
  if (isMoving(target)) return { error: "moving", what: describe(el) };
  const points = pointsOf(target);
  if (!points.length) return { error: "hidden", what: describe(el) };
  let cover = null;
  for (const [px, py] of points) {
    const at = frameOffset(target);
    const x = at.x + px * at.sx, y = at.y + py * at.sy;
    const hit = hitAt(x, y);
    if (hit && accepts(hit, el)) return { x, y };
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
    (tagOf(el) === "AREA" ? pictureOf(el) : standIn(el)).scrollIntoView({ block, inline: "center", behavior: "instant" });
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
      if (!result.error || ["gone", "turned", "wrong"].includes(result.error) || performance.now() >= end) return result;
      if (result.error === "covered" && result.still
          && performance.now() - quietSince > AT_REST_MS) return result;
      observer.observe(document, { childList: true, attributes: true, subtree: true });
      await frameTick();
    }
  } finally { observer.disconnect(); }
};

const known = (ref, work) => {
  const el = lookUp(ref);
  return el ? work(el) : { error: "gone" };
};
const reject = (el, wanted) => ({ error: "wrong", what: describe(el), wanted });

Object.assign(abos, {
  // Whether there is anything to look at yet.
  hasBody() { return !!document.body; },

  // Where to press an element. Waits until it can be pressed, by animation frames.
  locate(ref, timeoutMs, needsEnabled) {
    return known(ref, (el) => untilReady(() => pressableSomewhere(el, needsEnabled), timeoutMs));
  },

  // Where an element is taken to be resized, just inside its lower right corner.
  corner(ref) {
    return known(ref, (el) => {
      const box = boxOf(el), at = frameOffset(el);
      return { x: at.x + (box.right - 4) * at.sx, y: at.y + (box.bottom - 4) * at.sy };
    });
  },

  scroll(ref, dx, dy) {
    if (ref) {
      return known(ref, (el) => {
        (tagOf(el) === "AREA" ? pictureOf(el) ?? el : el).scrollIntoView({ block: "center", behavior: "instant" });
        if (dx || dy) el.scrollBy({ left: dx, top: dy, behavior: "instant" });
        return {};
      });
    }
    const before = [scrollX, scrollY];
    scrollBy({ left: dx, top: dy, behavior: "instant" });
    return { moved: before[0] !== scrollX || before[1] !== scrollY };
  },

  // The node itself, for DevTools commands that want one.
  node(ref) { return lookUp(ref); },
  kind(ref) { return known(ref, (el) => ({ file: tagOf(el) === "INPUT" && el.type === "file" })); },
});
