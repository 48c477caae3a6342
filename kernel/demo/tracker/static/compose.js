// The dialogs in which tickets are written and edited.

import { about, ask, attempt, changed, go, h, say, tell } from "./dom.js";
import { checkbox, combobox, dialog, field, radios } from "./widgets.js";

export async function newTicket() {
  const draft = await attempt(() => ask("GET", "/api/draft"));
  if (!draft) return;
  dialog(say("New ticket"), (close) => {
    const title = field("Title", { maxlength: 140, required: true });
    const text = field("Description", { rows: 4 }, "textarea");
    const problem = h("p", { class: "problem", role: "alert" });
    const rows = [
      title,
      text,
      radios("Priority", about.priorities.map((p) => [p, p]), draft.priority, (p) => { draft.priority = p; }),
      combobox("Assignee", about.people, "", (name) => { draft.assignee = name; }),
      h("div", { class: "field" }, h("div", { class: "label", id: "new-labels" }, "Labels"),
        h("div", { role: "group", class: "radios", "aria-labelledby": "new-labels" }, about.labels.map((label) =>
          checkbox(label, false, (on) => { draft.labels = on ? [...draft.labels, label] : draft.labels.filter((l) => l !== label); })))),
    ];
    return h("form", {
      novalidate: true,
      onsubmit: async (event) => {
        event.preventDefault();
        try {
          const made = await ask("POST", "/api/tickets", { ...draft, title: title.control.value, description: text.control.value });
          close();
          tell(`${made.key} was created.`);
          go(`/tickets/${made.key}`);
        } catch (error) {
          problem.textContent = error.message;
        }
      },
    }, changed("moved_field") ? rows.reverse() : rows, problem,
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "quiet", onclick: close }, "Cancel"),
        h("button", { type: "submit", class: "primary" }, say("Create ticket"))));
  });
}

/** A fresh copy is asked for, so that nobody's changes are lost. */
export async function editTicket({ key }, done) {
  const ticket = await attempt(() => ask("GET", `/api/tickets/${key}?for=edit`));
  if (!ticket) return;
  dialog(`Edit ${ticket.key}`, (close) => {
    const title = field("Title", { maxlength: 140, value: ticket.title });
    const text = field("Description", { rows: 5 }, "textarea");
    text.control.value = ticket.description;
    const problem = h("p", { class: "problem", role: "alert" });
    return h("form", {
      novalidate: true,
      onsubmit: async (event) => {
        event.preventDefault();
        try {
          await ask("PATCH", `/api/tickets/${ticket.key}`, { title: title.control.value, description: text.control.value });
          close();
          tell(`${ticket.key} was saved.`);
          done();
        } catch (error) {
          problem.textContent = error.message;
        }
      },
    }, changed("moved_field") ? [text, title] : [title, text], problem,
      h("div", { class: "buttons" },
        h("button", { type: "button", class: "quiet", onclick: close }, "Cancel"),
        h("button", { type: "submit", class: "primary" }, say("Save changes"))));
  });
}

export const change = (key, values, done) => attempt(async () => {
  await ask("PATCH", `/api/tickets/${key}`, values);
  tell(`${key} was saved.`);
  done();
});
