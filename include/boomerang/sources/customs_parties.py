"""Two parties in one field, a tax number glued to a name: read apart by SQL, the original kept.

"7722476458 772201001 OOO YATASH RUS" is a tax number (with a registration code) and a name; "LLC AKABE ON BEHALF OF
HAZAR INSAAT" is the party that acts and the one for which it does; "... ON BEHALF O" was cut off by the vendor, so that
somebody is behind the party, and who is not known. What is not of such a form is left as declared.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from boomerang.layouts.layout import MINIMUM_PHRASE, Parties

SIDES: Final = ("consignor", "consignee")
GLUED, ON_BEHALF, CUT_OFF, DIFFERS = (
    "tax_number_glued",
    "on_behalf_of",
    "on_behalf_of_cut_off",
    "tax_number_differs",
)
"""What may be said of a name that was read apart."""

_BLANK: Final = r"[\s\x{00A0}]"
_BEFORE: Final = r"[\s\x{00A0},;(/]+"
_GROUPS: Final = (
    *("first_number", "after_number", "acting"),
    *("principal", "principal_number", "served", "served_number", "cut_off", "last_number"),
)


def columns_of(side: str) -> tuple[str, ...]:
    """The columns that tell the parties of one side, in the order of the bronze tables."""
    return (
        f"{side}_name",
        f"{side}_name_declared",
        f"{side}_name_marks",
        f"{side}_tax_number",
        f"{side}_on_behalf_of_name",
        f"{side}_on_behalf_of_tax_number",
    )


def parts_expression(side: str, parties: Parties) -> str:
    """A struct of the parts of a name that is read apart, else null; few names are, the others are hardly looked at.

    Args:
        side: ``consignor`` or ``consignee``; the relation has a column ``<side>_name``.
        parties: How the layout's names may be written.
    """
    name = f"{side}_name"
    groups = ", ".join(f"'{group}'" for group in _GROUPS)
    return (
        f"case when regexp_matches({name}, {_literal(_hint(parties))}) "
        f"then regexp_extract({name}, {_literal(_pattern(parties))}, [{groups}]) end"
    )


def was_read_expression(parts: str) -> str:
    """Whether anything was found in a name, where ``parts`` holds :func:`parts_expression`."""
    found = f"concat({parts}.first_number, {parts}.last_number, {parts}.principal, {parts}.served, {parts}.cut_off)"
    return f"case when {parts} is null then false else {found} <> '' end"


def party_expressions(side: str, parts: str, was_read: str) -> dict[str, str]:
    """The expressions of :func:`columns_of`.

    Args:
        side: ``consignor`` or ``consignee``.
        parts: Holds :func:`parts_expression`.
        was_read: Holds :func:`was_read_expression`.
    """
    name, declared_number = f"{side}_name", f"{side}_tax_number"

    def first_of(*groups: str) -> str:
        texts = [f"nullif({parts}.{group}, '')" for group in groups]
        return f"coalesce({', '.join(texts)})"

    number = first_of("first_number", "last_number")
    principal = first_of("principal", "served")
    marks = (
        f"concat_ws(', ', case when {number} is not null then '{GLUED}' end, "
        f"case when {declared_number} <> {number} then '{DIFFERS}' end, "
        f"case when {principal} is not null then '{ON_BEHALF}' end, "
        f"case when {parts}.cut_off <> '' then '{CUT_OFF}' end)"
    )

    def where_read(expression: str, otherwise: str = "null") -> str:
        return f"case when {was_read} then {expression} else {otherwise} end"

    return {
        name: where_read(first_of("after_number", "acting"), name),
        f"{name}_declared": where_read(name),
        f"{name}_marks": where_read(marks),
        declared_number: where_read(f"coalesce({declared_number}, {number})", declared_number),
        f"{side}_on_behalf_of_name": where_read(principal),
        f"{side}_on_behalf_of_tax_number": where_read(first_of("principal_number", "served_number")),
    }


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _phrase(text: str) -> str:
    return rf"{_BLANK}+".join(re.escape(word) for word in text.split())


def _either(phrases: Iterable[str]) -> str:
    """The longest first: BY ORDER OF before BY ORDER."""
    return "|".join(_phrase(phrase) for phrase in sorted(phrases, key=lambda text: (-len(text), text)))


def _beginnings(phrases: Iterable[str]) -> str:
    """A phrase whole or cut off, but for less than its first letters."""
    every = {phrase[:length].rstrip() for phrase in phrases for length in range(MINIMUM_PHRASE, len(phrase) + 1)}
    return _either(every)


def _hint(parties: Parties) -> str:
    """What every name that is read apart has in it; it may be in others."""
    hints = []
    if parties.tax_number_digits:
        hints.append(rf"^[0-9]{{{min(parties.tax_number_digits)}}}")
    if parties.on_behalf_of:
        hints.append("|".join(sorted({_phrase(phrase[:MINIMUM_PHRASE]) for phrase in parties.on_behalf_of})))
    if parties.tax_number_words:
        hints.append(rf"(?:{_either(parties.tax_number_words)})[^0-9\pL]{{0,3}}[0-9]{{8}}")
    return f"(?i)(?:{'|'.join(hints)})" if hints else "a^"


def _pattern(parties: Parties) -> str:
    """A name with its parts in groups, in the order of ``_GROUPS``."""
    never = "a^"
    words = _either(parties.tax_number_words) or never
    lengths = "|".join(f"[0-9]{{{size}}}" for size in sorted(parties.tax_number_digits, reverse=True)) or never
    word_number = rf"(?:{words})[^0-9\pL]{{0,3}}"
    code = rf"(?:[\s\x{{00A0}}/]+(?:(?:KPP|КПП){_BLANK}*)?[0-9]{{9}})?"
    first = rf"(?:{word_number})?({lengths}){code}[\s\x{{00A0}},;:]+"
    close = r"[\s\x{00A0})]*$"
    number_behind = rf"(?:{_BEFORE}{word_number}([0-9]{{8,14}}){code})"
    phrases = _either(parties.on_behalf_of) or never
    cut = _beginnings(parties.on_behalf_of) or never
    served = _either(parties.acting_for) or never
    return (
        rf"(?is)^(?:{first}([^0-9\s].*?)|(.+?))"
        rf"(?:{_BEFORE}(?:{phrases})[\s\x{{00A0}}:]+([^\s\x{{00A0}}].*?){number_behind}?{close}"
        rf"|{_BEFORE}(?:{served})[\s\x{{00A0}}]+(.+?){number_behind}{close}"
        rf"|{_BEFORE}({cut})[\s\x{{00A0}}:]*$"
        rf"|{number_behind}{close}"
        rf"|$)"
    )
