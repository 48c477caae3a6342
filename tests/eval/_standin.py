"""A stand-in for a cloud model: a local server that speaks the OpenAI protocol and answers from
the suite's gold. Whoever wants to know the gold has to call it, and every call is counted.

It plans (the gold steps of the goal it is told), chooses (the element that a gold step of the
request under way means, or the one that is called what was asked for, or none) and answers
questions. Requests that a decent model declines, it declines.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

from _suite import GoldStep, Request

_LINE = re.compile(r'^(?P<ref>\S+) (?P<role>\S+) "(?P<name>[^"]*)"')
_DECLINED = "I'm sorry, but I can't help with that."
_SEARCH = re.compile(r"search", re.IGNORECASE)
_VAGUE = re.compile(r"\b(?:first|second|third|last|result|it|one|this|that|page|entry|item)\b")
_LIKE = 0.5
"""How alike (0 to 1) the words of an instruction and of a gold step have to be."""
_FRAMES = frozenset({"gridcell", "heading", "img"})
"""Roles that hold what is meant rather than being it."""
_ENTRIES = r"(?:textbox|combobox|spinbutton|searchbox|listbox|radio|checkbox)"
_IRREVERSIBLE = re.compile(r"place order|delete|send message|register now", re.IGNORECASE)


@dataclass
class Counts:
    """Calls by kind, and tokens at four characters each."""

    plan: int = 0
    choose: int = 0
    answer: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def calls(self) -> int:
        """All calls."""
        return self.plan + self.choose + self.answer


@dataclass(frozen=True)
class _Element:
    ref: str
    role: str
    name: str
    line: str


@dataclass
class StandIn:
    """The server: `with StandIn(requests) as cloud: ... cloud.url`. `begin` names who is served."""

    requests: Iterable[Request]
    counts: Counts = field(default_factory=Counts)
    log: list[str] = field(default_factory=list)
    _now: Request | None = None

    def __enter__(self) -> Self:
        self._by_goal = {_folded(request.goal): request for request in self.requests}
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    @property
    def url(self) -> str:
        """The base URL for a client."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def begin(self, request: Request) -> None:
        """Count anew, for this request."""
        self.counts, self.log, self._now = Counts(), [], request

    def reply(self, messages: list[dict[str, str]]) -> str:
        """The answer to a conversation; counted."""
        asked = [m["content"] for m in messages if m["role"] == "user"]
        kind, text = self._reply(asked)
        setattr(self.counts, kind, getattr(self.counts, kind) + 1)
        self.counts.tokens_in += sum(len(m["content"]) for m in messages) // 4
        self.counts.tokens_out += len(text) // 4 + 1
        first = asked[0].split("<page>")[0].strip() if asked else ""
        self.log.append(f"{kind}: {first[:80]} -> {text[:80]}")
        return text

    def _reply(self, asked: list[str]) -> tuple[str, str]:
        first = asked[0] if asked else ""
        if found := re.search(r"Instruction: (.*?)\n", first):
            return "choose", self._choose(found[1], first)
        if first.startswith("Question:"):
            return "answer", self._now.answer if self._now else ""
        behind = first.rpartition("</page>")[2] or first
        goal = re.search(
            r"Goal: (.*?)(?:\n(?:Done already|Then failed|Your last answer)|\Z)", behind, re.DOTALL
        )
        under_way = re.search(r"<page>\nhttps?://[^/\s]+/\S", first)
        return "plan", self._plan(goal[1] if goal else first, first if under_way else "")

    def _plan(self, goal: str, page: str) -> str:
        """The gold; away from the home page, what of it is left for the page as it is."""
        request = self._by_goal.get(_folded(goal))
        if request is None or request.gold[0].verb == "refuse":
            return _DECLINED
        left = _left(request.gold, page) if page else request.gold
        return json.dumps({"steps": [_as_json(step) for step in left]})

    def _choose(self, instruction: str, text: str) -> str:
        elements = list(_elements(text))
        ref = _meant(instruction, elements, self._now.gold if self._now else ())
        return json.dumps({"ref": ref, "probability": 0.97})


def _left(gold: Sequence[GoldStep], page: str) -> Sequence[GoldStep]:
    """The gold from the first step on whose element the page shows; all of it if it shows none."""
    return next((gold[at:] for at, step in enumerate(gold) if _shown(step, page)), gold)


def _shown(step: GoldStep, page: str) -> bool:
    """Whether a line of the page is an element that the step could be done to."""
    if step.verb == "search":
        return "- searchbox" in page or '- textbox "Search' in page
    roles = _ENTRIES if step.verb in ("fill", "select") else r"(?!heading|text)\w+"
    return re.search(rf'- {roles} "{re.escape(step.target or step.value)}', page) is not None


def _as_json(step: GoldStep) -> dict[str, object]:
    risky = step.verb == "click" and bool(_IRREVERSIBLE.search(step.target))
    row = {"verb": step.verb, "target": step.target, "value": step.value, "irreversible": risky}
    return {key: value for key, value in row.items() if value}


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold().rstrip(": ")


def _elements(text: str) -> Iterable[_Element]:
    inside = text.partition("<page>")[2].partition("</page>")[0]
    for line in inside.splitlines():
        if found := _LINE.match(line):
            yield _Element(found["ref"], found["role"], found["name"], line)


def _meant(instruction: str, elements: list[_Element], gold: Iterable[GoldStep]) -> str | None:
    """The element that a model that knows the gold would choose; None when nothing fits.

    "The first result" and the like say nothing of its name: the next gold step that can be done.
    """
    action, _, words = instruction.partition(" ")
    wanted = _folded(words)
    least = 0.0 if _VAGUE.search(wanted) else _LIKE
    best: tuple[float, int] = (0.0, -1)
    chosen: _Element | None = None
    for place, step in enumerate(gold):
        if (step.verb in ("fill", "search")) != (action in ("fill", "type", "press")):
            continue
        element = _called(elements, step, by_value=action == "click")
        if element is None:
            continue
        said = _folded(f"{step.target} {step.value}")
        score = max(_alike(wanted, said), _alike(wanted, _folded(step.target or step.verb)))
        if score >= least and (score, place) > best:
            best, chosen = (score, place), element
    named = next((e for e in elements if _folded(e.name) == wanted), None)
    if named is not None and best[0] < 0.9:
        return named.ref
    return chosen.ref if chosen else None


def _called(elements: list[_Element], step: GoldStep, *, by_value: bool) -> _Element | None:
    """The element that a gold step names: by its whole name, or, in a list, by how that begins.

    `by_value`: a choice is to be made by a click on the value itself.
    """
    fit = [e for e in elements if (e.role == step.role if step.role else e.role not in _FRAMES)]
    if step.verb == "search":
        boxes = (e for e in fit if e.role == "searchbox" or _SEARCH.search(e.line))
        return next(boxes, None)
    names = [_folded(name) for name in (step.target, step.value) if name]
    if step.verb != "select":
        names = names[:1]
    for name in names[-1:] if by_value else names:
        whole = next((e for e in fit if _folded(e.name) == name), None)
        begins = (e for e in fit if _folded(e.name).startswith(f"{name} "))
        if found := whole or next(begins, None):
            return found
    return None


def _alike(one: str, two: str) -> float:
    return SequenceMatcher(None, one, two).ratio()


def _handler(owner: StandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", "0"))))
            text = owner.reply(body["messages"])
            if body.get("stream"):
                self._send("text/event-stream", _stream(text, body))
            else:
                self._send("application/json", json.dumps(_whole(text, body)))

        def _send(self, kind: str, text: str) -> None:
            data = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_: Any) -> None:
            """Nothing: the calls are counted."""

    return Handler


def _head(body: dict[str, Any], kind: str) -> dict[str, Any]:
    return {"id": "standin", "object": kind, "created": 0, "model": body.get("model", "")}


def _whole(text: str, body: dict[str, Any]) -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    tokens = {"prompt_tokens": len(str(body["messages"])) // 4, "completion_tokens": len(text) // 4}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    usage = {**tokens, "total_tokens": sum(tokens.values())}
    return {**_head(body, "chat.completion"), "choices": [choice], "usage": usage}


def _stream(text: str, body: dict[str, Any]) -> str:
    parts = [text[at : at + 24] for at in range(0, len(text), 24)]
    deltas: list[tuple[dict[str, str], str | None]] = [({"content": part}, None) for part in parts]
    rows = [
        {
            **_head(body, "chat.completion.chunk"),
            "choices": [{"index": 0, "delta": delta, "finish_reason": end}],
        }
        for delta, end in [*deltas, ({}, "stop")]
    ]
    return "".join(f"data: {json.dumps(row)}\n\n" for row in rows) + "data: [DONE]\n\n"
