"""Finished spans kept in memory, and where the time of a task went."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor

_NANO = 1e-9


@dataclass(frozen=True, slots=True)
class Part:
    """One finished span."""

    name: str
    trace: int
    seconds: float
    ok: bool
    attributes: Mapping[str, object] = field(default_factory=dict)


class Timeline(SpanProcessor):
    """Keeps the newest finished spans of this process; nothing leaves it."""

    def __init__(self, keep: int) -> None:
        self._parts: deque[Part] = deque(maxlen=keep)

    def on_end(self, span: ReadableSpan) -> None:
        """Called by the SDK for every span that ends."""
        context = span.context
        if context is None or span.start_time is None or span.end_time is None:
            return
        self._parts.append(
            Part(
                span.name,
                context.trace_id,
                (span.end_time - span.start_time) * _NANO,
                span.status.is_ok,
                dict(span.attributes or {}),
            )
        )

    def parts(self, trace: int = 0) -> tuple[Part, ...]:
        """All kept spans in the order in which they ended, or those of one trace."""
        return tuple(part for part in self._parts if not trace or part.trace == trace)


@dataclass(frozen=True, slots=True)
class Share:
    """All spans of one name together. Times are seconds."""

    name: str
    count: int
    total: float
    median: float
    longest: float


def by_name(parts: Iterable[Part]) -> tuple[Share, ...]:
    """Where the time went, longest total first."""
    groups: dict[str, list[float]] = {}
    for part in parts:
        groups.setdefault(part.name, []).append(part.seconds)
    shares = [
        Share(name, len(times), sum(times), median(times), max(times))
        for name, times in groups.items()
    ]
    return tuple(sorted(shares, key=lambda share: -share.total))
