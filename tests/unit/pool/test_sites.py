"""Sites: the shipped ones are off, bad tables are refused, addresses find their site."""

from __future__ import annotations

from typing import Any

import pytest

from abos.pool import BadSite, PoolConfig, Ready, SessionOptions, SiteConfig
from abos.pool.sites import shipped_sites, site_for, site_from_table

GOOD: dict[str, Any] = {"name": "shop", "url": "https://shop.example/"}


def test_five_sites_ship_and_all_are_off() -> None:
    sites = shipped_sites()
    assert [site.name for site in sites] == ["spotify", "gmail", "amazon", "github", "linkedin"]
    assert not any(site.enabled for site in sites)
    assert PoolConfig(sites=sites).warm_sites == ()
    for site in sites:
        assert site.url.startswith("https://")
        assert site_for(site.url, sites) is site
        assert site.ready != Ready()


def test_a_whole_table() -> None:
    table = GOOD | {
        "domains": ["shop.example"],
        "enabled": True,
        "min_warm": 2,
        "max_warm": 3,
        "ttl_s": 60,
        "ready": {"selector": "main", "text": "Hi", "idle": True},
    }
    site = site_from_table(table)
    assert site.domains == ("shop.example",)
    assert site.ready == Ready("main", "Hi", idle=True)
    assert (site.min_warm, site.max_warm, site.ttl_s) == (2, 3, 60)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"url": "ftp://shop.example/"}, "http"),
        ({"url": "shop.example"}, "http"),
        ({"url": 3}, "'url' must be str"),
        ({"name": ""}, "no name"),
        ({"colour": "red"}, "unknown key 'colour'"),
        ({"domains": "shop.example"}, "'domains' must be"),
        ({"domains": [3]}, "host names"),
        ({"enabled": "yes"}, "'enabled' must be bool"),
        ({"min_warm": True}, "'min_warm' must be int"),
        ({"min_warm": 3, "max_warm": 1}, "min_warm <= max_warm"),
        ({"min_warm": -1}, "min_warm"),
        ({"ttl_s": 0}, "ttl_s"),
        ({"ready": {"css": "main"}}, "unknown key 'css'"),
        ({"ready": "main"}, "'ready' must be"),
    ],
)
def test_bad_tables_are_refused_by_name(change: dict[str, Any], word: str) -> None:
    with pytest.raises(BadSite, match=word):
        site_from_table(GOOD | change)


@pytest.mark.parametrize("missing", ["name", "url"])
def test_a_missing_key_is_named(missing: str) -> None:
    with pytest.raises(BadSite, match=missing):
        site_from_table({key: value for key, value in GOOD.items() if key != missing})


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://shop.example/cart", "shop"),
        ("http://www.shop.example", "shop"),
        ("https://SHOP.example./", "shop"),
        ("https://mail.shop.example/", "mail"),
        ("http://127.0.0.1:8001/x", "one"),
        ("http://127.0.0.1:8002/x", "two"),
        ("http://127.0.0.1/", None),
        ("https://notshop.example/", None),
        ("https://shop.example.evil.test/", None),
        ("https://shop.example@evil.test/", None),
        ("file:///shop.example", None),
        ("javascript:alert(1)", None),
        ("http://[bad", None),
        ("http://shop.example:port/", None),
        ("", None),
    ],
)
def test_addresses_find_their_site(url: str, name: str | None) -> None:
    sites = (
        SiteConfig("shop", "https://shop.example/"),
        SiteConfig("mail", "https://mail.shop.example/"),
        SiteConfig("one", "http://127.0.0.1:8001/"),
        SiteConfig("two", "http://127.0.0.1:9/", domains=("127.0.0.1:8002",)),
    )
    found = site_for(url, sites)
    assert (found.name if found else None) == name


def test_two_sites_of_one_name_are_refused() -> None:
    site = site_from_table(GOOD)
    with pytest.raises(BadSite, match="share a name"):
        PoolConfig(sites=(site, site))


def test_fingerprints_follow_the_options_and_not_their_order() -> None:
    one = SessionOptions(extra_headers={"a": "1", "b": "2"})
    same = SessionOptions(extra_headers={"b": "2", "a": "1"})
    assert one.fingerprint == same.fingerprint
    assert len(one.fingerprint) == 16
    different = [
        SessionOptions(),
        one,
        SessionOptions(viewport=(1, 1)),
        SessionOptions(locale="de"),
        SessionOptions(user_agent="x"),
        SessionOptions(storage_state={"cookies": []}),
        SessionOptions(ignore_https_errors=True),
    ]
    assert len({options.fingerprint for options in different}) == len(different)


def test_script_origins_and_uses_are_read_from_tables_and_checked() -> None:
    table = {"name": "shop", "url": "https://shop.example/"}
    site = site_from_table(
        table | {"script": "go()", "storage_origins": ["https://shop.example"], "max_uses": 5}
    )
    assert (site.script, site.storage_origins, site.max_uses) == (
        "go()",
        ("https://shop.example",),
        5,
    )
    for wrong in ({"max_uses": 0}, {"storage_origins": ["shop.example"]}, {"script": 1}):
        with pytest.raises(BadSite, match=next(iter(wrong)) + "|origin"):
            site_from_table(table | wrong)
