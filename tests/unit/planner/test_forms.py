"""Forms over several pages: the right data in the right fields, the right button, an end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from planner_pages import FOOTER, HEADER, element, page

from abos.planner import (
    Advance,
    CheckField,
    Done,
    FillField,
    FormMove,
    FormProgress,
    SelectField,
    Stuck,
    next_form_action,
)
from abos.planner.form_fields import asks_for, datum
from abos.snapshot.observe import Element, Observation

ADA = (
    ("name", "Ada Lovelace"),
    ("email", "ada@example.com"),
    ("street", "12 Main St"),
    ("city", "London"),
    ("postcode", "N1 9GU"),
)


class Shop:
    """A pretend browser: it performs moves on elements and goes from page to page."""

    def __init__(self, *pages: Observation) -> None:
        self.pages = list(pages)
        self.values: dict[str, str] = {}
        self.checked: set[str] = set()
        self.pressed: list[str] = []

    @property
    def view(self) -> Observation:
        now = self.pages[0]
        return Observation(now.url, now.title, tuple(map(self._now, now.elements)), now.text)

    def _now(self, e: Element) -> Element:
        value = self.values.get(e.ref, e.value)
        shown = "••••" if e.type == "password" and value else value
        states = e.states | ({"checked"} if e.ref in self.checked else set())
        return Element(
            e.ref,
            e.role,
            e.name,
            shown,
            frozenset(states),
            tag=e.tag,
            type=e.type,
            hint=e.hint,
            options=e.options,
            context=e.context,
            landmark=e.landmark,
        )

    def do(self, move: FormMove) -> None:
        match move:
            case FillField(ref, value, _) | SelectField(ref, value, _):
                self.values[ref] = value
            case CheckField(ref, _):
                self.checked.add(ref)
            case Advance(_, label, _):
                self.pressed.append(label)
                self.pages.pop(0)

    def run(self, fields: tuple[tuple[str, str], ...], intent: str, limit: int = 40) -> FormMove:
        progress = FormProgress()
        for _ in range(limit):
            move, progress = next_form_action(self.view, fields, intent, progress)
            if isinstance(move, Done | Stuck):
                return move
            self.do(move)
        raise AssertionError(f"no end: {self.pressed}")


ADDRESS = page(
    *HEADER,
    element("textbox", "Full name", states="required"),
    element("textbox", "Email address", "email", type="email", states="required"),
    element("textbox", "Street address", states="required"),
    element("textbox", "City", states="required"),
    element("textbox", "Postcode", states="required"),
    element("combobox", "Country", value="United Kingdom", options=("United Kingdom", "France")),
    element("link", "Back to cart"),
    element("button", "Continue to delivery"),
    *FOOTER,
    url="https://shop.example/checkout/1",
)
DELIVERY = page(
    *HEADER,
    element("radio", "Standard (3-5 days)", states="checked", context="Delivery method"),
    element("radio", "Express (next day) £6.50", "express", context="Delivery method"),
    element("button", "Continue to payment"),
    *FOOTER,
    url="https://shop.example/checkout/2",
)
PAYMENT = page(
    *HEADER,
    element("radio", "Card on delivery", states="checked", context="Payment"),
    element("radio", "Invoice", context="Payment"),
    element("button", "Back"),
    element("button", "Place order"),
    *FOOTER,
    url="https://shop.example/checkout/3",
)
THANKS = page(*HEADER, *FOOTER, url="https://shop.example/order/1001", text='- heading "Thank you"')
CART = page(
    *HEADER,
    element("spinbutton", "Quantity", value="1"),
    element("button", "Update"),
    element("textbox", "Promo code"),
    element("button", "Apply"),
    element("link", "Continue shopping"),
    element("link", "Checkout"),
    *FOOTER,
    url="https://shop.example/cart",
)
PRODUCT = page(*HEADER, element("button", "Add to cart"), *FOOTER, url="https://shop.example/p/1")


def test_checkout_from_the_product_page_to_the_order() -> None:
    shop = Shop(PRODUCT, CART, ADDRESS, DELIVERY, PAYMENT, THANKS)
    assert isinstance(
        shop.run((*ADA, ("delivery", "express"), ("payment", "invoice")), "checkout"), Done
    )
    assert shop.pressed == [
        "Cart (1)",
        "Checkout",
        "Continue to delivery",
        "Continue to payment",
        "Place order",
    ]
    assert shop.values == {
        "textbox:Full name": "Ada Lovelace",
        "email": "ada@example.com",
        "textbox:Street address": "12 Main St",
        "textbox:City": "London",
        "textbox:Postcode": "N1 9GU",
    }
    assert shop.checked == {"express", "radio:Invoice"}


@pytest.mark.parametrize(
    ("wish", "words"),
    [
        (("payment", "PayPal"), "the payment 'PayPal' is not offered"),
        (("delivery", "by drone"), "the delivery 'by drone' is not offered"),
        (("state", "twice"), "no place for state 'twice'"),
        (("card", "4242 4242 4242 4242"), "no place for card"),
    ],
)
def test_what_the_shop_can_not_do_is_refused_before_the_order(
    wish: tuple[str, str], words: str
) -> None:
    shop = Shop(PRODUCT, CART, ADDRESS, DELIVERY, PAYMENT, THANKS)
    end = shop.run((*ADA, wish), "checkout")
    assert isinstance(end, Stuck)
    assert words in end.reason
    assert "Place order" not in shop.pressed


def test_a_country_that_the_list_lacks_is_refused() -> None:
    country = element("combobox", "Country", options=("United Kingdom", "France"))
    asked = page(country, element("button", "Continue"))
    move, _ = next_form_action(asked, (("country", "Norway"),), "checkout")
    assert isinstance(move, Stuck)
    assert "'Country' does not offer 'Norway'" in move.reason


def test_pickup_is_pick_up() -> None:
    asked = page(
        element("radio", "Standard", states="checked", context="Delivery"),
        element("radio", "Pick up at the harbour shop", context="Delivery"),
        element("button", "Continue"),
    )
    move, _ = next_form_action(asked, (("delivery", "pickup"),), "checkout")
    assert isinstance(move, CheckField)


def test_defaults_are_kept_when_the_goal_does_not_choose() -> None:
    shop = Shop(DELIVERY, PAYMENT, THANKS)
    assert isinstance(shop.run(ADA, "checkout"), Done)
    assert shop.checked == set()


def test_missing_data_are_named() -> None:
    ended = Shop(ADDRESS).run((("name", "Ada Lovelace"), ("street", "12 Main St")), "checkout")
    assert isinstance(ended, Stuck)
    assert ended.missing == ("Email address", "City", "Postcode")


def test_what_is_filled_already_is_not_missing() -> None:
    filled = tuple(
        element("textbox", e.name, e.ref, value="saved", states="required")
        if e.role == "textbox"
        else e
        for e in ADDRESS.elements
    )
    move, _ = next_form_action(page(*filled, url=ADDRESS.url), (), "checkout")
    assert move == Advance("button:Continue to delivery", "Continue to delivery", False)


def test_names_and_country_in_other_shapes() -> None:
    shop = Shop(
        page(
            element("textbox", "First name"),
            element("textbox", "Surname"),
            element("textbox", "", "line", hint="Address line 1"),
            element("textbox", "Address line 2"),
            element("textbox", "ZIP / Postal code"),
            element("textbox", "Town / City"),
            element("combobox", "Country/Region", options=("Choose…", "France", "United Kingdom")),
            element("button", "Place order"),
        ),
        THANKS,
    )
    assert isinstance(shop.run((*ADA, ("country", "UK")), "checkout"), Done)
    assert shop.values == {
        "textbox:First name": "Ada",
        "textbox:Surname": "Lovelace",
        "line": "12 Main St",
        "textbox:ZIP / Postal code": "N1 9GU",
        "textbox:Town / City": "London",
        "combobox:Country/Region": "United Kingdom",
    }


SIGN_IN = page(
    *HEADER,
    element("textbox", "Email", "email", type="email", states="required"),
    element("textbox", "Password", "password", type="password", states="required"),
    element("link", "Forgot password?"),
    element("button", "Sign in", "go"),
    element("textbox", "Email", "new-email", type="email", states="required"),
    element("textbox", "Password", "new-password", type="password", states="required"),
    element("button", "Create account"),
    *FOOTER,
    url="https://shop.example/sign-in",
)
LOGIN = (("email", "ada@example.com"), ("password", "lovelace"))


def test_sign_in_uses_its_own_form_and_ends_when_it_is_gone() -> None:
    home = page(*HEADER, element("link", "Buy now"), *FOOTER)
    shop = Shop(
        home, SIGN_IN, page(element("link", "Sign out"), url="https://shop.example/account")
    )
    assert isinstance(shop.run(LOGIN, "sign in"), Done)
    assert shop.values == {"email": "ada@example.com", "password": "lovelace"}
    assert shop.pressed == ["Sign in", "Sign in"]


def test_register_uses_the_other_form() -> None:
    shop = Shop(SIGN_IN, page(text="- text: Welcome, Ada", url="https://shop.example/account"))
    assert isinstance(shop.run(LOGIN, "register"), Done)
    assert shop.values == {"new-email": "ada@example.com", "new-password": "lovelace"}


def test_a_refused_sign_in_says_what_the_page_says() -> None:
    again = Observation(
        SIGN_IN.url, "", SIGN_IN.elements, "- text: Wrong password, please try again."
    )
    ended = Shop(SIGN_IN, again).run(LOGIN, "sign in")
    assert isinstance(ended, Stuck)
    assert "Wrong password" in ended.reason


def test_sign_in_over_two_pages() -> None:
    first = page(
        element("textbox", "Email", type="email"),
        element("button", "Next"),
        url="https://a.example/1",
    )
    second = page(
        element("textbox", "Password", type="password"),
        element("button", "Sign in"),
        url="https://a.example/2",
    )
    shop = Shop(first, second, page(url="https://a.example/home"))
    assert isinstance(shop.run(LOGIN, "sign in"), Done)
    assert shop.pressed == ["Next", "Sign in"]


def test_an_order_is_never_placed_twice() -> None:
    """A slow page still shows the button: waiting is right, pressing again is not."""
    progress = FormProgress()
    move, progress = next_form_action(PAYMENT, ADA, "checkout", progress)
    assert move == Advance("button:Place order", "Place order", True)
    for _ in range(3):
        move, progress = next_form_action(PAYMENT, ADA, "checkout", progress)
        assert move == Stuck("waiting for the page's answer")


def test_complaints_with_nothing_to_correct_end_it() -> None:
    card = element("textbox", "Card number", states="invalid")
    wrong = page(
        card, element("button", "Place order"), url=PAYMENT.url, text="- text: Please enter it"
    )
    shop = Shop(PAYMENT, wrong, wrong)
    assert shop.run(ADA, "checkout") == Stuck("the page says: Please enter it", ("Card number",))
    assert shop.pressed == ["Place order"]


def test_complaints_that_can_be_corrected_are() -> None:
    asked = page(
        *ADDRESS.elements[:5],
        element("textbox", "City", states="invalid"),
        element("button", "Place order"),
        url=PAYMENT.url,
        text="- text: Please enter your city",
    )
    shop = Shop(PAYMENT, asked, THANKS)
    assert isinstance(shop.run(ADA, "checkout"), Done)
    assert shop.pressed == ["Place order", "Place order"]


def test_the_newsletter_in_the_footer_is_used_only_when_meant() -> None:
    shop = Shop(PRODUCT, page(*HEADER, text="- text: You are subscribed, thank you!"))
    assert isinstance(shop.run((("email", "ada@example.com"),), "subscribe"), Done)
    assert shop.values == {"footer-email": "ada@example.com"}
    move, _ = next_form_action(PRODUCT, LOGIN, "sign in")
    assert move == Advance("link:Sign in", "Sign in", False)


def test_contact_form() -> None:
    form = page(
        *HEADER,
        element("textbox", "Your name"),
        element("textbox", "E-mail"),
        element("textbox", "How can we help?"),
        element("button", "Send message"),
    )
    shop = Shop(form, page(text="- text: Thanks, your message was sent."))
    data = (("name", "Ada"), ("email", "ada@example.com"), ("message", "Hello"))
    assert isinstance(shop.run(data, "contact"), Done)
    assert shop.values["textbox:How can we help?"] == "Hello"


def test_fill_presses_nothing() -> None:
    shop = Shop(ADDRESS)
    assert shop.run(ADA, "fill") == Done("all data are in")
    assert shop.pressed == []
    assert isinstance(Shop(page()).run(ADA, "fill"), Stuck)


def test_a_field_that_does_not_keep_its_value_is_tried_twice() -> None:
    progress, fills = FormProgress(), 0
    for _ in range(12):
        move, progress = next_form_action(ADDRESS, ADA, "checkout", progress)
        fills += isinstance(move, FillField) and move.field == "city"
    assert fills == 2


def test_required_terms_are_ticked_and_offers_are_not() -> None:
    form = page(
        element("textbox", "Email", type="email"),
        element("checkbox", "I agree to the terms", states="required"),
        element("checkbox", "Send me offers"),
        element("button", "Register"),
    )
    shop = Shop(form, page(text="- text: Welcome, Ada"))
    shop.run(LOGIN, "register")
    assert shop.checked == {"checkbox:I agree to the terms"}


@pytest.mark.parametrize(
    ("name", "type_", "key"),
    [
        ("Email address", "", "email"),
        ("E-Mail", "text", "email"),
        ("", "email", "email"),
        ("Passwort", "", "password"),
        ("Address", "", "street"),
        ("Billing address line 2", "", "skip"),
        ("Post code", "", "postcode"),
        ("Last name", "", "last_name"),
        ("Company name", "", "company"),
        ("User name", "", "username"),
        ("Name on card", "", "card_name"),
        ("Promo code", "", "skip"),
        ("Phone number", "", "phone"),
        ("Shoe size", "", ""),
        ("State/Province", "", "state"),
        ("Your message", "", "message"),
        ("Search", "search", "skip"),
    ],
)
def test_labels(name: str, type_: str, key: str) -> None:
    assert asks_for(element("textbox", name, type=type_)) == key


def test_data_are_split_and_joined() -> None:
    assert datum("last_name", {"name": "Augusta Ada King"}) == "King"
    assert datum("name", {"first_name": "Ada", "last_name": "Lovelace"}) == "Ada Lovelace"
    assert datum("username", {"email": "a@b.c"}) == "a@b.c"


_NAMES = st.sampled_from(
    [
        "Email",
        "Password",
        "Continue",
        "Place order",
        "Sign in",
        "Name",
        "Cart",
        "Back",
        "",
        "Pay",
        "Search",
        "Country",
    ]
)
_ELEMENTS = st.builds(
    lambda role, name, n, states: element(role, name, f"e{n}", states=frozenset(states)),
    st.sampled_from(["button", "link", "textbox", "combobox", "radio", "checkbox", "heading"]),
    _NAMES,
    st.integers(1, 30),
    st.sets(st.sampled_from(["required", "disabled", "checked", "invalid"])),
)


@given(
    st.lists(_ELEMENTS, max_size=12), st.sampled_from(["checkout", "sign in", "submit", "?", ""])
)
def test_any_page_comes_to_an_end(elements: list[Element], intent: str) -> None:
    view, progress = page(*elements), FormProgress()
    for _ in range(80):
        move, progress = next_form_action(view, (*ADA, *LOGIN), intent, progress)
        if isinstance(move, Done | Stuck):
            return
    raise AssertionError("it goes on for ever")
