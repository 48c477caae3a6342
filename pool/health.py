"""Whether a slot is fit to be lent, from what was seen of it. Pure: signs in, verdict out.

A score of 0 quarantines the slot at once; what lies between is for choosing among several, and for
people. Every reason is a sentence, ready for a log line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Self
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

HEALTHY = 100


@dataclass(frozen=True, slots=True)
class HealthConfig:
    """What is tolerated. A limit of 0 is not looked at."""

    ping_timeouts: int = 3
    """Pings missed in a row that quarantine; each one before costs an equal share of the score.
    At a heartbeat of a second: long enough for the browser's own verdict to come first."""
    slow_factor: float = 5.0
    """p95 of recent pings over the baseline that costs half the score; twice that costs most."""
    slow_floor_s: float = 0.05
    """Pings faster than this are never slow, whatever the baseline: seconds."""
    min_pings: int = 5
    """With fewer recent pings, slowness is not judged: the first after a load takes 6 ms."""
    max_age_s: float = 3600.0
    """Seconds after which a slot is worn out."""
    max_uses: int = 0
    """Leases after which a slot is worn out. None by default: there, a slot is used once."""
    max_pss_mb: float = 512.0
    """Megabytes above which a page leaks, or is too heavy to keep. From half of that on, it costs
    in proportion."""
    bad_status: int = 400
    """HTTP status from which a page is an error page."""


@dataclass(frozen=True, slots=True)
class Signs:
    """What was seen of one slot."""

    crashed: bool = False
    """Its page crashed."""
    disconnected: bool = False
    """Its browser, or the driver in between, is gone."""
    ping_timeouts: int = 0
    """Pings missed in a row. A hung page, a stopped browser and a dead driver show nowhere else."""
    pings: tuple[float, ...] = ()
    """Seconds of the recent answered pings."""
    baseline_ping_s: float | None = None
    """Seconds a ping takes usually, on this machine; None = not known yet."""
    age_s: float = 0.0
    """Seconds since its page was loaded."""
    uses: int = 0
    """Leases so far."""
    pss_mb: float | None = None
    """Memory of its renderers, megabytes; None = not known."""
    last_status: int | None = None
    """HTTP status of its document; None = not known."""
    signed_out: bool = False
    """It ended up on a sign-in page, see `looks_like_sign_in`."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How fit a slot is, 0 to 100, and what speaks against it."""

    score: int
    reasons: tuple[str, ...] = ()

    @property
    def quarantine(self) -> bool:
        """Whether it must not be lent."""
        return self.score == 0


@dataclass(frozen=True, slots=True)
class Pulse:
    """Ping times of one slot, or of a whole pool as the baseline: the recent ones, bounded."""

    times: tuple[float, ...] = ()
    """Seconds, the latest last."""
    keep: int = 64

    def beat(self, seconds: float) -> Self:
        """With one more ping; the oldest is forgotten where they are too many."""
        return type(self)((*self.times, seconds)[-self.keep :], self.keep)

    @property
    def baseline_s(self) -> float | None:
        """The median, seconds; None before the first."""
        return median(self.times) if self.times else None

    @property
    def p95_s(self) -> float | None:
        """What 95 % stay below, seconds; None before the first."""
        return p95(self.times) if self.times else None


def p95(values: Iterable[float]) -> float:
    """The 95th percentile of at least one value."""
    known = sorted(values)
    return known[0] if len(known) == 1 else quantiles(known, n=20, method="inclusive")[-1]


def examine(signs: Signs, config: HealthConfig | None = None) -> Verdict:
    """Judge a slot: 100 less what each finding costs, 0 for any that alone is reason enough."""
    findings = list(_findings(signs, config or HealthConfig()))
    score = HEALTHY - sum(cost for cost, _ in findings)
    return Verdict(max(0, score), tuple(reason for _, reason in findings))


_Finding = tuple[int, str]


def _findings(signs: Signs, config: HealthConfig) -> Iterator[_Finding]:
    """Each finding with its cost."""
    if signs.crashed:
        yield HEALTHY, "its page crashed"
    if signs.disconnected:
        yield HEALTHY, "its browser is gone"
    if signs.signed_out:
        yield HEALTHY, "it was sent to a sign-in page"
    if signs.last_status is not None and 0 < config.bad_status <= signs.last_status:
        yield HEALTHY, f"its server answered {signs.last_status}"
    yield from _missed(signs, config)
    yield from _slow(signs, config)
    yield from _worn(signs, config)


def _missed(signs: Signs, config: HealthConfig) -> Iterator[_Finding]:
    missed, limit = signs.ping_timeouts, config.ping_timeouts
    if missed > 0 and limit > 0:
        times = "once" if missed == 1 else f"{missed} times in a row"
        yield min(HEALTHY, HEALTHY * missed // limit), f"it did not answer {times}"


def _slow(signs: Signs, config: HealthConfig) -> Iterator[_Finding]:
    usual = signs.baseline_ping_s
    if not usual or config.slow_factor <= 0 or len(signs.pings) < max(1, config.min_pings):
        return
    seconds = p95(signs.pings)
    ratio = seconds / usual
    if seconds >= config.slow_floor_s and ratio >= config.slow_factor:
        cost = round(min(90.0, 50 * ratio / config.slow_factor))
        times = f"{ratio:.3g} times the usual {_ms(usual)}"
        yield cost, f"it answers in {_ms(seconds)} (95 % of pings), {times}"


def _worn(signs: Signs, config: HealthConfig) -> Iterator[_Finding]:
    if 0 < config.max_age_s <= signs.age_s:
        yield HEALTHY, f"it is {signs.age_s:.0f} s old, of {config.max_age_s:.0f} allowed"
    if 0 < config.max_uses <= signs.uses:
        yield HEALTHY, f"it was used {signs.uses} times, of {config.max_uses} allowed"
    if signs.pss_mb is not None and config.max_pss_mb > 0:
        share = signs.pss_mb / config.max_pss_mb
        if share > 0.5:
            cost = HEALTHY if share >= 1 else round(HEALTHY * (share - 0.5))
            allowed = f"of {config.max_pss_mb:.0f} allowed"
            yield cost, f"it takes {signs.pss_mb:.0f} MB, {allowed}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.3g} ms"


# -- signed out ------------------------------------------------------------------------------------

# fmt: off
_SIGN_IN_HOSTS = frozenset({
    "account", "accounts", "auth", "id", "identity", "idp", "login", "oauth", "signin", "sso",
})
_SIGN_IN_WORDS = frozenset({
    "auth", "authenticate", "authorization", "authorize", "enterpassword", "idp", "oauth",
    "oauth2", "openid", "reauth", "saml", "saml2", "sessionexpired", "sso",
})
# fmt: on
_SIGN_IN_ENDINGS = ("login", "signin", "logon", "signon")
_EXTENSION = re.compile(r"\.(php|aspx?|html?|jsp|do|action)$")


def looks_like_sign_in(url: str, start_url: str) -> bool:
    """Whether a page meant to show `start_url` shows a sign-in page instead.

    True if it was sent elsewhere, and what it was sent to has a path or a fragment with a word
    such as `/login`, `/sign-in`, `/oauth/…` that the start has not, or another host that begins
    with `accounts.`, `login.`, …, or another host that is told the way back to the start. A guess
    from addresses alone: a form shown in place is not found (let the ready condition look for what
    only members see), and a start that is a sign-in page itself never counts.
    """
    try:
        here, start = urlsplit(url), urlsplit(start_url)
        moved = _place(here) != _place(start)
    except ValueError:
        return False
    if not moved or here.scheme not in {"http", "https"}:
        return False
    if _sign_in_words(here) - _sign_in_words(start):
        return True
    if not here.hostname or not start.hostname or here.hostname == start.hostname:
        return False
    return _label(here) in _SIGN_IN_HOSTS - {_label(start)} or _told_way_back(here, start.hostname)


def _place(parts: SplitResult) -> tuple[str, str, str]:
    """What is compared of an address: neither query nor scheme, a fragment only as a route."""
    route = parts.fragment if parts.fragment.startswith(("/", "!/")) else ""
    return (parts.netloc.lower(), parts.path.rstrip("/"), route)


def _label(parts: SplitResult) -> str:
    return (parts.hostname or "").partition(".")[0]


def _sign_in_words(parts: SplitResult) -> set[str]:
    path = f"{parts.path}/{_place(parts)[2].partition('?')[0]}"
    words = {
        re.sub(r"[-_.]", "", _EXTENSION.sub("", unquote(segment).lower()))
        for segment in path.split("/")
    }
    return {w for w in words if w in _SIGN_IN_WORDS or w.endswith(_SIGN_IN_ENDINGS)}


def _told_way_back(parts: SplitResult, host: str) -> bool:
    """Whether the query holds an address on that host."""
    return any(
        re.match(rf"https?://{re.escape(host)}(?=[:/?#]|$)", value.lower())
        for _, value in parse_qsl(parts.query, max_num_fields=100)
    )
