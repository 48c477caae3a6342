"""All settings in one frozen tree, read in one place: TOML < `ABOS_*` environment < arguments.

A TOML file mirrors the tree (`[pool] max_slots = 16`); an environment variable names the path
with underscores (`ABOS_POOL_MAX_SLOTS=16`). Sites to keep warm are `[[pool.sites]]` tables; the
shipped ones are switched on by name: `[pool] enable = ["github"]`.
"""

from __future__ import annotations

import dataclasses
import json
import os
import tomllib
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ..planner import PlannerConfig
from ..pool import BadSite, BrowserConfig, PoolConfig, SiteConfig, shipped_sites, site_from_table
from ..snapshot.store import StoreConfig
from .errors import BadConfig

_PREFIX = "ABOS_"
# Variables that ABOS reads elsewhere, or that belong to no setting.
_FOREIGN = frozenset({"ABOS_CONFIG", "ABOS_CHROMIUM", "ABOS_ENCRYPTION_KEY"})


@dataclass(frozen=True, slots=True)
class KernelConfig:
    """Bounds of the kernel itself."""

    max_processes: int = 64
    """Living processes at once."""
    max_tasks: int = 4
    """Submitted tasks that run at once."""
    max_queued_tasks: int = 256
    """Submitted tasks that may wait for a place."""
    spawn_timeout_s: float = 30.0
    close_timeout_s: float = 10.0
    """Upper bound for shutting down."""
    profiles: Path | None = None
    """Folder of the stored profiles; None = `abos/profiles` in the user's data folder."""
    snapshots: Path | None = None
    """Folder of the stored snapshots; None = `abos/snapshots` in the user's data folder."""
    freeze_heap: bool = True
    """At boot, `gc.freeze()`: what this process made so far is left out of later full collections,
    each of which would stop it for some 40 ms. Once in a process."""
    switch_s: float = 0.001
    """At boot, `sys.setswitchinterval()`, where that makes it shorter: seconds after which a thread
    that computes lets the event loop have the interpreter."""

    def __post_init__(self) -> None:
        for item in dataclasses.fields(self):
            value = getattr(self, item.name)
            number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if number and not value > 0:  # also refuses NaN
                raise BadConfig(f"kernel.{item.name} must be positive, not {value!r}")


@dataclass(frozen=True, slots=True)
class TelemetryConfig:
    """What is recorded, and where it goes."""

    service_name: str = "abos"
    otlp_endpoint: str = ""
    """OTLP/HTTP address; empty = `OTEL_EXPORTER_OTLP_ENDPOINT`, and without that nothing leaves
    the process."""
    keep_spans: int = 5000
    """Finished spans kept in memory for timelines."""


@dataclass(frozen=True, slots=True)
class Config:
    """Everything ABOS can be told."""

    kernel: KernelConfig = field(default_factory=KernelConfig)
    browser: BrowserConfig = field(default_factory=BrowserConfig)
    pool: PoolConfig = field(default_factory=PoolConfig)
    planner: PlannerConfig = field(default_factory=PlannerConfig)
    telemetry: TelemetryConfig = field(default_factory=TelemetryConfig)
    store: StoreConfig = field(default_factory=StoreConfig)


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration from a TOML file, `$ABOS_CONFIG` or `./abos.toml`, and the environment.

    Raises `BadConfig`, naming the setting.
    """
    environ = os.environ if environ is None else environ
    tables = _read(file, environ)
    for name, text in sorted(environ.items()):
        if name.startswith(_PREFIX) and name not in _FOREIGN:
            _with_variable(tables, name, text)
    return from_tables(tables)


def from_tables(tables: Mapping[str, Any]) -> Config:
    """The configuration of parsed TOML. Raises `BadConfig`."""
    pool = tables.get("pool", {})
    if not isinstance(pool, Mapping):
        raise BadConfig(f"pool is a table, not {pool!r}")
    own = {name: value for name, value in pool.items() if name not in {"enable", "sites"}}
    config = _validated({**tables, "pool": own})
    return with_sites(config, *_sites(pool.get("enable", []), pool.get("sites", [])))


def with_sites(config: Config, *sites: SiteConfig) -> Config:
    """The same configuration with these sites kept warm as well. Raises `BadConfig`."""
    try:
        pool = dataclasses.replace(config.pool, sites=(*config.pool.sites, *sites))
    except BadSite as error:
        raise BadConfig(error.message) from error
    return dataclasses.replace(config, pool=pool)


def _read(file: Path | None, environ: Mapping[str, str]) -> dict[str, Any]:
    named = file or (Path(environ["ABOS_CONFIG"]) if environ.get("ABOS_CONFIG") else None)
    path = named or Path("abos.toml")
    if not path.is_file():
        if named:
            raise BadConfig(f"no such configuration file: {path}")
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadConfig(f"{path} is not valid TOML: {error}") from error


def _sites(enable: Any, tables: Any) -> tuple[SiteConfig, ...]:
    if not _is_list(enable, str):
        raise BadConfig(f"pool.enable is a list of names, not {enable!r}")
    if not _is_list(tables, Mapping):
        raise BadConfig("pool.sites is a list of tables: [[pool.sites]]")
    shipped = {site.name: site for site in shipped_sites()}
    unknown = [name for name in enable if name not in shipped]
    if unknown:
        raise BadConfig(f"pool.enable: no shipped site {unknown[0]!r} (has {', '.join(shipped)})")
    switched_on = [dataclasses.replace(shipped[name], enabled=True) for name in enable]
    try:
        return (*switched_on, *(site_from_table(table) for table in tables))
    except BadSite as error:
        raise BadConfig(error.message) from error


def _is_list(value: Any, kind: type[Any]) -> bool:
    return isinstance(value, list) and all(isinstance(each, kind) for each in value)


def _refuse_unknown(cls: Any, table: Any, path: str = "") -> None:
    """Dataclasses take no notice of fields they don't have; a person who mistyped one should."""
    if cls is None or not isinstance(table, Mapping):
        return  # the wrong type is somebody else's complaint
    hints = typing.get_type_hints(cls)
    for name, value in table.items():
        if name not in hints:
            raise BadConfig(f"unknown setting {path}{name}", hint=f"Known: {', '.join(hints)}.")
        if dataclasses.is_dataclass(hints[name]):
            _refuse_unknown(hints[name], value, f"{path}{name}.")
        elif isinstance(value, list):
            for row in value:
                _refuse_unknown(_row_of(hints[name]), row, f"{path}{name}.")


def _row_of(kind: Any) -> Any:
    """The dataclass that a tuple is of, or None."""
    inner = typing.get_args(kind)[0] if typing.get_origin(kind) is tuple else None
    return inner if dataclasses.is_dataclass(inner) else None


def _validated(tables: Mapping[str, Any]) -> Config:
    _refuse_unknown(Config, tables)
    try:
        return TypeAdapter(Config).validate_json(json.dumps(tables, default=str), strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"] if not _is_kind(part)) or "the file"
        raise BadConfig(f"{where} can't be {first['input']!r}: {first['msg'].lower()}") from error
    except BadSite as error:
        raise BadConfig(error.message) from error


def _is_kind(part: int | str) -> bool:
    """Whether a part of an error's place names a member of a union, not a setting."""
    return part in {"str", "path", "int", "float", "bool", "none"}


# ---- environment ------------------------------------------------------------------------------


def _with_variable(tables: dict[str, Any], name: str, text: str) -> None:
    found = _field(Config, name.removeprefix(_PREFIX).lower())
    if found is None:
        raise BadConfig(f"unknown setting {name}", hint="Unset it, or correct its name.")
    (*rooms, last), kind = found
    for room in rooms:
        tables = tables.setdefault(room, {})
        if not isinstance(tables, dict):
            raise BadConfig(f"{room} is a table, not {tables!r}")
    tables[last] = _parsed(kind, text, name)


def _parsed(kind: Any, text: str, name: str) -> Any:
    values = [part.strip() for part in text.split(",") if part.strip()]
    source: Any = values if typing.get_origin(kind) is tuple else text
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    try:
        return adapter.dump_python(adapter.validate_strings(source), mode="json")
    except ValidationError as error:
        raise BadConfig(f"{name} can't be {text!r}") from error


def _field(cls: Any, rest: str) -> tuple[tuple[str, ...], Any] | None:
    """The path and type of the setting that an underscored name means."""
    hints = typing.get_type_hints(cls)
    if rest in hints and not dataclasses.is_dataclass(hints[rest]):
        return (rest,), hints[rest]
    for room, kind in hints.items():
        # ABOS_CLOUD_MODEL stands for planner.cloud.model: models are named without the room.
        for prefix in (f"{room}_", *([""] if room == "planner" else [])):
            if dataclasses.is_dataclass(kind) and rest.startswith(prefix):
                inner = _field(kind, rest.removeprefix(prefix))
                if inner:
                    return (room, *inner[0]), inner[1]
    return None
