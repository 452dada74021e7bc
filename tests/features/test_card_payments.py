"""Card payments through the API, by the test provider over a real connection: every way it can go, posted once."""

import asyncio
from collections import Counter
from decimal import Decimal

from omd.db import Database
from omd.features.folios.cards.accounts import Tills, renew_payment_accounts
from omd.features.folios.queries import Books
from omd.features.identity import system_actor
from omd.infra.keyring import Keyring, Renewed
from support.bills import Cashier
from support.card_payments import Terminal
from support.served_app import KEYS
from support.worlds import Connection, World

AT_ONCE = 6


async def test_what_is_captured_at_once_is_paid(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.pay(folio)
    assert (paid["status"], paid["waits_for"], paid["test"]) == ("captured", None, True)
    assert (paid["amount"], paid["captured"], paid["refunded"]) == ("60.00", "60.00", "0.00")
    assert await terminal.cashier.statement(folio) == [
        ("charge", Decimal(100), Decimal(100)),
        ("payment", Decimal(-60), Decimal(40)),
    ]
    assert (await terminal.cashier.ledger())["card_clearing"] == 60
    assert await terminal.read(paid) == paid
    assert (await terminal.cashier.send("GET", terminal.at(folio))).json() == [paid]


async def test_a_declined_card_pays_nothing(terminal: Terminal) -> None:
    folio = await terminal.folio()
    declined = await terminal.pay(folio, "tok_declined")
    assert (declined["status"], declined["reason"], declined["waits_for"]) == ("declined", "insufficient_funds", None)
    failed = await terminal.pay(folio, "tok_refused")
    assert (failed["status"], failed["reason"]) == ("failed", "unknown_token")
    assert (await terminal.cashier.folio(folio))["paid"] == "0.00"


async def test_a_deposit_is_authorised_first_and_taken_in_part(terminal: Terminal) -> None:
    folio = await terminal.folio()
    held = await terminal.pay(folio, purpose="deposit", capture="later")
    assert (held["status"], held["waits_for"]) == ("authorised", None)
    assert (await terminal.cashier.folio(folio))["deposit"] == "0.00"
    taken = await terminal.do(held, "capture", {"amount": "45.00"})
    assert (taken.status_code, taken.json()["status"], taken.json()["captured"]) == (200, "captured", "45.00")
    assert (await terminal.cashier.folio(folio))["deposit"] == "45.00"
    again = await terminal.do(held, "capture", {"amount": "45.00"})
    assert (again.status_code, again.json()) == (200, taken.json())
    other = await terminal.do(held, "capture", {"amount": "50.00"})
    assert (other.status_code, other.json()["code"]) == (409, "payment_not_possible")
    assert (await terminal.do(held, "cancel")).json()["code"] == "payment_not_possible"


async def test_what_is_cancelled_is_not_taken(terminal: Terminal) -> None:
    held = await terminal.pay(await terminal.folio(), capture="later")
    cancelled = await terminal.do(held, "cancel")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert (await terminal.do(held, "capture")).json()["data"] == {"status": "cancelled"}
    assert (await terminal.at_provider(held))["status"] == "cancelled"


async def test_a_payer_confirms_and_the_webhook_says_so(terminal: Terminal) -> None:
    folio = await terminal.folio()
    waiting = await terminal.pay(folio, "tok_confirm")
    assert (waiting["status"], waiting["waits_for"]) == ("created", "guest")
    assert (await terminal.provider.post(waiting["confirm_url"], json={})).status_code == 200
    assert await terminal.heard(*await terminal.messages()) == ["learned"] * 3
    assert (await terminal.read(waiting))["status"] == "captured"
    refused = await terminal.pay(folio, "tok_confirm")
    await terminal.provider.post(refused["confirm_url"], json={"agreed": False})
    assert await terminal.heard((await terminal.messages())[-1]) == ["learned"]
    told = await terminal.read(refused)
    assert (told["status"], told["reason"]) == ("failed", "payer_did_not_confirm")
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


async def test_a_retry_under_the_same_key_pays_once(terminal: Terminal) -> None:
    folio = await terminal.folio()
    body = {"amount": "60.00", "token": "tok_broken"}
    first = await terminal.cashier.post(terminal.at(folio), body, Idempotency_Key="k1")
    again = await terminal.cashier.post(terminal.at(folio), body, Idempotency_Key="k1")
    assert (first.json()["waits_for"], again.json()["status"]) == ("provider", "captured")
    assert first.json()["id"] == again.json()["id"]
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


async def test_a_capture_at_once_by_many_is_one(terminal: Terminal) -> None:
    folio = await terminal.folio()
    held = await terminal.pay(folio, capture="later")
    answers = await asyncio.gather(*(terminal.do(held, "capture") for _ in range(AT_ONCE)))
    assert {each.status_code for each in answers} == {200}
    assert (await terminal.read(held))["status"] == "captured"
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"
    assert len(await terminal.messages()) == 2


async def test_a_capture_and_a_cancel_at_once_come_to_one_end(terminal: Terminal) -> None:
    folio = await terminal.folio()
    held = await terminal.pay(folio, capture="later")
    await asyncio.gather(*(terminal.do(held, ("capture", "cancel")[number % 2]) for number in range(AT_ONCE)))
    told, there = await terminal.read(held), await terminal.at_provider(held)
    assert told["status"] == there["status"]
    assert (await terminal.cashier.folio(folio))["paid"] == ("60.00" if told["status"] == "captured" else "0.00")


async def test_money_goes_back_as_far_as_it_came(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.pay(folio)
    first = await terminal.do(paid, "refund", {"amount": "20.00", "text": "Lift"})
    assert (first.status_code, first.json()["status"], first.json()["refunded"]) == (201, "partly_refunded", "20.00")
    above = await terminal.do(paid, "refund", {"amount": "40.01", "text": "Lift"})
    assert (above.status_code, above.json()["code"]) == (409, "refund_above_captured")
    assert above.json()["data"] == {"refundable": "40.00"}
    by_hand = await terminal.cashier.on_folio(folio, "refunds", method="cash", amount="30.00", text="x")
    assert by_hand.status_code == 201
    beyond = await terminal.do(paid, "refund", {"amount": "40.00", "text": "Lift"})
    assert (beyond.status_code, beyond.json()["code"]) == (409, "refund_above_paid")
    last = await terminal.do(paid, "refund", {"amount": "10.00", "text": "Lift"})
    assert last.json()["refunded"] == "30.00"
    assert len((await terminal.at_provider(paid))["refunds"]) == 2
    assert (await terminal.cashier.folio(folio))["paid"] == "0.00"


async def test_refunds_at_once_never_give_back_more_than_came(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.pay(folio)
    body = {"amount": "25.00", "text": "x"}
    answers = await asyncio.gather(*(terminal.do(paid, "refund", body) for _ in range(AT_ONCE)))
    assert Counter(each.status_code for each in answers) == {201: 2, 409: AT_ONCE - 2}
    assert (await terminal.read(paid))["refunded"] == "50.00"
    assert (await terminal.cashier.folio(folio))["paid"] == "10.00"


async def test_a_refund_that_fails_is_posted_back(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.pay(folio, "tok_refund_fails")
    failed = await terminal.do(paid, "refund", {"amount": "20.00", "text": "Lift"})
    assert (failed.status_code, failed.json()["status"]) == (201, "captured")
    assert [each["status"] for each in failed.json()["refunds"]] == ["failed"]
    kinds = [kind for kind, _, _ in await terminal.cashier.statement(folio)]
    assert kinds == ["charge", "payment", "refund", "payment"]
    assert await terminal.heard(*await terminal.messages()) == ["learned"] * 3
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


async def test_money_that_was_moved_goes_back_from_where_it_is(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.pay(folio)
    company = await terminal.cashier.company()
    opened = await terminal.cashier.made(f"{terminal.cashier.path}/folios", {"company_id": company["id"]})
    other = opened["id"]
    moved = await terminal.cashier.follow(folio, paid["entry_id"], "transfer", to_folio_id=other)
    assert moved.status_code == 201, moved.text
    back = await terminal.do(paid, "refund", {"amount": "60.00", "text": "x"})
    assert (back.status_code, back.json()["status"]) == (201, "refunded")
    assert [(await terminal.cashier.folio(each))["paid"] for each in (folio, other)] == ["0.00", "0.00"]


async def test_what_the_provider_moved_is_not_taken_back_by_hand(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.pay(folio)
    refused = await terminal.cashier.follow(folio, paid["entry_id"], "correct", reason="x")
    assert (refused.status_code, refused.json()["code"]) == (409, "entry_not_movable")


async def test_money_that_comes_after_its_folio_closed_goes_on_an_open_one(terminal: Terminal) -> None:
    folio = await terminal.folio()
    lost = await terminal.pay(folio, "tok_broken")
    await terminal.cashier.paid(folio, "100.00")
    closed = await terminal.cashier.post(f"{terminal.cashier.path}/folios/{folio}/close", None)
    assert closed.status_code == 200, closed.text
    assert await terminal.heard(*await terminal.messages()) == ["learned", "learned"]
    assert (await terminal.read(lost))["status"] == "captured"
    stay = closed.json()["reservation_id"]
    assert [each["balance"] for each in await terminal.cashier.folios_of(stay)] == ["0.00", "-60.00"]


async def test_a_number_of_a_card_is_no_token(terminal: Terminal) -> None:
    answer = await terminal.cashier.post(
        terminal.at(await terminal.folio()), {"amount": "1.00", "token": "4111111111111111"}
    )
    assert (answer.status_code, answer.json()["problems"][0]["pointer"]) == (422, "/token")


async def test_a_hotel_without_a_provider_takes_no_cards(cashier: Cashier) -> None:
    stay = await cashier.desk.booked("double", "2027-03-01", "2027-03-04")
    folio = (await cashier.charged(stay["id"], "100.00"))["folio"]["id"]
    path = f"{cashier.path}/folios/{folio}/card-payments"
    refused = await cashier.post(path, {"amount": "60.00", "token": "tok_ok"})
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_provider_not_set")
    assert (await cashier.send("GET", path)).json() == []


async def test_credentials_move_to_the_newest_key(
    terminal: Terminal, db: Database, maintenance_db: Database, tills: Tills, world: World
) -> None:
    folio = await terminal.folio()
    keyring = Keyring.parse(f"{Keyring.make_key()},{KEYS}")
    system = await system_actor(maintenance_db, world.grand.omd_id)
    assert await renew_payment_accounts(db, system, keyring) == Renewed(1, 0)
    assert await renew_payment_accounts(db, system, keyring) == Renewed(0, 0)
    async with db.reading(system) as tx:
        till = await Tills(tills.providers, keyring).open(tx, Books(world.grand.omd_id, world.grand.id))
    assert till.merchant.api_key in terminal.provider.headers["Authorization"]
    assert await renew_payment_accounts(db, system, Keyring.parse(KEYS)) == Renewed(0, 1)
    paid = await terminal.cashier.post(terminal.at(folio), {"amount": "1.00", "token": "tok_ok"})
    assert (paid.status_code, paid.json()["code"]) == (500, "secret_unreadable"), "this server lacks the newest key"


async def test_credentials_are_nowhere_to_be_read(terminal: Terminal, owner_connection: Connection) -> None:
    key = terminal.provider.headers["Authorization"].removeprefix("Bearer ")
    await terminal.pay(await terminal.folio(), "tok_broken")
    row = await owner_connection.fetchrow("select api_key, webhook_secret from payment_accounts")
    assert row is not None
    assert key.encode() not in bytes(row["api_key"])
    told = await owner_connection.fetchval("select string_agg(a::text, '') from audit_log a")
    assert key not in told
    assert "tok_broken" not in told
    shown = await terminal.cashier.send("GET", f"{terminal.cashier.path}/payment-account")
    assert (shown.status_code, key in shown.text) == (403, False)
