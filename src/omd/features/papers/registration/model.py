"""Registration forms as data, and which fields they have unless a hotel says otherwise."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, get_args
from uuid import UUID

import msgspec

from omd.kernel.errors import FieldProblem, InvalidInput

Field = Literal[
    "last_name",
    "first_name",
    "date_of_birth",
    "place_of_birth",
    "citizenship",
    "address",
    "country",
    "document_type",
    "document_number",
    "document_country",
    "email",
    "phone",
]
"""What a form may ask for, each a field of a guest of a stay."""

FIELDS: tuple[Field, ...] = get_args(Field)


class AskedField(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A field of the form, and whether the form is incomplete without it."""

    field: Field
    required: bool = True


class ResidenceRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is asked of guests who live in a country (ISO 3166-1); null is for all who live elsewhere."""

    residence: str | None
    fields: tuple[AskedField, ...]


class RegistrationRules(msgspec.Struct, frozen=True):
    """What a hotel asks for; `is_default` where it said nothing itself, `blocks_check_in` where it insists.

    `series` is the one in which its forms are numbered, without a gap.
    """

    rules: tuple[ResidenceRule, ...]
    blocks_check_in: bool
    is_default: bool
    series: str | None = None


def _asked(*names: Field, optional: Sequence[Field] = ()) -> tuple[AskedField, ...]:
    return tuple(AskedField(each) for each in names) + tuple(AskedField(each, required=False) for each in optional)


_EVERYBODY: tuple[Field, ...] = (
    *("last_name", "first_name", "date_of_birth", "place_of_birth", "citizenship", "address", "country"),
    *("document_type", "document_number"),
)
DEFAULTS = RegistrationRules(
    (
        ResidenceRule("RO", _asked(*_EVERYBODY, optional=("document_country",))),
        ResidenceRule(None, _asked(*_EVERYBODY, "document_country")),
    ),
    blocks_check_in=False,
    is_default=True,
)
"""What Romania asks for: the form of arrival and departure that every tourist fills in (HG 237/2001)."""


class GuestGaps(msgspec.Struct, frozen=True):
    """A guest of a stay and what their form lacks, in its order."""

    guest_id: UUID
    last_name: str
    first_name: str | None
    missing: tuple[Field, ...]


class RegistrationCheck(msgspec.Struct, frozen=True):
    """Whether all forms of a stay are whole; `unnamed` counts persons who are not named yet, children included."""

    reservation_id: UUID
    is_complete: bool
    blocks_check_in: bool
    unnamed: int
    guests: tuple[GuestGaps, ...]


class FormField(msgspec.Struct, frozen=True):
    """A field of a form with what is known, dates as ISO 8601."""

    field: Field
    required: bool
    value: str | None


class RegistrationForm(msgspec.Struct, frozen=True):
    """The form of one guest, numbered in the hotel's series, or else by the stay's code and the guest's place.

    `arrival` and `departure` are the guest's own, where they are not those of the stay.
    """

    number: str
    guest_id: UUID
    arrival: date
    departure: date
    fields: tuple[FormField, ...]
    missing: tuple[Field, ...]


class RegistrationForms(msgspec.Struct, frozen=True):
    """The forms of a stay: where, from when to when, and one for each guest who is named."""

    reservation_id: UUID
    code: str
    business_id: int
    hotel: str
    arrival: date
    departure: date
    rooms: tuple[str, ...]
    unnamed: int
    forms: tuple[RegistrationForm, ...]


def require_sound(rules: Sequence[ResidenceRule]) -> None:
    """Raise `InvalidInput` for a residence or a field that is there twice, and where nothing is said of the others."""
    problems = tuple(_problems(rules))
    if problems:
        raise InvalidInput("The rules contradict themselves. Nothing was changed.", problems=problems)


def _problems(rules: Sequence[ResidenceRule]) -> Iterator[FieldProblem]:
    told: Counter[str | None] = Counter()
    for at, rule in enumerate(rules):
        told[rule.residence] += 1
        if told[rule.residence] > 1:
            yield FieldProblem(f"/rules/{at}/residence", "repeated", "One rule for each residence.")
        fields = Counter(each.field for each in rule.fields)
        for place, each in enumerate(rule.fields):
            if fields[each.field] > 1:
                yield FieldProblem(f"/rules/{at}/fields/{place}/field", "repeated", "A form has each field once.")
    if told[None] == 0:
        yield FieldProblem(
            "/rules", "others_missing", "Say by a rule without residence what is asked of all the others."
        )
