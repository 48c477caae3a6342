from __future__ import annotations

import pytest

from abos.kernel.demo.shop.catalogue import by_slug, products
from abos.kernel.demo.shop.search import (
    PAGE_SIZE,
    Filters,
    arrange,
    browse,
    cents,
    read_filters,
    search,
    suggest,
)


def names(query: str) -> list[str]:
    return [p.name for p in search(query)]


def test_blue_mug_comes_first_and_its_near_misses_follow() -> None:
    found = names("blue mug")
    assert found[:2] == ["Blue Mug", "Blue Enamel Mug"]
    assert "Navy Travel Mug" in found
    assert found.index("Big Morning Mug") < found.index("White Mug")


@pytest.mark.parametrize("query", ["Blue Mug", "BLUE  mugs", "blu mugg", "mug blue"])
def test_the_way_of_writing_does_not_matter(query: str) -> None:
    assert names(query)[0] == "Blue Mug"


@pytest.mark.parametrize("product", products(), ids=lambda p: p.slug)
def test_every_product_is_found_first_by_its_name(product: object) -> None:
    assert search(getattr(product, "name", ""))[0] == product


@pytest.mark.parametrize("query", ["", "   ", "!?", "zzzzzz"])
def test_nothing_matches_nothing(query: str) -> None:
    assert search(query) == ()


def test_suggestions_complete_the_last_word() -> None:
    assert suggest("blue m")[0] == "Blue Mug"
    assert "Wool Blanket" in suggest("bla")
    assert suggest("") == ()
    assert len(suggest("s")) <= 6


def test_filters_keep_what_passes_all_of_them() -> None:
    page = browse(
        products(), Filters(lowest=1000, highest=2000, colours=frozenset({"Blue"}), in_stock=True)
    )
    assert page.total > 0
    for product in page.products:
        assert 1000 <= product.price <= 2000
        assert "Blue" in product.colours
        assert product.in_stock


def test_sorting() -> None:
    prices = [p.price for p in arrange(products(), "price-asc")]
    assert prices == sorted(prices)
    assert [p.price for p in arrange(products(), "price-desc")] == sorted(prices, reverse=True)
    assert arrange(products(), "nonsense") == products()


def test_pages_cover_the_list_without_overlap() -> None:
    first = browse(products(), Filters())
    seen = [
        p for n in range(1, first.pages + 1) for p in browse(products(), Filters(page=n)).products
    ]
    assert tuple(seen) == products()
    assert len(first.products) == PAGE_SIZE
    assert browse(products(), Filters(page=9999)).number == first.pages
    assert browse([], Filters()).pages == 1


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 1200), ("12.5", 1250), ("€12,50", 1250), ("", None), ("-1", None), ("a", None)],
)
def test_prices_as_people_type_them(text: str, value: int | None) -> None:
    assert cents(text) == value


def test_filters_survive_bad_queries() -> None:
    assert read_filters([("min", "x"), ("page", "²"), ("sort", "evil")]) == Filters()
    got = read_filters([("colour", "Blue"), ("colour", "Red"), ("in_stock", "1"), ("page", "3")])
    assert got == Filters(colours=frozenset({"Blue", "Red"}), in_stock=True, page=3)


def test_a_product_is_hashable_so_that_scores_can_be_kept() -> None:
    assert len({by_slug()["blue-mug"], by_slug()["blue-mug"]}) == 1
