"""Reads a plan as its text arrives: every closed step at once, checked. Pure.

The text is one JSON object, ``{"steps": [...]}``, maybe behind some prose or in a code fence. The
parsing is ijson's, which reports what it has read so far at any point of the text.
"""

from __future__ import annotations

from typing import Any

import ijson
from ijson.common import ObjectBuilder

from .errors import BadPlan, PlanRefused
from .steps import MAX_STEPS, Step, step_from

MOST_CHARS = 200_000
"""Text of a plan; an endless one is cut here."""
_MOST_PROSE = 2_000
"""Characters before the object begins."""
_STEP = "steps.item"


class PlanReader:
    """Push text in with ``feed``, then ``end``. It is not used again after an error."""

    def __init__(self) -> None:
        self._events: Any = ijson.sendable_list()
        self._parser = ijson.parse_coro(self._events)
        self._building: ObjectBuilder | None = None
        self._why = ""
        self._prose = ""
        self._begun = self._over = False
        self._chars = 0
        self.count = 0
        """Steps so far."""

    def feed(self, text: str) -> list[Step]:
        """The steps that this piece of text closes. Raises BadPlan."""
        self._chars += len(text)
        if self._chars > MOST_CHARS:
            raise BadPlan(f"The plan has no end: cut at {MOST_CHARS} characters.")
        if not self._begun:
            text = self._after_prose(text)
        if not text or not self._begun or self._over:  # nothing means the end, to the parser
            return []
        broken = self._push(text)
        found = self._closed()
        if broken and not self._over:  # behind the object anything may follow
            raise BadPlan(f"The plan is not JSON after {self.count} steps.")
        return found

    def end(self) -> None:
        """All has come. Raises BadPlan for half a plan, PlanRefused for one that says why not."""
        if not self._begun:
            raise BadPlan(f"The model did not answer with a plan, but: {self._prose[:80]!r}.")
        if not self._over:
            raise BadPlan(f"The plan breaks off after {self.count} steps.")
        if self.count == 0:
            if self._why:
                raise PlanRefused(f"The model makes no plan: {self._why[:300]}")
            raise BadPlan("The plan is not valid at steps: there are none.")

    def _after_prose(self, text: str) -> str:
        self._prose += text
        start = self._prose.find("{")
        if start < 0:
            if len(self._prose) > _MOST_PROSE:
                self.end()
            return ""
        self._begun = True
        return self._prose[start:]

    def _push(self, text: str) -> bool:
        """Parse more; whether that failed. What was read before is in the events."""
        try:
            self._parser.send(text.encode("utf-8", "surrogatepass"))
        except (ijson.JSONError, UnicodeDecodeError, StopIteration):
            return True
        return False

    def _closed(self) -> list[Step]:
        found = []
        for place, event, value in self._events:
            if place == "" and event == "end_map":
                self._over = True
                break
            if place == "why" and event == "string":
                self._why = value
            elif place.startswith(_STEP):
                found += self._read(place, event, value)
        del self._events[:]
        return found

    def _read(self, place: str, event: str, value: Any) -> list[Step]:
        """One event of a step: the step, if this closes it."""
        builder = self._building = self._building or ObjectBuilder()
        builder.event(event, value)
        if place != _STEP or event in ("start_map", "start_array", "map_key"):
            return []
        self._building = None
        if self.count >= MAX_STEPS:
            raise BadPlan(f"The plan has more than {MAX_STEPS} steps.")
        self.count += 1
        return [step_from(builder.value, self.count - 1)]
