"""What a page looks like to somebody who knows nothing of snapshots, and how two looks differ.

Nothing here is shared with `snapshot/`: the tree comes from DevTools' own `DOM.getDocument`,
boxes, styles and fields from a script that walks in its own way, the picture from the browser.
"""

from __future__ import annotations

import base64
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from playwright.async_api import CDPSession, Page

STYLES = (
    "display", "position", "color", "background-color", "background-image", "font-family",
    "font-size", "font-weight", "font-style", "line-height", "text-align", "text-decoration-line",
    "visibility", "opacity", "overflow-x", "overflow-y", "float", "z-index", "margin-top",
    "margin-left", "padding-top", "padding-left", "border-top-width", "border-top-color",
    "border-left-style", "white-space", "direction", "transform", "list-style-type", "cursor",
)  # fmt: skip
SAMPLE = 60
"""Elements whose styles are compared, drawn with a seed."""

# Each document and open shadow root that a script reaches, by recursion over children.
LOOK = """(styles) => {
  const boxes = [], fields = [], spaces = [], shown = [], elements = [], reach = [];
  // DevTools gives a template without what is in it.
  const outline = (content) => Array.from(content.querySelectorAll("*"), (each) =>
    [each.namespaceURI, each.localName, each.id, each.className, each.content ? outline(each.content) : ""]);
  const visit = (el, x, y) => {
    const box = el.getBoundingClientRect();
    boxes.push(box.x + x, box.y + y, box.width, box.height);
    spaces.push(el.namespaceURI);
    elements.push(el);
    shown.push(box.width > 0 && box.height > 0);
    const tag = el.localName;
    if (tag === "template" && el.content) spaces.push(JSON.stringify(outline(el.content)));
    if (tag === "input") fields.push([el.type, el.type === "file" ? "" : el.value, el.checked, el.indeterminate]);
    if (tag === "textarea") fields.push(["textarea", el.value]);
    if (tag === "select") fields.push(["select", Array.from(el.options, (each) => each.selected)]);
    if (tag === "details" || tag === "dialog") fields.push([tag, el.open]);
    if (el.scrollTop || el.scrollLeft) fields.push(["scroll", Math.round(el.scrollLeft), Math.round(el.scrollTop)]);
    if (el.shadowRoot) Array.from(el.shadowRoot.children).forEach((each) => visit(each, x, y));
    Array.from(Element.prototype.__lookupGetter__("children").call(el)).forEach((each) => visit(each, x, y));
    let inner = null;
    try { inner = tag === "iframe" || tag === "frame" ? el.contentDocument : null; } catch { /* another site */ }
    // A frame whose own origin forbids looking may come back without one: alike means both or none.
    if (tag === "iframe" || tag === "frame") {
      reach.push(Boolean(inner));
      if (styles.reach && !styles.reach[reach.length - 1]) inner = null;
    }
    if (inner?.documentElement) visit(inner.documentElement, x + box.x, y + box.y);
  };
  if (document.documentElement) visit(document.documentElement, 0, 0);
  const style = (i) => {
    const css = elements[i].ownerDocument.defaultView.getComputedStyle(elements[i]);
    return styles.names.map((name) => css.getPropertyValue(name));
  };
  const chosen = styles.order.map((share) => Math.floor(share * elements.length)).filter((i) => shown[i]);
  return { boxes, fields, reach, spaces: spaces.join("\\n"), mode: document.compatMode, title: document.title,
    scroll: [Math.round(scrollX), Math.round(scrollY)],
    focus: document.activeElement ? document.activeElement.tagName : "",
    styles: chosen.map((i) => [i, style(i)]) };
}"""
# What the page's own clocks would still do.
HALT = """() => {
  const last = setTimeout(() => {}, 0);
  for (let i = 0; i <= last; i++) { clearTimeout(i); clearInterval(i); }
  for (let i = requestAnimationFrame(() => {}); i >= 0; i--) cancelAnimationFrame(i);
}"""
# The same on both sides: animations at their start, no caret.
FREEZE = """() => {
  for (const each of document.getAnimations()) { each.pause(); each.currentTime = 0; }
  const quiet = new CSSStyleSheet();
  quiet.replaceSync("* { caret-color: transparent !important }");
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, quiet];
}"""
PIXELS = """async ([one, two]) => {
  const read = async (data) => {
    const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0));
    const picture = await createImageBitmap(new Blob([bytes], { type: "image/png" }));
    const canvas = new OffscreenCanvas(picture.width, picture.height);
    const context = canvas.getContext("2d", { willReadFrequently: true });
    context.drawImage(picture, 0, 0);
    return context.getImageData(0, 0, picture.width, picture.height);
  };
  const a = await read(one), b = await read(two);
  if (a.width !== b.width || a.height !== b.height) return 1;
  const x = new Uint32Array(a.data.buffer), y = new Uint32Array(b.data.buffer);
  let differ = 0;
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) differ++;
  return differ / x.length;
}"""


@dataclass(frozen=True)
class Look:
    """One page as it looks."""

    tree: list[tuple[Any, ...]]
    """Element preorder: depth, tag, attributes, mode of the shadow root it is in."""
    seen: dict[str, Any]
    picture: str


@dataclass
class Difference:
    """How a restored page differs from what it was."""

    elements: int
    tree: list[str] = field(default_factory=list)
    form: list[str] = field(default_factory=list)
    styles: float = 1.0
    """Share of sampled styles that are equal."""
    boxes: int = 0
    """Elements within 1 pixel on all four sides."""
    boxed: int = 0
    pixels: float = 0.0
    notes: list[str] = field(default_factory=list)


async def look(page: Page, cdp: CDPSession, seed: int, like: Look | None = None) -> Look:
    """Look at a page, into the frames that were reached in `like`.

    It stops nothing and changes nothing but animations and the caret.
    """
    order = random.Random(seed)
    names = {"names": STYLES, "order": [order.random() for _ in range(SAMPLE)],
             "reach": like.seen["reach"] if like else None}  # fmt: skip
    document = await cdp.send("DOM.getDocument", {"depth": -1, "pierce": True})
    seen: dict[str, Any] = await page.evaluate(LOOK, names)
    await page.evaluate(FREEZE)
    shot = await cdp.send("Page.captureScreenshot", {"format": "png"})
    return Look(list(preorder(document["root"])), seen, shot["data"])


def preorder(root: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Elements of a DevTools tree with shadow roots and frames."""
    waiting: list[tuple[dict[str, Any], int, str]] = [(root, 0, "")]
    while waiting:
        node, depth, mode = waiting.pop()
        if node["nodeType"] == 1:
            yield depth, node["localName"], bool(node.get("isSVG")), _attributes(node), mode
        inner = [(each, depth + 1, each["shadowRootType"]) for each in node.get("shadowRoots", ())
                 if each["shadowRootType"] != "user-agent"]  # fmt: skip
        inner += [(node["contentDocument"], depth + 1, mode)] if "contentDocument" in node else []
        inner += [(each, depth + 1, mode) for each in node.get("children", ())]
        waiting += reversed(inner)


def _attributes(node: dict[str, Any]) -> frozenset[tuple[str, str]]:
    flat = node.get("attributes", [])
    return frozenset(zip(flat[::2], flat[1::2], strict=True))


# ---- what an inert page may lack: what acts, and nothing else ---------------------------------

_CODE = re.compile(
    r"(?:^|[;,])\s*(?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t\s*:", re.IGNORECASE
)
_DEAD = {
    "script": {"src", "href", "xlink:href", "type"},
    "iframe": {"srcdoc"},
    "frame": {"srcdoc"},
    "object": {"codebase", "classid", "archive"},
    "applet": {"code", "codebase", "archive", "object"},
    "embed": {"code"},
}
_QUIET = {"dns-prefetch", "preconnect", "prefetch", "preload", "prerender", "modulepreload", "manifest"}  # fmt: skip


def acts(tag: str, name: str, value: str, others: dict[str, str]) -> bool:
    """Whether an attribute could run a script, move the page, or make a request unseen."""
    name = name.lower()
    frame = name in {"src", "data"} and tag in {"iframe", "frame", "object", "embed"}
    return (
        name.startswith("on")
        or bool(_CODE.search(re.sub(r"[\x00-\x20]", "", value)))
        or name in _DEAD.get(tag, ())
        or (tag == "meta" and "http-equiv" in others)
        or (tag == "link" and name == "href" and bool(_QUIET & set(others.get("rel", "").lower().split())))
        or (frame and bool(re.match(r"\s*(?:data|blob|javascript|filesystem):", value, re.IGNORECASE)))
    )  # fmt: skip


def same_element(before: tuple[Any, ...], after: tuple[Any, ...]) -> str:
    """Why two elements are not the same, "" when they are."""
    if before[:3] != after[:3] or before[4] != after[4]:
        return f"{before[:3]}{before[4]} became {after[:3]}{after[4]}"
    tag, others = before[1], dict(before[3])
    for name, value in before[3] - after[3]:
        if not acts(tag, name, value, others):
            return f"<{tag}> lost {name}={value[:60]!r}"
    for name, value in after[3] - before[3]:
        dead = name in others and acts(tag, name, others[name], others)
        if not dead and not (tag == "script" and name == "type"):
            return f"<{tag}> got {name}={value[:60]!r}"
    return ""


# ---- comparing --------------------------------------------------------------------------------


def compare(before: Look, after: Look) -> Difference:
    """How `after` differs from `before`, but for the picture."""
    result = Difference(len(before.tree))
    if len(before.tree) != len(after.tree):
        result.tree.append(f"{len(before.tree)} elements became {len(after.tree)}")
    for i, (one, two) in enumerate(zip(before.tree, after.tree, strict=False)):
        why = same_element(one, two)
        if why:
            result.tree.append(f"{i}: {why}")
    was, now = before.seen, after.seen
    for name in ("spaces", "mode"):
        if was[name] != now[name]:
            result.tree.append(f"{name} differ")
    _fields(was, now, result)
    result.styles = _styles(was["styles"], now["styles"], result)
    _boxes(was["boxes"], now["boxes"], result)
    return result


def _fields(was: dict[str, Any], now: dict[str, Any], result: Difference) -> None:
    if len(was["fields"]) != len(now["fields"]):
        result.form.append(f"{len(was['fields'])} fields became {len(now['fields'])}")
    pairs = zip(was["fields"], now["fields"], strict=False)
    result.form += [f"{a} became {b}" for a, b in pairs if a != b]
    for name in ("scroll", "focus"):
        if was[name] != now[name]:
            result.form.append(f"{name} {was[name]} became {now[name]}")


def _styles(was: list[Any], now: list[Any], result: Difference) -> float:
    now_at = dict(now)
    equal = total = 0
    for i, values in was:
        for name, one, two in zip(STYLES, values, now_at.get(i, [None] * len(STYLES)), strict=True):
            total += 1
            equal += one == two
            if one != two and len(result.notes) < 5:
                result.notes.append(f"style of {i}: {name} {one!r} became {two!r}")
    return equal / total if total else 1.0


def _boxes(was: list[float], now: list[float], result: Difference) -> None:
    result.boxed = len(was) // 4
    for i in range(0, len(was), 4):
        one, two = was[i : i + 4], now[i : i + 4]
        if len(two) == 4 and all(abs(a - b) <= 1 for a, b in zip(one, two, strict=True)):
            result.boxes += 1
        elif len(result.notes) < 8:
            result.notes.append(f"box of {i // 4}: {one} became {two}")


async def pixels(judge: Page, one: Look, two: Look) -> float:
    """Share of pixels that differ in any channel."""
    share: float = await judge.evaluate(PIXELS, [one.picture, two.picture])
    return share


def save(picture: str) -> bytes:
    """A picture as PNG bytes."""
    return base64.b64decode(picture)
