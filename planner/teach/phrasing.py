"""Instructions in many styles, out of a label, a noun phrase or a wording of the lexicon."""

from __future__ import annotations

import random
import re

_VALUES = {
    "first": "Anna Tom Maria Peter Julia Marek Ines Luca Sofie Jonas Elena Hugo Nadia Omar Priya Wei Kofi Greta",
    "last": "Berger Novak Rossi Silva Dubois Jansen Kowalski Okafor Tanaka Larsen Moreau Fischer Costa Varga Khan",
    "city": "Lyon Hamburg Porto Krakow Utrecht Bologna Valencia Denver Leeds Osaka Graz Gdansk Toronto Lima",
    "state": "Ohio Bavaria Tuscany Ontario Queensland Catalonia Nevada Oregon Bahia Utrecht Normandy Florida",
    "country": "Germany Spain Poland Portugal Italy France Norway Japan Brazil Mexico India Austria Kenya Peru",
    "user": "anna84 tkhan marek_n pixelfox jdoe.dev luca12 nadia.k omar_77 greta",
    "pw": "hunter2 s3cret! Tr0ub4dor qwertz99 letMeIn8 zebra-44 Pa55",
    "zip": "10115 75011 28013 1012AB 30-001 SW1A 1000-205 97201",
    "num": "2 3 4 5 7 12 25 48 100 250 1300 4821 77310",
    "word": "backend urgent garden alpha travel invoice blue",
    "company": "Globex Initech Umbrella Northwind Contoso Vandelay Hooli Stark",
    "url": "www.annas-blog.net https://example.org/me northwind.test http://tomswork.io",
    "email": "anna@example.org t.berger@mail.test info@northwind.test luca.rossi@posta.it sofie@web.de",
    "phone": "0176-2233445 +33612345678 555-0133 020-7946-0958 +48501234567",
}
_LINES = {
    "street": "12 Rose Lane|Hauptstr. 4|8 rue de la Paix|Calle Mayor 17|221 Elm Road|Via Roma 3",
    "title": "late delivery|opening hours|running shoes|a broken lamp|cheap flights|the new catalogue|jazz guitar|the invoice of May|solar panels|Tolstoy",
    "date": "May 4|12 March 1988|03/11/1990|2024-08-15|next Friday|1 July",
}
_POOLS = {k: v.split() for k, v in _VALUES.items()} | {k: v.split("|") for k, v in _LINES.items()}
_SLOT = re.compile(r"\{(\w+)\}")


def filled(text: str, rng: random.Random) -> str:
    """A wording with its {slots} filled by made-up values."""
    return _SLOT.sub(lambda m: rng.choice(_POOLS[m[1]]), text)


_BY_INTENT = {
    "password": "pw", "password_again": "pw", "new_password": "pw", "old_password": "pw", "username": "user",
    "user_or_email": "email", "email": "email", "email_again": "email", "first_name": "first",
    "last_name": "last", "city": "city", "state": "state", "country": "country", "postcode": "zip",
    "company": "company", "website": "url", "phone": "phone", "fax": "phone", "address": "street",
    "subject": "title", "message": "title", "search_box": "title", "quantity": "num", "mail_to": "email",
    "from_city": "city", "to_city": "city", "start_date": "date", "end_date": "date", "birth_date": "date",
    "date_field": "date", "amount": "num", "otp": "num", "tags": "word", "project_name": "word",
}  # fmt: skip

_FILL = (
    "Enter the {n}|Type the {n}|Fill in the {n}|Enter {n}|Provide the {n}|Put in the {n}|{n}|"
    "Please enter your {n}|Please fill in the {n} field|Could you type the {n}?|Write the {n}|Set the {n}|"
    "Complete the {n} box|the {n} field|Give the {n}|Insert the {n} here|I need to enter my {n}|fill {n}|"
    "enter my {n} please|Key in the {n}|Input {n}|Now fill out the {n}|Specify the {n}"
).split("|")
_FILL_VALUE = (
    'Enter "{v}" as the {n}|Type {v} into the {n} field|Enter the {n} "{v}"|Set {n} to {v}|{n}: {v}|'
    "Fill {v} into {n}|Put {v} in the {n} box|My {n} is {v}|Use {v} as {n}|Enter {v} for the {n}|"
    'Type "{v}" in the {n} field|Fill in the {n} with {v}|Please put "{v}" into {n}'
).split("|")
_CLICK = (
    "Click {n}|Click the {n} button|Press {n}|Click on {n}|Tap {n}|Go to {n}|Open {n}|Hit {n}|{n}|"
    "Please click {n}|Push the {n} button|Use the {n} link|Follow the {n} link|Could you press {n}?|"
    "I want to click {n}|Select {n}|Open the {n} page|Choose {n}|click on the {n} one|activate {n}|"
    "Show {n}|Take me to {n}|Navigate to {n}"
).split("|")
_SELECT = (
    "Select the {n}|Choose the {n}|Pick the {n}|Set the {n}|Select {n}|Choose {n} from the list|Change the {n}|"
    "Open the {n} dropdown|{n}|Please select your {n}|Pick a {n}|Set {n} in the dropdown|Adjust {n}|"
    "Enter the {n}"
).split("|")
_CHECK = (
    "Check {n}|Tick {n}|Check the {n} box|Tick the {n} checkbox|Enable {n}|Select {n}|Mark {n}|Turn on {n}|"
    "Accept {n}|Agree to {n}|{n}|Activate the {n} option|Please tick {n}|Put a check mark at {n}|Set {n}|Click {n}"
).split("|")
_UPLOAD = (
    "Upload the {n}|Attach the {n}|Choose the {n}|Add the {n}|Select a file for {n}|{n}|Upload my {n}"
).split("|")
_PATTERNS = {
    "fill": _FILL, "type": _FILL, "click": _CLICK, "select": _SELECT, "check": _CHECK,
    "upload": _UPLOAD,
}  # fmt: skip

_LOCAL = {
    "de": {"fill": "{n} eingeben|Gib {n} ein|Bitte {n} ausfüllen|Trage {n} ein", "click": "Klicke auf {n}|{n} anklicken|Drücke {n}|Öffne {n}", "select": "Wähle {n}|{n} auswählen", "check": "{n} ankreuzen|Hake {n} an"},
    "fr": {"fill": "Saisir {n}|Entrez {n}|Remplissez {n}", "click": "Cliquez sur {n}|Appuie sur {n}|Ouvrir {n}", "select": "Choisir {n}|Sélectionnez {n}", "check": "Cocher {n}"},
    "es": {"fill": "Introduce {n}|Escribe {n}|Rellena {n}", "click": "Haz clic en {n}|Pulsa {n}|Abre {n}", "select": "Selecciona {n}|Elige {n}", "check": "Marca {n}"},
    "it": {"fill": "Inserisci {n}|Scrivi {n}|Compila {n}", "click": "Clicca su {n}|Premi {n}|Apri {n}", "select": "Seleziona {n}|Scegli {n}", "check": "Spunta {n}"},
    "pt": {"fill": "Digite {n}|Preencha {n}|Introduza {n}", "click": "Clique em {n}|Pressione {n}|Abra {n}", "select": "Selecione {n}|Escolha {n}", "check": "Marque {n}"},
    "nl": {"fill": "Vul {n} in|Voer {n} in", "click": "Klik op {n}|Druk op {n}|Open {n}", "select": "Kies {n}|Selecteer {n}", "check": "Vink {n} aan"},
    "pl": {"fill": "Wpisz {n}|Podaj {n}|Wypełnij {n}", "click": "Kliknij {n}|Naciśnij {n}|Otwórz {n}", "select": "Wybierz {n}", "check": "Zaznacz {n}"},
}  # fmt: skip


def asked(noun: str, action: str, rng: random.Random, intent: str = "") -> str:
    """An instruction that names the element: terse, polite, with a value, as it comes."""
    slot = _BY_INTENT.get(intent)
    if action in ("fill", "type") and rng.random() < 0.3:
        value = rng.choice(_POOLS[slot or "word"])
        text = rng.choice(_FILL_VALUE).replace("{v}", value)
    else:
        text = rng.choice(_PATTERNS.get(action, _CLICK))
    return polish(text.replace("{n}", noun), rng)


def asked_in(noun: str, action: str, lang: str, rng: random.Random) -> str:
    """The same in another language; in English where there are no patterns."""
    patterns = _LOCAL.get(lang, {})
    key = "fill" if action == "type" else action
    if key not in patterns:
        return asked(noun, action, rng)
    return polish(rng.choice(patterns[key].split("|")).replace("{n}", noun), rng)


def polish(text: str, rng: random.Random) -> str:
    """Capitals, full stops, politeness and typos as people leave or make them."""
    chance = rng.random()
    if chance < 0.12:
        text = text[:1].lower() + text[1:]
    elif chance < 0.15:
        text = text.lower()
    if rng.random() < 0.2 and text[-1:].isalnum():
        text += "."
    if rng.random() < 0.04:
        text = rng.choice(("Please ", "Now ", "Then ", "Next, ", "I'd like you to ")) + text
    return slip(text, rng) if rng.random() < 0.04 else text


def slip(text: str, rng: random.Random) -> str:
    """One typing slip: two letters swapped, one dropped or doubled."""
    places = [i for i in range(1, len(text) - 1) if text[i].isalpha() and text[i + 1].isalpha()]
    if not places:
        return text
    at, kind = rng.choice(places), rng.randrange(3)
    if kind == 0:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if kind == 1 else text[:at] + text[at] + text[at:]


def part_of(name: str, rng: random.Random) -> str:
    """Some words of a longer label, as people shorten it."""
    words = name.split()
    if len(words) < 3:
        return name
    count = rng.randint(2, min(5, len(words)))
    start = rng.randint(0, len(words) - count) if rng.random() < 0.4 else 0
    return " ".join(words[start : start + count]).strip(" ,.:;-–|")
