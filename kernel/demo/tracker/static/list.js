// The list of tickets: search, filters, selection, bulk edit, pages.

import { about, ask, attempt, go, h, link, say, tell } from "./dom.js";
import { newTicket } from "./compose.js";
import { checkbox, confirmFirst, menuButton } from "./widgets.js";

const selected = new Set();

const asked = () => new URLSearchParams(location.search);

function ask_for(changes) {
  const query = asked();
  query.delete("page");
  for (const [key, value] of Object.entries(changes)) value ? query.set(key, value) : query.delete(key);
  selected.clear();
  go(`/${query.size ? `?${query}` : ""}`);
}

function filter(title, key, options) {
  const now = asked().get(key) || "";
  const shown = options.find(([value]) => value === now);
  const items = () => options.map(([value, label]) => ({ label, checked: value === now, run: () => ask_for({ [key]: value }) }));
  return menuButton(`${title}: ${shown ? shown[1] : now}`, items, { css: now ? "on" : "" });
}

const same = (values) => values.map((value) => [value, value]);

function filters() {
  const any = ["", "Any"];
  return h("div", { class: "filters", role: "group", "aria-label": "Filters" },
    filter("Status", "status", [any, ["not closed", "Not closed"], ...same(about.statuses)]),
    filter("Priority", "priority", [any, ...same(about.priorities)]),
    filter("Assignee", "assignee", [any, ...(about.user ? [["me", "Me"]] : []), ["nobody", "Nobody"], ...same(about.people)]),
    filter("Label", "label", [any, ...same(about.labels)]),
    filter("Sort", "sort", [["", "Default"], ...Object.entries(about.sorts)]),
    asked().size ? h("button", { type: "button", class: "quiet", onclick: () => go("/") }, say("Clear filters")) : null);
}

function search() {
  const input = h("input", { type: "search", name: "q", "aria-label": "Search tickets", placeholder: "Search tickets", value: asked().get("q") || "" });
  return h("form", { role: "search", class: "search", onsubmit: (event) => { event.preventDefault(); ask_for({ q: input.value.trim() }); } },
    input, h("button", { type: "submit", class: "quiet" }, "Search"));
}

export const badge = (kind, text) => h("span", { class: `badge ${kind}-${text.toLowerCase().replace(" ", "-")}` }, text);

function row(ticket, redraw) {
  return h("div", { role: "row", class: "row" },
    h("div", { role: "gridcell", class: "pick" }, checkbox(`Select ${ticket.key}`, selected.has(ticket.key), (on) => {
      on ? selected.add(ticket.key) : selected.delete(ticket.key);
      redraw();
    }, true)),
    h("div", { role: "gridcell", class: "key" }, ticket.key),
    h("div", { role: "gridcell", class: "title" }, link(`/tickets/${ticket.key}`, {}, ticket.title),
      h("span", { class: "labels" }, ticket.labels.map((label) => h("span", { class: "label-chip" }, label)))),
    h("div", { role: "gridcell" }, badge("status", ticket.status)),
    h("div", { role: "gridcell" }, badge("priority", ticket.priority)),
    h("div", { role: "gridcell", class: "who" }, ticket.assignee || "Nobody"));
}

function bulkBar(tickets, reload) {
  const keys = [...selected];
  const send = (body, words) => attempt(async () => {
    await ask("POST", "/api/bulk", { keys, ...body });
    tell(`${keys.length} ticket${keys.length === 1 ? " was" : "s were"} ${words}.`);
    selected.clear();
    reload();
  });
  const set = (field, values, title) => menuButton(title, () => values.map(([value, label]) => ({ label, run: () => send({ change: { [field]: value } }, "changed") })));
  const all = tickets.length > 0 && tickets.every((ticket) => selected.has(ticket.key));
  return h("div", { class: "bulk", role: "toolbar", "aria-label": "Selected tickets" },
    checkbox("Select all on this page", all, (on) => {
      tickets.forEach((ticket) => (on ? selected.add(ticket.key) : selected.delete(ticket.key)));
      reload();
    }),
    keys.length ? [
      h("span", { class: "count" }, `${keys.length} selected`),
      set("status", same(about.statuses), "Set status"),
      set("priority", same(about.priorities), "Set priority"),
      set("assignee", [["", "Nobody"], ...same(about.people)], "Assign to"),
      h("button", { type: "button", class: "danger", onclick: () => confirmFirst("Delete tickets?",
        `${keys.join(", ")} will be gone for good.`, `Delete ${keys.length} ticket${keys.length === 1 ? "" : "s"}`, () => send({ delete: true }, "deleted")) }, "Delete selected"),
    ] : null);
}

function pages(found) {
  if (found.pages < 2) return null;
  const to = (number, text, more = {}) => {
    const query = asked();
    query.set("page", number);
    return link(`/?${query}`, more, text);
  };
  const numbers = Array.from({ length: found.pages }, (_, at) => at + 1);
  return h("nav", { class: "pages", "aria-label": "Pages" },
    found.page > 1 ? to(found.page - 1, "Previous page") : null,
    numbers.map((n) => to(n, String(n), { "aria-label": `Page ${n}`, "aria-current": n === found.page ? "page" : null })),
    found.page < found.pages ? to(found.page + 1, "Next page") : null);
}

export async function list(place) {
  const found = await ask("GET", `/api/tickets${location.search}`);
  const draw = () => {
    const table = h("div", { role: "grid", class: "grid", "aria-label": "Tickets" },
      h("div", { role: "row", class: "row head" }, ["", "Key", "Title", "Status", "Priority", "Assignee"].map((name) => h("div", { role: "columnheader" }, name || h("span", { class: "hidden" }, "Selection")))),
      found.tickets.map((ticket) => row(ticket, draw)));
    place.replaceChildren(
      h("div", { class: "top" }, h("h1", {}, "Tickets"), search(), h("button", { type: "button", class: "primary", onclick: newTicket }, say("New ticket"))),
      filters(),
      bulkBar(found.tickets, () => list(place)),
      found.total ? table : h("p", { class: "empty" }, "No ticket matches. Clear the filters or search for something else."),
      h("p", { class: "total", role: "status" }, `${found.total} ticket${found.total === 1 ? "" : "s"}`),
      pages(found) || "");
  };
  draw();
}
