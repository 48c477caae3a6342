"""Values as fields want them, dates and times as people write them, and simple sums. Pure."""

from __future__ import annotations

import ast
import re
from datetime import date
from fractions import Fraction

from .colours import hexadecimal

_MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
_NAMED = re.compile(
    r"(?:(?P<d>\d{1,2})(?:st|nd|rd|th)?\s+(?:of\s+)?(?P<m>[A-Za-z]{3,9})|(?P<m2>[A-Za-z]{3,9})\s+"
    r"(?P<d2>\d{1,2})(?:st|nd|rd|th)?),?\s+(?P<y>\d{4})"
)


def month_number(word: str) -> int:
    """5 of "May" or "may."; 0 for what is no month."""
    short = word.strip(". ").casefold()
    found = [n for n, name in enumerate(_MONTHS, 1) if len(short) >= 3 and name.startswith(short)]
    return found[0] if len(found) == 1 else 0


def as_date(text: str) -> date | None:
    """A date as people write it: 2024-05-03, 05/03/2024 (month first), 3 May 2024, May 3, 2024.

    With slashes the month comes first unless it can't; with full stops the day does.
    """
    plain = text.strip()
    try:
        if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})", plain):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := re.fullmatch(r"(\d{1,2})([-/.])(\d{1,2})[-/.](\d{4})", plain):
            first, second, year = int(found[1]), int(found[3]), int(found[4])
            day_first = found[2] == "." or first > 12
            month, day = (second, first) if day_first else (first, second)
            return date(year, month, day)
        if found := _NAMED.fullmatch(plain):
            month = month_number(found["m"] or found["m2"])
            return date(int(found["y"]), month, int(found["d"] or found["d2"])) if month else None
    except ValueError:
        return None
    return None


def as_time(text: str) -> tuple[int, int] | None:
    """Hour and minute of "6:15 PM", "18:15" or "7 am"; None for what is no time of the day."""
    found = re.fullmatch(
        r"(\d{1,2})(?:[:.](\d{2}))?\s*(?:([ap])\.?m\.?)?", text.strip(), re.IGNORECASE
    )
    if found is None or (found[2] is None and found[3] is None):
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3].casefold() == "p" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None


def fitting(kind: str, value: str) -> str:
    """A value in the form that an input of a type takes; as it is where nothing is known better."""
    if kind == "date" and (day := as_date(value)):
        return day.isoformat()
    if kind == "month" and (day := as_date(value)):
        return f"{day:%Y-%m}"
    if kind == "time" and (time := as_time(value)):
        return f"{time[0]:02}:{time[1]:02}"
    if kind == "color":
        return hexadecimal(value) or value
    return value


# ---- sums --------------------------------------------------------------------------------

_NUMBER = r"\d+(?:\.\d+)?"
_SIGNS = str.maketrans("−–×·÷", "--**/")
_SUM = re.compile(rf"-?{_NUMBER}(?:\s*[-+*/×÷−–x·]\s*-?{_NUMBER})+")
_EQUATION = re.compile(r"(?P<l>[\w\s.+*/×÷−–·-]+)=(?P<r>[\w\s.+*/×÷−–·-]+)")
_LONGEST = 200
Linear = tuple[Fraction, Fraction]
"""(a, b) of a x + b."""


def result_of(text: str) -> str:
    """What a sum in a text comes to, "3 + 4 =" is 7; empty when there is none."""
    found = _SUM.search(text)
    value = _linear(found.group(), "") if found else None
    return _plain(value[1]) if value is not None else ""


def solution_of(text: str, unknown: str = "") -> str:
    """What the unknown of an equation of the first degree is: "x + 3 = 7"; empty for none."""
    found = _EQUATION.search(text)
    if found is None:
        return ""
    names = set(re.findall(r"[a-zA-Z]", found.group()))
    if len(names) != 1 or (unknown and unknown not in names):
        return ""
    name = names.pop()
    left, right = _linear(found["l"], name), _linear(found["r"], name)
    if left is None or right is None or left[0] == right[0]:
        return ""
    return _plain((right[1] - left[1]) / (left[0] - right[0]))


def _plain(value: Fraction) -> str:
    return str(value.numerator) if value.denominator == 1 else f"{float(value):g}"


def _linear(text: str, unknown: str) -> Linear | None:
    """A sum as people write it; None for what is none, or not of the first degree."""
    signs = text.strip().translate(_SIGNS)
    if unknown != "x":
        signs = re.sub(r"(?<=[\d\s])x(?=[\d\s-])", "*", signs)
    signs = re.sub(r"(?<=\d)\s*(?=[a-zA-Z])", "*", signs)
    if not signs or len(signs) > _LONGEST:
        return None
    try:
        return _value(ast.parse(signs, mode="eval").body, unknown)
    except (SyntaxError, ValueError, ZeroDivisionError):
        return None


def _value(node: ast.expr, unknown: str) -> Linear:
    """Raises ValueError for what is no sum."""
    match node:
        case ast.Constant(value=int() | float() as number):
            return Fraction(0), Fraction(str(number))
        case ast.Name(id=name) if name == unknown:
            return Fraction(1), Fraction(0)
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            a, b = _value(inner, unknown)
            return -a, -b
        case ast.BinOp(left=left, op=operator, right=right):
            return _joined(_value(left, unknown), operator, _value(right, unknown))
    raise ValueError("no sum")


def _joined(one: Linear, operator: ast.operator, two: Linear) -> Linear:
    match operator:
        case ast.Add():
            return one[0] + two[0], one[1] + two[1]
        case ast.Sub():
            return one[0] - two[0], one[1] - two[1]
        case ast.Mult() if not (one[0] and two[0]):
            return one[0] * two[1] + two[0] * one[1], one[1] * two[1]
        case ast.Div() if not two[0]:
            return one[0] / two[1], one[1] / two[1]
    raise ValueError("not of the first degree")


# ---- words ---------------------------------------------------------------------------------


def nth_word(text: str, number: int) -> str:
    """The n-th word of a text, -1 the last, without what punctuation hangs on it."""
    words = re.findall(r"\S+", text)
    place = number - 1 if number > 0 else len(words) + number
    return re.sub(r"^\W+|\W+$", "", words[place]) if 0 <= place < len(words) else ""
