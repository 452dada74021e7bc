"""What is sent and answered about taxes, as it goes over the wire."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from omd.features.rates.taxes.model import (
    Basis,
    Charge,
    ChargeKind,
    Locality,
    Lodger,
    Placement,
    Taxed,
    TaxLine,
    TaxRule,
)

_HUNDREDTH = Decimal("0.01")


def _example(value: object) -> dict[str, Any]:
    return {"examples": [value]}


_SAYS_SOMETHING = "^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$(?!\\n)"
Code = Annotated[
    str, msgspec.Meta(pattern="^[A-Za-z0-9._/-]{1,40}$(?!\\n)", max_length=40, extra_json_schema=_example("CITY"))
]
Name = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=200, pattern=_SAYS_SOMETHING, extra_json_schema=_example("City tax")),
]
Value = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9]{1,6}(\\.[0-9]{1,4})?$(?!\\n)",
        description="In percent, or an amount in the hotel's currency.",
        extra_json_schema=_example("7.00"),
    ),
]
Amount = Annotated[
    str, msgspec.Meta(pattern="^[0-9]{1,10}(\\.[0-9]{1,2})?$(?!\\n)", extra_json_schema=_example("400.00"))
]
Country = Annotated[
    str, msgspec.Meta(pattern="^[A-Z]{2}$(?!\\n)", description="ISO 3166-1 alpha-2", extra_json_schema=_example("RO"))
]
Countries = Annotated[list[Country], msgspec.Meta(max_length=250)]
Kinds = Annotated[list[ChargeKind], msgspec.Meta(max_length=3)]
Age = Annotated[int, msgspec.Meta(ge=0, le=150)]
Nights = Annotated[int, msgspec.Meta(ge=1, le=366)]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Since = Annotated[date, msgspec.Meta(extra_json_schema=_example("2027-06-01"))]


class NewLocality(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A locality to add."""

    code: Annotated[
        str, msgspec.Meta(pattern="^[A-Za-z0-9._/-]{1,40}$(?!\\n)", max_length=40, extra_json_schema=_example("brasov"))
    ]
    name: Name


class LocalityName(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another name of a locality."""

    name: Name


class LocalityOfHotel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The locality a hotel is to lie in; null for none."""

    locality_id: Id | None


class HotelLocality(msgspec.Struct, frozen=True):
    """The locality a hotel lies in, whose taxes hold there; null where it lies in none."""

    locality: Locality | None


class NewTaxRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A tax from `since` to the day before `until`.

    `kinds` are the kinds of charges that a percentage is of, all without any.
    """

    code: Code
    name: Name
    basis: Basis
    placement: Placement
    value: Value
    since: Since
    until: date | None = None
    kinds: Kinds = []
    min_age: Age | None = None
    max_age: Age | None = None
    max_nights: Nights | None = None
    spares_countries: Countries = []
    only_countries: Countries = []

    def rule(self) -> TaxRule:
        """Return it as a rule that is not kept yet, at the level of a hotel."""
        terms = {name: getattr(self, name) for name in self.__struct_fields__ if name not in ("value", "locality_id")}
        return TaxRule(id=None, level="hotel", value=Decimal(self.value), **terms)


class NewOmdTaxRule(NewTaxRule, frozen=True, forbid_unknown_fields=True):
    """A tax of a destination, or of one of its localities where it names one."""

    locality_id: Id | None = None


class TaxRuleChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What to change; what is left out stays. Of a rule that has begun, `until` alone."""

    name: Name | msgspec.UnsetType = msgspec.UNSET
    basis: Basis | msgspec.UnsetType = msgspec.UNSET
    placement: Placement | msgspec.UnsetType = msgspec.UNSET
    value: Value | msgspec.UnsetType = msgspec.UNSET
    since: date | msgspec.UnsetType = msgspec.UNSET
    until: date | msgspec.UnsetType | None = msgspec.UNSET
    kinds: Kinds | msgspec.UnsetType = msgspec.UNSET
    min_age: Age | msgspec.UnsetType | None = msgspec.UNSET
    max_age: Age | msgspec.UnsetType | None = msgspec.UNSET
    max_nights: Nights | msgspec.UnsetType | None = msgspec.UNSET
    spares_countries: Countries | msgspec.UnsetType = msgspec.UNSET
    only_countries: Countries | msgspec.UnsetType = msgspec.UNSET

    def terms(self) -> dict[str, Any]:
        """Return the terms that are said."""
        said = {name: getattr(self, name) for name in self.__struct_fields__}
        terms = {name: value for name, value in said.items() if value is not msgspec.UNSET}
        return terms | ({"value": Decimal(terms["value"])} if "value" in terms else {})


class PreviewedLodger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody who stays; of unknown age an adult."""

    age: Age | None = None
    country: Country | None = None


class PreviewedCharge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a night is charged with, as it is shown to the guest."""

    date: date
    kind: ChargeKind
    amount: Amount


class TaxPreview(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stay in one room to reckon taxes for; `rules` are tried as the hotel's own, beside those it has."""

    arrival: date
    departure: date
    charges: Annotated[list[PreviewedCharge], msgspec.Meta(max_length=2000)]
    lodgers: Annotated[list[PreviewedLodger], msgspec.Meta(max_length=50)]
    rules: Annotated[list[NewTaxRule], msgspec.Meta(max_length=20)] = []

    def charged(self) -> list[Charge]:
        """Return the charges to reckon with."""
        return [Charge(each.date, each.kind, Decimal(each.amount)) for each in self.charges]

    def party(self) -> list[Lodger]:
        """Return who stays."""
        return [Lodger(each.age, each.country) for each in self.lodgers]


class TaxAnswer(msgspec.Struct, frozen=True):
    """What a stay comes to, in the hotel's currency: `total` is the bill, and `owed` is beside it."""

    currency: str
    net: Decimal
    included: Decimal
    gross: Decimal
    on_top: Decimal
    owed: Decimal
    total: Decimal
    lines: list[TaxLine]

    @classmethod
    def of(cls, taxed: Taxed, currency: str) -> "TaxAnswer":
        """Return what was reckoned as an answer."""
        amounts = (taxed.net, taxed.included, taxed.gross, taxed.on_top, taxed.owed, taxed.total)
        net, included, gross, on_top, owed, total = (each.quantize(_HUNDREDTH) for each in amounts)
        return cls(currency, net, included, gross, on_top, owed, total, list(taxed.lines))
