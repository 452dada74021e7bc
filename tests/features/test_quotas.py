"""Quotas: what an agency may sell of a room type on a date at most, held by the database."""

from typing import Any

import asyncpg
import pytest

from support.bookings import OfferDesk
from support.front_desk import Desk, Json, contents, problem_of

NIGHTS = ["2027-03-10", "2027-03-11"]


@pytest.fixture
async def offers(desk: Desk) -> OfferDesk:
    """The desk that books offers, where the agency tui may sell two doubles a night on two nights."""
    offers = await OfferDesk.at(desk)
    assert (await offers.quota("tui", "double", "2027-03-10", "2027-03-12", 2)).status_code == 200
    return offers


def of_tui(offers: OfferDesk, arrival: str, departure: str, type_code: str = "double", **more: Any) -> Any:
    """Return an offer that tui sells."""
    return offers.offer(type_code, arrival, departure, agency="tui", **more)


async def test_an_agency_sells_its_quota_and_no_more(offers: OfferDesk) -> None:
    desk = offers.desk
    await offers.booked(of_tui(offers, "2027-03-10", "2027-03-12"))
    await offers.booked(of_tui(offers, "2027-03-09", "2027-03-11"))
    before = await contents(desk.connection)
    said = problem_of(await offers.book(of_tui(offers, "2027-03-08", "2027-03-14")), 409, "quota_full")
    assert said["data"]["nights"] == ["2027-03-10"]
    assert "2027-03-10" in said["detail"]
    assert await contents(desk.connection) == before
    # Neither another agency, nor another type, nor the hotel itself is bound by it.
    await offers.booked(offers.offer("double", "2027-03-10", "2027-03-12", agency="booking"))
    await offers.booked(of_tui(offers, "2027-03-10", "2027-03-12", "twin"))
    await offers.booked(offers.offer("double", "2027-03-10", "2027-03-12"))


async def test_rooms_of_one_booking_share_the_quota(offers: OfferDesk) -> None:
    wanted = [of_tui(offers, "2027-03-10", "2027-03-12") for _ in range(3)]
    said = problem_of(await offers.book(*wanted), 409, "quota_full")
    assert said["data"] == {"nights": NIGHTS, "offer": 2}
    await offers.booked(*wanted[:2])


@pytest.mark.parametrize("steps", [["cancel"], ["no-show"]])
async def test_what_is_given_back_can_be_sold_again(offers: OfferDesk, steps: list[str]) -> None:
    desk, today = offers.desk, "2027-03-01"
    assert (await offers.quota("tui", "double", today, "2027-03-02", 1)).status_code == 200
    sold = await offers.booked(of_tui(offers, today, "2027-03-02"))
    problem_of(await offers.book(of_tui(offers, today, "2027-03-02")), 409, "quota_full")
    for step in steps:
        await desk.stepped(sold["stays"][0]["stay"]["id"], step)
    await offers.booked(of_tui(offers, today, "2027-03-02"))


async def one_more(offers: OfferDesk, *, nights: tuple[str, str], type_code: str = "double") -> str:
    """Sell two stays that fill the quota and a third beside them; return the third."""
    await offers.booked(of_tui(offers, "2027-03-10", "2027-03-12"), of_tui(offers, "2027-03-10", "2027-03-12"))
    stay: str = (await offers.booked(of_tui(offers, *nights, type_code)))["stays"][0]["stay"]["id"]
    return stay


async def test_a_longer_stay_does_not_reach_into_a_full_quota(offers: OfferDesk) -> None:
    stay = await one_more(offers, nights=("2027-03-08", "2027-03-10"))
    said = problem_of(await offers.desk.amend(stay, departure="2027-03-13"), 409, "quota_full")
    assert said["data"]["nights"] == NIGHTS
    forced = await offers.desk.amend(stay, departure="2027-03-11", override_reason="the agency asked")
    problem_of(forced, 409, "quota_full")
    await offers.desk.amended(stay, arrival="2027-03-12", departure="2027-03-14")


async def test_a_guest_in_the_house_does_not_extend_into_a_full_quota(offers: OfferDesk) -> None:
    stay = await one_more(offers, nights=("2027-03-01", "2027-03-10"))
    await offers.desk.stepped(stay, "check-in")
    problem_of(await offers.desk.amend(stay, departure="2027-03-11"), 409, "quota_full")


async def test_another_type_and_other_dates_ask_the_quota(offers: OfferDesk) -> None:
    desk = offers.desk
    stay = await one_more(offers, nights=("2027-03-10", "2027-03-12"), type_code="twin")
    double = desk.hotel.types["double"].id
    problem_of(await desk.amend(stay, room_type_id=double), 409, "quota_full")
    await desk.amended(stay, room_type_id=double, arrival="2027-03-12", departure="2027-03-14")
    problem_of(await desk.amend(stay, arrival="2027-03-11", departure="2027-03-13"), 409, "quota_full")


async def test_a_stay_of_a_full_quota_keeps_its_own_place(offers: OfferDesk) -> None:
    desk = offers.desk
    sold = await offers.booked(of_tui(offers, "2027-03-10", "2027-03-12"), of_tui(offers, "2027-03-10", "2027-03-12"))
    stay = sold["stays"][0]["stay"]["id"]
    await desk.amended(stay, room="105")
    await desk.amended(stay, departure="2027-03-14")
    await desk.amended(stay, arrival="2027-03-11", departure="2027-03-14")


async def test_a_quota_is_not_put_below_what_is_sold(offers: OfferDesk) -> None:
    await offers.booked(of_tui(offers, "2027-03-10", "2027-03-12"), of_tui(offers, "2027-03-11", "2027-03-13"))
    said = problem_of(await offers.quota("tui", "double", "2027-03-01", "2027-03-31", 1), 409, "quota_below_sold")
    assert [(each["date"], each["sold"], each["agency"]) for each in said["data"]["sold"]] == [("2027-03-11", 2, "tui")]
    assert (await offers.quota("tui", "double", "2027-03-01", "2027-03-31", 2)).status_code == 200
    problem_of(await offers.quota("tui", "double", "2027-03-12", "2027-03-13", 0), 409, "quota_below_sold")
    assert (await offers.quota("booking", "double", "2027-03-01", "2027-03-31", 0)).status_code == 200
    # Where there is no quota any more, the agency sells what there is.
    assert (await offers.quota("tui", "double", "2027-03-01", "2027-03-31", None)).status_code == 200
    await offers.booked(of_tui(offers, "2027-03-11", "2027-03-12"))


async def test_a_night_keeps_its_agency(offers: OfferDesk) -> None:
    """Whoever writes past the product does not turn a night into another agency's."""
    await offers.booked(of_tui(offers, "2027-03-10", "2027-03-12"))
    with pytest.raises(asyncpg.PostgresError, match="keeps its stay"):
        await offers.desk.connection.execute("update reservation_nights set agency = null")
    stolen: Json = (await offers.booked(offers.offer("double", "2027-03-10", "2027-03-11", agency="booking")))["stays"][
        0
    ]
    kept = await offers.desk.connection.fetch(
        "select distinct agency from reservation_nights where reservation_id = $1", stolen["stay"]["id"]
    )
    assert [row["agency"] for row in kept] == ["booking"]
