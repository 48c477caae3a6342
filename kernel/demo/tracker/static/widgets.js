// ARIA widgets: menu button, dialog, tabs, switch, checkbox, combobox. Mouse and keyboard.

import { changed, fresh, h, say } from "./dom.js";

const press = (run) => (event) => {
  if (event.key !== "Enter" && event.key !== " ") return;
  event.preventDefault();
  run(event);
};

let closeOpenMenu = () => {};
document.addEventListener("click", (event) => {
  if (!event.target.closest("[role=menu], [aria-haspopup]")) closeOpenMenu();
});

/**
 * A button with a menu. `items` gives [{label, checked, run, bad}]; `checked` undefined makes plain
 * items, `many` keeps the menu open and makes checkboxes of them.
 */
export function menuButton(label, items, { name, many = false, css = "" } = {}) {
  const button = h("button", { type: "button", class: `menu-button ${css}`, "aria-haspopup": "menu", "aria-expanded": "false", "aria-label": name }, label);
  const place = h("div", { class: "menu-place" }, button);
  const close = () => {
    place.querySelector("[role=menu]")?.remove();
    button.setAttribute("aria-expanded", "false");
    closeOpenMenu = () => {};
  };
  const open = () => {
    closeOpenMenu();
    const entries = changed("reordered_list") ? [...items()].reverse() : items();
    const menu = h("div", { role: "menu", class: "menu", "aria-label": name || button.textContent }, entries.map(row));
    place.append(menu);
    button.setAttribute("aria-expanded", "true");
    closeOpenMenu = close;
    (menu.querySelector("[aria-checked=true]") || menu.firstElementChild)?.focus();
  };
  function row(item) {
    const role = item.checked === undefined ? "menuitem" : many ? "menuitemcheckbox" : "menuitemradio";
    const choose = () => {
      if (many) entry.setAttribute("aria-checked", entry.getAttribute("aria-checked") !== "true");
      else close();
      item.run();
      if (!many) button.focus();
    };
    const entry = h("div", {
      role,
      tabindex: "-1",
      class: item.bad ? "menu-item bad" : "menu-item",
      "aria-checked": item.checked === undefined ? null : String(item.checked),
      onclick: choose,
      onkeydown: (event) => {
        if (event.key === "Escape") { close(); button.focus(); }
        if (event.key === "ArrowDown") { event.preventDefault(); (entry.nextElementSibling || entry.parentElement.firstElementChild).focus(); }
        if (event.key === "ArrowUp") { event.preventDefault(); (entry.previousElementSibling || entry.parentElement.lastElementChild).focus(); }
        press(choose)(event);
      },
    }, item.label);
    return entry;
  }
  button.addEventListener("click", () => (place.querySelector("[role=menu]") ? close() : open()));
  return place;
}

/** A modal dialog; resolves nothing, `close` is given to `fill`. */
export function dialog(title, fill, { role = "dialog" } = {}) {
  const before = document.activeElement;
  const heading = fresh("dialog");
  const veil = h("div", { class: "veil" });
  const close = () => { veil.remove(); document.getElementById("view").removeAttribute("inert"); before?.focus(); };
  const box = h("div", {
    role, "aria-modal": "true", "aria-labelledby": heading, class: "dialog", tabindex: "-1",
    onkeydown: (event) => { if (event.key === "Escape") close(); },
  }, h("h2", { id: heading }, title), fill(close));
  veil.append(box);
  document.body.append(veil);
  document.getElementById("view").setAttribute("inert", "");
  (box.querySelector("input, textarea, [role=radio][tabindex='0'], button") || box).focus();
}

export function confirmFirst(title, text, button, run) {
  dialog(title, (close) => [
    h("p", {}, text),
    h("div", { class: "buttons" },
      h("button", { type: "button", class: "quiet", onclick: close }, "Keep it"),
      h("button", { type: "button", class: "danger", onclick: () => { close(); run(); } }, say(button))),
  ], { role: "alertdialog" });
}

/** Tabs; `pages` is [[label, () => element]]. */
export function tabs(label, pages, start = 0) {
  const panel = h("div", { role: "tabpanel", class: "panel", tabindex: "0" });
  const heads = pages.map(([name, make], at) => {
    const show = () => {
      heads.forEach((head) => { head.setAttribute("aria-selected", head === it); head.tabIndex = head === it ? 0 : -1; });
      panel.setAttribute("aria-labelledby", it.id);
      panel.replaceChildren(...[make()].flat());
    };
    const it = h("div", {
      role: "tab", id: fresh("tab"), tabindex: "-1", class: "tab", onclick: show,
      onkeydown: (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (step) { const next = heads[(at + step + heads.length) % heads.length]; next.click(); next.focus(); }
        press(show)(event);
      },
    }, name);
    return it;
  });
  heads[start].click();
  return h("div", { class: "tabs" }, h("div", { role: "tablist", class: "tab-row", "aria-label": label }, heads), panel);
}

function two(role, css, label, on, change, hidden) {
  const toggle = () => {
    const now = it.getAttribute("aria-checked") !== "true";
    it.setAttribute("aria-checked", now);
    change(now);
  };
  const it = h("div", {
    role, tabindex: "0", class: css, "aria-checked": String(on), "aria-label": hidden ? label : null,
    onclick: toggle, onkeydown: press(toggle),
  }, h("span", { class: "mark", "aria-hidden": "true" }), hidden ? null : h("span", {}, label));
  return it;
}

export const toggleSwitch = (label, on, change) => two("switch", "switch", label, on, change, false);
export const checkbox = (label, on, change, hidden = false) => two("checkbox", "checkbox", label, on, change, hidden);

/** One of several; `options` is [[value, label]]. */
export function radios(label, options, value, change) {
  const id = fresh("radios");
  const rows = options.map(([key, text]) => {
    const choose = () => {
      rows.forEach((row) => { row.setAttribute("aria-checked", row === it); row.tabIndex = row === it ? 0 : -1; });
      change(key);
    };
    const it = h("div", { role: "radio", class: "radio", tabindex: key === value ? "0" : "-1", "aria-checked": String(key === value), onclick: choose, onkeydown: press(choose) },
      h("span", { class: "mark", "aria-hidden": "true" }), text);
    return it;
  });
  return h("div", { class: "field" }, h("div", { class: "label", id }, label), h("div", { role: "radiogroup", class: "radios", "aria-labelledby": id }, rows));
}

/** A text field with a list of suggestions; `choose` gets the value, "" when nobody is chosen. */
export function combobox(label, options, value, choose) {
  const id = fresh("combo");
  const list = h("div", { role: "listbox", id: `${id}-list`, class: "options", "aria-label": label, hidden: true });
  const input = h("input", {
    id, role: "combobox", autocomplete: "off", "aria-expanded": "false", "aria-controls": `${id}-list`, "aria-autocomplete": "list",
    placeholder: "Nobody", oninput: () => offer(input.value), onfocus: () => offer(""), onclick: () => offer(""),
    onblur: () => setTimeout(() => { settle(); hide(); }, 150),
    onkeydown: (event) => {
      if (event.key === "Escape") hide();
      if (event.key === "Enter") { event.preventDefault(); list.firstElementChild?.click(); }
    },
  });
  input.value = value;
  const hide = () => { list.hidden = true; input.setAttribute("aria-expanded", "false"); };
  const settle = () => {
    const exact = options.find((option) => option.toLowerCase() === input.value.trim().toLowerCase());
    if (exact || !input.value.trim()) choose(exact || "");
  };
  function offer(typed) {
    const hits = options.filter((option) => option.toLowerCase().includes(typed.trim().toLowerCase()));
    list.replaceChildren(...hits.map((option) => h("div", {
      role: "option", class: "option", "aria-selected": String(option === input.value),
      onclick: () => { input.value = option; choose(option); hide(); },
    }, option)));
    list.hidden = hits.length === 0;
    input.setAttribute("aria-expanded", String(!list.hidden));
  }
  return h("div", { class: "field" }, h("label", { for: id }, label), h("div", { class: "menu-place" }, input, list));
}

/** A labelled <input> or <textarea>; the element is its `control`. */
export function field(label, attributes = {}, name = "input") {
  const id = fresh("field");
  const control = h(name, { id, ...attributes });
  const place = h("div", { class: "field" }, h("label", { for: id }, label), control);
  return Object.assign(place, { control });
}
