"""The list of a hotel's bookings: the newest first, narrowed by code, arrival, status and agency."""

import pytest

from support.bookings import OfferDesk
from support.front_desk import Desk, Json, problem_of


@pytest.fixture
async def offers(desk: Desk) -> OfferDesk:
    """The desk that books offers."""
    return await OfferDesk.at(desk)


async def listed(offers: OfferDesk, query: str = "") -> list[str]:
    """Return the codes of the bookings that are listed."""
    answer = await offers.desk.send("GET", f"{offers.path}{query}")
    assert answer.status_code == 200, answer.text
    return [each["code"] for each in answer.json()]


async def three(offers: OfferDesk) -> list[Json]:
    """Book a single room, then two rooms together, then one by an agency."""
    quota = await offers.quota("tui", "twin", "2027-04-01", "2027-04-10", 2)
    assert quota.is_success, quota.text
    return [
        await offers.booked(offers.offer("single", "2027-03-10", "2027-03-12", adults=1)),
        await offers.booked(
            offers.offer("double", "2027-03-20", "2027-03-22"), offers.offer("twin", "2027-03-21", "2027-03-25")
        ),
        await offers.booked(offers.offer("twin", "2027-04-01", "2027-04-03", agency="tui")),
    ]


async def test_bookings_are_listed_the_newest_first_with_their_stays_together(offers: OfferDesk) -> None:
    one, two, three_ = await three(offers)
    assert await listed(offers) == [three_["code"], two["code"], one["code"]]
    (shown,) = (await offers.desk.send("GET", f"{offers.path}?code={two['code']}")).json()
    assert shown == {
        **{name: two[name] for name in ("id", "code", "business_id", "agency", "booked_at", "booked_by", "currency")},
        "total": two["total"],
        "arrival": "2027-03-20",
        "departure": "2027-03-25",
        "stays": 2,
        "statuses": ["confirmed"],
        "guest_name": "Ana Popescu",
    }
    first = two["stays"][0]["stay"]["id"]
    await offers.desk.stepped(first, "cancel")
    (shown,) = (await offers.desk.send("GET", f"{offers.path}?code={two['code']}")).json()
    assert shown["statuses"] == ["cancelled", "confirmed"]


async def test_a_list_is_narrowed_by_what_one_stay_of_a_booking_is(offers: OfferDesk) -> None:
    one, two, sold = (each["code"] for each in await three(offers))
    assert await listed(offers, "?agency=tui") == [sold]
    assert await listed(offers, "?agency=nobody") == []
    assert await listed(offers, "?since=2027-03-21&until=2027-03-22") == [two]
    assert await listed(offers, "?since=2027-03-22&until=2027-04-01") == [], "nights are not asked for, arrivals are"
    assert await listed(offers, "?until=2027-03-21") == [two, one]
    stays = (await offers.desk.send("GET", f"/businesses/{offers.desk.hotel.id}/reservations?until=2027-03-12")).json()
    await offers.desk.stepped(stays[0]["id"], "cancel")
    assert await listed(offers, "?status=cancelled") == [one]
    assert await listed(offers, "?status=confirmed&status=in_house") == [sold, two]
    assert await listed(offers, "?status=cancelled&since=2027-03-11") == []
    assert await listed(offers, "?code=ZZZZZZZZ") == []


async def test_a_list_goes_on_page_by_page(offers: OfferDesk) -> None:
    codes = [each["code"] for each in await three(offers)]
    pages, path = [], f"{offers.path}?limit=2&since=2027-03-01"
    while path:
        answer = await offers.desk.send("GET", path)
        pages.append([each["code"] for each in answer.json()])
        path = answer.headers.get("Link", "").partition(">")[0].removeprefix("</api/v1")
    assert pages == [codes[:0:-1], codes[:1]]
    problem_of(await offers.desk.send("GET", f"{offers.path}?after=2"), 422, "invalid_input")


@pytest.mark.parametrize("stranger", ["harbour", "lodge", "alpha"])
async def test_strangers_are_shown_no_booking(offers: OfferDesk, stranger: str) -> None:
    (code, *_) = [each["code"] for each in await three(offers)]
    answer = await offers.desk.send("GET", f"{offers.path}?code={code}", party=stranger)
    assert answer.status_code in (403, 404)
    assert code not in answer.text
    assert "Popescu" not in answer.text
