"""Stays that wait for a room: who asks for one on their behalf, what that may cost, and which nights get one."""

import asyncio
import sys

import pytest

from support.front_desk import Desk, rooms_of
from support.racing import PATIENCE_SECONDS


async def waiting_single(desk: Desk) -> tuple[str, str, str]:
    """Return a stay, one that holds the last night somebody waits for, and who waits: two locked stays lie between."""
    await desk.overbook("single", "2027-03-11", "2027-03-12", 3)
    await desk.booked("single", "2027-03-10", "2027-03-12", room="201", room_locked=True)
    await desk.booked("single", "2027-03-12", "2027-03-14", room="202", room_locked=True)
    long = await desk.booked("single", "2027-03-10", "2027-03-14", room="203")
    short = await desk.booked("single", "2027-03-11", "2027-03-12", room="202")
    waiting = await desk.booked("single", "2027-03-10", "2027-03-14")
    assert None in rooms_of(waiting)
    return long["id"], short["id"], waiting["id"]


async def test_a_note_is_changed_while_somebody_sells_the_nights(desk: Desk) -> None:
    """It locks no night, and nobody who waits is asked after: nothing was given back."""
    long, _, _ = await waiting_single(desk)
    async with asyncio.timeout(PATIENCE_SECONDS), desk.connection.transaction():
        await desk.connection.execute("select from room_type_availability for update")
        amended = await desk.amended(long, note="late arrival")
    assert amended["note"] == "late arrival"


async def test_who_waits_is_never_worth_the_exact_search(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process for every waiting stay would hold up the cancellation, and with it every sale of the type."""
    _, short, _ = await waiting_single(desk)
    monkeypatch.setattr(sys, "executable", "/there/is/no/python/to/start")
    assert (await desk.stepped(short, "cancel"))["status"] == "cancelled"


async def test_who_need_not_keep_the_room_any_more_makes_place(desk: Desk) -> None:
    await desk.overbook("twin", "2027-03-11", "2027-03-12", 1)
    locked = await desk.booked("twin", "2027-03-11", "2027-03-14", room="301", room_locked=True)
    other = await desk.booked("twin", "2027-03-11", "2027-03-12", room="302")
    await desk.booked("twin", "2027-03-13", "2027-03-14", room="302", room_locked=True)
    waiting = await desk.booked("twin", "2027-03-11", "2027-03-13")
    await desk.stepped(other["id"], "cancel")
    await desk.amended(locked["id"], room_locked=False)
    assert rooms_of(await desk.stay(waiting["id"])) == ["302", "302"]
