"""Bills through HTTP: what a guest owes, what was paid, who pays what, and the ledger under it all."""

from decimal import Decimal

from support.bills import Cashier, balance_of
from support.front_desk import Desk
from support.relayed import relayed
from support.servers import Servers

STAY = ("double", "2027-03-01", "2027-03-04")


async def test_a_guest_is_charged_pays_and_the_folio_is_closed(desk: Desk, cashier: Cashier) -> None:
    await cashier.add_vat()
    stay = await desk.booked(*STAY)
    assert await cashier.folios_of(stay["id"]) == []
    charged = await cashier.charged(stay["id"], "400.00", "room", "Night of 1 March")
    assert (charged["folio"]["number"], charged["folio"]["payer"], balance_of(charged)) == (1, "guest", Decimal(400))
    assert (charged["entry"]["business_date"], charged["entry"]["charge_kind"]) == ("2027-03-01", "room")
    folio = charged["folio"]["id"]
    await cashier.charged(stay["id"], "24.20")
    assert balance_of(await cashier.paid(folio, "424.20", "card")) == 0
    assert await cashier.ledger() == {
        "guest_ledger": 0,
        "card_clearing": Decimal("424.20"),
        "room_revenue": Decimal("-360.36"),
        "tax_payable VAT11": Decimal("-39.64"),
        "supplement_revenue": Decimal("-20.00"),
        "tax_payable VAT21": Decimal("-4.20"),
    }
    assert await cashier.statement(folio) == [
        ("charge", Decimal("400.00"), Decimal("400.00")),
        ("charge", Decimal("24.20"), Decimal("424.20")),
        ("payment", Decimal("-424.20"), Decimal("0.00")),
    ]
    closed = await cashier.made(f"{cashier.path}/folios/{folio}/close", None, 200)
    assert closed["closed_at"] is not None
    later = await cashier.charged(stay["id"], "5.00")
    assert (later["folio"]["number"], balance_of(later)) == (2, Decimal(5))


async def test_a_tax_on_top_is_added_to_what_is_charged(desk: Desk, cashier: Cashier) -> None:
    await desk.connection.execute(
        "insert into tax_rules (omd_id, business_id, code, name, basis, placement, value, since, kinds) "
        "values ($1, $2, 'CITY', 'City tax', 'percent', 'on_top', 2, '2020-01-01', '{room}')",
        *(desk.hotel.omd_id, desk.hotel.id),
    )
    stay = await desk.booked(*STAY)
    charged = await cashier.charged(stay["id"], "333.00", "room")
    assert balance_of(charged) == Decimal("339.66")
    assert balance_of(await cashier.charged(stay["id"], "100.00", "fee")) == Decimal("439.66")


async def test_a_deposit_is_owed_until_it_is_used_or_given_back(desk: Desk, cashier: Cashier) -> None:
    stay = await desk.booked(*STAY)
    opened = await cashier.made(f"/reservations/{stay['id']}/folios", {})
    folio = opened["id"]
    received = await cashier.on_folio(folio, "deposits", method="bank", amount="150.00")
    assert [received.json()["folio"][name] for name in ("deposit", "balance")] == ["150.00", "0.00"]
    assert (await cashier.ledger()) == {"bank": 150, "deposits": -150}
    await cashier.charged(stay["id"], "100.00")
    used = await cashier.made(f"{cashier.path}/folios/{folio}/deposits/use", {})
    assert [used["folio"][name] for name in ("deposit", "balance", "paid")] == ["50.00", "0.00", "100.00"]
    back = await cashier.on_folio(folio, "refunds", method="cash", amount="50.00", text="Rest", of="deposit")
    assert back.json()["folio"]["deposit"] == "0.00"
    assert (await cashier.ledger())["deposits"] == 0


async def test_what_was_posted_is_taken_back_by_what_follows_it(desk: Desk, cashier: Cashier) -> None:
    await cashier.add_vat()
    stay = await desk.booked(*STAY)
    charged = await cashier.charged(stay["id"], "60.50")
    folio, entry = charged["folio"]["id"], charged["entry"]["id"]
    taken = await cashier.follow(folio, entry, "correct", reason="Not his")
    assert (taken.status_code, balance_of(taken.json())) == (201, Decimal(0))
    assert taken.json()["entry"]["follows_id"] == entry
    assert set((await cashier.ledger()).values()) == {0}
    again = await cashier.follow(folio, entry, "correct", reason="Not his")
    assert (again.status_code, again.json()["code"]) == (409, "entry_followed")
    back = await cashier.follow(folio, taken.json()["entry"]["id"], "correct", reason="His after all")
    assert (back.status_code, back.json()["code"]) == (409, "entry_not_movable")


async def test_a_charge_is_moved_and_taken_back_where_it_is(desk: Desk, cashier: Cashier) -> None:
    await cashier.add_vat()
    first, second = await desk.booked(*STAY), await desk.booked(*STAY)
    charged = await cashier.charged(first["id"], "121.00")
    here = charged["folio"]["id"]
    there = (await cashier.made(f"/reservations/{second['id']}/folios", {"label": "Bar"}))["id"]
    moved = await cashier.follow(here, charged["entry"]["id"], "transfer", to_folio_id=there)
    assert (moved.status_code, moved.json()["folio"]["id"], balance_of(moved.json())) == (201, there, Decimal(121))
    assert (await cashier.folio(here))["balance"] == "0.00"
    gone = await cashier.follow(here, charged["entry"]["id"], "correct", reason="x")
    assert gone.json()["code"] == "entry_followed"
    house = (await cashier.made(f"{cashier.path}/folios", {"label": "Group"}))["id"]
    body = {"to_folio_id": house, "reason": "x"}
    onward = await cashier.follow(there, moved.json()["entry"]["id"], "transfer-to-house", **body)
    assert onward.json()["entry"]["origin_id"] == charged["entry"]["id"]
    taken = await cashier.follow(house, onward.json()["entry"]["id"], "correct", reason="x")
    assert balance_of(taken.json()) == 0
    assert [(await cashier.folio(each))["balance"] for each in (here, there, house)] == ["0.00"] * 3
    assert set((await cashier.ledger()).values()) == {0}


async def test_the_company_pays_the_room_and_the_guest_the_bar(desk: Desk, cashier: Cashier) -> None:
    company = await cashier.company("Acme SRL", tax_number="RO123", country="RO")
    assert company["balance"] == "0.00"
    stay = await desk.booked(*STAY)
    of_company = (await cashier.made(f"/reservations/{stay['id']}/folios", {"company_id": company["id"]}))["id"]
    of_guest = (await cashier.made(f"/reservations/{stay['id']}/folios", {"label": "Extras"}))["id"]
    routes = [{"kind": "room", "folio_id": of_company}, {"kind": "supplement", "folio_id": of_guest}]
    put = await cashier.send("PUT", f"/reservations/{stay['id']}/folio-routes", {"routes": routes})
    assert (put.status_code, put.json()) == (200, routes)
    await cashier.charged(stay["id"], "300.00", "room")
    await cashier.charged(stay["id"], "25.00")
    assert [each["balance"] for each in await cashier.folios_of(stay["id"])] == ["300.00", "25.00"]
    billed = await cashier.made(f"{cashier.path}/folios/{of_company}/billing", {})
    assert [billed["folio"][name] for name in ("balance", "billed", "paid")] == ["0.00", "300.00", "0.00"]
    owing = await cashier.send("GET", f"{cashier.path}/companies/{company['id']}")
    assert owing.json()["balance"] == "300.00"
    paid = await cashier.made(
        f"{cashier.path}/companies/{company['id']}/payments", {"method": "bank", "amount": "300.00"}
    )
    assert paid["balance"] == "0.00"
    gone = {"routes": [{"kind": "room", "folio_id": None}]}
    assert (await cashier.send("PUT", f"/reservations/{stay['id']}/folio-routes", gone)).json() == []
    cash = await cashier.on_folio(of_company, "refunds", method="cash", amount="1.00", text="x")
    assert cash.json()["code"] == "refund_above_paid", "what a company owes is not given out in cash"


async def test_a_retried_payment_is_posted_once(desk: Desk, cashier: Cashier) -> None:
    stay = await desk.booked(*STAY)
    folio = (await cashier.charged(stay["id"], "80.00"))["folio"]["id"]
    path, body = f"{cashier.path}/folios/{folio}/payments", {"method": "cash", "amount": "80.00"}
    answers = [await cashier.post(path, body, Idempotency_Key="till-1") for _ in range(3)]
    assert {(each.status_code, each.text) for each in answers} == {(201, answers[0].text)}
    assert (await cashier.folio(folio))["balance"] == "0.00"


async def test_a_folio_is_changed_by_who_read_it(desk: Desk, cashier: Cashier) -> None:
    stay = await desk.booked(*STAY)
    folio = (await cashier.charged(stay["id"], "80.00"))["folio"]
    company = await cashier.company()
    path = f"{cashier.path}/folios/{folio['id']}"
    changed = await cashier.send("PATCH", path, {"company_id": company["id"]}, If_Match=f'"{folio["version"]}"')
    assert (changed.status_code, changed.json()["payer"]) == (200, "company")
    stale = await cashier.send("PATCH", path, {"label": "Late"}, If_Match=f'"{folio["version"]}"')
    assert (stale.status_code, stale.json()["code"]) == (409, "stale_version")
    labelled = await cashier.send("PATCH", path, {"label": "Late"})
    assert (labelled.json()["payer"], labelled.json()["label"]) == ("company", "Late")


async def test_what_happens_to_a_folio_is_told(
    desk: Desk, cashier: Cashier, servers: Servers, database_name: str
) -> None:
    stay = await desk.booked(*STAY)
    folio = (await cashier.charged(stay["id"], "80.00"))["folio"]["id"]
    await cashier.paid(folio, "80.00")
    await cashier.made(f"{cashier.path}/folios/{folio}/close", None, 200)
    async with relayed(servers, database_name):
        told = await desk.connection.fetch(
            "select type, aggregate_version, data::text from events where aggregate = 'folio' and aggregate_id = $1 "
            "order by seq",
            folio,
        )
    assert [(each["type"], each["aggregate_version"]) for each in told] == [
        ("folio.opened", 1),
        ("folio.posted", 2),
        ("folio.posted", 3),
        ("folio.closed", 4),
    ]
    assert "80.00" not in str(told), "amounts are read, not told"


async def test_statements_and_lists_come_by_the_page(desk: Desk, cashier: Cashier) -> None:
    stay = await desk.booked(*STAY)
    for _ in range(3):
        folio = (await cashier.charged(stay["id"], "1.00"))["folio"]["id"]
        await cashier.made(f"{cashier.path}/folios", {})
    for path, field in ((f"/folios/{folio}/entries", "line"), ("/folios", "number")):
        page = await cashier.send("GET", f"{cashier.path}{path}?limit=2")
        assert [each[field] for each in page.json()] == [1, 2]
        after = page.headers["Link"].split(">")[0].removeprefix("</api/v1")
        rest = await cashier.send("GET", after)
        assert [each[field] for each in rest.json()] == [3]
        assert "Link" not in rest.headers
