// Elements, requests, and what the whole application knows.

export const about = { user: "", people: [], statuses: [], priorities: [], labels: [], sorts: {}, changes: [], settings: {} };

const RENAMED = {
  "New ticket": "Report a problem",
  "Create ticket": "File it",
  "Add comment": "Post reply",
  "Save changes": "Update ticket",
  "Sign in": "Log in",
  "Clear filters": "Reset view",
  "Delete ticket": "Remove ticket",
};

export const changed = (name) => about.changes.includes(name);

/** The words on a button; other ones when buttons are renamed. */
export const say = (words) => (changed("renamed_button") && RENAMED[words]) || words;

/** An element: h("button", {class: "x", onclick: f}, "text", child, [more]). */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(9).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

let number = 0;
export const fresh = (prefix) => `${prefix}-${++number}`;

/** Ask the server; throws an Error with the server's words. */
export async function ask(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const answer = await response.json().catch(() => ({ error: `The server answered ${response.status}.` }));
  if (!response.ok) throw new Error(answer.error);
  return answer;
}

export async function learn() {
  Object.assign(about, await ask("GET", "/api/about"));
}

/** Go to another view without loading the document again. */
export function go(path) {
  history.pushState(null, "", path);
  dispatchEvent(new Event("popstate"));
}

export const link = (path, attributes, ...children) =>
  h("a", {
    href: path,
    onclick: (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      go(path);
    },
    ...attributes,
  }, ...children);

/** A short message that screen readers read out. */
export function tell(text, bad = false) {
  const place = document.getElementById("messages");
  const message = h("div", { class: bad ? "message bad" : "message" }, text);
  place.replaceChildren(message);
  setTimeout(() => message.remove(), 6000);
}

/** Run something that may be refused, and say why it was. */
export async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    tell(error.message, true);
    return null;
  }
}
