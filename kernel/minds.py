"""The models of a kernel: made from the configuration, warmed at boot, closed at the end."""

from __future__ import annotations

import logging

from ..planner import Decider, ModelError, Planner, PlannerConfig
from ..planner.models.base import CloudModel, LocalModel
from ..planner.models.cloud import cloud_from
from ..planner.models.llama import LlamaModel

_log = logging.getLogger(__name__)


class Minds:
    """The planner and the decider over one local and one remote model."""

    def __init__(self, config: PlannerConfig) -> None:
        self._local = LlamaModel(config.local) if config.local.enabled else None
        self._cloud: CloudModel | None = cloud_from(config.cloud)
        local: LocalModel | None = self._local
        self.decider = Decider(config, local=local, cloud=self._cloud)
        self.planner = Planner(config, cloud=self._cloud)

    async def warm_up(self) -> None:
        """Load what decisions need. A missing model is no failure: its tier is left out."""
        await self.decider.warm_up()
        if self._local is None:
            return
        try:
            await self._local.load()
        except ModelError as error:
            _log.info("no local model: %s", error)

    async def close(self) -> None:
        """Give memory and connections back."""
        if self._local is not None:
            await self._local.close()
        if self._cloud is not None:
            await self._cloud.close()
