"""What the house bears: charges go to a folio that nobody pays by who keeps the books alone."""

from support.bills import Cashier
from support.front_desk import Json, problem_of
from support.persons import Persons
from support.worlds import World


async def house_folio(cashier: Cashier, **more: object) -> str:
    """Open a folio of the house."""
    made = await cashier.made(f"{cashier.path}/folios", {"label": "House", **more})
    return str(made["id"])


async def charged(cashier: Cashier) -> tuple[Json, str, str]:
    """A stay with a charge: the stay, its folio, the entry."""
    await cashier.add_vat()
    stay = await cashier.desk.booked("double", "2027-03-01", "2027-03-04")
    made = await cashier.charged(stay["id"], "100.00")
    return stay, made["folio"]["id"], made["entry"]["id"]


async def test_a_desk_lets_nothing_off_by_moving_it_to_the_house(
    cashier: Cashier, persons: Persons, world: World
) -> None:
    stay, folio, entry = await charged(cashier)
    house = await house_folio(cashier)
    desk = Cashier(cashier.desk, await persons.headers("rada", ("receptionist", world.grand)))
    before = await cashier.ledger()

    moved = await desk.follow(folio, entry, "transfer", to_folio_id=house)
    divided = await desk.follow(folio, entry, "split", to_folio_id=house, amount="99.99")
    routes = {"routes": [{"kind": "supplement", "folio_id": house}]}
    routed = await desk.send("PUT", f"/reservations/{stay['id']}/folio-routes", routes)
    borne = await desk.follow(folio, entry, "transfer-to-house", to_folio_id=house, reason="Nice people")

    for refused in (moved, divided, routed):
        assert problem_of(refused, 409, "transfer_not_authorised")["data"] == {"folio_id": house}
    problem_of(borne, 403, "not_allowed")
    assert await cashier.ledger() == before
    assert (await cashier.folio(folio))["balance"] == "100.00"


async def test_who_keeps_the_books_lets_the_house_bear_it(cashier: Cashier, persons: Persons, world: World) -> None:
    _, folio, entry = await charged(cashier)
    house = await house_folio(cashier)
    books = Cashier(cashier.desk, await persons.headers("mara", ("accountant", world.grand)))

    borne = await books.follow(folio, entry, "transfer-to-house", to_folio_id=house, reason="Water damage")

    assert borne.status_code == 201, borne.text
    assert (await cashier.folio(folio))["balance"] == "0.00"
    assert (await cashier.folio(house))["balance"] == "100.00"
    nameless = await books.follow(folio, entry, "transfer-to-house", to_folio_id=house)
    problem_of(nameless, 422, "invalid_input")


async def test_a_desk_routes_to_what_a_company_pays_for_a_group(
    cashier: Cashier, persons: Persons, world: World
) -> None:
    stay, folio, entry = await charged(cashier)
    company = await cashier.company()
    house = await house_folio(cashier, company_id=company["id"])
    desk = Cashier(cashier.desk, await persons.headers("rada", ("receptionist", world.grand)))

    routes = {"routes": [{"kind": "supplement", "folio_id": house}]}
    routed = await desk.send("PUT", f"/reservations/{stay['id']}/folio-routes", routes)
    moved = await desk.follow(folio, entry, "transfer", to_folio_id=house)

    assert (routed.status_code, moved.status_code) == (200, 201), (routed.text, moved.text)


async def test_a_company_folio_does_not_become_the_houses_with_charges_on_it(cashier: Cashier) -> None:
    _, folio, entry = await charged(cashier)
    company = await cashier.company()
    house = await house_folio(cashier, company_id=company["id"])
    await cashier.follow(folio, entry, "transfer", to_folio_id=house)

    changed = await cashier.send("PATCH", f"{cashier.path}/folios/{house}", {"company_id": None})

    problem_of(changed, 409, "transfer_not_authorised")
    assert (await cashier.folio(house))["payer"] == "company"


async def test_no_company_is_taken_off_what_stays_are_charged_on(
    cashier: Cashier, persons: Persons, world: World
) -> None:
    stay = await cashier.desk.booked("double", "2027-03-01", "2027-03-04")
    company = await cashier.company()
    desk = await at_the_desk(cashier, persons, world)
    house = await house_folio(desk, company_id=company["id"])
    await routed(desk, stay["id"], house)

    refused = await desk.send("PATCH", f"{desk.path}/folios/{house}", {"company_id": None})
    told = problem_of(refused, 409, "transfer_not_authorised")
    assert told["data"] == {"folio_id": house, "reservation_codes": [stay["code"]]}
    assert (await desk.folio(house))["company_id"] == company["id"]

    await routed(desk, stay["id"], None)
    assert (await desk.send("PATCH", f"{desk.path}/folios/{house}", {"company_id": None})).status_code == 200


async def test_a_charge_passes_over_a_routed_folio_that_nobody_pays(cashier: Cashier) -> None:
    """Whoever made the folio one, a charge by a route goes where somebody pays it."""
    stay = await cashier.desk.booked("double", "2027-03-01", "2027-03-04")
    company = await cashier.company()
    house = await house_folio(cashier, company_id=company["id"])
    await routed(cashier, stay["id"], house)
    await cashier.desk.connection.execute(
        "update folios set payer = 'guest', company_id = null where id = $1::text::uuid", house
    )

    made = await cashier.charged(stay["id"], "100.00")

    assert made["folio"]["reservation_id"] == stay["id"]


async def test_a_charge_passes_over_the_folio_of_another_stay_once_that_is_over(cashier: Cashier) -> None:
    host = await cashier.desk.booked("double", "2027-03-01", "2027-03-04")
    stay = await cashier.desk.booked("double", "2027-03-01", "2027-03-04")
    hosts = (await cashier.made(f"/reservations/{host['id']}/folios", {}))["id"]
    await routed(cashier, stay["id"], hosts)
    assert (await cashier.charged(stay["id"], "10.00"))["folio"]["id"] == hosts

    await cashier.desk.stepped(host["id"], "cancel")

    assert (await cashier.charged(stay["id"], "10.00"))["folio"]["reservation_id"] == stay["id"]
    late = await cashier.charged(host["id"], "10.00")
    assert late["folio"]["id"] == hosts, "what a stay itself owes goes on its own bill, over or not"


async def test_a_payment_is_not_moved_off_a_bill_that_nobody_would_pay_then(
    cashier: Cashier, persons: Persons, world: World
) -> None:
    desk = await at_the_desk(cashier, persons, world)
    books = Cashier(cashier.desk, await persons.headers("mara", ("accountant", world.grand)))
    guest = await desk.desk.booked("double", "2027-03-01", "2027-03-04")
    mine = (await desk.charged(guest["id"], "100.00"))["folio"]["id"]
    bar = await house_folio(desk)
    dinner = await desk.on_folio(bar, "charges", kind="supplement", amount="100.00", text="A passer-by's dinner")
    assert dinner.status_code == 201, dinner.text
    gone, left = await gone_with_a_bill(desk)

    for folio in (bar, left):
        paid = (await desk.paid(folio, "100.00"))["entry"]["id"]
        if folio == left:
            await desk.desk.stepped(gone["id"], "check-out")
        before = await cashier.ledger()
        refused = await desk.follow(folio, paid, "transfer", to_folio_id=mine)
        assert problem_of(refused, 409, "transfer_not_authorised")["data"] == {"folio_id": folio}
        assert (await cashier.ledger(), (await cashier.folio(folio))["balance"]) == (before, "0.00")
        moved = await books.follow(folio, paid, "transfer-to-house", to_folio_id=mine, reason="It was theirs")
        assert moved.status_code == 201, moved.text
        assert (await cashier.folio(folio))["balance"] == "100.00"
    await cashier.assert_balanced()


async def test_what_was_paid_too_much_is_moved_off_the_bill_of_who_has_left(
    cashier: Cashier, persons: Persons, world: World
) -> None:
    desk = await at_the_desk(cashier, persons, world)
    gone, left = await gone_with_a_bill(desk)
    await desk.paid(left, "100.00")
    await desk.desk.stepped(gone["id"], "check-out")
    guest = await desk.desk.booked("double", "2027-03-01", "2027-03-04")
    mine = (await desk.charged(guest["id"], "30.00"))["folio"]["id"]
    wrong = (await desk.paid(left, "30.00"))["entry"]["id"]

    moved = await desk.follow(left, wrong, "transfer", to_folio_id=mine)
    late = (await desk.charged(gone["id"], "20.00"))["folio"]
    misplaced = (await desk.paid(mine, "20.00"))["entry"]["id"]
    back = await desk.follow(mine, misplaced, "transfer", to_folio_id=left)

    assert (moved.status_code, back.status_code) == (201, 201), (moved.text, back.text)
    assert (late["id"], late["balance"], (await desk.folio(left))["balance"]) == (left, "20.00", "0.00")


async def test_a_desk_parks_nothing_on_a_stay_that_is_over(cashier: Cashier, persons: Persons, world: World) -> None:
    desk = await at_the_desk(cashier, persons, world)
    books = Cashier(cashier.desk, await persons.headers("mara", ("accountant", world.grand)))
    stay = await desk.desk.booked("double", "2027-03-01", "2027-03-04")
    made = await desk.charged(stay["id"], "100.00")
    mine, entry = made["folio"]["id"], made["entry"]["id"]
    for way in ("cancel", "no-show", "check-out"):
        gone, left = await gone_with_a_bill(desk, checks_in=way == "check-out")
        await desk.paid(left, "100.00")
        await desk.desk.stepped(gone["id"], way)
        company = await cashier.company(f"Firm of {way}")
        before = await cashier.ledger()

        opened = await desk.post(f"/reservations/{gone['id']}/folios", {})
        moved = await desk.follow(mine, entry, "transfer", to_folio_id=left)
        divided = await desk.follow(mine, entry, "split", to_folio_id=left)
        led = await desk.send("PUT", f"/reservations/{stay['id']}/folio-routes", route(left))

        problem_of(opened, 409, "transfer_not_authorised")
        for refused in (moved, divided, led):
            assert problem_of(refused, 409, "transfer_not_authorised")["data"] == {"folio_id": left}
        assert [await cashier.ledger(), len(await cashier.folios_of(gone["id"]))] == [before, 1]
        paying = await desk.post(f"/reservations/{gone['id']}/folios", {"company_id": company["id"]})
        assert paying.status_code == 201, paying.text
        late = await desk.charged(gone["id"], "5.00")
        divided = await desk.follow(left, late["entry"]["id"], "split", to_folio_id=paying.json()["id"])
        assert (late["folio"]["id"], divided.status_code) == (left, 201), divided.text
    assert (await desk.post(f"/reservations/{stay['id']}/check-out", None)).status_code == 409
    borne = await books.follow(mine, entry, "transfer-to-house", to_folio_id=left, reason="Their minibar")
    assert borne.status_code == 201, borne.text


async def at_the_desk(cashier: Cashier, persons: Persons, world: World) -> Cashier:
    """Rada, who is a receptionist of the hotel."""
    return Cashier(cashier.desk, await persons.headers("rada", ("receptionist", world.grand)))


async def gone_with_a_bill(cashier: Cashier, *, checks_in: bool = True) -> tuple[Json, str]:
    """A stay that is about to be over, with a charge of 100: the stay and its folio."""
    stay = await cashier.desk.booked("double", "2027-03-01", "2027-03-02")
    if checks_in:
        await cashier.desk.stepped(stay["id"], "check-in")
    return stay, (await cashier.charged(stay["id"], "100.00"))["folio"]["id"]


def route(folio: str | None) -> Json:
    """The body that leads the supplements of a stay to a folio."""
    return {"routes": [{"kind": "supplement", "folio_id": folio}]}


async def routed(cashier: Cashier, stay_id: str, folio: str | None) -> None:
    """Lead the supplements of a stay to a folio."""
    answer = await cashier.send("PUT", f"/reservations/{stay_id}/folio-routes", route(folio))
    assert answer.status_code == 200, answer.text
