// Says what changed, waits for words and changes, and reads more of a page. Shares its scope with
// probe.js.

// Presses are seen by one listener on each window of the page, for as long as its document lives.
const watched = new WeakSet();
const PRESSES = ["pointerdown", "mousedown"];
const onPress = (event) => watch?.pressed(event);
const watchPresses = (view) => {
  if (!view || watched.has(view.document)) return;
  watched.add(view.document);
  for (const type of PRESSES) view.addEventListener(type, onPress, { capture: true, passive: true });
};

class Watch {
  constructor(target) {
    this.counts = { added: 0, removed: 0, changed: 0 };
    this.observer = new MutationObserver((records) => this.count(records));
    this.target = target;
    this.hit = "unseen";    // a page's own listener may keep the press from us
    this.watch(document);
  }

  watch(root) {
    this.observer.observe(root, { childList: true, attributes: true, characterData: true, subtree: true });
    if (root.nodeType === 9) watchPresses(root.defaultView);
    for (const el of root.querySelectorAll("*")) {
      const shadow = shadowOf(el);
      if (shadow) this.watch(shadow);
      else if (tagOf(el) === "IFRAME" && el.contentDocument) this.watch(el.contentDocument);
    }
  }

  // The first press after `begin` is ours: was it on the target?
  pressed(event) {
    if (!this.target || this.hit !== "unseen" || !event.isTrusted) return;
    const path = event.composedPath(), el = this.target;
    const right = path.includes(el) || [...(el.labels ?? [])].some((label) => path.includes(label));
    this.hit = right ? "hit" : "other";
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
watchPresses(window);

// Whether anything plays that will come to an end.
const moving = () => document.getAnimations().some((a) => a.playState === "running"
  && a.effect?.getComputedTiming().iterations !== Infinity);

// More than these rows and links no caller reads.
const LINKS = 500, ROWS = 500;

Object.assign(abos, {
  // Starts counting what changes, and notices whether a press reaches `ref`.
  begin(ref) {
    watch?.end();
    watch = new Watch(ref ? lookUp(ref) : null);
    return {};
  },

  // One task later: what has changed since `begin`.
  async settle() {
    await taskTick();
    const counts = watch ? watch.read() : { added: 0, removed: 0, changed: 0 };
    return { ...counts, hit: watch ? watch.hit : "unseen", url: location.href };
  },

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

  // Waits for the first change of any kind; no longer than `quietMs`, if that is given, from when the
  // document is loaded and nothing in it moves.
  change(timeoutMs, quietMs = 0) {
    return new Promise((resolve) => {
      const end = performance.now() + timeoutMs;
      const observer = new MutationObserver(() => finish(true));
      const late = () => {
        const busy = document.readyState !== "complete" || moving();
        if (quietMs && busy && performance.now() < end) timer = setTimeout(late, Math.min(quietMs, 50));
        else finish(false);
      };
      let timer = setTimeout(late, quietMs ? Math.min(quietMs, timeoutMs) : timeoutMs);
      const finish = (ok) => { observer.disconnect(); clearTimeout(timer); resolve({ ok }); };
      observer.observe(document, { childList: true, attributes: true, characterData: true, subtree: true });
    });
  },

  extract(ref, kind, limit) {
    if (ref) return known(ref, (el) => extractFrom(el, kind, limit));
    const root = document.body ?? document.documentElement;
    return root ? extractFrom(root, kind, limit) : { result: kind === "links" || kind === "table" ? [] : "" };
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
    case "value": {
      const value = valueOf(el, roleOf(el)) ?? "";
      return { result: tagOf(el) === "TEXTAREA" ? value.slice(0, limit) : clean(value, limit) };
    }
    case "links": return { result: [...el.querySelectorAll("a[href]")].slice(0, LINKS)
      .map((a) => ({ name: nameOf(a, "link"), href: a.href })) };
    case "table": {
      const table = el.closest("table") ?? el.querySelector("table");
      return { result: table ? [...table.rows].slice(0, ROWS)
        .map((row) => [...row.cells].map((cell) => clean(cell.innerText, 500))) : [] };
    }
    default: return { result: (el.innerText ?? el.textContent ?? "").slice(0, limit) };
  }
};
