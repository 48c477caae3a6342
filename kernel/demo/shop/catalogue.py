"""The products the demo shop sells, read from `catalogue.txt`. Nothing here changes at run time."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

MAX_QUANTITY = 10
"""How many of one product a cart line can hold."""

FEATURED = (
    "blue-mug",
    "wool-blanket",
    "canvas-backpack",
    "cast-iron-pan",
    "merino-sweater",
    "watering-can",
    "reading-lamp",
    "navy-travel-mug",
)

# A size of these is a personal matter: the customer has to choose, nothing is preselected.
_MUST_CHOOSE_SIZE = frozenset({"clothing"})


@dataclass(frozen=True, slots=True)
class Category:
    """A department of the shop. `slug` is its name in URLs."""

    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Product:
    """One thing for sale. `price` is in cents; `rating` is 0-5; `stock` never changes."""

    slug: str
    name: str
    price: int
    colours: tuple[str, ...]
    sizes: tuple[str, ...]
    stock: int
    picture: str
    material: str
    description: str
    category: Category
    rating: float

    @property
    def in_stock(self) -> bool:
        """Whether it can be ordered."""
        return self.stock > 0

    @property
    def must_choose_size(self) -> bool:
        """Whether the size has no default."""
        return bool(self.sizes) and self.category.slug in _MUST_CHOOSE_SIZE

    @property
    def most(self) -> int:
        """The largest quantity a cart line may hold."""
        return min(self.stock, MAX_QUANTITY)

    @property
    def picture_label(self) -> str:
        """The text alternative of the picture."""
        return f"{self.name}, {self.material}, in {self.colours[0].lower()}"


def slugify(text: str) -> str:
    """ "Chef's Knife" -> "chefs-knife"."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower().replace("'", "")).strip("-")


def _words(cell: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in cell.split(",") if word.strip())


def _product(row: str, category: Category) -> Product:
    name, price, colours, sizes, stock, picture, material, text = (
        cell.strip() for cell in row.split("|")
    )
    slug = slugify(name)
    return Product(
        slug=slug,
        name=name,
        price=round(float(price) * 100),
        colours=_words(colours),
        sizes=_words(sizes),
        stock=int(stock),
        picture=picture,
        material=material,
        description=text,
        category=category,
        # Deterministic, so that a page is the same on every machine and every run.
        rating=3.6 + zlib.crc32(slug.encode()) % 14 / 10,
    )


def parse(text: str) -> tuple[Product, ...]:
    """Products from the catalogue format. Raises ValueError for a malformed row."""
    products: list[Product] = []
    category = Category("", "")
    for line in text.splitlines():
        row = line.strip()
        if not row or row.startswith("#"):
            continue
        if row.startswith("["):
            name = row.strip("[]")
            category = Category(slugify(name), name)
        else:
            products.append(_product(row, category))
    return tuple(products)


@cache
def products() -> tuple[Product, ...]:
    """Everything for sale, in catalogue order."""
    return parse((Path(__file__).parent / "catalogue.txt").read_text(encoding="utf-8"))


@cache
def by_slug() -> Mapping[str, Product]:
    """Products by their name in URLs."""
    return MappingProxyType({product.slug: product for product in products()})


@cache
def categories() -> Mapping[str, Category]:
    """The departments by their name in URLs, in shop order."""
    return MappingProxyType({p.category.slug: p.category for p in products()})


def featured() -> tuple[Product, ...]:
    """What the home page shows."""
    return tuple(by_slug()[slug] for slug in FEATURED)


def related(product: Product, count: int = 4) -> tuple[Product, ...]:
    """Other products of the same department, the ones that follow it first."""
    same = [p for p in products() if p.category == product.category]
    at = same.index(product)
    return tuple((same[at + 1 :] + same[:at])[:count])
