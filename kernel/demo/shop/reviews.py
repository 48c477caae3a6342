"""What buyers say. Unsigned, and the same for a product on every run."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from .catalogue import Product

_TEXTS: tuple[tuple[int, str, str], ...] = (
    (5, "Exactly as described", "Arrived well packed and looks just like the picture."),
    (
        4,
        "Good, slow parcel",
        "The {material} feels solid. Delivery took five days instead of three.",
    ),
    (5, "Bought a second one", "I liked the {name} so much that I ordered another as a present."),
    (3, "Colour is a bit darker", "Nice quality, but darker than on my screen. I kept it anyway."),
    (5, "In use every day", "Three months of daily use and it still looks new."),
    (4, "Solid and simple", "Does what it should. The {material} is easy to care for."),
    (2, "Came with a scratch", "A small scratch on one side; the replacement was sent at once."),
    (5, "Lovely gift", "My sister was very happy with it. The gift note was a kind touch."),
    (4, "Worth the price", "Not the cheapest, but you can tell where the money went."),
    (5, "Better than expected", "The {name} is heavier and better made than I thought."),
    (3, "Fine", "It is all right. I would have liked a few more colours."),
    (4, "Would buy again", "Good work, friendly help when I asked about the size."),
)


@dataclass(frozen=True, slots=True)
class Review:
    """One opinion, 1 to 5 stars."""

    stars: int
    title: str
    text: str


def reviews(product: Product) -> tuple[Review, ...]:
    """Five to nine reviews of a product."""
    seed = zlib.crc32(product.slug.encode())
    count = 5 + seed % 5
    picked = (_TEXTS[(seed + at * 5) % len(_TEXTS)] for at in range(count))
    return tuple(
        Review(stars, title, text.format(name=product.name, material=product.material))
        for stars, title, text in picked
    )
