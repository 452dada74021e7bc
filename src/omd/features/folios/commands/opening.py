"""Opening, changing and closing bills, and saying which charges go on which."""

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

import msgspec

from omd.db import Transaction
from omd.features.folios import queries
from omd.features.folios.errors import FolioClosed, FolioNotSettled, TransferNotAuthorised, unknown_company
from omd.features.folios.model import Clerk, Folio, FolioChargeKind, Route
from omd.kernel.actor import Actor
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound

_MOST_NAMED = 20
"""Stays that a refusal names."""

Expected = Callable[[int], None]
"""Raises `StaleVersion` for a version that is not the one the caller read."""


async def find_clerk(tx: Transaction, actor: Actor, reservation_id: UUID, now: datetime) -> Clerk:
    """Return the actor as a clerk of the hotel that holds a stay; raise `NotFound` or `NotAllowed`."""
    hotel = await queries.find_stay_hotel(tx, actor, reservation_id)
    if hotel is None:
        raise NotFound(f"There is no reservation {reservation_id}.")
    return Clerk(actor, actor.serves(hotel), now)


async def open_folio(
    tx: Transaction, clerk: Clerk, reservation_id: UUID | None, *, company_id: int | None, label: str | None
) -> Folio:
    """Open another folio of a stay, or of the house (None).

    Raises `InvalidInput` for a company that is not there, and `TransferNotAuthorised` for a stay that is over, whose
    charges go on the bills that it has, unless a company pays.
    """
    await _require_company(tx, clerk, company_id)
    payer = "guest" if company_id is None else "company"
    folio_id = await queries.open_folio(
        tx,
        clerk,
        reservation_id,
        payer=payer,  # type: ignore[arg-type]  # one of the two
        company_id=company_id,
        label=label,
    )
    opened = await find_folio(tx, clerk, folio_id)
    if reservation_id is not None:
        await require_payer(tx, clerk, opened)
    return opened


async def change_folio(
    tx: Transaction,
    clerk: Clerk,
    folio_id: UUID,
    *,
    company_id: int | msgspec.UnsetType | None,
    label: str | msgspec.UnsetType | None,
    expected: Expected,
) -> Folio:
    """Say who pays a folio and what it is called; raise `NotFound` for none.

    Raises `StaleVersion`, `FolioClosed`, `InvalidInput`, or `TransferNotAuthorised` where nobody would pay what is
    owed there, or what stays are still to be charged with there.
    """
    folio = await lock_open(tx, clerk, folio_id)
    expected(folio.version)
    wanted = folio
    if company_id is not msgspec.UNSET:
        await _require_company(tx, clerk, company_id)
        payer = "guest" if company_id is None else "company"
        wanted = msgspec.structs.replace(wanted, payer=payer, company_id=company_id)
    if label is not msgspec.UNSET:
        wanted = msgspec.structs.replace(wanted, label=label)
    if wanted == folio:
        return folio
    await queries.change_folio(tx, clerk, wanted)
    if wanted.payer != folio.payer:
        await _require_payer_of_charges(tx, clerk, wanted)
    return await find_folio(tx, clerk, folio_id)


async def close_folio(tx: Transaction, clerk: Clerk, folio_id: UUID, *, expected: Expected) -> Folio:
    """Close a folio that is at zero and holds no deposit; raise `NotFound`, `FolioClosed` or `FolioNotSettled`."""
    folio = await lock_open(tx, clerk, folio_id)
    expected(folio.version)
    if folio.balance or folio.deposit:
        raise FolioNotSettled(
            f"Folio {folio.number} is at {folio.balance} {folio.currency} and holds a deposit of {folio.deposit}. "
            "Settle both, then close it; nothing was changed.",
            data={"balance": str(folio.balance), "deposit": str(folio.deposit)},
        )
    await queries.change_folio(tx, clerk, folio, closes=True)
    return await find_folio(tx, clerk, folio_id)


async def require_payer(tx: Transaction, clerk: Clerk, folio: Folio, *, own: UUID | None = None) -> None:
    """Raise `TransferNotAuthorised` for a folio that nobody pays, unless it is one of the stay `own`.

    A bill is paid by its company, or by the guest of its stay until that is over: what is owed on another is let off.
    """
    if own is not None and folio.reservation_id == own:
        return
    if await queries.nobody_pays(tx, queries.books_of(clerk), folio.id):
        whose = "the house's own" if folio.reservation_id is None else "of a stay that is over"
        raise TransferNotAuthorised(
            f"This folio is {whose}, and no company pays it. Let a guest who is still to pay or a company pay, or have "
            "who keeps the books move the entry by `transfer-to-house`. Nothing was changed.",
            data={"folio_id": str(folio.id)},
        )


async def put_routes(
    tx: Transaction, clerk: Clerk, reservation_id: UUID, wanted: Mapping[FolioChargeKind, UUID | None]
) -> list[Route]:
    """Say on which open folios the charges of a stay go, None for no route.

    Raises `InvalidInput` naming those that are not there or closed, or `TransferNotAuthorised`.
    """
    books = queries.books_of(clerk)
    routes = [Route(kind, folio_id) for kind, folio_id in wanted.items() if folio_id is not None]
    found = await queries.lock_folios(tx, books, sorted({each.folio_id for each in routes}))
    problems = []
    for index, folio_id in enumerate(wanted.values()):
        folio = None if folio_id is None else found.get(folio_id)
        if folio_id is not None and (folio is None or folio.closed_at is not None):
            said = "This hotel has no such folio." if folio is None else "The folio is closed."
            problems.append(FieldProblem(f"/routes/{index}/folio_id", "unknown_folio", said))
    if problems:
        raise InvalidInput(f"{problems[0].detail} Nothing was changed.", problems=tuple(problems))
    for folio in found.values():
        await require_payer(tx, clerk, folio, own=reservation_id)
    await queries.put_routes(tx, books, reservation_id, routes)
    return await queries.list_routes(tx, books, reservation_id)


async def find_folio(tx: Transaction, clerk: Clerk, folio_id: UUID) -> Folio:
    """Return a folio as it is now; raise `NotFound`."""
    found = await queries.find_folio(tx, queries.books_of(clerk), folio_id)
    if found is None:
        raise no_folio(folio_id)
    return found


async def lock_open(tx: Transaction, clerk: Clerk, folio_id: UUID) -> Folio:
    """Lock a folio that is going to be written to and return it; raise `NotFound` or `FolioClosed`."""
    return require_open(await lock_folio(tx, clerk, folio_id))


async def lock_folio(tx: Transaction, clerk: Clerk, folio_id: UUID) -> Folio:
    """Lock a folio, open or closed, and return it; raise `NotFound`."""
    locked = await queries.lock_folios(tx, queries.books_of(clerk), [folio_id])
    if folio_id not in locked:
        raise no_folio(folio_id)
    return locked[folio_id]


def require_open(folio: Folio) -> Folio:
    """Return a folio that takes entries; raise `FolioClosed`."""
    if folio.closed_at is not None:
        raise FolioClosed(f"Folio {folio.number} is closed. Open another one; nothing was written.")
    return folio


def no_folio(folio_id: UUID) -> NotFound:
    """Return the refusal of a folio that is not there, or another hotel's."""
    return NotFound(f"There is no folio {folio_id}.")


async def _require_payer_of_charges(tx: Transaction, clerk: Clerk, folio: Folio) -> None:
    """Raise `TransferNotAuthorised` where nobody pays a folio that is not at zero, or to which routes of stays lead."""
    books = queries.books_of(clerk)
    stays = await queries.list_routed_stays(tx, books, folio, _MOST_NAMED)
    if stays and await queries.nobody_pays(tx, books, folio.id):
        raise TransferNotAuthorised(
            f"Charges of {', '.join(stays)} go on this folio, which nobody would pay. Take the routes of these stays "
            "away first. Nothing was changed.",
            data={"folio_id": str(folio.id), "reservation_codes": stays},
        )
    if folio.balance:
        await require_payer(tx, clerk, folio)


async def _require_company(tx: Transaction, clerk: Clerk, company_id: int | None) -> None:
    if company_id is not None and await queries.find_company(tx, queries.books_of(clerk), company_id) is None:
        raise unknown_company()
