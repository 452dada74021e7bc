"""The nights of a stay as they are charged: by what they were sold at, each kind of charge with the taxes in it."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.features.folios.model import ChargedTax, FolioChargeKind
from omd.features.rates import CENTS, share_out


class PricedPart(msgspec.Struct, frozen=True):
    """What a kind of charge of one night was sold at."""

    date: date
    kind: FolioChargeKind
    amount: Decimal


class NightTax(msgspec.Struct, frozen=True):
    """A tax of one night that a guest pays, included or on top, and the kinds of charges it is of; empty = of all."""

    date: date
    position: int
    code: str
    name: str
    placement: str
    amount: Decimal
    kinds: list[str]


class StayPart(PricedPart, frozen=True):
    """What a kind of charge of one night of a stay was sold at."""

    reservation_id: UUID


class StayTax(NightTax, frozen=True):
    """A tax of one night of a stay that a guest pays."""

    reservation_id: UUID


class NightCharge(msgspec.Struct, frozen=True):
    """A charge to post for a night; `cause` names it, so that it is posted once."""

    date: date
    kind: FolioChargeKind
    amount: Decimal
    taxes: list[ChargedTax]
    text: str
    cause: str


_NAMES = {"room": "Room", "meals": "Meals", "supplement": "Supplements"}


def charges_of_nights(
    reservation_id: UUID, parts: Sequence[PricedPart], taxes: Sequence[NightTax]
) -> Iterator[NightCharge]:
    """Yield the charges of the nights of a stay, by date: each kind with its share of the taxes, then those on top.

    An included tax is shared out, to the cent, over the kinds it is of, by what they were sold at.
    """
    for night in sorted({each.date for each in parts} | {each.date for each in taxes}):
        of_night = [each for each in parts if each.date == night and each.amount]
        included = [each for each in taxes if each.date == night and each.placement == "included"]
        for part, shares in zip(of_night, _shares(of_night, included), strict=True):
            cause = f"night:{reservation_id}:{night}:{part.kind}"
            yield NightCharge(night, part.kind, part.amount, shares, f"{_NAMES[part.kind]}, night of {night}", cause)
        for tax in taxes:
            if tax.date == night and tax.placement == "on_top":
                cause = f"night:{reservation_id}:{night}:tax:{tax.position}"
                own = [ChargedTax(tax.code, tax.amount)]
                yield NightCharge(night, "tax", tax.amount, own, f"{tax.name}, night of {night}", cause)


def _shares(parts: Sequence[PricedPart], taxes: Iterable[NightTax]) -> list[list[ChargedTax]]:
    shares: list[list[ChargedTax]] = [[] for _ in parts]
    for tax in taxes:
        of = [at for at, part in enumerate(parts) if not tax.kinds or part.kind in tax.kinds] or list(range(len(parts)))
        total = sum((parts[at].amount for at in of), Decimal(0))
        if not total:
            continue
        amounts = share_out([tax.amount * parts[at].amount / total for at in of], 1, CENTS)
        for at, amount in zip(of, amounts, strict=True):
            shares[at].append(ChargedTax(tax.code, amount))
    return shares
