"""What is sent about bills, as it goes over the wire."""

from datetime import date
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from omd.features.folios.model import FolioChargeKind, Method


def _example(value: object) -> dict[str, Any]:
    return {"examples": [value]}


_SAYS_SOMETHING = "^[^\\x00-\\x1f\\x7f]*[^\\s\\x00-\\x1f\\x7f][^\\x00-\\x1f\\x7f]*$(?!\\n)"
Words = Annotated[
    str,
    msgspec.Meta(min_length=1, max_length=200, pattern=_SAYS_SOMETHING, extra_json_schema=_example("Minibar")),
]
Amount = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9]{1,8}(\\.[0-9]{1,2})?$(?!\\n)",
        description="Above zero, in the folio's currency.",
        extra_json_schema=_example("12.50"),
    ),
]
Percent = Annotated[
    str,
    msgspec.Meta(
        pattern="^[0-9]{1,2}(\\.[0-9]{1,2})?$(?!\\n)",
        description="Above zero and below 100.",
        extra_json_schema=_example("50"),
    ),
]
Country = Annotated[
    str, msgspec.Meta(pattern="^[A-Z]{2}$(?!\\n)", description="ISO 3166-1 alpha-2", extra_json_schema=_example("RO"))
]
Id = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
ManualKind = Literal["room", "meals", "supplement", "fee"]


class NewFolio(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A folio to open: paid by the guest unless a company is named."""

    company_id: Id | None = None
    label: Words | None = None


class FolioChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who pays a folio from now on, and what it is called; null takes the company, or the label, away."""

    company_id: Id | msgspec.UnsetType | None = msgspec.UNSET
    label: Words | msgspec.UnsetType | None = msgspec.UNSET


class NewCharge(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A charge: the amount holds the taxes that are included in prices; those that come on top are added."""

    kind: ManualKind
    amount: Amount
    text: Words


class NightsUntil(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Up to which day nights are charged, at most the departure; those that were spent where nothing is said."""

    until: date | None = None


class NewPayment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money that was received."""

    method: Method
    amount: Amount
    text: Words | None = None


class DepositUse(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a deposit is used; all that is owed, as far as it reaches, where nothing is said."""

    amount: Amount | None = None


class NewRefund(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money that is given back, of what was paid or of the deposit."""

    method: Method
    amount: Amount
    text: Words
    of: Literal["payments", "deposit"] = "payments"


class NewBilling(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much is handed over to the account of a company: the folio's own, and the whole balance, unless named."""

    company_id: Id | None = None
    amount: Amount | None = None


class Correction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Why an entry is taken back."""

    reason: Words


class Transfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an entry goes, and why."""

    to_folio_id: UUID
    reason: Words | None = None


class HouseTransfer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """To which folio of the house an entry goes, and why the house bears it."""

    to_folio_id: UUID
    reason: Words


class Split(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a charge goes to another folio: an amount, or a share in percent, half of it unless said; and why."""

    to_folio_id: UUID
    amount: Amount | None = None
    share: Percent | None = None
    reason: Words | None = None


class Rebate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of a charge is taken back, and why."""

    amount: Amount
    reason: Words


class NewRoute(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """On which folio a kind of charge is to go: of the stay, of another one, or of the house; null for no route."""

    kind: FolioChargeKind
    folio_id: UUID | None


class NewRoutes(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All routes of a stay; a kind that is not named goes on its first open folio."""

    routes: Annotated[list[NewRoute], msgspec.Meta(min_length=1, max_length=5)]


class NewCompany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A company to add, or what is to be known of one."""

    name: Words
    tax_number: Annotated[Words | None, msgspec.Meta(description="Such as the Romanian CUI, or a VAT number.")] = None
    registration: Annotated[Words | None, msgspec.Meta(description="Its number in the register of companies.")] = None
    address: Words | None = None
    country: Country | None = None
    email: Words | None = None
