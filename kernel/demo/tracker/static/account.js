// Signing in, and a person's settings.

import { about, ask, attempt, changed, go, h, learn, say, tell } from "./dom.js";
import { field, radios, tabs, toggleSwitch } from "./widgets.js";

export function signIn(place) {
  const email = field("Email", { type: "email", autocomplete: "username" });
  const password = field("Password", { type: "password", autocomplete: "current-password" });
  const problem = h("p", { class: "problem", role: "alert" });
  place.replaceChildren(h("form", {
    class: "card", novalidate: true,
    onsubmit: async (event) => {
      event.preventDefault();
      try {
        await ask("POST", "/api/sign-in", { email: email.control.value, password: password.control.value });
        await learn();
        tell(`Welcome, ${about.user}.`);
        go("/");
      } catch (error) {
        problem.textContent = error.message;
      }
    },
  }, h("h1", {}, say("Sign in")), changed("moved_field") ? [password, email] : [email, password], problem,
    h("button", { type: "submit", class: "primary" }, say("Sign in")),
    h("p", { class: "hint" }, "For the demo: mira@example.com (or jonas, lena, priya, tom) with the password “kestrel”.")));
}

export async function signOut() {
  await attempt(() => ask("POST", "/api/sign-out"));
  await learn();
  tell("You are signed out.");
  go("/");
}

const save = (values) => attempt(async () => {
  about.settings = await ask("PUT", "/api/settings", values);
  tell("Settings saved.");
});

export async function settings(place) {
  const now = await ask("GET", "/api/settings");
  place.replaceChildren(h("h1", {}, "Settings"), tabs("Settings", [
    ["Notifications", () => [
      toggleSwitch("Email me when somebody mentions me", now.mentions, (on) => save({ mentions: on })),
      toggleSwitch("Email me when a ticket is assigned to me", now.assignments, (on) => save({ assignments: on })),
      radios("Summary by email", [["never", "Never"], ["daily", "Every day"], ["weekly", "Every week"]], now.digest, (digest) => save({ digest })),
    ]],
    ["Appearance", () => toggleSwitch("Compact list", now.compact, (on) => { save({ compact: on }); document.body.classList.toggle("compact", on); })],
    ["About me", () => h("p", {}, about.user ? `You are signed in as ${about.user}.` : "You are a guest. Sign in to delete, watch and be assigned.")],
  ]));
}
