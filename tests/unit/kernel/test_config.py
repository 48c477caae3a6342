"""Settings from TOML, environment and arguments, and how wrong ones are named."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from abos.kernel.config import Config, KernelConfig, from_tables, load, with_sites
from abos.kernel.errors import BadConfig
from abos.pool import SiteConfig


def test_defaults_contact_nobody() -> None:
    config = load(environ={})
    assert config == Config()
    assert not config.pool.warm_sites
    assert not config.planner.cloud.configured


def test_toml_below_environment(tmp_path: Path) -> None:
    file = tmp_path / "abos.toml"
    file.write_text(
        """
        [kernel]
        max_tasks = 2
        [pool]
        max_slots = 3
        enable = ["github"]
        [[pool.sites]]
        name = "intranet"
        url = "https://intranet.example/"
        min_warm = 2
        [planner.cloud]
        model = "from-file"
        [browser]
        args = ["--x"]
        """
    )
    environ = {
        "ABOS_KERNEL_MAX_TASKS": "7",
        "ABOS_CLOUD_MODEL": "from-env",
        "ABOS_CLOUD_BASE_URL": "http://127.0.0.1:1/v1",
        "ABOS_LOCAL_ENABLED": "no",
        "ABOS_LOCAL_PATH": "/m.gguf",
        "ABOS_CHROMIUM": "/not/a/setting",
        "OTHER": "x",
    }
    config = load(file, environ)
    assert config.kernel.max_tasks == 7
    assert config.pool.max_slots == 3
    assert [site.name for site in config.pool.warm_sites] == ["github", "intranet"]
    assert config.planner.cloud.model == "from-env"
    assert config.planner.cloud.configured
    assert config.planner.local.enabled is False
    assert config.planner.local.path == Path("/m.gguf")
    assert config.browser.args == ("--x",)


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"nonsense": {}}, "unknown setting nonsense"),
        ({"pool": {"max_slot": 3}}, "unknown setting pool.max_slot"),
        ({"pool": {"max_slots": "many"}}, "pool.max_slots can't be 'many'"),
        ({"pool": {"max_slots": True}}, "pool.max_slots can't be True"),
        ({"pool": {"max_slots": 0}}, "max_slots"),
        ({"pool": {"enable": ["nowhere"]}}, "no shipped site 'nowhere'"),
        ({"pool": {"sites": [{"name": "x", "url": "ftp://x"}]}}, "http"),
        ({"pool": 3}, "pool"),
        ({"browser": {"sandbox": "maybe"}}, "browser.sandbox"),
        ({"pool": {"sites": [1]}}, "list of tables"),
        ({"pool": {"enable": [["x"]]}}, "list of names"),
        ({"pool": {"options": {"viewport": ["a", "b"]}}}, "pool.options.viewport"),
        ({"kernel": {"max_tasks": -1}}, "max_tasks must be positive"),
        ({"kernel": {"spawn_timeout_s": float("nan")}}, "spawn_timeout_s"),
    ],
)
def test_wrong_settings_are_named(tables: dict[str, object], words: str) -> None:
    with pytest.raises(BadConfig, match=words):
        from_tables(tables)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ABOS_NO_SUCH", "1"),
        ("ABOS_POOL_MAX_SLOTS", "many"),
        ("ABOS_POOL_ENABLED", "perhaps"),
        ("ABOS_POOL_SITES", "x"),
    ],
)
def test_wrong_variables_are_named(name: str, value: str) -> None:
    with pytest.raises(BadConfig, match=name):
        load(environ={name: value})


def test_a_variable_out_of_range() -> None:
    with pytest.raises(BadConfig, match="max_slots"):
        load(environ={"ABOS_POOL_MAX_SLOTS": "0"})


def test_files_that_are_not_there_or_not_toml(tmp_path: Path) -> None:
    with pytest.raises(BadConfig, match="no such configuration file"):
        load(tmp_path / "none.toml", {})
    bad = tmp_path / "bad.toml"
    bad.write_text("= 3")
    with pytest.raises(BadConfig, match="not valid TOML"):
        load(environ={"ABOS_CONFIG": str(bad)})


def test_two_sites_of_one_name() -> None:
    site = SiteConfig("a", "https://a.example/")
    with pytest.raises(BadConfig, match="share a name"):
        with_sites(with_sites(Config(), site), site)


def test_a_key_does_not_show(tmp_path: Path) -> None:
    config = load(environ={"ABOS_CLOUD_API_KEY": "hush"})
    assert config.planner.cloud.api_key == "hush"
    assert "hush" not in repr(config)


def test_the_heap_may_be_left_as_it_is() -> None:
    assert KernelConfig(freeze_heap=False).freeze_heap is False


def test_models_and_caches_are_set_by_their_short_names() -> None:
    environ = {
        "ABOS_REDIS_URL": "redis://:hidden@127.0.0.1/0",
        "ABOS_LOCAL_BACKEND": "ollama",
        "ABOS_LOCAL_BASE_URL": "http://127.0.0.1:11434",
        "ABOS_LOCAL_MODEL": "mistral:7b-instruct-q4_K_M",
        "ABOS_LOCAL_LORA_PATH": "/models/taught.gguf",
        "ABOS_LOCAL_KEEP_S": "60",
        "ABOS_CACHE_TTL_S": "5",
        "ABOS_CACHE_SECRET": "veiled",
    }
    planner = load(None, environ).planner
    assert planner.redis_url == environ["ABOS_REDIS_URL"]
    assert planner.local.backend == "ollama"
    assert planner.local.model == "mistral:7b-instruct-q4_K_M"
    assert planner.local.lora_path == Path("/models/taught.gguf")
    assert (planner.local.keep_s, planner.cache.ttl_s) == (60, 5)
    assert not {"hidden", "veiled"} & set(re.findall(r"\w+", repr(planner)))
    with pytest.raises(BadConfig, match="ABOS_LOCAL_BACKEND"):
        load(None, {"ABOS_LOCAL_BACKEND": "magic"})


def test_endpoints_of_the_cloud_to_fall_back_on(tmp_path: Path) -> None:
    file = tmp_path / "abos.toml"
    table = '[planner.cloud]\nbase_url="http://a/v1"\nmodel="m"\n[[planner.cloud.fallbacks]]\n'
    file.write_text(table + 'base_url="http://b/v1"\nmodel="n"\n')
    first, second = load(file, {}).planner.cloud.endpoints
    assert (first.base_url, second.base_url, second.model) == ("http://a/v1", "http://b/v1", "n")
    file.write_text(table + 'base="http://b/v1"\nmodel="n"\n')
    with pytest.raises(BadConfig, match=r"planner\.cloud\.fallbacks\.base"):
        load(file, {})
