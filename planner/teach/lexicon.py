"""The lexicon of web intents: what an element is for, how it is labelled, how people ask for it.

Each intent in ``lexicon/*.txt``: ``# name action theme``, a line of English labels, a line of
labels in other languages (``de Wort|Wort; fr mot``), a line of noun phrases after ``n``, a line
of instructions that avoid the label's words after ``~``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources


@dataclass(frozen=True, slots=True)
class Intent:
    """One purpose of an element."""

    name: str
    action: str
    theme: str
    labels: Mapping[str, tuple[str, ...]]
    nouns: tuple[str, ...]
    wordings: tuple[str, ...]


@lru_cache(maxsize=1)
def intents() -> dict[str, Intent]:
    """All intents by name. Raises ValueError for a line that has no place."""
    found: dict[str, Intent] = {}
    folder = resources.files(__package__) / "lexicon"
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".txt"):
            for block in file.read_text(encoding="utf-8").split("\n# "):
                if block.strip():
                    intent = _intent(block.removeprefix("# ").splitlines())
                    found[intent.name] = intent
    return found


def _intent(lines: list[str]) -> Intent:
    name, action, theme = lines[0].split()
    labels = {"en": _split(lines[1])}
    nouns: tuple[str, ...] = ()
    wordings: tuple[str, ...] = ()
    for line in lines[2:]:
        if line.startswith("n "):
            nouns = _split(line[2:])
        elif line.startswith("~ "):
            wordings = _split(line[2:])
        elif line.strip():
            for part in line.split(";"):
                lang, _, words = part.strip().partition(" ")
                if len(lang) != 2 or not words:
                    raise ValueError(f"intent {name}: {part!r} names no language")
                labels[lang] = _split(words)
    return Intent(name, action, theme, labels, nouns, wordings)


def _split(line: str) -> tuple[str, ...]:
    return tuple(w.strip() for w in line.split("|") if w.strip())


@lru_cache(maxsize=1)
def by_label() -> dict[str, tuple[str, ...]]:
    """Names of the intents that have a label, folded to lower case without trailing marks."""
    table: dict[str, list[str]] = {}
    for intent in intents().values():
        for labels in intent.labels.values():
            for label in labels:
                names = table.setdefault(plain(label), [])
                if intent.name not in names:
                    names.append(intent.name)
    return {label: tuple(names) for label, names in table.items()}


def plain(label: str) -> str:
    """A label as it is compared: lower case, without marks at its end."""
    return label.casefold().strip(" *:.…>»!?()").strip()


_SAME = """
submit login register save send_mail post_comment subscribe place_order search_button apply_coupon \
  yes apply_job book search_flights transfer next checkout donate vote run deploy close_ticket \
  add_new new_ticket new_event cookie_accept apply_coupon resend_code invite_member
username user_or_email email full_name first_name card_holder mail_to user_id
password old_password new_password
full_name first_name last_name middle_name username card_holder
address address2 house_number city location
city from_city to_city state
birth_date birth_day birth_month birth_year age date_field
start_date end_date date_field birth_date card_expiry time_field
phone phone_code fax
captcha otp coupon card_cvc security_answer audio_captcha
message description about_me new_post chat_box subject
subject project_name message
search_box search_button advanced_search
home dashboard previous top
cancel close no cookie_reject previous reset_form undo delete less
delete delete_account reset_form clear_filters cancel
more next expand specs zoom help about
profile settings users notif_settings edit
help contact chat_box
terms privacy accept_terms imprint cookie_settings
newsletter_optin subscribe notify_replies notif_settings follow unsubscribe
register subscribe login social_login switch_account
forgot_password help resend_code old_password
show_password expand
upload_photo upload_file upload_click attach
share copy_click invite forward send_copy
like star wishlist rate dislike vote
add_to_cart place_order checkout view_cart
orders order_number history returns
card_number iban payment_method
balance invoices history reports amount
amount price_min price_max quantity salary
quantity travellers per_page
country state language_select phone_code currency
category search_category department filter sort tags
compose new_post add_new reply
reply reply_all post_comment chat_box
map my_location store_finder contact
play run pause stop
inbox notifications mail
delete archive spam trash close_ticket
status priority assignee permissions
zoom font_size expand fullscreen
size_choice height
today calendar refresh
translate language_select
first_page previous home
last_page next
move rename edit
"""


@lru_cache(maxsize=1)
def confusable() -> dict[str, frozenset[str]]:
    """Intents that may be meant by the same words: none is "not there" while another is."""
    table: dict[str, set[str]] = {}
    for line in _SAME.replace("\\\n", "").strip().splitlines():
        names = line.split()
        for name in names:
            table.setdefault(name, {name}).update(names)
    return {name: frozenset(names) for name, names in table.items()}
