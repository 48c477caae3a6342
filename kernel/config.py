"""All settings in one frozen tree, read in one place: TOML < `ABOS_*` environment < arguments.

A TOML file mirrors the tree (`[pool] max_slots = 16`); an environment variable names the path
with underscores (`ABOS_POOL_MAX_SLOTS=16`). Sites to keep warm are `[[pool.sites]]` tables; the
shipped ones are switched on by name: `[pool] enable = ["github"]`.
"""

from __future__ import annotations

import dataclasses
import os
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from ..planner import PlannerConfig
from ..pool import BadSite, BrowserConfig, PoolConfig, SiteConfig, shipped_sites, site_from_table
from .errors import BadConfig

_PREFIX = "ABOS_"
# Variables that ABOS reads elsewhere, or that belong to no setting.
_FOREIGN = frozenset({"ABOS_CONFIG", "ABOS_CHROMIUM"})
C = TypeVar("C")


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


def load(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Config:
    """The configuration from a TOML file, `$ABOS_CONFIG` or `./abos.toml`, and the environment.

    Raises `BadConfig`, naming the setting.
    """
    environ = os.environ if environ is None else environ
    config = from_tables(_read(file, environ))
    for name, text in sorted(environ.items()):
        if name.startswith(_PREFIX) and name not in _FOREIGN:
            config = _with_variable(config, name, text)
    return config


def from_tables(tables: Mapping[str, Any]) -> Config:
    """The configuration of parsed TOML. Raises `BadConfig`."""
    tables = dict(tables)
    pool = tables.get("pool", {})
    if not isinstance(pool, Mapping):
        raise BadConfig(f"pool is a table, not {pool!r}")
    pool = dict(pool)
    sites = _sites(pool.pop("enable", []), pool.pop("sites", []))
    if pool or sites:
        tables["pool"] = pool
    config: Config = _build(Config, tables, "")
    if sites:
        config = with_sites(config, *sites)
    return config


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
    if not isinstance(enable, list) or not isinstance(tables, list):
        raise BadConfig("pool.enable and pool.sites are lists")
    shipped = {site.name: site for site in shipped_sites()}
    unknown = [name for name in enable if name not in shipped]
    if unknown:
        raise BadConfig(f"pool.enable: no shipped site {unknown[0]!r} (has {', '.join(shipped)})")
    switched_on = [dataclasses.replace(shipped[name], enabled=True) for name in enable]
    try:
        return (*switched_on, *(site_from_table(table) for table in tables))
    except BadSite as error:
        raise BadConfig(error.message) from error


# ---- values into typed fields ---------------------------------------------------------------


def _build(cls: type[C], table: Any, path: str) -> C:
    if not isinstance(table, Mapping):
        raise BadConfig(f"{path or 'the file'} is a table, not {table!r}")
    hints = typing.get_type_hints(cls)
    values = {}
    for name, value in table.items():
        where = f"{path}.{name}" if path else str(name)
        if name not in hints:
            raise BadConfig(f"unknown setting {where}", hint=f"Known: {', '.join(hints)}.")
        values[name] = _value(hints[name], value, where)
    try:
        return cls(**values)
    except BadSite as error:
        raise BadConfig(error.message) from error


def _value(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _build(typing.cast("type[Any]", kind), value, where)
    for wanted in _members(kind):
        converted = _convert(wanted, value)
        if converted is not None:
            return converted
    raise BadConfig(f"{where} can't be {value!r}")


def _members(kind: Any) -> tuple[Any, ...]:
    if isinstance(kind, types.UnionType) or typing.get_origin(kind) is typing.Union:
        return tuple(member for member in typing.get_args(kind) if member is not type(None))
    return (kind,)


def _convert(kind: Any, value: Any) -> Any:
    """`value` as `kind`, or None when it does not fit."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if kind is Path and isinstance(value, str):
        return Path(value)
    origin = typing.get_origin(kind)
    if origin is tuple and isinstance(value, list):
        return tuple(value)
    if origin is not None:
        return value if isinstance(value, origin) else None
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    return None


# ---- environment ------------------------------------------------------------------------------


def _with_variable(config: Config, name: str, text: str) -> Config:
    path = _field_path(Config, name.removeprefix(_PREFIX).lower())
    if path is None:
        raise BadConfig(f"unknown setting {name}", hint="Unset it, or correct its name.")
    return typing.cast(Config, _replace(config, path, text, name))


def _field_path(cls: Any, rest: str) -> tuple[str, ...] | None:
    """The attribute path that an underscored name means; short names reach into `planner`."""
    hints = typing.get_type_hints(cls)
    if rest in hints:
        return (rest,)
    for name, kind in hints.items():
        if dataclasses.is_dataclass(kind):
            # ABOS_CLOUD_MODEL stands for planner.cloud.model: models are named without the room.
            for prefix in {f"{name}_", ""} if name == "planner" else {f"{name}_"}:
                if rest.startswith(prefix):
                    inner = _field_path(kind, rest.removeprefix(prefix))
                    if inner:
                        return (name, *inner)
    return None


def _replace(node: Any, path: tuple[str, ...], text: str, name: str) -> Any:
    head, *rest = path
    if rest:
        value = _replace(getattr(node, head), tuple(rest), text, name)
    else:
        value = _parse(typing.get_type_hints(type(node))[head], text, name)
    return dataclasses.replace(node, **{head: value})


def _parse(kind: Any, text: str, name: str) -> Any:
    for wanted in _members(kind):
        parsed = _parse_one(wanted, text)
        if parsed is not None:
            return parsed
    raise BadConfig(f"{name} can't be {text!r}")


def _parse_one(kind: Any, text: str) -> Any:
    if kind is bool:
        return {"1": True, "true": True, "yes": True, "on": True}.get(
            text.lower(), False if text.lower() in {"0", "false", "no", "off", ""} else None
        )
    if kind in {int, float}:
        try:
            return kind(text)
        except ValueError:
            return None
    if kind in {str, Path}:
        return kind(text)
    if typing.get_origin(kind) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    return None
