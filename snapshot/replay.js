// Puts form state, scroll and focus back into a page (see restore.py). Adds to `abos` of walker.js.
{
  const follow = (from, steps) => {
    let at = from;
    for (const [tag, nth] of steps) {
      if (!at) return null;
      if (tag === "#shadow") at = at.shadowRoot;
      else if (tag === "#document") at = at.contentDocument;
      else if (tag === "#content") at = at.content;
      else {
        let left = nth, found = null;
        for (let child = at.firstElementChild; child; child = child.nextElementSibling) {
          if (child.localName === tag && --left === 0) { found = child; break; }
        }
        at = found;
      }
    }
    return at;
  };

  const attribute = (el, name) => Element.prototype.getAttribute.call(el, name) ?? "";
  const XHTML = "http://www.w3.org/1999/xhtml";
  const fits = (el, where) => !!el && el.localName === where.tag
    && (el.namespaceURI === XHTML) === where.html
    && attribute(el, "type").toLowerCase() === where.type && attribute(el, "name") === where.name
    && (where.value === null || attribute(el, "value") === where.value);
  const formOf = (el) => (el.form ? attribute(el.form, "id") || attribute(el.form, "name") : "");

  // By id, by name within its form when that is one element, then by path; never another kind.
  const find = (where) => {
    const root = follow(document, where.root);
    if (!root) return null;
    const byId = where.id ? root.getElementById(where.id) : null;
    if (fits(byId, where)) return byId;
    if (where.name) {
      const same = [...root.querySelectorAll(where.tag)]
        .filter((el) => fits(el, where) && formOf(el) === where.form);
      if (same.length === 1) return same[0];
    }
    const byPath = follow(root, where.path);
    return fits(byPath, where) ? byPath : null;
  };

  // Events of an isolated world reach the page's listeners; frameworks that wrap the value setter
  // of an element don't see our write, and so take the event for a person's input.
  const notify = (el) => {
    for (const type of ["input", "change"]) {
      el.dispatchEvent(new Event(type, { bubbles: true, composed: true }));
    }
  };

  const chosen = (el, wanted) => wanted.map(([index, value]) => {
    if (el.options[index]?.value === value) return el.options[index];
    return [...el.options].find((option) => option.value === value);
  });

  const holds = {
    value: (el, want) => el.value === want,
    checked: (el, want) => el.checked === want.checked && el.indeterminate === want.mixed,
    selected: (el, want) => {
      const options = chosen(el, want);
      return el.selectedOptions.length === want.length
        && options.every((option) => option?.selected);
    },
    editable: (el, want) => el.textContent === want.text,
  };

  const put = {
    value: (el, want) => { el.value = want; notify(el); },
    checked: (el, want) => {
      // A click is what frameworks listen to here; it also fires input and change.
      if (el.checked !== want.checked) el.click();
      if (el.checked !== want.checked) { el.checked = want.checked; notify(el); }
      el.indeterminate = want.mixed;
    },
    selected: (el, want) => {
      const options = chosen(el, want);
      if (options.includes(undefined)) return;
      if (!options.length) el.selectedIndex = -1;
      for (const option of el.options) {
        if (option.selected !== options.includes(option)) option.selected = options.includes(option);
      }
      notify(el);
    },
    editable: (el, want) => {
      try { el.innerHTML = want.html; } catch { el.textContent = want.text; }  // Trusted Types
      notify(el);
    },
  };

  const isBack = ({ where, kind, want }) => {
    const el = find(where);
    return !!el && holds[kind](el, want);
  };

  // A radio button goes off when another of its group goes on; only then see to the rest.
  const goesOff = (field) => field.where.type === "radio" && !field.want.checked;

  const attempt = (fields) => {
    const order = [...fields.filter((f) => !goesOff(f)), ...fields.filter(goesOff)];
    for (const field of order) {
      const el = find(field.where);
      if (el && !holds[field.kind](el, field.want)) put[field.kind](el, field.want);
    }
  };

  const task = () => new Promise((resolve) => { setTimeout(resolve, 0); });
  // True once the document has changed, false after `ms`.
  const changed = (ms) => new Promise((resolve) => {
    const observer = new MutationObserver(() => done(true));
    const timer = setTimeout(() => done(false), ms);
    function done(answer) { observer.disconnect(); clearTimeout(timer); resolve(answer); }
    observer.observe(document, { childList: true, attributes: true, characterData: true, subtree: true });
  });

  const scrollElements = (scrolls) => {
    let all = true;
    for (const { where, x, y } of scrolls) {
      const el = find(where);
      el?.scrollTo({ left: x, top: y, behavior: "instant" });
      if (!el || Math.abs(el.scrollLeft - x) > 1 || Math.abs(el.scrollTop - y) > 1) all = false;
    }
    return all;
  };

  const scrollPage = ([x, y]) => {
    scrollTo({ left: x, top: y, behavior: "instant" });
    return Math.abs(scrollX - x) <= 1 && Math.abs(scrollY - y) <= 1;
  };

  const focusOn = (focus) => {
    if (!focus) {
      const active = activeElement();
      if (active && active !== active.ownerDocument.body) active.blur();
      return true;
    }
    const el = find(focus.where);
    if (!el) return false;
    el.focus({ preventScroll: true });
    const [start, end] = focus.selection;
    if (start >= 0) {
      try { el.setSelectionRange(start, end); } catch { return false; }  // another kind of field now
    }
    return activeElement() === el;
  };

  // Fields may depend on each other and may be made by script after the load: try, let the page
  // react, look again, until all are back or the time is over.
  abos.replay = async ({ fields, scrolls, scroll, focus, timeoutMs }) => {
    const end = performance.now() + timeoutMs;
    let missing = fields;
    for (;;) {
      attempt(missing);
      await task();
      missing = fields.filter((field) => !isBack(field));
      const left = end - performance.now();
      if (!missing.length || left <= 0) break;
      // An observer of the document sees neither into shadow roots nor into frames.
      await changed(Math.min(left, 100));
    }
    const focused = focusOn(focus);
    const inner = scrollElements(scrolls);
    return { missed: missing.map((field) => fields.indexOf(field)),
      scrolled: scrollPage(scroll) && inner, focused };
  };

  abos.changed = changed;
}
