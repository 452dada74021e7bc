"""Rooms by day, asked for at the desk."""

from datetime import UTC, datetime

from omd.kernel.clock import FixedClock
from support.front_desk import GUESTS, Desk, Json, contents, problem_of

DAY = "2027-03-10"


def at(clock: FixedClock, day: int, hour: int = 9) -> None:
    """Put the clock to an hour (UTC) of a day of March 2027."""
    clock.set(datetime(2027, 3, day, hour, tzinfo=UTC))


def body(desk: Desk, since: str, until: str, *, day: str = DAY, room: str | None = None, **more: object) -> Json:
    """Return what asks for a twin by day."""
    asked = {"room_id": desk.hotel.rooms[room]} if room else {}
    times = {"date": day, "from_time": since, "until_time": until}
    return {"room_type_id": desk.hotel.types["twin"].id, "guests": GUESTS, **times, **asked, **more}


async def used(desk: Desk, since: str, until: str, **more: object) -> Json:
    """Book a twin by day, which must be taken."""
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/day-uses", body(desk, since, until, **more))  # type: ignore[arg-type]
    assert answer.status_code == 201, answer.text
    stay: Json = answer.json()
    return stay


async def refused(desk: Desk, since: str, until: str, code: str = "room_not_free", **more: object) -> Json:
    """Ask for a twin by day and return the refusal, having seen that nothing was written."""
    before = await contents(desk.connection)
    answer = await desk.send("POST", f"/businesses/{desk.hotel.id}/day-uses", body(desk, since, until, **more))  # type: ignore[arg-type]
    told = problem_of(answer, 409 if code == "room_not_free" else 422, code)
    assert await contents(desk.connection) == before
    return told
