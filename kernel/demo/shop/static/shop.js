// Behaviour of the pages. Everything but suggestions, uploads and reordering also works without it.
"use strict";

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

async function send(method, url, body, headers = { "Content-Type": "application/json" }) {
  const response = await fetch(url, { method, headers, body });
  return response.json();
}

// The cookie banner goes away without a reload.
$("#consent form")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const choice = event.submitter?.value || "rejected";
  await fetch("/consent", {
    method: "POST",
    redirect: "manual",
    body: new URLSearchParams({ choice }),
  });
  $("#consent").remove();
});

// Forms that ask before they do something that cannot be undone.
for (const form of $$("form[data-confirm]")) {
  form.addEventListener("submit", (event) => {
    if (!window.confirm(form.dataset.confirm)) event.preventDefault();
  });
}

// Modal dialogs.
for (const button of $$("[data-open-dialog]")) {
  button.addEventListener("click", () => $(`#${button.dataset.openDialog}`).showModal());
}
for (const button of $$("[data-close-dialog]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}

// Lists that load more of themselves.
for (const button of $$("[data-load-more]")) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    const response = await fetch(`${button.dataset.loadMore}?offset=${button.dataset.offset}`);
    const more = await response.json();
    $(`#${button.dataset.target}`).insertAdjacentHTML("beforeend", more.html);
    if (more.next === null) {
      button.remove();
    } else {
      button.dataset.offset = more.next;
      button.disabled = false;
    }
  });
}

// Suggestions under the search box, after a short pause in typing.
const search = $(".search");
if (search) {
  const input = $("input", search);
  const list = $(".suggestions", search);
  let timer = 0;
  let asked = 0;
  const show = (names) => {
    list.replaceChildren(
      ...names.map((name) => {
        const item = document.createElement("li");
        const link = document.createElement("a");
        link.href = `/search?q=${encodeURIComponent(name)}`;
        link.textContent = name;
        item.append(link);
        return item;
      }),
    );
    list.hidden = names.length === 0;
  };
  input.addEventListener("input", () => {
    clearTimeout(timer);
    const mine = ++asked;
    const query = input.value.trim();
    if (query.length < 2) return show([]);
    timer = setTimeout(async () => {
      const response = await fetch(`/api/suggest?q=${encodeURIComponent(query)}`);
      const names = await response.json();
      if (mine === asked && document.activeElement === input) show(names);
    }, 150);
  });
  search.addEventListener("focusout", (event) => {
    if (!search.contains(event.relatedTarget)) {
      asked += 1;
      list.hidden = true;
    }
  });
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape") show([]);
  });
}

// Switches that save themselves.
for (const box of $$("[data-toggle]")) {
  box.addEventListener("change", async () => {
    const answer = await send("PUT", box.dataset.toggle, JSON.stringify({ on: box.checked }));
    $(`#${box.id}-status`).textContent = answer.message || answer.error;
  });
}

// Uploads: the raw file as the body, its name in a header.
async function upload(box) {
  const file = $("input[type=file]", box).files[0];
  const status = $("[data-upload-status]", box);
  if (!file) {
    status.textContent = "Choose a file first.";
    return;
  }
  if (file.size > 1024 * 1024) {
    status.textContent = "The file is larger than 1 MB.";
    return;
  }
  const headers = { "X-File-Name": encodeURIComponent(file.name) };
  const answer = await send("PUT", `/api/uploads/${box.dataset.upload}`, file, headers);
  status.textContent = answer.message || answer.error;
  if (!answer.name) return;
  const field = $("[data-upload-field]", box);
  if (field) field.value = answer.name;
  const shown = $("[data-upload-name]", box);
  if (shown) shown.textContent = answer.name;
}

for (const box of $$("[data-upload]")) {
  if (box.tagName === "FORM") {
    box.addEventListener("submit", (event) => {
      event.preventDefault();
      upload(box);
    });
  } else {
    $("input[type=file]", box).addEventListener("change", () => upload(box));
  }
}

// The wish list can be put in order by dragging or with buttons.
const wishes = $("#wishes");
if (wishes) {
  let dragged = null;
  const save = async () => {
    const order = $$("li", wishes).map((row) => row.dataset.slug);
    const answer = await send("PUT", "/api/wishlist", JSON.stringify({ order }));
    $("#wishes-status").textContent = answer.message || answer.error;
  };
  wishes.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.slug);
    dragged.classList.add("dragged");
  });
  wishes.addEventListener("dragover", (event) => event.preventDefault());
  wishes.addEventListener("drop", (event) => {
    event.preventDefault();
    const target = event.target.closest("li");
    if (!dragged || !target || target === dragged) return;
    const rows = $$("li", wishes);
    const down = rows.indexOf(dragged) < rows.indexOf(target);
    target[down ? "after" : "before"](dragged);
    save();
  });
  wishes.addEventListener("dragend", () => {
    dragged?.classList.remove("dragged");
    dragged = null;
  });
  wishes.addEventListener("click", (event) => {
    const button = event.target.closest("[data-move]");
    if (!button) return;
    const row = button.closest("li");
    const other = button.dataset.move === "1" ? row.nextElementSibling : row.previousElementSibling;
    if (!other) return;
    other[button.dataset.move === "1" ? "after" : "before"](row);
    button.focus();
    save();
  });
}
