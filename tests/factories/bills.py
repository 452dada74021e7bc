"""A bill of a stay written straight into the tables: a charge, a payment by a company, its route, and its papers."""

from uuid import UUID

from support.roles import enter_context
from support.worlds import NOW, Connection, Hotel, hotel_actor

BILLS = {
    *("companies", "folios", "folio_routes", "ledger_entries", "ledger_postings"),
    *("invoice_issuers", "invoice_series", "invoices", "registration_rules", "registration_numbers"),
    *("invoice_issuers", "invoice_series", "invoices"),
    *("payment_accounts", "payment_intents", "payment_refunds", "payment_events"),
    "stay_fees",
}

POST = "select post_entry($1, $2, $3::jsonb, $4::jsonb, 'test', $5)"


def postings(*lines: tuple[str, str, str | None, UUID | None]) -> str:
    """Return postings as the engine takes them: account, amount, side, folio."""
    named = (
        ", ".join(
            f'"{name}": "{value}"'
            for name, value in zip(("account", "amount", "side", "folio_id"), line, strict=True)
            if value is not None
        )
        for line in lines
    )
    return f"[{', '.join(f'{{{each}}}' for each in named)}]"


def charge(folio_id: UUID, amount: str = "10.00") -> str:
    """Return the postings of a charge without taxes."""
    return postings(("guest_ledger", amount, "charged", folio_id), ("supplement_revenue", f"-{amount}", None, None))


PAYMENT = '{"kind": "payment", "method": "cash", "text": "Cash"}'


def paid(folio_id: UUID, amount: str = "10.00") -> str:
    """Return the postings of a payment in cash; below zero, of a refund."""
    turned = amount.removeprefix("-") if amount.startswith("-") else f"-{amount}"
    return postings(("cash", amount, None, None), ("guest_ledger", turned, "paid", folio_id))


async def add_folio(connection: Connection, hotel: Hotel, reservation_id: UUID | None = None) -> UUID:
    """Open a folio of a stay, or of the house; return its id. Within the transaction of its caller."""
    await enter_context(connection, hotel_actor(hotel))
    folio_id: UUID = await connection.fetchval(
        "select open_folio($1, $2, $3, 'guest', null, null, 'test', $4)",
        *(hotel.omd_id, hotel.id, reservation_id, NOW),
    )
    return folio_id


async def post(connection: Connection, hotel: Hotel, entry: str, lines: str) -> UUID | None:
    """Post an entry as the engine does; return its id. Within the transaction of its caller."""
    await enter_context(connection, hotel_actor(hotel))
    entry_id: UUID | None = await connection.fetchval(POST, hotel.omd_id, hotel.id, entry, lines, NOW)
    return entry_id


async def add_bill(connection: Connection, hotel: Hotel) -> None:
    """Fill every table of bills, and of papers, with a row of the hotel's newest stay."""
    async with connection.transaction():
        stay = await connection.fetchval(
            "select id from reservations where business_id = $1 order by id desc limit 1", hotel.id
        )
        folio_id = await add_folio(connection, hotel, stay)
        entry = '{"kind": "charge", "charge_kind": "supplement", "text": "Minibar"}'
        await post(connection, hotel, entry, charge(folio_id))
        place = (hotel.omd_id, hotel.id)
        await connection.execute("insert into companies (omd_id, business_id, name) values ($1, $2, 'Acme')", *place)
        await connection.execute(
            "insert into folio_routes (omd_id, business_id, reservation_id, kind, folio_id) "
            "values ($1, $2, $3, 'room', $4)",
            *(*place, stay, folio_id),
        )
        await connection.execute(
            "insert into invoice_issuers (omd_id, business_id, name, tax_number, address, country) "
            "values ($1, $2, 'Grand SRL', 'RO1', 'Strada 1', 'RO')",
            *place,
        )
        await connection.execute("insert into registration_rules values ($1, $2, '[{}]', false, 'FA')", *place)
        await connection.execute(
            "insert into registration_numbers values ($1, $2, 'FA', 1, $3, 1, $4, 'test')", *place, stay, NOW
        )
        await post(connection, hotel, PAYMENT, paid(folio_id))
        series = await connection.fetchval(
            "insert into invoice_series (omd_id, business_id, prefix, next_number) "
            "values ($1, $2, 'GRD', 1) returning id",
            *place,
        )
        await connection.execute(
            "select issue_invoice($1, $2, 'invoice', $3, $4, null, $5::jsonb, 'test', $6)",
            *(*place, series, folio_id, '{"total": "10.00", "lines": [{"gross": "10.00"}]}', NOW),
        )
        await _add_card_payment(connection, hotel, folio_id)


async def _add_card_payment(connection: Connection, hotel: Hotel, folio_id: UUID) -> None:
    """Ask for money from a card, have some of it go back, and be told of it."""
    place = (hotel.omd_id, hotel.id)
    await connection.execute(
        "insert into payment_accounts (omd_id, business_id, provider, api_key, webhook_secret, set_at, set_by) "
        "values ($1, $2, 'test', '', '', $3, 'test')",
        *(*place, NOW),
    )
    intent_id = await connection.fetchval(
        "insert into payment_intents (omd_id, business_id, folio_id, purpose, provider, is_test, currency, amount, "
        "captures, text, created_at, created_by) "
        "values ($1, $2, $3, 'payment', 'test', true, 'RON', 5, true, 'Card', $4, 'test') returning id",
        *(*place, folio_id, NOW),
    )
    await connection.execute(
        "insert into stay_fees (omd_id, business_id, reservation_id, kind, ended_at, policy_id, owed) "
        "select $1, $2, f.reservation_id, 'cancellation', $4, 1, 5 from folios f where f.id = $3",
        *(*place, folio_id, NOW),
    )
    await connection.execute(
        "insert into payment_refunds (omd_id, business_id, intent_id, amount, of_deposit, text, status, asked_at, "
        "asked_by) values ($1, $2, $3, 1, false, 'Lift', 'failed', $4, 'test')",
        *(*place, intent_id, NOW),
    )
    await connection.execute(
        "insert into payment_events (omd_id, business_id, provider, event_id, type, reference, intent_id, state, "
        "occurred_at, received_at) values ($1, $2, 'test', 'evt', 'payment.pending', 'pay', $3, '{}', $4, $4)",
        *(*place, intent_id, NOW),
    )
