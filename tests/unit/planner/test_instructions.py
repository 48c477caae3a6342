"""Goals that spell out what to do become the right steps; all others are refused, never guessed."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from abos.planner import NotExplicit, Step, Verb, parse
from abos.planner.clauses import mask, split

GO, C, F, S, K, U = Verb.OPEN, Verb.CLICK, Verb.FILL, Verb.SELECT, Verb.CHECK, Verb.UNCHECK
ADA = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "street": "12 Main St",
    "city": "London",
    "postcode": "N1 9GU",
}
LOGIN = {"email": "ada@example.com", "password": "lovelace"}


def short(step: Step) -> tuple[object, ...]:
    """A step as (verb, target or value ...), without what is empty."""
    parts = (
        [step.target, step.value] if step.verb is not Verb.FORM else [step.value, dict(step.fields)]
    )
    return (step.verb, *(p for p in parts if p))


def read(goal: str) -> list[tuple[object, ...]]:
    steps = parse(goal, url="https://shop.example/")
    assert not isinstance(steps, NotExplicit), steps
    return [short(s) for s in steps]


BUY_BLUE_MUG = [
    (Verb.SEARCH, "blue mug"),
    (C, "first result"),
    (C, "Add to cart"),
    (Verb.FORM, "checkout", ADA),
]

WHOLE_GOALS = {
    "search for blue mug, open the first result, add it to the cart and check out as Ada Lovelace, "
    "12 Main St, London, N1 9GU, ada@example.com": BUY_BLUE_MUG,
    "Please search for “blue mug”. Open the first one. Put it in my basket. Then check out as Ada "
    "Lovelace, 12 Main St, London N1 9GU, with email ada@example.com.": BUY_BLUE_MUG,
    "1. look for a blue mug\n2. open the first result\n3. add it to the cart\n4. check out with:\n"
    "- Name: Ada Lovelace\n- Address: 12 Main St\n- City: London\n- Postcode: N1 9GU\n"
    "- Email: ada@example.com": BUY_BLUE_MUG,
    "I'd like you to find the blue mug, click the first result, place it in the trolley, and "
    "complete the purchase as Ada Lovelace (ada@example.com), 12 Main St, London, "
    "N1 9GU": BUY_BLUE_MUG,
    "sign in as ada@example.com with password lovelace and turn on the newsletter in the "
    "account page": [
        (Verb.FORM, "sign in", LOGIN),
        (C, "account page"),
        (K, "newsletter"),
    ],
    "could you log me in using the email ada@example.com and the password lovelace; go to my "
    "account page, "
    "switch the newsletter on and save": [
        (Verb.FORM, "sign in", LOGIN),
        (C, "account page"),
        (K, "newsletter"),
        (C, "save"),
    ],
    "open the Kitchen category, sort by price from low to high, open the first product and "
    "choose size "
    "Large, then set the quantity to 2 and add it to the cart": [
        (C, "Kitchen category"),
        (S, "sort by", "price from low to high"),
        (C, "first product"),
        (S, "size", "Large"),
        (F, "quantity", "2"),
        (C, "Add to cart"),
    ],
    "Go to shop.example/mugs and then filter by colour blue and in stock, then open the 2nd "
    "product": [
        (GO, "https://shop.example/mugs"),
        (S, "colour", "blue"),
        (K, "in stock"),
        (C, "2nd product"),
    ],
    "add the blue mug to the cart, choose express delivery and check out as Ada Lovelace, 12 "
    "Main St, London, "
    "N1 9GU, ada@example.com, pay by card and place the order": [
        (Verb.SEARCH, "blue mug"),
        (C, "blue mug"),
        (C, "Add to cart"),
        (Verb.FORM, "checkout", ADA | {"delivery": "express", "payment": "card"}),
    ],
    "buy two blue mugs as Ada Lovelace, 12 Main St, London, N1 9GU, ada@example.com with "
    "express delivery": [
        (Verb.SEARCH, "blue mug"),
        (C, "blue mug"),
        (F, "quantity", "2"),
        (C, "Add to cart"),
        (Verb.FORM, "checkout", ADA | {"delivery": "express"}),
    ],
    "search for mug and add two of them to the cart": [
        (Verb.SEARCH, "mug"),
        (C, "first result"),
        (F, "quantity", "2"),
        (C, "Add to cart"),
    ],
    '1) Open example.com 2) Click "Sign in" 3) Type "ada" into the username field 4) Press Enter': [
        (GO, "https://example.com"),
        (C, "Sign in"),
        (F, "username", "ada"),
        (Verb.PRESS, "Enter"),
    ],
    "Select Kassia from the list and click Submit": [(S, "Kassia"), (C, "Submit")],
    "Select asE, savIJLo and GLLh and click Submit": [
        (S, "asE"),
        (S, "savIJLo"),
        (S, "GLLh"),
        (C, "Submit"),
    ],
    'visit https://a.example/login, enter "tomsmith" as username and "Secret, and!" as password, '
    "and click Login": [
        (GO, "https://a.example/login"),
        (F, "username", "tomsmith"),
        (F, "password", "Secret, and!"),
        (C, "Login"),
    ],
    "set the size to Large and the quantity to two": [(S, "size", "Large"), (F, "quantity", "2")],
    "place an order for the blue mug for Ada Lovelace, 12 Main St, London, N1 9GU, "
    "ada@example.com": [
        (Verb.SEARCH, "blue mug"),
        (C, "blue mug"),
        (C, "Add to cart"),
        (Verb.FORM, "checkout", ADA),
    ],
    "sign in with username ada and password s3cr;et!, and after that, use the promo code SAVE10": [
        (Verb.FORM, "sign in", {"username": "ada", "password": "s3cr;et!"}),
        (F, "promo code", "SAVE10"),
        (C, "apply"),
    ],
    "apply filters": [(C, "apply filters")],
    "In the account page, turn the newsletter off": [(C, "account page"), (U, "newsletter")],
}


@pytest.mark.parametrize("goal", WHOLE_GOALS)
def test_whole_goals(goal: str) -> None:
    assert read(goal) == WHOLE_GOALS[goal]


CLAUSES = {
    "go to https://shop.example/a,b?c=1#d": (GO, "https://shop.example/a,b?c=1#d"),
    "open localhost:8000": (GO, "http://localhost:8000"),
    "visit the site example.com": (GO, "https://example.com"),
    "go to /cart": (GO, "https://shop.example/cart"),
    "search for salt and pepper": (Verb.SEARCH, "salt and pepper"),
    "look up 'tea, coffee and open fires'": (Verb.SEARCH, "tea, coffee and open fires"),
    "do a search for teapots on this site": (Verb.SEARCH, "teapots"),
    "use the search bar to find teapots": (Verb.SEARCH, "teapots"),
    "I'm looking for a red teapot": (Verb.SEARCH, "red teapot"),
    "click on the Contact link": (C, "Contact link"),
    'press the "Sign in" button': (C, "Sign in button"),
    "tap Save and continue": (C, "Save and continue"),
    "choose the last item": (C, "last item"),
    "take me to the help page": (C, "help page"),
    "go to the cart": (C, "cart"),
    "proceed to checkout": (C, "checkout"),
    "log out": (C, "sign out"),
    "download the invoice": (C, "download invoice"),
    "remove the Blue Mug from the cart": (C, "remove Blue Mug"),
    "sort the results by price, low to high": (S, "sort by", "price low to high"),
    "order by name descending": (S, "sort by", "name descending"),
    "pick the colour green": (S, "colour", "green"),
    "choose the medium size": (S, "size", "medium"),
    "select Germany as the country": (S, "country", "Germany"),
    'choose "Large" from the size dropdown': (S, "size", "Large"),
    "choose Large": (S, "Large"),
    "pay by card": (S, "payment", "card"),
    "select express delivery": (S, "delivery", "express"),
    "change the quantity to 3": (F, "quantity", "3"),
    "type hello into Search": (F, "Search", "hello"),
    "enter the postcode N1 9GU": (F, "postcode", "N1 9GU"),
    "fill in the name with Ada": (F, "name", "Ada"),
    'enter "zlw" into the text field': (F, "zlw"),
    'write "it\'s, well; fine. Open it" in the message box': (
        F,
        "message",
        "it's, well; fine. Open it",
    ),
    "put ada@example.com in the email field": (F, "email", "ada@example.com"),
    "tick the terms and conditions": (K, "terms and conditions"),
    "accept the terms": (K, "terms"),
    "untick Newsletter": (U, "Newsletter"),
    "press Enter": (Verb.PRESS, "Enter"),
    "hit ctrl+a": (Verb.PRESS, "Control+a"),
    "press the arrow down key": (Verb.PRESS, "ArrowDown"),
    "scroll down": (Verb.SCROLL, "down"),
    "scroll to the bottom of the page": (Verb.SCROLL, "bottom"),
    "go back": (Verb.BACK,),
    "hover over Categories": (Verb.HOVER, "Categories"),
    'wait for "Order confirmed"': (Verb.WAIT, "Order confirmed"),
    "wait 2 seconds": (Verb.WAIT, "2"),
    "wait for the page to load": (Verb.WAIT,),
    "accept all cookies": (Verb.DISMISS, "cookie banner", "accept"),
    "reject the cookies": (Verb.DISMISS, "cookie banner", "reject"),
    "if there is a cookie banner, decline it": (Verb.DISMISS, "cookie banner", "reject"),
    "close the popup": (Verb.DISMISS, "close"),
    "upload photo.png as the avatar": (Verb.UPLOAD, "avatar", "photo.png"),
    "tell me the price of the first result": (Verb.READ, "price of the first result"),
    "what is the total price?": (Verb.READ, "what is the total price"),
    'make sure that "Order confirmed" is shown': (
        Verb.VERIFY,
        "Order confirmed is shown",
        "Order confirmed",
    ),
    "subscribe to the newsletter with ada@example.com": (
        Verb.FORM,
        "subscribe",
        {"email": "ada@example.com"},
    ),
    "log in as ada / s3cr;et!": (Verb.FORM, "sign in", {"username": "ada", "password": "s3cr;et!"}),
    'sign in as ada@example.com with password "love, lace and"': (
        Verb.FORM,
        "sign in",
        {"email": "ada@example.com", "password": "love, lace and"},
    ),
    "register as Ada Lovelace with email ada@example.com and password lovelace": (
        Verb.FORM,
        "register",
        {"name": "Ada Lovelace"} | LOGIN,
    ),
    'send a message saying "Where is my order?" as Ada Lovelace, ada@example.com': (
        Verb.FORM,
        "contact",
        {"name": "Ada Lovelace", "email": "ada@example.com", "message": "Where is my order?"},
    ),
    "check out as Ada Lovelace, 12 Main Street, 10115 Berlin, Germany": (
        Verb.FORM,
        "checkout",
        {
            "name": "Ada Lovelace",
            "street": "12 Main Street",
            "city": "Berlin",
            "postcode": "10115",
            "country": "Germany",
        },
    ),
    "ship it to Ada Lovelace, 5 Elm Ave, Springfield, IL 62701, USA": (
        Verb.FORM,
        "checkout",
        {
            "name": "Ada Lovelace",
            "street": "5 Elm Ave",
            "city": "Springfield",
            "state": "IL",
            "postcode": "62701",
            "country": "USA",
        },
    ),
}


@pytest.mark.parametrize("clause", CLAUSES)
@pytest.mark.parametrize("frame", ["{}", "Please {}.", "could you {} please?", "and then {}"])
def test_clauses_in_every_frame(clause: str, frame: str) -> None:
    bare = clause.removesuffix("?") if "please?" in frame else clause
    expected = CLAUSES[clause]
    if frame == "Please {}." and clause.endswith("?"):
        return
    assert read(frame.format(bare)) == [expected]


@pytest.mark.parametrize(
    "goal",
    [
        "find me a nice present for my mother under 20 euros",
        "select the cheapest mug and buy it",
        "compare the two mugs and tell me which is better",
        "book me a flight to Paris",
        "plan a trip to Rome",
        "what should I buy?",
        "do my taxes",
        "make me rich",
        "Help me choose a laptop",
        "open a product",
        "buy whatever is on sale",
        "buy the blue mug",
        "don't buy anything",
        "open the first result but don't buy it",
        "search for mugs and if there are none, search for cups",
        "search for mugs. Then something magical happens",
        "enter your email",
        "write a review",
        "write a review for the blue mug saying it is great",
        "sign in as ada with the secret that you know from last time",
        "",
        "   ,;. ",
        "thanks!",
        "blue mug",
        "x" * 5000,
    ],
)
def test_open_goals_are_refused(goal: str) -> None:
    refused = parse(goal)
    assert isinstance(refused, NotExplicit)
    assert refused.reason


def test_the_refusal_quotes_the_clause() -> None:
    refused = parse('open the first result, then pick the nicest one for "Ada"')
    assert isinstance(refused, NotExplicit)
    assert refused.at == 'pick the nicest one for "Ada"'


@pytest.mark.parametrize(
    ("goal", "risky"),
    [
        ("place the order", True),
        ("delete my account", True),
        ("click Pay now", True),
        ('click "Send"', True),
        ("empty the cart", True),
        ("check out as Ada Lovelace, 12 Main St", True),
        ('send a message saying "hi"', True),
        ("add the mug to the cart", False),
        ("go to the checkout", False),
        ("open the first result", False),
        ("search for how to delete files", False),
        ("sign in as ada@example.com with password lovelace", False),
    ],
)
def test_irreversible_steps_are_marked(goal: str, risky: bool) -> None:
    steps = parse(goal)
    assert not isinstance(steps, NotExplicit)
    assert any(s.irreversible for s in steps) is risky


def test_steps_remember_their_words() -> None:
    steps = parse('search for "blue mug", then open the first result')
    assert not isinstance(steps, NotExplicit)
    assert [s.source for s in steps] == ['search for "blue mug"', "open the first result"]


def test_quotes_survive_masking() -> None:
    goal = """say "a, b" and 'c; d' and «e. f» and ‘it’s’ and 6" wide"""
    masked = mask(goal)
    assert masked.restore(masked.text, quotes=True) == goal
    assert masked.inner == ("a, b", "c; d", "e. f", "it’s")


def test_values_keep_their_commas() -> None:
    assert split("check out as Ada, 12 Main St, London and open it") == (
        "check out as Ada, 12 Main St, London",
        "and open it",
    )


_TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters='"'), max_size=80)


@given(st.text(max_size=300))
@settings(max_examples=300)
def test_never_raises(goal: str) -> None:
    assert isinstance(parse(goal), (tuple, NotExplicit))


_WORDS = st.sampled_from(
    [
        "open",
        "click",
        "the",
        "first",
        "result",
        ",",
        "and",
        "then",
        "search",
        "for",
        "add",
        "it",
        "to",
        "cart",
        "type",
        "in",
        "as",
        "with",
        "check",
        "out",
        ".",
        ";",
        "\n",
        "1.",
        "a",
        "'x'",
        '"y',
        'z"',
        "email",
        "password",
        "set",
        "quantity",
        "2",
        "choose",
        "size",
        "from",
        "on",
        "if",
        "don't",
        "please",
        "sort",
        "by",
        "price",
        "Ada",
        "London",
        "N1",
        "fill",
        "form",
    ]
)


@given(st.lists(_WORDS, max_size=40))
@settings(max_examples=300)
def test_never_raises_on_word_salad(words: list[str]) -> None:
    assert isinstance(parse(" ".join(words)), (tuple, NotExplicit))


@given(_TEXT)
@settings(max_examples=150)
def test_quoted_values_come_out_verbatim(value: str) -> None:
    steps = parse(f'type "{value}" into the message box and press Enter')
    assert not isinstance(steps, NotExplicit)
    assert [short(s) for s in steps] == [
        (F, "message", value) if value else (F, "message"),
        (Verb.PRESS, "Enter"),
    ]


@given(_TEXT.filter(lambda v: v.strip() == v and v != ""))
@settings(max_examples=150)
def test_quoted_queries_come_out_verbatim(value: str) -> None:
    steps = parse(f'search for "{value}"; open the first result')
    assert not isinstance(steps, NotExplicit)
    assert steps[0].value == value


@pytest.mark.parametrize(
    "part",
    ["1. ", "a in ", "type a in ", "check out as a, ", "with name ada and ", "; ", "x as y "],
)
def test_long_goals_end_in_time(part: str) -> None:
    started = time.thread_time()
    parse((part * 4000)[:4000])
    assert time.thread_time() - started < 2.0


@pytest.mark.parametrize(
    ("goal", "colour"),
    [
        ("add the wool hat in purple to the cart", "purple"),
        ("buy passport cover in brown as Ada Lovelace, 12 Main St, London, N1 9GU", "brown"),
    ],
)
def test_a_colour_in_passing_is_an_option(goal: str, colour: str) -> None:
    steps = parse(goal)
    assert not isinstance(steps, NotExplicit)
    assert (Verb.SELECT, "colour", colour) in [(s.verb, s.target, s.value) for s in steps]
    assert colour not in steps[0].value


@pytest.mark.parametrize("extra", ["using promo code WELCOME10", "twice"])
def test_what_is_no_address_is_not_taken_for_one(extra: str) -> None:
    goal = f"check out as Ada Lovelace, 12 Main St, London, N1 9GU, ada@example.com {extra}"
    assert isinstance(parse(goal), NotExplicit)
