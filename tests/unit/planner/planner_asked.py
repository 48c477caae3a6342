"""Pages and changes as short text, and what the tiers say to a question about them."""

from __future__ import annotations

from abos.planner import Change, Decider, Kind, Page, question_about
from abos.planner.question import Decision
from abos.snapshot import Element


def page(*lines: str, url: str = "https://x.example/a", title: str = "") -> Page:
    """Lines of text; ``[role|name|states|value]`` is an element."""
    elements: list[Element] = []
    for line in (each for each in lines if each.startswith("[")):
        role, name, states, value = [*line[1:-1].split("|"), "", ""][:4]
        kind = "password" if role == "password" else ""
        elements.append(
            Element(
                f"e{len(elements) + 1}",
                "textbox" if kind else role,
                name,
                value,
                frozenset(states.split()),
                type=kind,
            )
        )
    text = tuple(each for each in lines if not each.startswith("["))
    return Page(url, title, text, tuple(elements))


async def said(
    decider: Decider, kind: Kind, words: str, at: Page, change: Change | None = None
) -> tuple[str | None, Decision]:
    """The answer in words, sure or not, and the decision."""
    question = question_about(kind, words, at, change=change)
    last = (await decider.consult(question)).last
    assert last is not None
    return next((c.name for c in question.candidates if c.ref == last.ref), None), last
