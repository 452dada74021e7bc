"""What the nights of a stay owe, and what is charged of them: held against one another, whatever became of the stay."""

from datetime import timedelta
from decimal import Decimal

import pytest

from omd.db import Database
from omd.features.folios import check_books
from omd.kernel.clock import FixedClock
from support.bills import Cashier
from support.bookings import OfferDesk
from support.front_desk import Desk, Json, problem_of
from support.passes import guest_headers
from support.worlds import World, system_actor

STAY = ("double", "2027-03-01", "2027-03-04")
NIGHTS = ["2027-03-01", "2027-03-02", "2027-03-03"]


@pytest.fixture
async def offers(desk: Desk) -> OfferDesk:
    """The desk, which sells a night at 200.00 with VAT of 9 % in it and 14.00 of city tax on top."""
    return await OfferDesk.at(desk)


async def charge(cashier: Cashier, stay_id: str, **body: str) -> list[Json]:
    """Charge the nights of a stay; return its folios."""
    made: list[Json] = await cashier.made(f"/reservations/{stay_id}/nights/charges", body)  # type: ignore[assignment]
    return made


async def lines(cashier: Cashier, folio_id: str) -> list[tuple[str, str, str]]:
    """Return a folio's statement: kind, amount, text."""
    answer = await cashier.send("GET", f"{cashier.path}/folios/{folio_id}/entries?limit=500")
    return [(each["entry"]["kind"], each["amount"], each["entry"]["text"]) for each in answer.json()]


async def entries(cashier: Cashier, folio_id: str) -> list[str]:
    """Return the ids of the entries of a folio, in their order."""
    answer = await cashier.send("GET", f"{cashier.path}/folios/{folio_id}/entries?limit=500")
    return [each["entry"]["id"] for each in answer.json()]


async def priced(offers: OfferDesk, stay: str, *dates: str, base: str = "250.00", **more: object) -> None:
    """Price a stay anew."""
    arrival, departure = dates
    offer = offers.offer("double", arrival, departure, base=Decimal(base), **more)
    answer = await offers.reprice(stay, offer)
    assert answer.status_code == 200, answer.text


async def leave(cashier: Cashier, desk: Desk, stay: str) -> Json:
    """Settle what is owed, charge nothing more, and check out."""
    for folio in await cashier.folios_of(stay):
        balance = Decimal(folio["balance"])
        if balance > 0:
            await cashier.paid(folio["id"], folio["balance"])
        elif balance < 0:
            back = await cashier.on_folio(folio["id"], "refunds", method="cash", amount=str(-balance), text="Rest")
            assert back.status_code == 201, back.text
    return await desk.stepped(stay, "check-out")


async def test_a_price_anew_posts_the_difference_and_no_tax_twice(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-03")
    await charge(cashier, stay)
    # A child more: the lines of the price are others, and the taxes stand at other places among them.
    await offers.desk.amended(stay, children=1)
    await priced(offers, stay, *STAY[1:], base="200.00", children=(9,))
    (folio,) = await charge(cashier, stay)
    assert folio["balance"] == "488.00", "30 a night more, and the city tax once"
    statement = await lines(cashier, folio["id"])
    assert statement[4:] == [
        ("correction", "-200.00", "Charged anew"),
        ("correction", "-200.00", "Charged anew"),
        ("charge", "230.00", "Room, night of 2027-03-01"),
        ("charge", "230.00", "Room, night of 2027-03-02"),
    ]
    assert (await charge(cashier, stay))[0]["balance"] == "488.00"
    await cashier.set_date("2027-03-04")
    await charge(cashier, stay)
    assert (await leave(cashier, offers.desk, stay))["status"] == "checked_out"
    assert (await cashier.ledger())["tax_payable CITY"] == Decimal("-42.00")


async def test_check_out_compares_amounts(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    (folio,) = await charge(cashier, stay)
    await cashier.paid(folio["id"], "642.00")
    await priced(offers, stay, *STAY[1:])
    told = problem_of(await offers.desk.step(stay, "check-out"), 409, "nights_not_charged")
    assert told["data"] == {"dates": NIGHTS}
    (folio,) = await charge(cashier, stay)
    assert folio["balance"] == "150.00"
    await leave(cashier, offers.desk, stay)


async def test_a_cheaper_price_gives_money_back(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    (folio,) = await charge(cashier, stay)
    await cashier.paid(folio["id"], "642.00")
    await priced(offers, stay, *STAY[1:], base="150.00")
    assert (await charge(cashier, stay))[0]["balance"] == "-150.00"
    await leave(cashier, offers.desk, stay)


async def test_a_tax_that_is_in_the_price_is_split_anew(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold("double", "2027-03-01", "2027-03-02")
    await charge(cashier, stay, until="2027-03-02")
    await offers.desk.connection.execute("alter table reservation_taxes disable trigger user")
    await offers.desk.connection.execute("update reservation_taxes set amount = 10.00 where code = 'VAT'")
    await offers.desk.connection.execute("alter table reservation_taxes enable trigger user")
    (folio,) = await charge(cashier, stay, until="2027-03-02")
    assert folio["balance"] == "214.00"
    assert (await cashier.ledger())["tax_payable VAT"] == Decimal("-10.00")


async def test_a_night_on_an_invoice_stays_and_its_difference_goes_on_an_open_folio(
    offers: OfferDesk, cashier: Cashier
) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    (folio,) = await charge(cashier, stay)
    await cashier.paid(folio["id"], "642.00")
    series = await cashier.may_invoice()
    assert (await cashier.on_folio(folio["id"], "invoices", series_id=series)).status_code == 201
    await priced(offers, stay, *STAY[1:])
    first, second = await charge(cashier, stay)
    assert (first["balance"], second["balance"]) == ("0.00", "150.00")
    assert (await lines(cashier, second["id"]))[0] == ("charge", "50.00", "Room, night of 2027-03-01: difference")
    await priced(offers, stay, *STAY[1:], base="190.00")
    _, second = await charge(cashier, stay)
    assert second["balance"] == "-30.00", "10 less than the invoice says, each night"
    back = await cashier.on_folio(second["id"], "refunds", method="cash", amount="30.00", text="Rest")
    problem_of(back, 409, "refund_above_paid")
    await priced(offers, stay, *STAY[1:], base="200.00")
    assert [each["balance"] for each in await charge(cashier, stay)] == ["0.00", "0.00"]
    assert (await offers.desk.stepped(stay, "check-out"))["status"] == "checked_out"


async def test_what_was_divided_keeps_its_stay_and_its_shares(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold("double", "2027-03-01", "2027-03-02")
    (folio,) = await charge(cashier, stay, until="2027-03-02")
    firm = (await cashier.company())["id"]
    house = (await cashier.made(f"{cashier.path}/folios", {"company_id": firm}))["id"]
    (room, *_) = await entries(cashier, folio["id"])
    answer = await cashier.follow(folio["id"], room, "split", to_folio_id=house, amount="50.00")
    assert answer.status_code == 201, answer.text
    assert (await charge(cashier, stay, until="2027-03-02"))[0]["balance"] == "164.00", "it is charged, in two parts"
    await priced(offers, stay, "2027-03-01", "2027-03-02", base="400.00")
    assert (await charge(cashier, stay, until="2027-03-02"))[0]["balance"] == "314.00"
    assert (await cashier.folio(house))["balance"] == "100.00"
    ledger = await cashier.ledger()
    assert (ledger["room_revenue"], ledger["tax_payable VAT"]) == (Decimal("-366.97"), Decimal("-33.03"))


async def test_what_was_let_off_is_not_owed_again(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold("double", "2027-03-01", "2027-03-02")
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-02")
    (folio,) = await charge(cashier, stay)
    (room, _) = await entries(cashier, folio["id"])
    lower = await cashier.follow(folio["id"], room, "rebate", amount="20.00", reason="Cold shower")
    assert (await charge(cashier, stay))[0]["balance"] == "194.00"
    await priced(offers, stay, "2027-03-01", "2027-03-02")
    assert (await charge(cashier, stay))[0]["balance"] == "244.00", "250 less the 20"
    (*_, newest) = await entries(cashier, folio["id"])
    gone = await cashier.follow(folio["id"], newest, "rebate", amount="230.00", reason="No bed")
    assert (lower.status_code, gone.status_code) == (201, 201)
    assert (await charge(cashier, stay))[0]["balance"] == "14.00"
    await leave(cashier, offers.desk, stay)


async def test_what_was_taken_back_by_hand_is_owed(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold("double", "2027-03-01", "2027-03-02")
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-02")
    (folio,) = await charge(cashier, stay)
    (room, _) = await entries(cashier, folio["id"])
    assert (await cashier.follow(folio["id"], room, "correct", reason="Wrong folio")).status_code == 201
    problem_of(await offers.desk.step(stay, "check-out"), 409, "nights_not_charged")
    (folio,) = await charge(cashier, stay)
    assert folio["balance"] == "214.00"
    await leave(cashier, offers.desk, stay)
    (*_, newest, _paid) = await entries(cashier, folio["id"])
    refused = await cashier.follow(folio["id"], newest, "correct", reason="x")
    problem_of(refused, 409, "entry_not_movable")


async def test_a_night_that_was_added_without_a_price_keeps_the_guest(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    await offers.desk.amended(stay, departure="2027-03-06")
    await cashier.set_date("2027-03-06")
    (folio,) = await charge(cashier, stay)
    await cashier.paid(folio["id"], "642.00")
    told = problem_of(await offers.desk.step(stay, "check-out"), 409, "nights_without_price")
    assert told["data"] == {"dates": ["2027-03-04", "2027-03-05"]}
    await priced(offers, stay, "2027-03-01", "2027-03-06", base="200.00")
    assert (await charge(cashier, stay))[0]["balance"] == "428.00"
    await leave(cashier, offers.desk, stay)


async def test_an_agreed_price_is_charged_by_the_night(desk: Desk, cashier: Cashier) -> None:
    await cashier.add_vat()
    stay = (await desk.booked(*STAY, price={"amount": "100.00"}))["id"]
    await desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    told = problem_of(await desk.step(stay, "check-out"), 409, "nights_not_charged")
    assert told["data"] == {"dates": NIGHTS}
    (folio,) = await charge(cashier, stay)
    assert [each[1] for each in await lines(cashier, folio["id"])] == ["33.34", "33.33", "33.33"]
    assert await cashier.ledger() == {
        "guest_ledger": Decimal("100.00"),
        "room_revenue": Decimal("-90.10"),
        "tax_payable VAT11": Decimal("-9.90"),
    }
    await leave(cashier, desk, stay)


async def test_an_agreed_price_is_for_the_nights_it_was_agreed_for(desk: Desk, cashier: Cashier) -> None:
    stay = (await desk.booked(*STAY, price={"amount": "300.00"}))["id"]
    await desk.stepped(stay, "check-in")
    await desk.amended(stay, departure="2027-03-05")
    await cashier.set_date("2027-03-05")
    (folio,) = await charge(cashier, stay)
    assert folio["balance"] == "300.00"
    told = problem_of(await desk.step(stay, "check-out"), 409, "nights_without_price")
    assert told["data"] == {"dates": ["2027-03-04"]}
    # The same amount for a night more is an agreement, too.
    await desk.amended(stay, price={"amount": "300.00"})
    (folio,) = await charge(cashier, stay)
    assert folio["balance"] == "300.00"
    assert len(await lines(cashier, folio["id"])) == 3 + 3 + 4
    await leave(cashier, desk, stay)


async def test_who_leaves_early_owes_their_share_of_an_agreed_price(desk: Desk, cashier: Cashier) -> None:
    stay = (await desk.booked(*STAY, price={"amount": "300.00"}))["id"]
    await desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-03")
    (folio,) = await charge(cashier, stay)
    assert folio["balance"] == "200.00"
    left = await leave(cashier, desk, stay)
    assert (left["departure"], left["price"]["amount"]) == ("2027-03-03", "300.00")


async def test_nobody_leaves_for_nothing_unless_that_is_said(desk: Desk, cashier: Cashier) -> None:
    stay = (await desk.booked(*STAY, price=None))["id"]
    await desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    told = problem_of(await desk.step(stay, "check-out"), 409, "nights_without_price")
    assert told["data"] == {"dates": NIGHTS}
    await desk.amended(stay, price={"amount": "0.00"})
    assert (await desk.stepped(stay, "check-out"))["status"] == "checked_out"


async def test_a_cancellation_takes_charges_ahead_back(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    (folio,) = await charge(cashier, stay, until="2027-03-04")
    await offers.desk.stepped(stay, "cancel")
    assert (await cashier.folio(folio["id"]))["balance"] == "0.00"
    assert [each[:2] for each in await lines(cashier, folio["id"])][6:] == [
        (kind, amount) for _ in NIGHTS for kind, amount in (("correction", "-200.00"), ("correction", "-14.00"))
    ]
    assert not any((await cashier.ledger()).values())


async def test_a_no_show_whose_nights_were_invoiced_has_them_back_on_an_open_folio(
    offers: OfferDesk, cashier: Cashier
) -> None:
    stay = await offers.sold(*STAY)
    (folio,) = await charge(cashier, stay, until="2027-03-03")
    await cashier.paid(folio["id"], "428.00")
    series = await cashier.may_invoice()
    assert (await cashier.on_folio(folio["id"], "invoices", series_id=series)).status_code == 201
    await offers.desk.stepped(stay, "no-show")
    first, second = await cashier.folios_of(stay)
    assert (first["balance"], second["balance"]) == ("0.00", "-428.00")
    assert (await lines(cashier, second["id"]))[0] == ("charge", "-200.00", "Room, night of 2027-03-01: given back")
    # A fee is an act of its own, and is set against what is given back.
    assert await charge(cashier, stay, until="2027-03-03") == [first, second]


async def test_what_a_credit_note_took_off_is_not_given_back_again(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    (folio,) = await charge(cashier, stay, until="2027-03-02")
    await cashier.paid(folio["id"], "214.00")
    series = await cashier.may_invoice()
    invoice = await cashier.made(f"{cashier.path}/folios/{folio['id']}/invoices", {"series_id": series})
    part = {"series_id": series, "reason": "Cold shower", "lines": [{"line": 1, "amount": "50.00"}]}
    await cashier.made(f"{cashier.path}/invoices/{invoice['id']}/credit", part)
    assert (await charge(cashier, stay, until="2027-03-02"))[0]["charged"] == "164.00", "it is owed no more"
    await offers.desk.stepped(stay, "cancel")
    assert [each["charged"] for each in await cashier.folios_of(stay)] == ["164.00", "-164.00"]


async def test_a_guest_who_cancels_has_what_was_charged_ahead_back(
    offers: OfferDesk, cashier: Cashier, clock: FixedClock
) -> None:
    desk = offers.desk
    stay = await offers.sold(*STAY)
    (folio,) = await charge(cashier, stay, until="2027-03-04")
    headers = guest_headers(desk.hotel, (await desk.stay(stay))["code"], clock)
    answer = await desk.client.post("/api/v1/own-stay/cancel", headers=headers)
    assert answer.status_code == 200, answer.text
    assert (await cashier.folio(folio["id"]))["balance"] == "0.00"


async def test_a_shorter_stay_takes_the_charges_of_its_nights_back(offers: OfferDesk, cashier: Cashier) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    (folio,) = await charge(cashier, stay, until="2027-03-04")
    await cashier.paid(folio["id"], "642.00")
    await cashier.set_date("2027-03-03")
    told = problem_of(await offers.desk.step(stay, "check-out"), 409, "nights_charged_ahead")
    assert told["data"] == {"dates": ["2027-03-03"]}
    await offers.desk.amended(stay, departure="2027-03-03")
    assert (await cashier.folio(folio["id"]))["balance"] == "-214.00"
    assert (await leave(cashier, offers.desk, stay))["departure"] == "2027-03-03"


async def test_a_stay_that_moves_has_the_charges_of_its_old_nights_taken_back(
    offers: OfferDesk, cashier: Cashier
) -> None:
    stay = await offers.sold(*STAY)
    (folio,) = await charge(cashier, stay, until="2027-03-04")
    await offers.desk.amended(stay, arrival="2027-03-03", departure="2027-03-06")
    assert (await cashier.folio(folio["id"]))["balance"] == "214.00", "the third of March is still a night of it"


async def test_a_check_in_is_not_undone_once_the_stay_was_charged(
    offers: OfferDesk, cashier: Cashier, clock: FixedClock
) -> None:
    stay = await offers.sold(*STAY)
    await charge(cashier, stay, until="2027-03-02")
    await offers.desk.stepped(stay, "check-in")
    clock.set(clock.now() + timedelta(minutes=5))
    charged = await cashier.charged(stay, "10.00", text="Minibar")
    told = problem_of(await offers.desk.step(stay, "undo-check-in"), 409, "charges_posted")
    (named,) = told["data"]["charges"]
    assert (named["id"], named["amount"]) == (charged["entry"]["id"], "10.00")
    back = await cashier.follow(charged["folio"]["id"], charged["entry"]["id"], "correct", reason="Not theirs")
    assert back.status_code == 201
    assert (await offers.desk.stepped(stay, "undo-check-in"))["status"] == "confirmed", "what was paid ahead stays"


async def test_the_books_are_checked_for_what_left_stays_owe(
    offers: OfferDesk, cashier: Cashier, db: Database, world: World
) -> None:
    stay = await offers.sold(*STAY)
    await offers.desk.stepped(stay, "check-in")
    await cashier.set_date("2027-03-04")
    await charge(cashier, stay)
    await leave(cashier, offers.desk, stay)

    async def breaches() -> list[str]:
        async with db.reading(system_actor(world.alpha)) as tx:
            verdicts = await check_books(tx, world.alpha.id)
        return [each.said for verdict in verdicts for each in verdict.first]

    assert await breaches() == []
    await offers.desk.connection.execute("alter table ledger_entries disable trigger user")
    await offers.desk.connection.execute(
        "update ledger_entries set item = null, charged = 0, taxed = 0 where served_on = '2027-03-02' and item = 'room'"
    )
    await offers.desk.connection.execute("alter table ledger_entries enable trigger user")
    (said,) = await breaches()
    assert said.endswith("owes 200.00 of room for the night, and is charged 0")
