"""Home page, lists, search results, product page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import urlencode

from starlette.exceptions import HTTPException
from starlette.responses import Response

from . import forms
from .catalogue import Product, by_slug, categories, featured, products, related
from .layout import cards, crumbs, page, stars, stock_line
from .markup import Safe, attrs, join, money, render, tag
from .pictures import picture
from .reviews import Review, reviews
from .search import MAX_QUERY, SORTS, Filters, Page, browse, read_filters, search
from .visit import Visit

REVIEWS_SHOWN = 3


def home(visit: Visit) -> Response:
    """GET /."""
    firsts = {p.category.slug: p for p in reversed(products())}
    departments = join(
        tag(
            "li",
            tag(
                "a",
                join((picture(firsts[c.slug]), tag("span", c.name))),
                href=f"/category/{c.slug}",
                class_="department",
            ),
        )
        for c in categories().values()
    )
    art = join(picture(product) for product in featured()[:4])
    main = render(
        "home", departments=departments, featured=cards(featured(), four=True), art=Safe(art)
    )
    return page(visit, "Home", main)


def everything(visit: Visit) -> Response:
    """GET /products."""
    intro = "Everything we make and choose, in six departments."
    return _list(visit, "All products", intro, "/products", products())


def category(visit: Visit) -> Response:
    """GET /category/<slug>. 404 for an unknown department."""
    found = categories().get(visit.part("slug"))
    if found is None:
        raise HTTPException(404)
    items = [p for p in products() if p.category == found]
    intro = f"{len(items)} things, all of them in use at our own homes."
    return _list(visit, found.name, intro, f"/category/{found.slug}", items)


def results(visit: Visit) -> Response:
    """GET /search?q=."""
    query = dict(visit.query).get("q", "").strip()[:MAX_QUERY]
    found = search(query)
    heading = f"Results for “{query}”" if query else "Search"
    intro = (
        "The closest matches first." if found else "Nothing matches; try another or a shorter word."
    )
    return _list(visit, heading, intro, "/search", found, query)


def _list(
    visit: Visit, heading: str, intro: str, action: str, found: Iterable[Product], query: str = ""
) -> Response:
    found = tuple(found)
    filters = read_filters(visit.query)
    shown = browse(found, filters)
    listed = shown.products[::-1] if visit.changed("reordered_list") else shown.products
    main = render(
        "list",
        crumbs=crumbs((heading, action)),
        heading=heading,
        intro=intro,
        action=action,
        hidden=Safe(f"<input{_hidden(query)}>") if query else "",
        clear=f"{action}?{urlencode({'q': query})}" if query else action,
        count=f"{shown.total} product{'' if shown.total == 1 else 's'}",
        products=cards(listed) if shown.total else _nothing(),
        pages=_pages(visit, action, shown),
        **_controls(found, filters),
    )
    return page(visit, heading, main, query=query)


def _hidden(query: str) -> Safe:
    return attrs(type="hidden", name="q", value=query)


def _nothing() -> Safe:
    return tag("p", "No product passes these filters.", class_="empty")


def _controls(found: Iterable[Product], filters: Filters) -> dict[str, Safe]:
    colours = sorted({colour for product in found for colour in product.colours})
    boxes = (
        forms.choice("checkbox", "colour", c, c, checked=c in filters.colours) for c in colours
    )
    return {
        "lowest": _price("min", "Minimum price", filters.lowest),
        "highest": _price("max", "Maximum price", filters.highest),
        "colours": forms.group("Colour", boxes, css="group scroll") if colours else Safe(""),
        "stock": forms.choice(
            "checkbox", "in_stock", "1", "In stock only", checked=filters.in_stock
        ),
        "sort": forms.select("sort", "Sort by", SORTS, filters.sort),
    }


def _price(name: str, label: str, cents: int | None) -> Safe:
    value = "" if cents is None else f"{cents / 100:g}"
    return forms.field(name, label, value, inputmode="decimal", placeholder="€")


def _pages(visit: Visit, action: str, shown: Page) -> Safe:
    if shown.pages == 1:
        return Safe("")
    kept = [(key, value) for key, value in visit.query if key != "page"]

    def link(number: int, text: str, **more: object) -> Safe:
        href = f"{action}?{urlencode([*kept, ('page', number)])}"
        return tag("li", tag("a", text, href=href, **more))

    rows = [link(shown.number - 1, "Previous")] if shown.number > 1 else []
    for number in range(1, shown.pages + 1):
        current = "page" if number == shown.number else None
        rows.append(link(number, str(number), aria_label=f"Page {number}", aria_current=current))
    if shown.number < shown.pages:
        rows.append(link(shown.number + 1, "Next"))
    return tag("nav", tag("ul", join(rows)), class_="pages", aria_label="Pages")


def product_page(visit: Visit) -> Response:
    """GET /product/<slug>. 404 for an unknown product."""
    return show_product(visit, find(visit.part("slug")))


def find(slug: str) -> Product:
    """A product by its slug. Raises HTTPException 404."""
    product = by_slug().get(slug)
    if product is None:
        raise HTTPException(404)
    return product


def show_product(
    visit: Visit,
    product: Product,
    form: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> Response:
    """The product page, with what was chosen and what was wrong with it."""
    form, errors = form or {}, errors or {}
    said = reviews(product)
    options, quantity = _options(product, form, errors), _quantity(product, form, errors)
    if visit.changed("moved_field"):
        options, quantity = quantity, options
    main = render(
        "product",
        crumbs=crumbs(
            (product.category.name, f"/category/{product.category.slug}"), (product.name, "")
        ),
        picture=picture(product, label=True),
        name=product.name,
        stars=stars(product.rating),
        review_count=len(said),
        price=money(product.price),
        description=product.description,
        stock=stock_line(product),
        slug=product.slug,
        options=options,
        quantity=quantity,
        button=_add_button(product),
        size_guide=_size_guide(product),
        material=product.material,
        colours=", ".join(product.colours),
        department=product.category.name,
        reviews=join(review(r) for r in said[:REVIEWS_SHOWN]),
        shown=REVIEWS_SHOWN,
        more="" if len(said) > REVIEWS_SHOWN else Safe(" hidden"),
        related=cards(related(product), four=True),
    )
    return page(visit, product.name, main, status=422 if errors else 200)


def _options(product: Product, form: Mapping[str, str], errors: Mapping[str, str]) -> Safe:
    parts = []
    if len(product.colours) > 1:
        parts.append(forms.select("colour", "Colour", product.colours, form.get("colour", "")))
    if product.must_choose_size:
        parts.append(
            forms.select(
                "size",
                "Size",
                product.sizes,
                form.get("size", ""),
                errors.get("size", ""),
                empty="Choose a size",
            )
        )
    elif product.sizes:
        chosen = form.get("size") or product.sizes[0]
        rows = (
            forms.choice("radio", "size", s, s, checked=s == chosen, css="pill")
            for s in product.sizes
        )
        parts.append(forms.group("Size", rows, css="group pills"))
    return join(parts)


def _quantity(product: Product, form: Mapping[str, str], errors: Mapping[str, str]) -> Safe:
    return forms.field(
        "quantity",
        "Quantity",
        form.get("quantity", "1"),
        errors.get("quantity", ""),
        type="number",
        min=1,
        max=max(product.most, 1),
        inputmode="numeric",
        disabled=not product.in_stock,
    )


def _add_button(product: Product) -> Safe:
    text = "Add to cart" if product.in_stock else "Out of stock"
    return tag("button", text, type="submit", class_="button", disabled=not product.in_stock)


def _size_guide(product: Product) -> Safe:
    if not product.must_choose_size:
        return Safe("")
    return tag(
        "a", "Size guide (new tab)", href="/help/size-guide", target="_blank", rel="noopener"
    )


def review(said: Review) -> Safe:
    """One review as a list item."""
    return render("review", stars=stars(said.stars), title=said.title, text=said.text)
