"""Signing in, registering, the account."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from ..web.errors import StoreFull
from . import forms
from .accounts import DEMO_EMAIL, DEMO_PASSWORD, Account
from .checkout import Address, clean, read_address, read_registration
from .errors import EmailTaken
from .layout import page
from .markup import Safe, join, money, render, tag
from .pages_checkout import address_fields
from .visit import Visit, go


def _local(path: str) -> str:
    """A path to continue with; anything that could lead elsewhere becomes the account page."""
    safe = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path if safe else "/account"


def sign_in_page(visit: Visit) -> Response:
    """GET /sign-in."""
    after = dict(visit.query).get("next", "/account")
    return _sign_in(visit, "", _local(after))


def _sign_in(visit: Visit, email: str, after: str, error: str = "") -> Response:
    fields = (
        forms.field("email", "Email", email, type="email", autocomplete="username"),
        forms.field("password", "Password", type="password", autocomplete="current-password"),
    )
    main = render(
        "sign_in",
        problem=tag("p", error, class_="problems", role="alert") if error else "",
        next=after,
        fields=join(fields),
        demo_email=DEMO_EMAIL,
        demo_password=DEMO_PASSWORD,
    )
    return page(visit, "Sign in", main, bare=True, status=422 if error else 200)


def sign_in(visit: Visit) -> Response:
    """POST /sign-in: email, password, next."""
    email = clean(visit.form.get("email", ""))
    after = _local(visit.form.get("next", ""))
    account = visit.store.sign_in(visit.session, email, visit.form.get("password", ""))
    if account is None:
        return _sign_in(visit, email, after, "Email or password is not right. Please try again.")
    visit.session.notice = f"Welcome back, {account.full_name}."
    return go(after)


def sign_out(visit: Visit) -> Response:
    """POST /sign-out. The cart stays, the address typed at the checkout does not."""
    visit.session.account, visit.session.address = "", None
    visit.session.notice = "You are signed out."
    return go("/")


def register_page(visit: Visit) -> Response:
    """GET /register."""
    return _register(visit, {}, {})


def _register(visit: Visit, form: Mapping[str, str], errors: Mapping[str, str]) -> Response:
    def text(name: str, label: str, fill: str, kind: str = "text", hint: str = "") -> Safe:
        value = "" if name == "password" else form.get(name, "")
        return forms.field(
            name,
            label,
            value,
            errors.get(name, ""),
            hint=hint,
            type=kind,
            autocomplete=fill,
            required=True,
        )

    wanted = form.get("newsletter") == "yes"
    fields = (
        text("full_name", "Full name", "name"),
        text("email", "Email", "email", "email"),
        text("password", "Password", "new-password", "password", "8 characters or more"),
        forms.choice("checkbox", "newsletter", "yes", "Send me the newsletter", checked=wanted),
    )
    main = render("register", problems=forms.problems(errors), fields=join(fields))
    return page(visit, "Create an account", main, bare=True, status=422 if errors else 200)


def register(visit: Visit) -> Response:
    """POST /register: full_name, email, password, newsletter."""
    form = visit.form
    errors = read_registration(form)
    if errors:
        return _register(visit, form, errors)
    wanted = form.get("newsletter") == "yes"
    try:
        account = visit.store.register(
            clean(form["full_name"]), clean(form["email"]), form["password"], wanted
        )
    except (EmailTaken, StoreFull) as error:
        text = str(error)
        return _register(visit, form, {"email": text[0].upper() + text[1:] + "."})
    visit.session.account = account.email
    visit.session.notice = f"Welcome, {account.full_name}. Your account is ready."
    return go("/account")


def account_page(visit: Visit) -> Response:
    """GET /account; visitors are asked to sign in first."""
    account = visit.account
    if account is None:
        return go("/sign-in?next=/account")
    return _account(visit, account, account.address, {})


def _account(
    visit: Visit, account: Account, address: Address, errors: Mapping[str, str]
) -> Response:
    main = render(
        "account",
        name=account.full_name,
        orders=_orders(visit),
        problems=forms.problems(errors),
        fields=address_fields(address, errors),
        newsletter=Safe(" checked") if account.newsletter else "",
        avatar=account.avatar or "none",
    )
    return page(visit, "My account", main, bare=True, status=422 if errors else 200)


def _orders(visit: Visit) -> Safe:
    orders = visit.store.orders_of(visit.session)
    if not orders:
        return tag("p", "You have not ordered anything yet.", class_="empty")
    rows = [
        tag(
            "tr",
            join(
                (
                    tag("th", tag("a", o.number, href=f"/order/{o.number}"), scope="row"),
                    tag("td", ", ".join(f"{item.qty} × {item.name}" for item in o.items)),
                    tag("td", money(o.total)),
                    tag(
                        "td",
                        tag(
                            "a",
                            "Invoice",
                            href=f"/order/{o.number}/invoice.txt",
                            download=True,
                            aria_label=f"Invoice for order {o.number}",
                        ),
                    ),
                )
            ),
        )
        for o in orders
    ]
    heads = join(tag("th", text, scope="col") for text in ("Order", "Items", "Total", "Invoice"))
    table = (tag("thead", tag("tr", heads)), tag("tbody", join(rows)))
    return tag("table", join(table), class_="table")


def save_address(visit: Visit) -> Response:
    """POST /account: the fields of the checkout's first step."""
    account = visit.account
    if account is None:
        return go("/sign-in?next=/account")
    address, errors = read_address(visit.form)
    if errors:
        return _account(visit, account, address, errors)
    visit.store.change_account(account, address=address)
    visit.session.notice = "Your address was saved."
    return go("/account")
