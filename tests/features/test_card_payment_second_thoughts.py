"""A provider that refuses is asked what it did before anything is called failed; and what it says itself overrules us.

Each word of the provider is told thrice and in any order, and the money that moved is on the bill once.
"""

import asyncio
from datetime import timedelta

import pytest

from omd.db import Database
from omd.features.folios.cards.accounts import Tills
from omd.kernel.clock import FixedClock
from support.card_payments import Terminal, settled_later
from support.front_desk import Json, problem_of
from support.worlds import World

BACK = {"amount": "20.00", "text": "Lift"}
REFUSE_AGAIN = ["tok_conflict", "tok_forgotten"]
OURS_FIRST, THEIRS_FIRST = False, True


async def taken(terminal: Terminal, tills: Tills, db: Database, world: World, clock: FixedClock, token: str) -> Json:
    """Take 60.00 from a card whose provider's first answer is lost; return the payment that was found out."""
    paid = await terminal.pay(await terminal.folio(), token)
    assert paid["waits_for"] == "provider"
    assert await settled_later(tills, db, world, paid, clock)
    told = await terminal.read(paid)
    assert told["status"] == "captured"
    return told


async def hear_all(terminal: Terminal, *, backwards: bool) -> None:
    """Tell the API all that the provider has to tell thrice: in its order, or the last first."""
    messages = await terminal.messages()
    for each in [*(reversed(messages) if backwards else messages), *messages, *messages]:
        assert (await terminal.deliver(each)).status_code == 200


async def kinds(terminal: Terminal, folio: str) -> list[str]:
    """Return what stands on a folio."""
    return [kind for kind, _, _ in await terminal.cashier.statement(folio)]


@pytest.mark.parametrize("token", REFUSE_AGAIN)
async def test_a_refund_that_was_done_and_is_refused_when_asked_again_is_done(
    terminal: Terminal, tills: Tills, db: Database, world: World, clock: FixedClock, token: str
) -> None:
    paid = await taken(terminal, tills, db, world, clock, token)
    unsure = (await terminal.do(paid, "refund", BACK)).json()
    assert unsure["waits_for"] == "provider"
    assert await settled_later(tills, db, world, paid, clock)
    told = await terminal.read(paid)
    assert (told["status"], told["refunded"]) == ("partly_refunded", "20.00")
    assert [each["status"] for each in told["refunds"]] == ["done"]
    await hear_all(terminal, backwards=True)
    assert (await terminal.read(paid))["refunded"] == "20.00"
    assert await kinds(terminal, paid["folio_id"]) == ["charge", "payment", "refund"]
    assert len((await terminal.at_provider(paid))["refunds"]) == 1
    await terminal.cashier.assert_balanced()


@pytest.mark.parametrize("backwards", [OURS_FIRST, THEIRS_FIRST])
async def test_a_refund_that_goes_out_after_we_called_it_failed_is_on_the_bill_once(
    terminal: Terminal, backwards: bool
) -> None:
    folio = await terminal.folio()
    paid = await terminal.paid_late(folio)
    refused = await terminal.do(paid, "refund", BACK)
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_refused")
    (ours,) = (await terminal.read(paid))["refunds"]
    assert ours["status"] == "failed"
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"
    await terminal.refund_at_provider(paid, ours["amount"], ours["id"])
    await hear_all(terminal, backwards=backwards)
    told = await terminal.read(paid)
    assert (told["status"], told["refunded"]) == ("partly_refunded", "20.00")
    (done,) = told["refunds"]
    assert (done["id"], done["status"]) == (ours["id"], "done")
    assert await kinds(terminal, folio) == ["charge", "payment", "refund", "payment", "refund"]
    assert (await terminal.cashier.folio(folio))["paid"] == "40.00"
    lines = (await terminal.cashier.send("GET", f"{terminal.cashier.path}/folios/{folio}/entries")).json()
    assert lines[-1]["entry"]["id"] == done["entry_id"]
    assert (await terminal.cashier.ledger())["card_clearing"] == 40
    await terminal.cashier.assert_balanced()


async def test_money_that_left_is_owed_where_the_bill_cannot_give_it_back(terminal: Terminal) -> None:
    """The desk gave the money back in cash meanwhile, and closed the bill: the guest has it twice, and owes it."""
    folio = await terminal.folio("60.00")
    paid = await terminal.paid_late(folio)
    await terminal.do(paid, "refund", BACK)
    (ours,) = (await terminal.read(paid))["refunds"]
    closed = await terminal.cashier.post(f"{terminal.cashier.path}/folios/{folio}/close", None)
    assert closed.status_code == 200, closed.text
    await terminal.refund_at_provider(paid, ours["amount"], ours["id"])
    await hear_all(terminal, backwards=THEIRS_FIRST)
    (done,) = (await terminal.read(paid))["refunds"]
    assert (done["status"], done["entry_id"] is None) == ("done", False)
    bills = await terminal.cashier.folios_of(closed.json()["reservation_id"])
    assert [each["balance"] for each in bills] == ["0.00", "20.00"]
    assert (await terminal.cashier.ledger())["card_clearing"] == 40
    await terminal.cashier.assert_balanced()


async def test_a_refund_at_the_provider_that_the_bill_cannot_give_back_is_owed(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.pay(folio)
    given = await terminal.cashier.on_folio(folio, "refunds", method="cash", amount="50.00", text="x")
    assert given.status_code == 201, given.text
    await terminal.refund_at_provider(paid, "20.00", None)
    await hear_all(terminal, backwards=OURS_FIRST)
    (back,) = (await terminal.read(paid))["refunds"]
    assert back["entry_id"] is not None
    told = await terminal.cashier.folio(folio)
    assert (told["charged"], told["paid"], told["balance"]) == ("120.00", "10.00", "110.00")
    await terminal.cashier.paid(folio, "110.00")
    series = await terminal.cashier.may_invoice()
    invoice = await terminal.cashier.made(f"{terminal.cashier.path}/folios/{folio}/invoices", {"series_id": series})
    assert [each["gross"] for each in invoice["content"]["lines"]] == ["100.00", "20.00"]
    credit = {"series_id": series, "reason": "x", "lines": [{"line": 2}]}
    answer = await terminal.cashier.post(f"{terminal.cashier.path}/invoices/{invoice['id']}/credit", credit)
    assert problem_of(answer, 422, "invalid_input")["problems"][0]["code"] == "charge_unknown"
    assert (await terminal.cashier.ledger())["card_clearing"] == 40
    await terminal.cashier.assert_balanced()


async def test_what_the_provider_itself_calls_failed_stays_so(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.pay(folio, "tok_refund_fails")
    await terminal.do(paid, "refund", BACK)
    await hear_all(terminal, backwards=THEIRS_FIRST)
    (failed,) = (await terminal.read(paid))["refunds"]
    assert failed["status"] == "failed"
    assert await kinds(terminal, folio) == ["charge", "payment", "refund", "payment"]
    await terminal.cashier.assert_balanced()


@pytest.mark.parametrize("token", REFUSE_AGAIN)
async def test_a_payment_that_was_done_and_is_refused_when_asked_again_is_paid(terminal: Terminal, token: str) -> None:
    folio = await terminal.folio()
    body = {"amount": "60.00", "token": token}
    first = await terminal.cashier.post(terminal.at(folio), body, Idempotency_Key="k1")
    again = await terminal.cashier.post(terminal.at(folio), body, Idempotency_Key="k1")
    assert (first.json()["waits_for"], again.json()["status"]) == ("provider", "captured")
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


@pytest.mark.parametrize("token", REFUSE_AGAIN)
@pytest.mark.parametrize(("what", "status"), [("capture", "captured"), ("cancel", "cancelled")])
async def test_what_was_done_and_is_refused_when_asked_again_is_no_refusal(
    terminal: Terminal, tills: Tills, db: Database, world: World, clock: FixedClock, token: str, what: str, status: str
) -> None:
    held = await terminal.pay(await terminal.folio(), token, capture="later")
    assert await settled_later(tills, db, world, held, clock)
    unsure = await terminal.do(held, what)
    assert (unsure.status_code, unsure.json()["waits_for"]) == (200, "provider")
    again = await terminal.do(held, what)
    assert (again.status_code, again.json()["status"]) == (200, status)


@pytest.mark.parametrize("backwards", [OURS_FIRST, THEIRS_FIRST])
async def test_a_payment_that_comes_after_we_called_it_failed_is_paid_once(terminal: Terminal, backwards: bool) -> None:
    folio = await terminal.folio()
    failed = await terminal.pay(folio, "tok_late")
    assert (failed["status"], failed["reason"]) == ("failed", "busy")
    await terminal.pay_at_provider(failed)
    await hear_all(terminal, backwards=backwards)
    told = await terminal.read(failed)
    assert (told["status"], told["reason"], told["waits_for"]) == ("captured", None, None)
    assert await kinds(terminal, folio) == ["charge", "payment"]
    await terminal.cashier.assert_balanced()


async def test_what_is_held_after_we_called_it_failed_can_be_taken_or_given_up(terminal: Terminal) -> None:
    folio = await terminal.folio()
    for what, status in (("capture", "captured"), ("cancel", "cancelled")):
        failed = await terminal.pay(folio, "tok_late", capture="later")
        assert failed["status"] == "failed"
        await terminal.pay_at_provider(failed, captures=False)
        await hear_all(terminal, backwards=THEIRS_FIRST)
        assert (await terminal.read(failed))["status"] == "authorised"
        refused = await terminal.do(failed, what)
        assert (refused.status_code, refused.json()["code"]) == (409, "payment_refused")
        assert (await terminal.read(failed))["status"] == "authorised"
        assert (await terminal.do(failed, what)).json()["status"] == status
    assert (await terminal.cashier.folio(folio))["paid"] == "60.00"


async def test_a_refusal_by_credentials_that_came_later_decides_nothing(
    terminal: Terminal, tills: Tills, db: Database, world: World, clock: FixedClock
) -> None:
    """The money may be on its way by the account that was asked first; the new one only says what it does not know."""
    paid = await taken(terminal, tills, db, world, clock, "tok_conflict")
    await terminal.do(paid, "refund", BACK)
    clock.set(clock.now() + timedelta(minutes=1))
    await terminal.set_account(await terminal.new_account())
    assert not await settled_later(tills, db, world, paid, clock)
    (asked,) = (await terminal.read(paid))["refunds"]
    assert asked["status"] == "asked"


async def test_of_two_refunds_the_one_that_went_out_is_booked(terminal: Terminal) -> None:
    """The first was called failed, so the desk asked for another one; the provider refuses that: the first went out."""
    folio = await terminal.folio()
    paid = await terminal.paid_late(folio)
    whole = {"amount": "60.00", "text": "Lift"}
    await terminal.do(paid, "refund", whole)
    (first,) = (await terminal.read(paid))["refunds"]
    await terminal.refund_at_provider(paid, first["amount"], first["id"])
    assert (await terminal.do(paid, "refund", whole)).json()["code"] == "payment_refused"
    told = await terminal.read(paid)
    status_of = {each["id"]: each["status"] for each in told["refunds"]}
    assert (status_of.pop(first["id"]), list(status_of.values())) == ("done", ["failed"])
    assert (told["status"], told["refunded"]) == ("refunded", "60.00")
    await hear_all(terminal, backwards=THEIRS_FIRST)
    assert (await terminal.cashier.folio(folio))["paid"] == "0.00"
    assert (await terminal.cashier.ledger())["card_clearing"] == 0
    await terminal.cashier.assert_balanced()


async def test_words_at_once_about_a_refund_we_called_failed_post_it_once(terminal: Terminal) -> None:
    folio = await terminal.folio()
    paid = await terminal.paid_late(folio)
    await terminal.do(paid, "refund", BACK)
    (ours,) = (await terminal.read(paid))["refunds"]
    await terminal.refund_at_provider(paid, ours["amount"], ours["id"])
    messages = [each for each in await terminal.messages() for _ in range(3)]
    answers = await asyncio.gather(*(terminal.deliver(each) for each in messages))
    assert {each.status_code for each in answers} == {200}
    assert (await terminal.cashier.folio(folio))["paid"] == "40.00"
    await terminal.cashier.assert_balanced()
