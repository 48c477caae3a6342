"""Several cloud endpoints as one: the first that answers, each behind a circuit breaker."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import replace

from ..errors import CloudError, CloudUnavailable
from ..prompting import PlanRequest
from ..question import Decision, Question
from ..stream import Pieces
from .base import CloudModel
from .breaker import Breaker

_log = logging.getLogger(__name__)


class CloudChain:
    """Asks in order; an endpoint that fails is passed over for a while.

    ``first_s`` is how long each may take until it says anything, seconds. An endpoint that fails
    in the middle of its answer is not replaced in it: what it gave was acted on already.
    """

    def __init__(
        self,
        models: Sequence[CloudModel],
        *,
        first_s: float,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._models = models
        self._first_s = first_s
        self._clock = clock
        self._breakers = [Breaker() for _ in models]
        self._answered = 0
        """Which one answered last."""

    @property
    def identity(self) -> str:
        """That of all together: which one answers is not known before."""
        return " | ".join(model.identity for model in self._models)

    async def warm_up(self) -> None:
        """Load what the first calls need."""
        for model in self._models:
            await model.warm_up()

    async def stream(self, request: PlanRequest) -> Pieces:
        """The text of a plan as it comes, and what it cost. Raises CloudError."""
        missed: list[CloudError] = []
        here = replace(request, elsewhere=False)
        for place in self._order(elsewhere=request.elsewhere):
            given = False
            try:
                async with aclosing(self._begun(self._models[place].stream(here))) as pieces:
                    async for piece in pieces:
                        given = True
                        self._answered = place
                        yield piece
            except CloudError as error:
                self._failed(place, error)
                missed.append(error)
                if given:
                    raise
            else:
                self._breakers[place] = self._breakers[place].succeeded()
                return
        raise self._none(missed)

    async def choose(self, question: Question) -> Decision:
        """The element that is meant. Raises CloudError."""
        return await self._first(lambda model: model.choose(question))

    async def close(self) -> None:
        """Close the connections."""
        for model in self._models:
            await model.close()

    async def _first(self, ask: Callable[[CloudModel], Awaitable[Decision]]) -> Decision:
        missed: list[CloudError] = []
        for place in self._order():
            try:
                answer = await ask(self._models[place])
            except CloudError as error:
                self._failed(place, error)
                missed.append(error)
            else:
                self._breakers[place] = self._breakers[place].succeeded()
                return answer
        raise self._none(missed)

    def _order(self, *, elsewhere: bool = False) -> Iterator[int]:
        """Those that may be asked now; without the last to answer, if that was of no use."""
        for place, breaker in enumerate(self._breakers):
            if breaker.allows(self._clock()) and not (elsewhere and place == self._answered):
                yield place

    async def _begun(self, pieces: Pieces) -> Pieces:
        """The same pieces; CloudUnavailable when the first takes too long."""
        async with aclosing(pieces):
            try:
                async with asyncio.timeout(self._first_s):
                    first = await anext(pieces, None)
            except TimeoutError as error:
                raise CloudUnavailable(
                    f"The cloud model said nothing within {self._first_s:g} s.",
                    "Raise cloud.first_token_s, or spell out the steps.",
                ) from error
            if first is not None:
                yield first
            async for piece in pieces:
                yield piece

    def _failed(self, place: int, error: CloudError) -> None:
        self._breakers[place] = self._breakers[place].failed(error, self._clock())
        _log.warning("Cloud endpoint %d: %s", place + 1, error.message)

    def _none(self, missed: Sequence[CloudError]) -> CloudError:
        if len(missed) == 1:
            return missed[0]
        if missed:
            said = " ".join(error.message for error in missed)
            return CloudUnavailable(f"No cloud endpoint answered. {said}", missed[-1].hint)
        soonest = min(breaker.open_until for breaker in self._breakers) - self._clock()
        return CloudUnavailable(
            f"The cloud failed before and is not asked for {max(0.0, soonest):.0f} s.",
            "Check ABOS_CLOUD_BASE_URL, name a second endpoint, or spell out the steps.",
        )
