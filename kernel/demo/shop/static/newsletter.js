// <newsletter-box>: a form in an open shadow root that really posts.
"use strict";

const NEWSLETTER_HTML = `
<style>
  form { display: flex; gap: .5rem; flex-wrap: wrap; }
  label { width: 100%; font-size: .9rem; font-weight: 600; }
  input { flex: 1 1 9rem; min-width: 0; font: inherit; padding: .5rem .7rem; border: 1px solid #b9c3c5;
    border-radius: 8px; background: #fff; color: #1b2426; }
  button { font: inherit; font-weight: 600; padding: .5rem .9rem; border: 0; border-radius: 8px;
    background: #f0bf3c; color: #1b2426; cursor: pointer; }
  input:focus-visible, button:focus-visible { outline: 3px solid #f0bf3c; outline-offset: 2px; }
  p { margin: .5rem 0 0; font-size: .9rem; min-height: 1.2em; }
</style>
<form novalidate>
  <label for="newsletter-email">Email for the newsletter</label>
  <input id="newsletter-email" type="email" name="email" autocomplete="email">
  <button type="submit">Subscribe</button>
</form>
<p role="status"></p>`;

class NewsletterBox extends HTMLElement {
  connectedCallback() {
    if (this.shadowRoot) return;
    const root = this.attachShadow({ mode: "open" });
    root.innerHTML = NEWSLETTER_HTML;
    root.querySelector("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.subscribe(root);
    });
  }

  async subscribe(root) {
    const status = root.querySelector("p");
    const email = root.querySelector("input").value;
    try {
      const response = await fetch("/api/newsletter", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ email }),
      });
      const answer = await response.json();
      status.textContent = answer.message || answer.error;
    } catch {
      status.textContent = "That did not work. Please try again.";
    }
  }
}

customElements.define("newsletter-box", NewsletterBox);
