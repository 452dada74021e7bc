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
