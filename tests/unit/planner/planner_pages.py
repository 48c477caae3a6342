"""Small pages for the planner's tests, written down as elements."""

from __future__ import annotations

from abos.snapshot.observe import Element, Observation


def element(role: str, name: str = "", ref: str = "", **more: object) -> Element:
    """An element; ``states`` may be a string of words."""
    states = more.pop("states", "")
    words = frozenset(states.split()) if isinstance(states, str) else states
    return Element(ref or f"{role}:{name}", role, name, states=words, **more)  # type: ignore[arg-type]


def page(
    *elements: Element, url: str = "https://shop.example/", title: str = "", text: str = ""
) -> Observation:
    """A page with these elements."""
    return Observation(url, title, elements, text)


HEADER = (
    element("link", "Home", landmark="banner"),
    element("searchbox", "Search products", type="search", landmark="search"),
    element("button", "Search", landmark="search"),
    element("link", "Sign in", landmark="banner"),
    element("link", "Cart (1)", landmark="banner"),
)
FOOTER = (
    element("textbox", "Email", "footer-email", type="email", landmark="contentinfo"),
    element("button", "Subscribe", landmark="contentinfo"),
    element("link", "Help", landmark="contentinfo"),
)
