"""What is refused to whoever keeps bills."""

from collections.abc import Callable

import msgspec

from omd.db import ConstraintErrors, Violation
from omd.kernel.errors import FieldProblem, InvalidInput, OmdError


class FolioClosed(OmdError):
    """The folio is closed: it takes no entry, and stays as it is."""

    code = "folio_closed"
    status = 409
    title = "The folio is closed"


class FolioNotSettled(OmdError):
    """The folio is not at zero, or holds a deposit; `data` says how much."""

    code = "folio_not_settled"
    status = 409
    title = "The folio is not settled"


class BalanceOpen(OmdError):
    """A folio of the stay is not at zero, or holds a deposit; `data.folios` says which, and how much."""

    code = "balance_open"
    status = 409
    title = "The bill is not settled"


class NightsNotCharged(OmdError):
    """Nights of the stay are charged nowhere, or at another amount than they owe; `data.dates` names them."""

    code = "nights_not_charged"
    status = 409
    title = "Nights are not charged yet"


class TransferNotAuthorised(OmdError):
    """Nobody would pay what is owed: on a folio of the house without a company, or of a stay that is over.

    Only who keeps the books moves entries so; `data.reservation_codes` names stays whose routes lead there.
    """

    code = "transfer_not_authorised"
    status = 409
    title = "The transfer is not authorised"


class NightsWithoutPrice(OmdError):
    """Nights of the stay have no price, not even that they are for nothing; `data.dates` names them."""

    code = "nights_without_price"
    status = 409
    title = "Nights have no price"


class NightsChargedAhead(OmdError):
    """Nights are charged that the stay would give back; `data.dates` names them."""

    code = "nights_charged_ahead"
    status = 409
    title = "Nights are charged that were not spent"


class ChargesPosted(OmdError):
    """The stay was charged since its check-in; `data.charges` names the entries, their folios and amounts."""

    code = "charges_posted"
    status = 409
    title = "The stay was charged since its check-in"


class RefundAbovePaid(OmdError):
    """More would be given back than was paid on the folio; `data.paid` says how much that is."""

    code = "refund_above_paid"
    status = 409
    title = "More than was paid"


class DepositTooSmall(OmdError):
    """The folio holds less of a deposit than that; `data.deposit` says how much."""

    code = "deposit_too_small"
    status = 409
    title = "The deposit is smaller"


class AboveBalance(OmdError):
    """More than is owed would be settled, by deposit or by a company; `data.balance` says how much is owed."""

    code = "above_balance"
    status = 409
    title = "More than is owed"


class EntryFollowed(OmdError):
    """The entry was moved or taken back; `data.followed_by_id` names the entry that did it."""

    code = "entry_followed"
    status = 409
    title = "The entry was moved or taken back"


class EntryNotMovable(OmdError):
    """An entry of this kind cannot be moved, or taken back."""

    code = "entry_not_movable"
    status = 409
    title = "The entry stays where it is"


class CompanyTaken(OmdError):
    """Another company of the hotel has this tax number."""

    code = "company_taken"
    status = 409
    title = "The company is there already"


def unknown_company(pointer: str = "/company_id") -> InvalidInput:
    """Return the refusal of a company that the hotel has not."""
    said = "This hotel has no such company."
    return InvalidInput(said, problems=(FieldProblem(pointer, "unknown_company", said),))


def unknown_folio(pointer: str = "/folio_id") -> InvalidInput:
    """Return the refusal of a folio that the hotel has not."""
    said = "This hotel has no such folio."
    return InvalidInput(said, problems=(FieldProblem(pointer, "unknown_folio", said),))


def named_twice() -> InvalidInput:
    """Return the refusal of two routes for one kind of charge."""
    said = "A kind of charge has one route."
    return InvalidInput(f"{said} Nothing was changed.", problems=(FieldProblem("/routes", "named_twice", said),))


def _said(error: type[OmdError], said: str) -> Callable[[Violation], OmdError]:
    return lambda _violation: error(said)


def _balance_open(violation: Violation) -> OmdError:
    folios = msgspec.json.decode(violation.detail or "[]")
    said = ", ".join(
        f"folio {each['number']} is at {each['balance']} and holds a deposit of {each['deposit']}" for each in folios
    )
    return BalanceOpen(
        f"The stay is not settled: {said}. Have it paid, or hand it over to a company's account; "
        "nobody was checked out.",
        data={"folios": folios},
    )


def _nights_not_charged(violation: Violation) -> OmdError:
    dates = msgspec.json.decode(violation.detail or "[]")
    return NightsNotCharged(
        f"Nights of the stay are not charged at what they owe: {', '.join(dates)}. Charge them, then settle the bill; "
        "nobody was checked out.",
        data={"dates": dates},
    )


def _nights_without_price(violation: Violation) -> OmdError:
    dates = msgspec.json.decode(violation.detail or "[]")
    return NightsWithoutPrice(
        f"Nights of the stay have no price: {', '.join(dates)}. Price it anew by an offer, or agree on an "
        "amount, which may be nothing; nobody was checked out.",
        data={"dates": dates},
    )


def _nights_charged_ahead(violation: Violation) -> OmdError:
    dates = msgspec.json.decode(violation.detail or "[]")
    return NightsChargedAhead(
        f"Nights are charged that the stay would give back: {', '.join(dates)}. Amend its departure, which takes their "
        "charges back, or correct these; then settle the bill. Nobody was checked out.",
        data={"dates": dates},
    )


def _charges_posted(violation: Violation) -> OmdError:
    charges = msgspec.json.decode(violation.detail or "[]")
    named = ", ".join(f"{each['text']} ({each['amount']})" for each in charges[:_MOST_NAMED])
    return ChargesPosted(
        f"The stay was charged since its check-in: {named}. Take these charges back first, or check the guest out; "
        "nothing was changed.",
        data={"charges": charges},
    )


_MOST_NAMED = 5

CONSTRAINT_ERRORS: ConstraintErrors = {
    "reservations_nights_priced": _nights_without_price,
    "reservations_nights_given_back": _nights_charged_ahead,
    "reservations_check_in_charged": _charges_posted,
    "reservations_settled": _balance_open,
    "reservations_nights_charged": _nights_not_charged,
    "folios_closed": _said(FolioClosed, "The folio is closed. Open another one of the stay; nothing was posted."),
    "folios_closed_at_zero": _said(FolioNotSettled, "A folio is closed at zero; nothing was changed."),
    "folios_refund_within_paid": _said(RefundAbovePaid, "Less was paid on the folio than that; nothing was posted."),
    "folios_deposit_not_overdrawn": _said(
        DepositTooSmall, "The folio holds less of a deposit than that; nothing was posted."
    ),
    "folios_billed_not_negative": _said(
        AboveBalance, "Less was handed over to a company's account than that; nothing was posted."
    ),
    "ledger_entries_followed_once": _said(
        EntryFollowed, "The entry was moved or taken back by somebody else; read the statement again."
    ),
    "folios_company_fkey": lambda _: unknown_company(),
    "folio_routes_folio_fkey": lambda _: unknown_folio(),
    "companies_tax_number_unique": _said(
        CompanyTaken, "A company of this hotel has the tax number already. Change that one; nothing was added."
    ),
}
