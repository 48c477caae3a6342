// Puts values into fields and reads their state. Shares its scope with probe.js.

const fire = (el, ...types) => {
  for (const type of types) el.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
};
const SET_DIRECTLY = new Set(["color", "date", "datetime-local", "month", "range", "time", "week"]);
const FORMATS = { color: "#rrggbb", date: "YYYY-MM-DD", "datetime-local": "YYYY-MM-DDTHH:MM",
  month: "YYYY-MM", range: "a number", time: "HH:MM", week: "YYYY-Www" };
const TEXT_ROLES = new Set(["textbox", "searchbox", "combobox", "spinbutton"]);

const writable = (el) => {
  if (el.isContentEditable) return true;
  if (tagOf(el) === "TEXTAREA") return true;
  return tagOf(el) === "INPUT" && !(INPUT_ROLES[el.type] === "button")
    && !["checkbox", "radio", "file", "hidden", "image"].includes(el.type);
};

// Editors drawn by scripts take keys through an element that only its role calls a text field.
const typeable = (el) => writable(el) || tagOf(el) !== "SELECT" && TEXT_ROLES.has(roleOf(el));

// A custom element or wrapper may hold the real field.
const fieldOf = (el) => (writable(el) ? el
  : el.querySelector?.("input:not([type=hidden]),textarea,[contenteditable]")
    ?? el.shadowRoot?.querySelector("input:not([type=hidden]),textarea") ?? el);

const holds = (el) => (el.isContentEditable ? el.innerText : el.value);

// What a field may change about a value without changing what it says.
const plain = (el, text) => {
  const flat = text.replace(/\r\n?/g, "\n").replace(/\u00a0/g, " ");
  // Rich text is laid out: how many spaces and blank lines it keeps is up to its style.
  if (el.isContentEditable) return flat.replace(/[^\S\n]+/g, " ").replace(/ ?\n+ ?/g, "\n").trim();
  return ["email", "number", "url"].includes(el.type) ? flat.trim() : flat;
};

const decimals = (text) => /[.,](\d+)\D*$/.exec(text)?.[1].length ?? 0;
const A_NUMBER = /^\s*[-+]?\d*[.,]?\d+\s*$/;
// 1.5 and 15, -5 and 5 have the same digits and are not the same.
const sameNumber = (now, wanted) => !A_NUMBER.test(wanted)
  || decimals(now) === decimals(wanted) && /^\D*-/.test(now) === /^\s*-/.test(wanted);

// A mask sets spaces, slashes and brackets of its own: letters and digits decide then.
const isMasked = (now, wanted) => {
  const bare = (text) => text.replace(/[^\p{L}\p{N}]/gu, "");
  return bare(wanted) !== "" && bare(now) === bare(wanted) && sameNumber(now, wanted);
};

const took = (el, wanted) => {
  const now = plain(el, holds(el)), meant = plain(el, wanted);
  return now === meant || !el.isContentEditable && el.type !== "password" && isMasked(now, meant);
};

// What such a field would make of a value, without touching it: "" for nothing.
const parsed = (el, value) => {
  const trial = document.createElement("input");
  trial.type = el.type;
  for (const name of ["min", "max", "step"]) if (el.hasAttribute(name)) trial.setAttribute(name, el.getAttribute(name));
  trial.value = value;
  const exact = el.type === "color" ? trial.value.toLowerCase() === value.trim().toLowerCase()
    : el.type !== "range" || Number(trial.value) === Number(value);
  return exact ? trial.value : "";
};

const setDirectly = (el, value) => {
  const made = value && parsed(el, value);
  if (value && !made) return { error: "format", what: describe(el), wanted: FORMATS[el.type], given: value };
  el.focus({ preventScroll: true });
  el.value = made;
  fire(el, "input", "change");
  return el.value === made ? {} : { error: "refused" };
};

// The editing command gives trusted events, and undo, as typing does. XML documents have none.
const edit = (el, value) => {
  const doc = el.ownerDocument;
  if (doc.contentType !== "text/html") return false;
  return value ? doc.execCommand("insertText", false, value) : doc.execCommand("delete");
};

const setText = (el, value) => {
  if (SET_DIRECTLY.has(el.type)) return setDirectly(el, value);
  el.focus({ preventScroll: true });
  const old = holds(el);
  if (el.isContentEditable) el.ownerDocument.getSelection().selectAllChildren(el);
  else el.select();
  const done = edit(el, value);
  if (took(el, value)) return {};
  // Only where nothing arrived: what a mask or a limit made of the value is its answer.
  if (!el.isContentEditable && (!done || holds(el) === old)) {
    el.value = value;
    fire(el, "input");
  }
  return took(el, value) ? {} : { error: "refused" };
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

const noOption = (el, wanted) => ({ error: "option", what: describe(el), wanted,
  options: [...el.options].slice(0, 20).map((o) => o.label) });

const CHECKABLE = new Set(["switch", "checkbox", "radio", "menuitemcheckbox", "menuitemradio", "option"]);
const isCheckable = (el) => (tagOf(el) === "INPUT" ? el.type === "checkbox" || el.type === "radio"
  : CHECKABLE.has(roleOf(el)) || aria(el, "checked") !== null || aria(el, "pressed") !== null);
const isChecked = (el) => {
  if (tagOf(el) === "INPUT") return el.checked;
  const chosen = roleOf(el) === "option" ? aria(el, "selected") : null;
  return (aria(el, "checked") ?? aria(el, "pressed") ?? chosen) === "true";
};
const isRadio = (el) => el.type === "radio" || ["radio", "menuitemradio"].includes(roleOf(el));

const selectPart = (el, part) => {
  const texts = el.ownerDocument.createTreeWalker(el, NodeFilter.SHOW_TEXT);
  for (let node = texts.nextNode(); node; node = texts.nextNode()) {
    const at = node.data.indexOf(part);
    if (at < 0) continue;
    el.ownerDocument.getSelection().setBaseAndExtent(node, at, node, at + part.length);
    return {};
  }
  return reject(el, "an element with that text");
};

const hasFocus = (el) => {
  const active = activeElement();
  return !!active && (active === el || composedAncestor(active, el));
};

Object.assign(abos, {
  // Waits until a field can be filled; nothing is changed yet.
  fillable(ref, timeoutMs) {
    return known(ref, (outer) => fillable(fieldOf(outer), timeoutMs));
  },

  fill(ref, value) {
    return known(ref, (outer) => {
      const el = fieldOf(outer);
      if (!inView(el)) el.scrollIntoView({ block: "center", behavior: "instant" });
      const problem = setText(el, value);
      if (problem.error === "refused") {
        return { error: "refused", what: describe(el), kept: valueOf(el, "") };
      }
      return problem.error ? problem : { value: el.isContentEditable ? el.innerText : valueOf(el, "") };
    });
  },

  // Gives an element the keyboard, and makes sure that it has it: keys go to whatever has.
  async focus(ref, timeoutMs, toType) {
    return known(ref, async (outer) => {
      const el = fieldOf(outer);
      const result = await untilReady(() => {
        if (toType && !typeable(el)) return reject(el, "a text field");
        if (disabled(el) || toType && el.readOnly) return { error: "disabled", what: describe(el) };
        return el.checkVisibility({ visibilityProperty: true }) ? {} : { error: "hidden", what: describe(el) };
      }, timeoutMs);
      if (result.error) return result;
      el.focus();
      return hasFocus(el) ? {} : reject(el, "able to take the keyboard focus");
    });
  },

  async select(ref, wanted, timeoutMs) {
    return known(ref, async (el) => {
      if (tagOf(el) !== "SELECT") return reject(el, "a <select>; click it and then its option");
      const ready = await untilReady(() => (disabled(el) ? { error: "disabled", what: describe(el) } : {}), timeoutMs);
      if (ready.error) return ready;
      if (wanted.length > 1 && !el.multiple) return { error: "single", what: describe(el) };
      const chosen = optionsFor(el, wanted);
      const missing = chosen.findIndex((option) => !option || option.disabled);
      if (missing >= 0) return noOption(el, wanted[missing]);
      el.focus({ preventScroll: true });
      const before = [...el.selectedOptions];
      for (const option of el.options) option.selected = chosen.includes(option);
      if (before.length !== chosen.length || before.some((o) => !chosen.includes(o))) fire(el, "input", "change");
      return { value: chosen.map((option) => option.label).join(", ") };
    });
  },

  // Selects the text of a field or of anything else, or a part of it.
  selectText(ref, part) {
    return known(ref, (el) => {
      if (part && !FIELDS.has(tagOf(el))) return selectPart(el, part);
      if (!inView(el)) el.scrollIntoView({ block: "center", behavior: "instant" });
      if (FIELDS.has(tagOf(el))) {
        el.focus({ preventScroll: true });
        el.select?.();
      } else el.ownerDocument.getSelection().selectAllChildren(el);
      return {};
    });
  },

  checked(ref) {
    return known(ref, (el) => (isCheckable(el)
      ? { checked: isChecked(el), radio: isRadio(el), what: describe(el) }
      : reject(el, "a checkbox, radio button or switch")));
  },

  // Whether the state becomes `wanted` in time: handlers may wait for an answer or a frame.
  async becomesChecked(ref, wanted, timeoutMs) {
    const end = performance.now() + timeoutMs;
    for (;;) {
      const el = lookUp(ref);
      if (!el || isChecked(el) === wanted) return { ok: true };
      if (performance.now() >= end) return { ok: false };
      await frameTick();
    }
  },
});
