from __future__ import annotations

import pytest

from abos.kernel.demo.shop.catalogue import FEATURED, by_slug, categories, parse, products, related
from abos.kernel.demo.shop.pictures import COLOURS, kinds, picture
from abos.kernel.demo.shop.reviews import reviews


def test_there_is_enough_to_sell() -> None:
    assert len(products()) >= 60
    assert len(categories()) == 6
    assert len(by_slug()) == len(products())
    assert 3 <= sum(not p.in_stock for p in products()) <= 12
    assert set(FEATURED) <= set(by_slug())


def test_the_blue_mug_is_a_stoneware_mug() -> None:
    mug = by_slug()["blue-mug"]
    assert (mug.name, mug.price, mug.material, mug.in_stock) == (
        "Blue Mug",
        1450,
        "stoneware",
        True,
    )
    assert {"blue-enamel-mug", "navy-travel-mug"} <= set(by_slug())


def test_every_product_has_a_price_a_colour_a_picture_and_reviews() -> None:
    for product in products():
        assert product.price > 0
        assert set(product.colours) <= set(COLOURS)
        assert product.picture in kinds()
        assert '"C"' not in picture(product)
        assert 5 <= len(reviews(product)) <= 9
        assert 0 <= product.rating <= 5


def test_reviews_of_a_product_differ_from_each_other() -> None:
    for product in products():
        titles = [review.title for review in reviews(product)]
        assert len(titles) == len(set(titles))


def test_related_products_are_others_of_the_same_department() -> None:
    for product in products():
        others = related(product)
        assert len(others) == 4
        assert product not in others
        assert {p.category for p in others} == {product.category}


def test_a_malformed_row_is_refused() -> None:
    with pytest.raises(ValueError, match="not enough values"):
        parse("[Mugs]\nBlue Mug | 14.50")
