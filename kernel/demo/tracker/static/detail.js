// One ticket: text, comments, history, and everything that can be changed about it.

import { about, ask, attempt, changed, go, h, link, say, tell } from "./dom.js";
import { change, editTicket } from "./compose.js";
import { badge } from "./list.js";
import { confirmFirst, field, menuButton, tabs, toggleSwitch } from "./widgets.js";

let tab = 0;

function property(name, control) {
  return h("div", { class: "property" }, h("div", { class: "label" }, name), control);
}

function side(ticket, reload) {
  const set = (values) => change(ticket.key, values, reload);
  const one = (name, key, options) => property(name, menuButton(
    ticket[key] || "Nobody",
    () => options.map(([value, label]) => ({ label, checked: value === ticket[key], run: () => set({ [key]: value }) })),
    { name: `${name}: ${ticket[key] || "Nobody"}` }));
  const same = (values) => values.map((value) => [value, value]);
  let labels = [...ticket.labels];
  const rows = [
    one("Status", "status", same(about.statuses)),
    one("Priority", "priority", same(about.priorities)),
    one("Assignee", "assignee", [["", "Nobody"], ...same(about.people)]),
    about.user && ticket.assignee !== about.user
      ? h("button", { type: "button", class: "quiet", onclick: () => set({ assignee: about.user }) }, "Assign to me") : null,
    property("Labels", menuButton(labels.join(", ") || "None", () => about.labels.map((label) => ({
      label,
      checked: labels.includes(label),
      run: () => {
        labels = labels.includes(label) ? labels.filter((l) => l !== label) : [...labels, label];
        attempt(() => ask("PATCH", `/api/tickets/${ticket.key}`, { labels }));
      },
    })), { many: true, name: `Labels: ${labels.join(", ") || "None"}` })),
    property("Reported by", h("span", {}, ticket.reporter)),
    about.user ? toggleSwitch("Watch this ticket", ticket.watchers.includes(about.user), (on) =>
      attempt(() => ask("PUT", `/api/tickets/${ticket.key}/watch`, { on }))) : null,
  ];
  return h("aside", { class: "side", "aria-label": "Properties" }, changed("moved_field") ? rows.reverse() : rows);
}

function comments(ticket, reload) {
  const text = field("Your comment", { rows: 3 }, "textarea");
  return [
    ticket.comments.length
      ? h("ol", { class: "comments" }, ticket.comments.map((said) => h("li", {}, h("strong", {}, said.author), h("p", {}, said.text))))
      : h("p", { class: "empty" }, "Nobody has said anything yet."),
    h("form", {
      onsubmit: (event) => {
        event.preventDefault();
        attempt(async () => {
          await ask("POST", `/api/tickets/${ticket.key}/comments`, { text: text.control.value });
          tell("Your comment was added.");
          reload();
        });
      },
    }, text, h("button", { type: "submit", class: "primary" }, say("Add comment"))),
  ];
}

const history = (ticket) => ticket.log.length
  ? h("ol", { class: "history" }, ticket.log.map((entry) => h("li", {}, `${entry.who} ${entry.what}`)))
  : h("p", { class: "empty" }, "Nothing has changed since the tracker was started.");

const facts = (ticket) => h("dl", { class: "facts" },
  [["Key", ticket.key], ["Reported by", ticket.reporter], ["Comments", String(ticket.comments.length)], ["Watchers", ticket.watchers.join(", ") || "Nobody"]]
    .map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));

function actions(ticket, reload) {
  return menuButton("More actions", () => [
    { label: "Edit title and description", run: () => editTicket(ticket, reload) },
    { label: ticket.status === "Closed" ? "Reopen ticket" : "Close ticket", run: () => change(ticket.key, { status: ticket.status === "Closed" ? "Open" : "Closed" }, reload) },
    {
      label: "Duplicate ticket",
      run: () => attempt(async () => {
        const { title, description, priority, assignee, labels } = ticket;
        const made = await ask("POST", "/api/tickets", { title: `Copy of ${title}`, description, priority, assignee, labels });
        tell(`${made.key} was created.`);
        go(`/tickets/${made.key}`);
      }),
    },
    {
      label: say("Delete ticket"), bad: true,
      run: () => confirmFirst(`Delete ${ticket.key}?`, `“${ticket.title}” and its comments will be gone for good.`, "Delete ticket", () =>
        attempt(async () => {
          await ask("DELETE", `/api/tickets/${ticket.key}`);
          tell(`${ticket.key} was deleted.`);
          go("/");
        })),
    },
  ]);
}

export async function detail(place, key) {
  let ticket;
  try {
    ticket = await ask("GET", `/api/tickets/${key}`);
  } catch (error) {
    place.replaceChildren(h("h1", {}, "Not found"), h("p", {}, error.message), link("/", {}, "Back to all tickets"));
    return;
  }
  const reload = () => detail(place, key);
  const pages = [
    [`Comments (${ticket.comments.length})`, () => { tab = 0; return comments(ticket, reload); }],
    ["Details", () => { tab = 1; return facts(ticket); }],
    ["History", () => { tab = 2; return history(ticket); }],
  ];
  place.replaceChildren(
    link("/", { class: "back" }, "All tickets"),
    h("div", { class: "top" }, h("h1", {}, h("span", { class: "key" }, ticket.key), " ", ticket.title),
      h("button", { type: "button", class: "quiet", onclick: () => editTicket(ticket, reload) }, "Edit"), actions(ticket, reload)),
    h("p", { class: "badges" }, badge("status", ticket.status), " ", badge("priority", ticket.priority)),
    h("div", { class: "columns" },
      h("div", {}, h("p", { class: "description" }, ticket.description || "No description."), tabs("About this ticket", pages, tab)),
      side(ticket, reload)));
}
