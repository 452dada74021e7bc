"""The nights of a stay as they are charged: by what they owe, each kind of charge with the taxes in it.

What a night owes is held against what is charged of it, item by item: a kind of charge, or a tax on top. Where they
differ, what stands is taken back and posted anew, in docs/algorithms/charging.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from omd.features.folios.model import ChargedTax, FolioChargeKind, taxes_of_part
from omd.features.rates import CENTS, share_out

_NOTHING = Decimal(0)
_TAX = "tax:"


class PricedPart(msgspec.Struct, frozen=True):
    """What a kind of charge of one night owes."""

    date: date
    kind: FolioChargeKind
    amount: Decimal


class NightTax(msgspec.Struct, frozen=True):
    """A tax of one night that a guest pays, included or on top, and the kinds of charges it is of; empty = of all."""

    date: date
    code: str
    name: str
    placement: str
    amount: Decimal
    kinds: list[str]


class OwedPart(PricedPart, frozen=True):
    """What a kind of charge of one night of a stay owes, `agreed` on by hand or sold by an offer."""

    reservation_id: UUID
    agreed: bool


class OwedTax(NightTax, frozen=True):
    """A tax of one night of a stay that a guest pays."""

    reservation_id: UUID


class NightItem(msgspec.Struct, frozen=True):
    """What a night is charged for: a kind, or `tax:` and the code of a tax on top; no other charge of it is of that."""

    reservation_id: UUID
    date: date
    item: str

    @property
    def kind(self) -> FolioChargeKind:
        """The kind of its charges."""
        return "tax" if self.item.startswith(_TAX) else self.item  # type: ignore[return-value]  # one of the kinds

    def cause(self, number: int) -> str:
        """Return what names a charge of it, so that it is posted once; the first is number 1."""
        return f"night:{self.reservation_id}:{self.date}:{self.item}" + ("" if number == 1 else f":{number}")


class NightCharge(msgspec.Struct, frozen=True):
    """What an item of a night owes, the taxes in it, and the words for it."""

    item: NightItem
    amount: Decimal
    taxes: list[ChargedTax]
    text: str


class ChargedItem(NightItem, frozen=True):
    """What was charged of an item: what stands and the taxes in it, what was let off, how many charges there were."""

    charged: Decimal
    taxed: Decimal
    rebated: Decimal
    charges: int


class StandingCharge(NightItem, frozen=True):
    """A charge of an item that stands, by which entry, on which folio, and the taxes in it as JSON."""

    standing_id: UUID
    folio_id: UUID
    is_closed: bool
    amount: Decimal
    taxes: str

    def read_taxes(self) -> list[ChargedTax]:
        """Return the taxes in it."""
        return msgspec.json.decode(self.taxes, type=list[ChargedTax], strict=False)


class NightPost(msgspec.Struct, frozen=True):
    """A charge to post for an item, on a folio, or where the routes of its stay say."""

    folio_id: UUID | None
    amount: Decimal
    taxes: list[ChargedTax]
    text: str


class Settling(msgspec.Struct, frozen=True):
    """What is to be taken back of an item, and posted, so that it is charged at what it owes."""

    takes_back: Sequence[StandingCharge] = ()
    posts: Sequence[NightPost] = ()


_NAMES = {"room": "Room", "meals": "Meals", "supplement": "Supplements"}


def charges_of_nights(
    reservation_id: UUID, parts: Sequence[PricedPart], taxes: Sequence[NightTax]
) -> Iterator[NightCharge]:
    """Yield what the nights of a stay owe, by date: each kind with its share of the taxes, then those on top.

    An included tax is shared out, to the cent, over the kinds it is of, by what they were sold at.
    """
    for night in sorted({each.date for each in parts} | {each.date for each in taxes}):
        of_night = [each for each in parts if each.date == night and each.amount]
        included = [each for each in taxes if each.date == night and each.placement == "included"]
        for part, shares in zip(of_night, _shares(of_night, included), strict=True):
            item = NightItem(reservation_id, night, part.kind)
            yield NightCharge(item, part.amount, shares, f"{_NAMES[part.kind]}, night of {night}")
        on_top: dict[str, list[NightTax]] = {}
        for tax in taxes:
            if tax.date == night and tax.placement == "on_top":
                on_top.setdefault(tax.code, []).append(tax)
        for code, of_code in on_top.items():
            amount = sum((each.amount for each in of_code), _NOTHING)
            item = NightItem(reservation_id, night, f"{_TAX}{code}")
            yield NightCharge(item, amount, [ChargedTax(code, amount)], f"{of_code[0].name}, night of {night}")


def is_settled(owed: NightCharge | None, item: ChargedItem | None) -> bool:
    """Say whether an item is charged at what it owes, less what was let off, with as much of it taxes."""
    due, taxes = _due(owed, item)
    if item is None:
        return not due
    return due == item.charged and (bool(item.rebated) or item.taxed == sum((each.amount for each in taxes), _NOTHING))


def settle_item(owed: NightCharge | None, item: ChargedItem | None, standing: Sequence[StandingCharge]) -> Settling:
    """Return what brings an item from what stands of it to what it owes, less what was let off.

    What stands on open folios is taken back and posted anew where it stood, each folio with the share it had; what is
    on closed ones stays, and the difference goes where the routes say, below zero where it is too much.
    """
    due, taxes = _due(owed, item)
    left = [each for each in standing if not each.is_closed]
    closed = [each for each in standing if each.is_closed]
    rest = due - sum((each.amount for each in closed), _NOTHING)
    of_closed = _by_code(tax for each in closed for tax in each.read_taxes())
    rest_taxes = [
        ChargedTax(code, amount - of_closed.get(code, _NOTHING))
        for code, amount in {**dict.fromkeys(of_closed, _NOTHING), **_by_code(taxes)}.items()
    ]
    if not rest:
        return Settling(left)
    text = _text(owed, standing) + (": difference" if closed else "")
    if rest < 0 or not left or any(each.amount < 0 for each in left):
        return Settling(left, [NightPost(None, rest, rest_taxes, text)])
    return Settling(left, list(_where_they_stood(left, rest, rest_taxes, text)))


def _due(owed: NightCharge | None, item: ChargedItem | None) -> tuple[Decimal, list[ChargedTax]]:
    if owed is None:
        return _NOTHING, []
    due = owed.amount - min(_NOTHING if item is None else item.rebated, owed.amount)
    return due, owed.taxes if due == owed.amount else taxes_of_part(owed.taxes, owed.amount, due)


def _where_they_stood(
    left: Sequence[StandingCharge], rest: Decimal, taxes: Sequence[ChargedTax], text: str
) -> Iterator[NightPost]:
    whole = sum((each.amount for each in left), _NOTHING)
    shares = share_out([rest * each.amount / whole for each in left], 1, CENTS)
    still = list(taxes)
    for at, (each, share) in enumerate(zip(left, shares, strict=True)):
        own = still if at == len(left) - 1 else taxes_of_part(taxes, rest, share)
        still = [ChargedTax(mine.code, mine.amount - its.amount) for mine, its in zip(still, own, strict=True)]
        if share:
            yield NightPost(each.folio_id, share, own, text)


def _text(owed: NightCharge | None, standing: Sequence[StandingCharge]) -> str:
    if owed is not None:
        return owed.text
    return f"{_NAMES.get(standing[0].item, standing[0].item.removeprefix(_TAX))}, night of {standing[0].date}"


def _by_code(taxes: Iterable[ChargedTax]) -> dict[str, Decimal]:
    sums: dict[str, Decimal] = {}
    for each in taxes:
        sums[each.code] = sums.get(each.code, _NOTHING) + each.amount
    return {code: amount for code, amount in sums.items() if amount}


def _shares(parts: Sequence[PricedPart], taxes: Iterable[NightTax]) -> list[list[ChargedTax]]:
    shares: list[list[ChargedTax]] = [[] for _ in parts]
    for tax in taxes:
        of = [at for at, part in enumerate(parts) if not tax.kinds or part.kind in tax.kinds] or list(range(len(parts)))
        total = sum((parts[at].amount for at in of), _NOTHING)
        if not total:
            continue
        amounts = share_out([tax.amount * parts[at].amount / total for at in of], 1, CENTS)
        for at, amount in zip(of, amounts, strict=True):
            shares[at].append(ChargedTax(tax.code, amount))
    return shares
