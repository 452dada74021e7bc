"""What `omd check` holds of bills, invoices and card payments: clean after a day, and found where it is broken."""

import pytest

from omd.db import Database
from omd.features.folios import check_books
from omd.features.folios.checks import INVARIANTS, Breach
from omd.features.identity import system_actor
from support.card_payments import Terminal
from support.worlds import Connection, World

WAYS = [
    ("entries_balance", "update ledger_postings set amount = amount {plus} 1 where account = 'cash'"),
    ("folios_sum_their_postings", "update folios set lines = lines {plus} 1"),
    ("invoices_add_up", "update invoices set total = total {plus} 1 where kind = 'invoice'"),
    (
        "invoices_add_up",
        (
            "update invoices set content = jsonb_set(content, '{lines,0,gross}', "
            "to_jsonb(((content #>> '{lines,0,gross}')::numeric {minus} 100)::text)) where kind = 'credit_note'"
        ),
    ),
    (
        "credit_notes_are_posted",
        (
            "update ledger_postings p set amount = amount {plus} 1 from ledger_entries e "
            "where e.id = p.entry_id and e.cause like 'credit:%' and p.side = 'charged'"
        ),
    ),
    ("card_payments_are_posted", "update payment_intents set captured = captured {minus} 1"),
    ("card_payments_are_posted", "update payment_intents set refunds_asked = refunds_asked {plus} 1"),
    ("card_payments_are_posted", "update payment_refunds set amount = amount {plus} 1"),
    (
        "card_payments_are_posted",
        (
            "update ledger_postings p set amount = amount {plus} 1 from ledger_entries e "
            "where e.id = p.entry_id and e.cause like 'payment:%' and p.account = 'card_clearing'"
        ),
    ),
    (
        "card_payments_are_posted",
        (
            "update payment_events set state = jsonb_set(state, '{captured}', "
            "to_jsonb(((state ->> 'captured')::numeric {plus} 100)::text))"
        ),
    ),
    (
        "left_stays_are_charged_what_they_owe",
        "update ledger_entries set charged = charged {plus} 1 where item = 'room' and kind = 'charge'",
    ),
]


def test_every_invariant_is_broken_here() -> None:
    """An invariant that nobody has seen fail may not look at all."""
    assert {each.name for each in INVARIANTS} == {name for name, _ in WAYS}


@pytest.fixture
async def worked(terminal: Terminal) -> None:
    """A day at the till: a bill paid by card, one part of it given back there, invoiced, and credited in part.

    A stay that was charged ahead is cancelled.
    """
    cashier = terminal.cashier
    stay = (await cashier.desk.booked("double", "2027-03-01", "2027-03-03", price={"amount": "100.00"}))["id"]
    await cashier.made(f"/reservations/{stay}/nights/charges", {"until": "2027-03-03"})
    await cashier.desk.stepped(stay, "cancel")
    series = await cashier.may_invoice()
    folio = await terminal.folio("60.00")
    paid = await terminal.pay(folio)
    await terminal.heard(*await terminal.messages())
    assert (await terminal.do(paid, "refund", {"amount": "20.00", "text": "Lift"})).status_code == 201
    await cashier.paid(folio, "20.00")
    invoice = await cashier.made(f"{cashier.path}/folios/{folio}/invoices", {"series_id": series})
    body = {"series_id": series, "reason": "x", "lines": [{"line": 1, "amount": "5.00"}]}
    await cashier.made(f"{cashier.path}/invoices/{invoice['id']}/credit", body)


async def breaches(maintenance_db: Database, world: World) -> dict[str, list[Breach]]:
    """Return the first breaches of each invariant of the books that has any."""
    system = await system_actor(maintenance_db, world.grand.omd_id)
    async with maintenance_db.reading(system) as tx:
        verdicts = await check_books(tx, world.grand.omd_id)
    return {each.invariant: list(each.first) for each in verdicts if each.breaches}


async def change(connection: Connection, statement: str, plus: str, minus: str) -> None:
    """Write past every trigger."""
    async with connection.transaction():
        await connection.execute("set local session_replication_role = replica")
        await connection.execute(statement.replace("{plus}", plus).replace("{minus}", minus))


@pytest.mark.usefixtures("worked")
@pytest.mark.parametrize(("name", "statement"), WAYS)
async def test_what_disagrees_is_found(
    maintenance_db: Database, owner_connection: Connection, world: World, name: str, statement: str
) -> None:
    assert await breaches(maintenance_db, world) == {}
    await change(owner_connection, statement, "+", "-")
    found = await breaches(maintenance_db, world)
    assert name in found
    assert found[name][0].said
    await change(owner_connection, statement, "-", "+")
    assert await breaches(maintenance_db, world) == {}
