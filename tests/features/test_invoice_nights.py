"""A night is taxed by its own date: invoices say so of each, whenever it was posted, moved, divided or lowered."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from factories.offers import renewed
from support.bills import Cashier
from support.bookings import OfferDesk
from support.front_desk import Desk, Json
from support.papers import words_of

STAY = ("double", "2027-03-01", "2027-03-04")
CHANGE = date(2027, 3, 3)
BY_NIGHT = [("2027-03-01", "9"), ("2027-03-02", "9"), ("2027-03-03", "11")]
"""On each night, the VAT of then."""


@pytest.fixture
async def stay(desk: Desk, cashier: Cashier) -> str:
    """A stay in whose last night VAT is 11 % instead of 9, sold when both were known."""
    offers = await OfferDesk.at(desk)
    for percent, since, until in ((9, date(2020, 1, 1), CHANGE), (11, CHANGE, None)):
        await desk.connection.execute(
            "insert into tax_rules (omd_id, business_id, code, name, basis, placement, value, since, until, kinds) "
            "values ($1, $2, 'VAT', 'VAT', 'percent', 'included', $3, $4, $5, '{room}')",
            *(desk.hotel.omd_id, desk.hotel.id, percent, since, until),
        )
    offer = offers.offer(*STAY)
    net = (Decimal(200) / Decimal("1.11")).quantize(Decimal("0.01"))
    taxes = tuple(
        msgspec.structs.replace(each, base=net, amount=Decimal(200) - net)
        if each.code == "VAT" and each.date == CHANGE
        else each
        for each in offer.taxes
    )
    booking = await offers.booked(renewed(offer, taxes=taxes))
    identifier: str = booking["stays"][0]["stay"]["id"]
    return identifier


async def charged(cashier: Cashier, stay: str, when: str) -> str:
    """Charge all nights before the change, or after it; return the folio."""
    if when == "ahead":
        (folio,) = await cashier.made(f"/reservations/{stay}/nights/charges", {"until": "2027-03-04"})
    else:
        await cashier.desk.stepped(stay, "check-in")
        await cashier.set_date("2027-03-04")
        (folio,) = await cashier.made(f"/reservations/{stay}/nights/charges", {})
    return str(folio["id"])  # type: ignore[index]


async def rooms(cashier: Cashier, folio: str) -> list[Json]:
    """Return the charges for the room that stand on a folio, by their night."""
    lines = (await cashier.send("GET", f"{cashier.path}/folios/{folio}/entries")).json()
    standing = [each["entry"] for each in lines if each["entry"]["charge_kind"] == "room"]
    return sorted(
        (each for each in standing if each["followed_by_id"] is None), key=lambda each: str(each["served_on"])
    )


async def invoiced(cashier: Cashier, folio: str, series: int | None = None) -> Json:
    """Pay a folio and invoice it."""
    number = series or await cashier.may_invoice()
    await cashier.paid(folio, (await cashier.folio(folio))["balance"])
    return await cashier.made(f"{cashier.path}/folios/{folio}/invoices", {"series_id": number})


def by_night(invoice: Json) -> list[tuple[str, str]]:
    """Return what the lines for the room say of their night and VAT."""
    lines = [each for each in invoice["content"]["lines"] if each["kind"] == "room"]
    return [(each["date"], each["taxes"][0]["percent"]) for each in lines]


@pytest.mark.parametrize("when", ["ahead", "afterwards"])
async def test_each_night_is_invoiced_by_its_date_and_the_rate_of_then(cashier: Cashier, stay: str, when: str) -> None:
    folio = await charged(cashier, stay, when)
    assert [each["served_on"] for each in await rooms(cashier, folio)] == [night for night, _ in BY_NIGHT]
    invoice = await invoiced(cashier, folio)
    assert by_night(invoice) == BY_NIGHT
    taxes = {(each["code"], each["percent"]): each for each in invoice["content"]["taxes"]}
    assert (taxes["VAT", "9"]["base"], taxes["VAT", "9"]["amount"]) == ("366.98", "33.02")
    assert (taxes["VAT", "11"]["base"], taxes["VAT", "11"]["amount"]) == ("180.18", "19.82")
    said = words_of(await cashier.send("GET", f"{cashier.path}/invoices/{invoice['id']}/pdf?language=ro"))
    for each in ("02.03.2027 Cazare", "VAT 9 % 16,51 200,00", "03.03.2027 Cazare", "VAT 11 % 19,82 200,00"):
        assert each in said, said
    for each in ("VAT 9 % 366,98 33,02", "VAT 11 % 180,18 19,82"):
        assert each in said, said


async def test_parts_of_a_night_are_of_that_night(cashier: Cashier, stay: str) -> None:
    folio = await charged(cashier, stay, "afterwards")
    other = (await cashier.made(f"/reservations/{stay}/folios", {"label": "Ion"}))["id"]
    first, _, last = await rooms(cashier, folio)
    divided = await cashier.follow(folio, first["id"], "split", to_folio_id=other)
    lowered = await cashier.follow(folio, last["id"], "rebate", amount="50.00", reason="Cold shower")
    moved = await cashier.follow(folio, lowered.json()["entry"]["id"], "transfer", to_folio_id=other)
    assert [each.status_code for each in (divided, lowered, moved)] == [201] * 3
    series = await cashier.may_invoice()
    here, there = [await invoiced(cashier, each, series) for each in (folio, other)]
    assert sorted(by_night(here)) == BY_NIGHT[:2]
    assert sorted(by_night(there)) == [BY_NIGHT[0], BY_NIGHT[2]]


async def test_what_is_no_night_is_of_the_day_it_was_posted_on(cashier: Cashier, stay: str) -> None:
    await cashier.set_date("2027-03-04")
    posted = await cashier.charged(stay, "100.00", "room", "Late check-out")
    assert posted["entry"]["served_on"] is None
    assert by_night(await invoiced(cashier, posted["folio"]["id"])) == [("2027-03-04", "11")]
