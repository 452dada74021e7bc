"""What is done about a ticket: reported, changed, spoken of, seen to, and what that does to its room."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from omd.db import ReadTransaction, Transaction
from omd.features.maintenance import queries
from omd.features.maintenance.errors import TicketActionRefused, TicketIdTaken, TicketNeedsPerson
from omd.features.maintenance.model import (
    Assigned,
    NewTicket,
    Resolved,
    RoomOut,
    RoomTakenOut,
    Ticket,
    TicketAction,
    TicketNote,
    TicketReason,
    TicketTerms,
    refusal,
)
from omd.features.maintenance.queries import Taken, TicketRow, Workshop
from omd.features.reservations import NewMaintenance, end_maintenance, start_maintenance
from omd.kernel.errors import FieldProblem, InvalidInput, NotFound

VersionCheck = Callable[[int], None]
_MEANWHILE = "Somebody else changed the ticket, or gave its room back, meanwhile. Read it again."


async def get_ticket(tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, now: datetime) -> Ticket:
    """Return a ticket with the steps it allows; raise `NotFound`."""
    return (await _find(tx, workshop, ticket_id, now)).read()


async def require_allowed(
    tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, action: TicketAction, now: datetime
) -> None:
    """Raise `NotFound`, or `TicketActionRefused` where a ticket does not allow a step."""
    _require(await _find(tx, workshop, ticket_id, now), action, _any_version)


async def locked_for(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, action: TicketAction, now: datetime
) -> TicketRow:
    """Return a ticket locked for a step, whatever its version; raise as `require_allowed` does."""
    return await _locked(tx, workshop, ticket_id, action, _any_version, now)


async def report(tx: Transaction, workshop: Workshop, new: NewTicket, now: datetime) -> Ticket:
    """Put on record what is broken, and return the ticket.

    What was reported under the same id by the same reporter before is answered as it is now, and nothing is changed. A
    reporter's clock that runs ahead counts as ours. Raises `InvalidInput` for a room that is not the hotel's, and
    `TicketIdTaken`.
    """
    reported_at = min(new.reported_at or now, now)
    added = await queries.add_ticket(tx, workshop, new, reported_at, now)
    if added is not None:
        return await get_ticket(tx, workshop, added, now)
    assert new.id is not None, "an id that we make is new"
    known = await get_ticket(tx, workshop, new.id, now)
    if known.reported_by != workshop.actor.label:
        raise TicketIdTaken(f"Ticket {new.id} was reported by somebody else. Report it under an id of your own.")
    return known


async def change(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, terms: TicketTerms, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Write anew what a ticket says, and return it.

    Raises `NotFound`, `StaleVersion`, `TicketActionRefused`, and `InvalidInput` where it would be nowhere.
    """
    row = await _locked(tx, workshop, ticket_id, "change", expected, now)
    if row.room_id is None and terms.area is None:
        said = "The ticket names no room: say the area where it is."
        raise InvalidInput(said, problems=(FieldProblem("/area", "missing", said),))
    await queries.change_ticket(tx, workshop, ticket_id, terms, now)
    return await get_ticket(tx, workshop, ticket_id, now)


async def comment(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, said: TicketReason, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Say something about a ticket, whatever its status, and return it. Raises `NotFound` or `StaleVersion`."""
    row = await _locked(tx, workshop, ticket_id, "comment", expected, now)
    return await _take(tx, workshop, row, Taken("commented", row.status, said.note), now)


async def assign(
    tx: Transaction,
    workshop: Workshop,
    ticket_id: UUID,
    to: Assigned,
    *,
    expected: VersionCheck,
    now: datetime,
) -> Ticket:
    """Say who is to see to a ticket, and return it; work that was begun begins anew.

    Raises `NotFound`, `StaleVersion`, `TicketActionRefused`, and `InvalidInput` for who is not of the hotel's staff.
    """
    row = await _locked(tx, workshop, ticket_id, "assign", expected, now)
    return await _take(tx, workshop, row, Taken("assigned", "assigned", to.note, assignee_id=to.assignee_id), now)


async def take(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, said: TicketNote, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Take a ticket that nobody has, for oneself, and return it; of two who do, one is refused.

    Raises `NotFound`, `StaleVersion`, `TicketActionRefused`, and `TicketNeedsPerson` for a program.
    """
    person = workshop.actor.user_id
    if person is None:
        raise TicketNeedsPerson("A ticket is taken by a person who signed in. Assign it to somebody instead.")
    row = await _locked(tx, workshop, ticket_id, "take", expected, now)
    return await _take(tx, workshop, row, Taken("assigned", "assigned", said.note, assignee_id=person), now)


async def start(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, said: TicketNote, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Begin to work on a ticket, or go on, and return it; of a ticket that nobody has, whoever begins has it.

    Raises `NotFound`, `StaleVersion` or `TicketActionRefused`.
    """
    row = await _locked(tx, workshop, ticket_id, "start", expected, now)
    who = workshop.actor.user_id if row.assignee_id is None else None
    return await _take(tx, workshop, row, Taken("started", "in_progress", said.note, assignee_id=who), now)


async def pause(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, said: TicketReason, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Let a ticket wait for something, and return it. Raises `NotFound`, `StaleVersion` or `TicketActionRefused`."""
    row = await _locked(tx, workshop, ticket_id, "pause", expected, now)
    return await _take(tx, workshop, row, Taken("paused", "waiting", said.note), now)


async def resolve(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, done: Resolved, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Say what was done, and return the ticket; where asked, its room comes back today.

    Raises `NotFound`, `StaleVersion` or `TicketActionRefused`.
    """
    if done.gives_room_back:
        await _end_interval(tx, workshop, await _find(tx, workshop, ticket_id, now), now)
    row = await _locked(tx, workshop, ticket_id, "resolve", expected, now)
    taken = Taken("resolved", "resolved", done.note, cost_note=done.cost_note)
    return await _take(tx, workshop, row, taken, now)


async def verify(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, said: TicketNote, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Close a ticket whose work was found good, and return it.

    Raises `NotFound`, `StaleVersion` or `TicketActionRefused`.
    """
    row = await _locked(tx, workshop, ticket_id, "verify", expected, now)
    return await _take(tx, workshop, row, Taken("verified", "closed", said.note), now)


async def reopen(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, said: TicketReason, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Open a ticket again whose work was not good, and return it; nobody has it then.

    Raises `NotFound`, `StaleVersion` or `TicketActionRefused`.
    """
    row = await _locked(tx, workshop, ticket_id, "reopen", expected, now)
    return await _take(tx, workshop, row, Taken("reopened", "open", said.note), now)


async def cancel(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, said: TicketReason, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """Set a ticket aside, and return it; a room that is out for it stays out until it is given back.

    Raises `NotFound`, `StaleVersion` or `TicketActionRefused`.
    """
    row = await _locked(tx, workshop, ticket_id, "cancel", expected, now)
    return await _take(tx, workshop, row, Taken("cancelled", "cancelled", said.note), now)


async def take_room_out(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, out: RoomTakenOut, *, expected: VersionCheck, now: datetime
) -> RoomOut:
    """Take the room of a ticket out for some nights; return the ticket and every stay that held the room.

    Stays move as was decided, all at once or nothing happens. Raises `NotFound`, `StaleVersion`,
    `TicketActionRefused`, and as `start_maintenance` does.
    """
    seen = await _find(tx, workshop, ticket_id, now)
    _require(seen, "take_room_out", expected)
    assert seen.room_id is not None, "what takes a room out has one"
    wanted = NewMaintenance(
        room_id=seen.room_id,
        kind=out.kind,
        starts_on=out.starts_on,
        ends_on=out.ends_on,
        reason=out.reason or seen.title,
        override_reason=out.override_reason,
        moves=out.moves,
        returns_as=out.returns_as,
    )
    # Counters before tickets, as whoever gives a room back locks them; the ticket is looked at again then.
    started = await start_maintenance(tx, workshop.actor, workshop.business_id, wanted, now=now)
    row = await _locked(tx, workshop, ticket_id, "take_room_out", expected, now)
    taken = Taken("room_taken_out", row.status, out.reason, interval_id=started.interval.id)
    return RoomOut(await _take(tx, workshop, row, taken, now), started.stays)


async def give_room_back(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, said: TicketNote, *, expected: VersionCheck, now: datetime
) -> Ticket:
    """End the maintenance of a ticket's room today, and return the ticket.

    Raises `NotFound`, `StaleVersion` or `TicketActionRefused`.
    """
    seen = await _find(tx, workshop, ticket_id, now)
    _require(seen, "give_room_back", expected)
    await _end_interval(tx, workshop, seen, now)
    await queries.lock_ticket(tx, workshop, ticket_id)
    row = await _find(tx, workshop, ticket_id, now)
    if row.version != seen.version:
        raise TicketActionRefused(_MEANWHILE, data={"action": "give_room_back", "status": row.status})
    return await _take(tx, workshop, row, Taken("room_given_back", row.status, said.note), now)


async def _end_interval(tx: Transaction, workshop: Workshop, row: TicketRow, now: datetime) -> None:
    if not row.is_out or row.interval_id is None:
        return
    try:
        await end_maintenance(tx, workshop.actor, workshop.business_id, row.interval_id, now=now)
    except NotFound as gone:
        raise TicketActionRefused(_MEANWHILE, data={"action": "give_room_back", "status": row.status}) from gone


async def _take(tx: Transaction, workshop: Workshop, row: TicketRow, taken: Taken, now: datetime) -> Ticket:
    await queries.take_step(tx, workshop, row.id, taken, now)
    return await get_ticket(tx, workshop, row.id, now)


async def _locked(
    tx: Transaction, workshop: Workshop, ticket_id: UUID, action: TicketAction, expected: VersionCheck, now: datetime
) -> TicketRow:
    await queries.lock_ticket(tx, workshop, ticket_id)
    row = await _find(tx, workshop, ticket_id, now)
    _require(row, action, expected)
    return row


def _require(row: TicketRow, action: TicketAction, expected: VersionCheck) -> None:
    expected(row.version)
    refused = refusal(action, row.standing())
    if refused is not None:
        code, said = refused
        raise TicketActionRefused(said, data={"action": action, "status": row.status, "reason": code})


def _any_version(version: int) -> None:
    """Take a ticket as it is: what is added to it is not put in the place of anything."""


async def _find(tx: ReadTransaction, workshop: Workshop, ticket_id: UUID, now: datetime) -> TicketRow:
    row = await queries.find_ticket(tx, workshop, ticket_id, now)
    if row is None:
        raise NotFound(f"This hotel has no ticket {ticket_id}.")
    return row
