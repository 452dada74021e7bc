"""A stay chosen to move whose guest checks in, or whose room is locked, before it has moved: it keeps its room."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from typing import TypeVar
from uuid import UUID

import pytest

from omd.db import Database, Transaction
from omd.features.reservations import (
    Amendment,
    Guest,
    NewReservation,
    NoRoomThroughout,
    Reservation,
    amend,
    book,
    check_in,
    check_out,
    get_reservation,
    undo_check_out,
)
from omd.features.reservations.model import CheckOutUndo, Price
from omd.kernel.errors import OmdError
from support.racing import attempt, until_waiting
from support.worlds import NOW, Connection, World, hotel_actor

DAY = timedelta(days=1)
FIRST = date(2027, 5, 3)
Prove = Callable[[], Awaitable[None]]
Result = TypeVar("Result")
Work = Callable[[Transaction], Awaitable[Result]]


class Undone(Exception):
    """Rolls a transaction back."""


def end(*, commit: bool) -> None:
    """Leave the transaction around it to its commit, or have it rolled back."""
    if not commit:
        raise Undone


def noon(day: int) -> datetime:
    """Return noon (UTC) of a day counted from FIRST."""
    return datetime.combine(FIRST + day * DAY, time(12), UTC)


class Desk:
    """The reception of `grand`, which has two twins: 301 and 302."""

    def __init__(self, database: Database, world: World, watcher: Connection) -> None:
        self.database = database
        self.grand = world.grand
        self.actor = hotel_actor(world.grand)
        self.watcher = watcher

    def order(self, since: int, until: int, room: str | None = None) -> Work[Reservation]:
        """Return the work of booking a twin for the nights [since, until), counted from FIRST."""
        wanted = NewReservation(
            self.grand.types["twin"].id,
            FIRST + since * DAY,
            FIRST + until * DAY,
            [Guest(last_name="Racer")],
            price=Price("0.00"),
            room_id=None if room is None else self.grand.rooms[room],
        )
        return lambda tx: book(tx, self.actor, self.grand.id, wanted, now=NOW)

    def change(self, stay: UUID, change: Amendment, *, now: datetime = NOW) -> Work[Reservation]:
        """Return the work of changing a stay."""
        return lambda tx: amend(tx, self.actor, stay, change, expected=lambda _: None, now=now)

    def entrance(self, stay: UUID, *, now: datetime) -> Work[Reservation]:
        """Return the work of checking a guest in."""
        return lambda tx: check_in(tx, self.actor, stay, now=now)

    def exit(self, stay: UUID, *, now: datetime) -> Work[Reservation]:
        """Return the work of checking a guest out."""
        return lambda tx: check_out(tx, self.actor, stay, now=now)

    def return_until(self, stay: UUID, departure: date, *, now: datetime) -> Work[Reservation]:
        """Return the work of undoing a check-out, for a guest who stays longer."""
        wanted = CheckOutUndo(departure=departure)
        return lambda tx: undo_check_out(tx, self.actor, stay, wanted, expected=lambda _: None, now=now)

    async def done(self, work: Work[Reservation]) -> Reservation:
        """Do the work as the edge does; it must succeed."""
        answer = await attempt(self.database, self.actor, work)
        assert isinstance(answer, Reservation), answer
        return answer

    async def rooms(self, *stays: UUID, now: datetime = NOW, tx: Transaction | None = None) -> list[set[str | None]]:
        """Return the room numbers each stay has, as committed or as a transaction sees them."""
        if tx is None:
            async with self.database.transaction(self.actor) as own:
                return await self.rooms(*stays, now=now, tx=own)
        read = [await get_reservation(tx, self.actor, stay, now) for stay in stays]
        return [{night.room_number for night in each.nights} for each in read]

    async def moved_by(self, work: Work[Reservation], stays: Sequence[UUID]) -> list[UUID]:
        """Return which of the stays the work would move, having undone it."""
        before = await self.rooms(*stays)
        after = before
        with suppress(Undone):
            async with self.database.transaction(self.actor) as tx:
                await work(tx)
                after = await self.rooms(*stays, tx=tx)
                end(commit=False)
        return [stay for stay, was, now in zip(stays, before, after, strict=True) if was != now]

    async def overtaken(
        self, work: Work[Reservation], by: Work[Reservation], stay: UUID, *, commit: bool
    ) -> Reservation | OmdError:
        """Return what the work gets that stands at the row of the stay while another changes it and then ends."""
        with suppress(Undone):
            async with self.database.transaction(self.actor) as tx:
                await by(tx)
                waiting = asyncio.create_task(attempt(self.database, self.actor, work))
                await until_waiting(self.watcher)
                # A plan is made already: whoever makes one holds the counters, and this one waits for no counter.
                assert await self.counters_are_locked(), f"nobody has planned to move {stay}"
                end(commit=commit)
        return await waiting

    async def counters_are_locked(self) -> bool:
        """Say whether somebody holds the twins' counters of the third night."""
        free = await self.watcher.fetch(
            "select from room_type_availability where room_type_id = $1 and date = $2 for update skip locked",
            *(self.grand.types["twin"].id, FIRST + 2 * DAY),
        )
        return not free


@pytest.fixture
def desk(racers: Database, world: World, watcher: Connection) -> Desk:
    """The reception."""
    return Desk(racers, world, watcher)


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_who_checks_in_meanwhile_keeps_the_room(desk: Desk, prove: Prove, *, commit: bool) -> None:
    """A guest who left comes back for more nights in 301, which today's arrival was given; 302 is free to move to."""
    stays_on = await desk.done(desk.order(0, 2, "301"))
    arrives = await desk.done(desk.order(2, 4, "301"))
    await desk.done(desk.entrance(stays_on.id, now=noon(0)))
    await desk.done(desk.exit(stays_on.id, now=noon(2)))
    comes_back = desk.return_until(stays_on.id, FIRST + 4 * DAY, now=noon(2))
    entrance = desk.entrance(arrives.id, now=noon(2))
    answer = await desk.overtaken(comes_back, entrance, arrives.id, commit=commit)
    seen = await desk.rooms(stays_on.id, arrives.id, now=noon(2))
    if commit:
        assert isinstance(answer, NoRoomThroughout)
        assert arrives.code in answer.detail
        assert seen == [{"301"}, {"301"}]
    else:
        assert isinstance(answer, Reservation)
        assert answer.departure == FIRST + 4 * DAY
        assert seen == [{"301"}, {"302"}]
    await prove()


@pytest.mark.parametrize("commit", [True, False], ids=["committed", "rolled back"])
async def test_when_one_may_not_move_any_more_another_does(desk: Desk, prove: Prove, *, commit: bool) -> None:
    """Either of two stays could make room; a clerk locks the chosen one's room just before it moves."""
    early, late = (await desk.done(desk.order(0, 2, "301"))).id, (await desk.done(desk.order(2, 4, "302"))).id
    wanted = desk.order(1, 3)
    (chosen,) = await desk.moved_by(wanted, [early, late])
    lock = desk.change(chosen, Amendment(room_locked=True))
    answer = await desk.overtaken(wanted, lock, chosen, commit=commit)
    assert isinstance(answer, Reservation)
    kept, other = ("301", "302") if chosen == early else ("302", "301")
    # The two end up in one room, and the wanted stay in the other: which one tells who moved.
    together, apart = (kept, other) if commit else (other, kept)
    assert await desk.rooms(early, late, answer.id) == [{together}, {together}, {apart}]
    await prove()


async def test_when_none_may_move_any_more_the_booking_is_refused(desk: Desk, prove: Prove) -> None:
    early, late = (await desk.done(desk.order(0, 2, "301"))).id, (await desk.done(desk.order(2, 4, "302"))).id
    wanted = desk.order(1, 3)
    (chosen,) = await desk.moved_by(wanted, [early, late])
    (unchosen,) = {early, late} - {chosen}
    await desk.done(desk.change(unchosen, Amendment(room_locked=True)))
    assert await desk.moved_by(wanted, [early, late]) == [chosen]
    answer = await desk.overtaken(wanted, desk.change(chosen, Amendment(room_locked=True)), chosen, commit=True)
    assert isinstance(answer, NoRoomThroughout)
    assert await desk.rooms(early, late) == [{"301"}, {"302"}]
    await prove()
