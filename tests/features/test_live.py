"""Live streams: what whom is told, and that nothing is lost or told twice."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar

from omd.infra.events import Subscription
from omd.infra.events.channels import MOST_WAITING, Message
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, problem_of
from support.parties import Tokens
from support.persons import Persons
from support.relayed import last_position
from support.served_app import client_of
from support.streams import Listener, listening
from support.waiting import WaitingDesk
from support.worlds import World

SECRET = "Secretescu"


def stays_of(world: World) -> str:
    return f"/api/v1/businesses/{world.grand.id}/events"


async def test_a_desk_is_told_of_a_stay_and_of_the_nights_it_changed(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World
) -> None:
    async with listening(live_app, stays_of(world), tokens.of("grand")) as stream:
        booked = await live.booked("twin", "2027-03-10", "2027-03-12", guests=[{"last_name": SECRET}])
        (told,) = await stream.until(await last_position(live.connection))
    assert told.type == "reservation.booked"
    assert told.data["stay"]["guest_name"] == SECRET
    assert (told.data["aggregate_id"], told.data["aggregate_version"]) == (booked["id"], 1)
    twin = world.grand.types["twin"].id
    assert [(n["date"], n["sold"], n["sellable"]) for n in told.data["nights"] if n["room_type_id"] == twin] == [
        ("2027-03-10", 1, 1),
        ("2027-03-11", 1, 1),
    ]


async def test_a_destination_is_told_of_counters_and_never_of_a_stay(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World
) -> None:
    omd, rooms = f"/api/v1/omds/{world.alpha.id}/events", f"/api/v1/businesses/{world.grand.id}/availability/events"
    async with (
        listening(live_app, omd, tokens.of("alpha")) as destination,
        listening(live_app, rooms, tokens.of("alpha")) as hotel,
    ):
        booked = await live.booked("twin", "2027-03-10", "2027-03-12", guests=[{"last_name": SECRET}])
        await live.amended(booked["id"], note=SECRET)
        await live.stepped(booked["id"], "cancel", {"reason": SECRET})
        position = await last_position(live.connection)
        for stream in (destination, hotel):
            told = await stream.until(position)
            assert [each.type for each in told] == ["availability.changed", "availability.changed"]
            assert [max(n["sold"] for n in each.data["nights"]) for each in told][-1] == 0
            said = str(told)
            assert SECRET not in said
            assert booked["id"] not in said
            assert booked["code"] not in said


async def test_neighbours_and_other_destinations_are_told_nothing(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World
) -> None:
    async with (
        listening(live_app, f"/api/v1/businesses/{world.lodge.id}/events", tokens.of("lodge")) as neighbour,
        listening(live_app, f"/api/v1/businesses/{world.harbour.id}/events", tokens.of("harbour")) as stranger,
        listening(live_app, stays_of(world), tokens.of("grand")) as own,
    ):
        await live.booked("twin", "2027-03-10", "2027-03-12")
        await own.until(await last_position(live.connection))
        assert (neighbour.told, stranger.told) == ([], [])
    for party in ("lodge", "harbour"):
        async with listening(live_app, stays_of(world), tokens.of(party)) as refused:
            assert refused.status == 404


async def test_a_hotel_is_told_of_its_waiting_list_and_its_destination_is_not(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World
) -> None:
    waiting = WaitingDesk(live)
    async with (
        listening(live_app, f"/api/v1/omds/{world.alpha.id}/events", tokens.of("alpha")) as destination,
        listening(live_app, stays_of(world), tokens.of("grand")) as own,
    ):
        entry = await waiting.added(last_name=SECRET)
        position = await last_position(live.connection)
        (told,) = await own.until(position)
        assert (told.type, told.data["aggregate_id"]) == ("waiting_list.added", entry["id"])
        assert SECRET not in str(told)
        await live.booked("twin", "2027-03-10", "2027-03-12")
        await destination.until(await last_position(live.connection))
        assert {each.type for each in destination.told} == {"availability.changed"}


async def test_a_lost_stream_goes_on_without_loss_or_repeat(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World
) -> None:
    """Hung up after every second event, while somebody goes on booking."""
    headers = dict(tokens.of("grand"))
    seen: list[str] = []
    stays = [("double", f"2027-03-{day:02d}", f"2027-03-{day + 2:02d}") for day in range(2, 22)]

    async def book() -> None:
        for stay in stays:
            await live.booked(*stay)

    async with listening(live_app, stays_of(world), headers) as first:
        headers["Last-Event-ID"] = str(first.began_at)
    booking = asyncio.create_task(book())
    while len(seen) < len(stays):
        async with listening(live_app, stays_of(world), headers) as stream:
            had = int(headers["Last-Event-ID"])
            told = (await stream.until(had + 1))[:2]
            seen += [each.data["aggregate_id"] for each in told]
            headers["Last-Event-ID"] = str(told[-1].id)
    await booking
    rows = await live.connection.fetch("select aggregate_id from events order by position")
    assert seen == [row[0] for row in rows]


async def test_who_was_away_for_long_gets_page_after_page(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World
) -> None:
    await live.connection.execute(
        "insert into events (omd_id, business_id, aggregate, aggregate_id, aggregate_version, type, actor, data) "
        "select $1, case when n % 2 = 0 then $2::int else $3::int end, 'room', n::text, 1, 'room.painted', 'x', '{}' "
        "from generate_series(1, 2400) n",
        *(world.alpha.id, world.grand.id, world.lodge.id),
    )
    position = await last_position(live.connection)
    headers = {**tokens.of("grand"), "Last-Event-ID": "0"}
    async with listening(live_app, stays_of(world), headers) as stream:
        told = await stream.until(position)
    assert [each.data["aggregate_id"] for each in told] == [str(n) for n in range(2, 2401, 2)]


@pytest.mark.parametrize(
    ("given", "code"), [("x", "invalid_input"), ("-1", "invalid_input"), ("9999999", "unknown_position")]
)
async def test_a_position_that_is_none_is_refused(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World, given: str, code: str
) -> None:
    del live
    async with listening(live_app, stays_of(world), {**tokens.of("grand"), "Last-Event-ID": given}) as stream:
        assert stream.status == 422
        assert code.encode() in stream.body


async def test_whose_right_ends_is_told_no_more(
    live: Desk, live_app: Litestar, world: World, persons: Persons, clock: FixedClock
) -> None:
    clerk = await persons.add("clara", ("receptionist", world.grand))
    async with listening(live_app, stays_of(world), await persons.come_in(clerk)) as stream:
        assert stream.status == 200
        await live.connection.execute(
            "update memberships set ended_at = $2, ended_by = 'x' where user_id = $1", clerk, clock.now()
        )
        clock.set(clock.now() + timedelta(seconds=2))
        await live.booked("twin", "2027-03-10", "2027-03-12", guests=[{"last_name": SECRET}])
        await stream.until_ended()
        assert SECRET not in str(stream.told)


async def test_a_role_without_guests_follows_rooms_only(
    live: Desk, live_app: Litestar, world: World, persons: Persons
) -> None:
    del live
    housekeeper = await persons.headers("hera", ("housekeeper", world.grand))
    async with listening(live_app, stays_of(world), housekeeper) as refused:
        assert refused.status == 403
    rooms = f"/api/v1/businesses/{world.grand.id}/availability/events"
    async with listening(live_app, rooms, housekeeper) as stream:
        assert stream.status == 200


async def test_a_caller_holds_so_many_streams_and_gets_one_back_by_closing_one(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World
) -> None:
    headers = tokens.of("grand")
    async with (
        listening(live_app, stays_of(world), headers),
        listening(live_app, stays_of(world), headers),
    ):
        async with listening(live_app, stays_of(world), headers):
            answer = await live.client.get(stays_of(world), headers=headers)
            problem_of(answer, 429, "too_many_streams")
            assert answer.headers["retry-after"] == "5"
        async with listening(live_app, stays_of(world), headers) as third:
            assert third.status == 200


async def test_who_opens_a_thousand_streams_has_so_many_and_keeps_nobody_out(
    live: Desk, live_app: Litestar, tokens: Tokens, world: World
) -> None:
    async with AsyncExitStack() as greedy:
        asked = [
            await greedy.enter_async_context(listening(live_app, stays_of(world), tokens.of("grand")))
            for _ in range(1_000)
        ]
        assert [each.status for each in asked] == [200] * 3 + [429] * 997
        rooms = f"/api/v1/omds/{world.alpha.id}/events"
        async with listening(live_app, rooms, tokens.of("alpha")) as other:
            assert other.status == 200
            await live.booked("twin", "2027-03-10", "2027-03-11")
            await asked[0].until(1)
            await other.until(1)
    async with listening(live_app, stays_of(world), tokens.of("grand")) as again:
        assert again.status == 200


async def test_without_events_to_follow_the_answer_says_so(desk: Desk, client: httpx.AsyncClient, world: World) -> None:
    answer = await client.get(stays_of(world), headers=desk.tokens.of("grand"))
    problem_of(answer, 503, "database_unavailable")


async def test_the_end_of_the_server_ends_every_stream(live_app: Litestar, tokens: Tokens, world: World) -> None:
    stream: Listener
    async with client_of(live_app):
        opened_stream = listening(live_app, stays_of(world), tokens.of("grand"))
        stream = await opened_stream.__aenter__()
    await stream.until_ended()
    await opened_stream.__aexit__(None, None, None)


async def test_who_reads_too_slowly_is_let_go() -> None:
    left: list[Subscription] = []
    subscription = Subscription(left.append)
    subscription.put([Message(number, b"x") for number in range(MOST_WAITING)])
    assert not subscription.has_ended
    subscription.put([Message(MOST_WAITING, b"x")])
    assert subscription.has_ended
    assert await subscription.wait() == []
