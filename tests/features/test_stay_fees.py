"""What a guest owes who cancels or does not come, by the policies the stay was sold under."""

from decimal import Decimal

import asyncpg
import pytest

from omd.kernel.actor import Actor
from omd.kernel.clock import FixedClock
from support.front_desk import Desk, Json, contents, problem_of
from support.passes import guest_headers
from support.policies import TEXTS, Sold, at
from support.roles import acting_as
from support.worlds import Connection, World


async def test_fees_step_up_as_the_arrival_comes_near(sold: Sold, clock: FixedClock) -> None:
    told = await sold.fees()
    assert (told["status"], told["currency"]) == ("confirmed", "RON")
    assert told["planned_arrival"] == "2027-03-10T16:00:00Z"
    cancellation = told["cancellation"]
    assert (cancellation["policy_id"], cancellation["code"]) == (sold.policies["cancellation"], "STD")
    assert [step["amount"] for step in cancellation["steps"]] == ["20.00", "200.00"]
    assert cancellation["steps"][1]["since"] == "2027-03-08T16:00:00Z"
    owed = []
    for day, hour, minute in ((1, 9, 0), (8, 15, 59), (8, 16, 0), (20, 9, 0)):
        at(clock, day, hour, minute)
        fees = await sold.fees()
        owed.append((fees["cancellation"]["owed"], fees["no_show"]["owed"]))
    assert owed == [("20.00", "320.00"), ("20.00", "320.00"), ("200.00", "320.00"), ("200.00", "320.00")]


async def test_what_was_owed_at_the_cancellation_stays(sold: Sold, clock: FixedClock) -> None:
    at(clock, 8, 15)
    cancelled = await sold.desk.stepped(sold.stay, "cancel")
    at(clock, 9, 12)
    fees = await sold.fees()
    assert (fees["status"], fees["cancellation"]["owed"], fees["no_show"]) == ("cancelled", "20.00", None)
    assert fees["at"] == cancelled["cancelled_at"]
    assert cancelled["fees"] == fees


async def test_a_no_show_owes_its_own_fee(sold: Sold, clock: FixedClock) -> None:
    at(clock, 10, 8)
    marked = await sold.desk.stepped(sold.stay, "no-show")
    fees = await sold.fees()
    assert marked["fees"] == fees
    assert (fees["cancellation"], fees["no_show"]["owed"]) == (None, "320.00")


async def test_who_came_owes_neither(sold: Sold, clock: FixedClock) -> None:
    at(clock, 10, 12)
    await sold.desk.stepped(sold.stay, "check-in")
    fees = await sold.fees()
    assert (fees["cancellation"], fees["no_show"]) == (None, None)


async def test_a_policy_that_changed_since_plays_no_part(sold: Sold) -> None:
    before = await sold.fees()
    path = f"/api/v1/businesses/{sold.desk.hotel.id}/rate-policies/{sold.policies['cancellation']}/versions"
    answer = await sold.desk.client.post(path, json={"name": "Harsh", "fees": [{"percent": 100}]}, headers=sold.owner)
    assert answer.is_success, answer.text
    assert answer.json()["version"] == 2
    assert await sold.fees() == before


async def test_asking_writes_nothing_and_adds_up(sold: Sold) -> None:
    before = await contents(sold.desk.connection)
    fees = await sold.fees()
    price = (await sold.desk.send("GET", f"/reservations/{sold.stay}/price")).json()
    assert Decimal(fees["no_show"]["owed"]) == Decimal(price["gross"]) * 80 / 100
    assert await contents(sold.desk.connection) == before


async def test_the_price_names_the_policies_and_their_texts(sold: Sold) -> None:
    path = f"/api/v1/businesses/{sold.desk.hotel.id}/rate-policies/{sold.policies['cancellation']}/versions"
    renamed = await sold.desk.client.post(path, json={"name": "Harsh", "texts": {"en": "All."}}, headers=sold.owner)
    assert renamed.is_success, renamed.text
    price = (await sold.desk.send("GET", f"/reservations/{sold.stay}/price")).json()
    told = {each["kind"]: each for each in price["policies"]}
    assert {kind: each["id"] for kind, each in told.items()} == sold.policies
    assert {kind: each["texts"] for kind, each in told.items()} == TEXTS
    assert {each["name"] for each in told.values()} == {"Standard"}
    assert [fee["percent"] for fee in told["no_show"]["fees"]] == [80]


async def test_a_guest_is_told_before_they_cancel_and_after(sold: Sold, clock: FixedClock) -> None:
    desk = sold.desk
    code = (await desk.stay(sold.stay))["code"]

    async def own(language: str | None = None, method: str = "GET", path: str = "/api/v1/own-stay") -> list[Json]:
        spoken = {} if language is None else {"Accept-Language": language}
        answer = await desk.client.request(method, path, headers=guest_headers(desk.hotel, code, clock) | spoken)
        assert answer.status_code == 200, answer.text
        policies: list[Json] = answer.json()["policies"]
        return policies

    cancellation, no_show = await own("de-AT, en;q=0.5")
    assert (cancellation["kind"], no_show["kind"]) == ("cancellation", "no_show")
    assert (cancellation["language"], cancellation["text"]) == ("de", TEXTS["cancellation"]["de"])
    assert [each["language"] for each in await own("fr")] == ["en", "ro"]
    assert [each["language"] for each in await own()] == ["en", "ro"]
    assert cancellation["owed"] == "20.00"
    assert cancellation["later"] == [{"since": "2027-03-08T16:00:00Z", "amount": "200.00"}]
    assert (no_show["owed"], no_show["later"]) == ("320.00", [])
    at(clock, 8, 16)
    assert [(each["owed"], each["later"]) for each in await own()] == [("200.00", []), ("320.00", [])]
    ended = await own(method="POST", path="/api/v1/own-stay/cancel")
    assert [(each["owed"], each["later"]) for each in ended] == [("200.00", []), (None, [])]
    assert (await sold.fees())["cancellation"]["owed"] == "200.00"


async def test_the_role_of_guests_sees_the_policies_of_their_own_stay(
    sold: Sold, owner_connection: Connection, world: World
) -> None:
    desk = sold.desk
    path = f"/api/v1/businesses/{desk.hotel.id}/rate-policies"
    body = {"kind": "cancellation", "code": "SECRET", "name": "Of others"}
    assert (await desk.client.post(path, json=body, headers=sold.owner)).status_code == 201
    plain = await desk.booked("twin", "2027-03-10", "2027-03-12")
    seen = {}
    for code in ((await desk.stay(sold.stay))["code"], plain["code"]):
        hotel = (desk.hotel.id,)
        guest = Actor(world.alpha.id, "guest", hotel, hotel, f"guest:{code}", stay_code=code)
        async with acting_as(owner_connection, "omd_guest", guest) as connection:
            seen[code] = {row["id"] for row in await connection.fetch("select id from rate_policies")}
            for column in ("created_by", "created_at"):
                with pytest.raises(asyncpg.InsufficientPrivilegeError):
                    async with connection.transaction():
                        await connection.execute(f"select {column} from rate_policies")
    assert list(seen.values()) == [set(sold.policies.values()), set()]


async def test_a_stay_that_no_offer_sold_is_bound_by_no_policy(desk: Desk) -> None:
    booked = await desk.booked("twin", "2027-03-10", "2027-03-12")
    problem_of(await desk.send("GET", f"/reservations/{booked['id']}/fees"), 404, "not_found")
    assert (await desk.stepped(booked["id"], "cancel"))["fees"] is None


async def test_nobody_else_is_told(sold: Sold) -> None:
    for party, status in (("lodge", 404), ("harbour", 404), ("alpha", 403)):
        answer = await sold.desk.send("GET", f"/reservations/{sold.stay}/fees", party=party)
        assert answer.status_code == status
