// The frame around the views, and which view an address means.

import { about, changed, h, learn, link, say } from "./dom.js";
import { settings, signIn, signOut } from "./account.js";
import { detail } from "./detail.js";
import { list } from "./list.js";
import { menuButton } from "./widgets.js";

function header() {
  const account = about.user
    ? menuButton(about.user, () => [{ label: "Sign out", run: signOut }], { name: `Account of ${about.user}` })
    : link("/sign-in", { class: "button quiet" }, say("Sign in"));
  return h("header", { class: "bar" },
    link("/", { class: "logo" }, "Kestrel"),
    h("nav", { "aria-label": "Main" },
      link("/", {}, "All tickets"),
      link("/?status=not+closed&assignee=nobody", {}, "Unassigned"),
      about.user ? link("/?assignee=me", {}, "My tickets") : null,
      link("/settings", {}, "Settings")),
    account);
}

function banner() {
  if (!changed("new_banner") || sessionStorage.getItem("banner") === "closed") return null;
  const it = h("section", { class: "banner", "aria-label": "Announcement" },
    h("p", {}, "Maintenance on Sunday from 02:00 to 03:00. Tickets can be read, not changed."),
    h("button", { type: "button", class: "quiet", onclick: () => { sessionStorage.setItem("banner", "closed"); it.remove(); } }, "Got it"));
  return it;
}

async function show() {
  const main = h("main", { id: "main" });
  const ticket = location.pathname.match(/^\/tickets\/([\w-]+)$/);
  if (ticket) await detail(main, ticket[1]);
  else if (location.pathname === "/sign-in") signIn(main);
  else if (location.pathname === "/settings") await settings(main);
  else await list(main);
  document.getElementById("view").replaceChildren(...[header(), banner(), main].filter(Boolean));
  const heading = main.querySelector("h1");
  document.title = heading ? `${heading.textContent} – Kestrel` : "Kestrel";
}

await learn();
document.body.classList.toggle("compact", about.settings.compact === true);
document.getElementById("app").replaceChildren(h("div", { id: "view" }), h("div", { id: "messages", role: "status", "aria-live": "polite" }));
addEventListener("popstate", show);
await show();
