"""What the database itself holds of the ledger, whoever writes: it balances, it stays, and a bill takes what it may."""

from uuid import UUID

import asyncpg
import msgspec
import pytest

from factories.bills import PAYMENT, POST, add_folio, charge, paid, post, postings
from support.roles import acting_as
from support.worlds import NOW, Connection, Hotel, World, hotel_actor

CHARGE = '{"kind": "charge", "charge_kind": "supplement", "text": "Minibar"}'


class Book(msgspec.Struct, frozen=True):
    """The books of a hotel, written to by whoever runs as the owner of the tables."""

    connection: Connection
    hotel: Hotel
    folio_id: UUID
    other_id: UUID

    async def post(self, entry: str, lines: str) -> UUID | None:
        """Post an entry, with what is looked at when a transaction commits."""
        async with self.connection.transaction():
            return await post(self.connection, self.hotel, entry, lines)

    async def refused(self, entry: str, lines: str) -> str:
        """Post an entry that must be refused; return the name of the rule."""
        with pytest.raises(asyncpg.PostgresError) as refusal:
            await self.post(entry, lines)
        return str(getattr(refusal.value, "constraint_name", None))


@pytest.fixture
async def book(owner_connection: Connection, world: World) -> Book:
    """The books of `grand`, with two folios of the house."""
    async with owner_connection.transaction():
        folios = [await add_folio(owner_connection, world.grand) for _ in range(2)]
    return Book(owner_connection, world.grand, *folios)


REFUND = '{"kind": "refund", "method": "cash", "text": "Cash"}'


async def test_an_entry_sums_to_zero(book: Book) -> None:
    odd = postings(("guest_ledger", "10.00", "charged", book.folio_id), ("supplement_revenue", "-9.99", None, None))
    assert await book.refused(CHARGE, odd) == "ledger_entries_balance"
    alone = postings(("guest_ledger", "10.00", "charged", book.folio_id))
    assert await book.refused(CHARGE, alone) == "ledger_entries_has_postings"
    assert await book.post(CHARGE, charge(book.folio_id)) is not None


async def test_an_entry_gets_no_posting_later(book: Book) -> None:
    entry_id = await book.post(CHARGE, charge(book.folio_id))
    add = (
        "insert into ledger_postings (omd_id, business_id, entry_id, position, account, side, folio_id, amount) "
        "values ($1, $2, $3, $4, 'guest_ledger', 'charged', $5, 5)"
    )
    for position, rule in ((3, "ledger_postings_counted"), (2, "ledger_postings_pkey")):
        async with acting_as(book.connection, "omd_owner", hotel_actor(book.hotel)) as owner:
            with pytest.raises(asyncpg.PostgresError) as refusal:
                await owner.execute(add, book.hotel.omd_id, book.hotel.id, entry_id, position, book.folio_id)
        assert refusal.value.constraint_name == rule


@pytest.mark.parametrize(
    "change",
    [
        "update ledger_entries set text = 'x'",
        "update ledger_postings set amount = 1",
        "delete from ledger_postings",
        "delete from ledger_entries",
    ],
)
async def test_nothing_of_the_ledger_changes(book: Book, change: str) -> None:
    await book.post(CHARGE, charge(book.folio_id))
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await book.connection.execute(change)
    assert refusal.value.constraint_name == "ledger_append_only"
    async with acting_as(book.connection, "omd_app", hotel_actor(book.hotel)) as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute(change)


async def test_requests_write_by_the_engine_alone(book: Book) -> None:
    for table in ("folios", "ledger_entries", "ledger_postings"):
        async with acting_as(book.connection, "omd_app", hotel_actor(book.hotel)) as app:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f"insert into {table} (omd_id, business_id) values (1, 1)")
    async with acting_as(book.connection, "omd_app", hotel_actor(book.hotel)) as app:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("update folios set charged = 0")


async def test_a_cause_is_posted_once(book: Book) -> None:
    caused = CHARGE.replace("}", ', "cause": "night:1"}')
    assert await book.post(caused, charge(book.folio_id)) is not None
    assert await book.post(caused, charge(book.folio_id)) is None
    assert await book.connection.fetchval("select count(*) from ledger_postings") == 2


async def test_no_more_is_given_back_than_was_paid(book: Book) -> None:
    await book.post(PAYMENT, paid(book.folio_id, "20.00"))
    assert await book.refused(REFUND, paid(book.folio_id, "-20.01")) == "folios_refund_within_paid"
    assert await book.refused(REFUND, paid(book.other_id, "-0.01")) == "folios_refund_within_paid"
    await book.post(REFUND, paid(book.folio_id, "-20.00"))


async def test_a_folio_is_closed_at_zero_and_stays_closed(book: Book) -> None:
    close = "update folios set closed_at = now() where id = $1"
    await book.post(CHARGE, charge(book.folio_id))
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await book.connection.execute(close, book.folio_id)
    assert refusal.value.constraint_name == "folios_closed_at_zero"
    await book.post(PAYMENT, paid(book.folio_id, "10.00"))
    await book.connection.execute(close, book.folio_id)
    assert await book.refused(CHARGE, charge(book.folio_id)) == "folios_closed"
    with pytest.raises(asyncpg.PostgresError) as refusal:
        await book.connection.execute("update folios set closed_at = null where id = $1", book.folio_id)
    assert refusal.value.constraint_name == "folios_closed"


async def test_who_follows_takes_back_or_moves_just_what_there_is(book: Book) -> None:
    entry_id = await book.post(CHARGE, charge(book.folio_id))

    def following(kind: str) -> str:
        return f'{{"kind": "{kind}", "text": "x", "follows_id": "{entry_id}", "origin_id": "{entry_id}"}}'

    def taken(amount: str, folio_id: UUID) -> str:
        return postings(("guest_ledger", f"-{amount}", "charged", folio_id), ("supplement_revenue", amount, None, None))

    def moved(amount: str, side: str, leaves: UUID, enters: UUID) -> str:
        return postings(("guest_ledger", f"-{amount}", side, leaves), ("guest_ledger", amount, side, enters))

    here, there = book.folio_id, book.other_id
    for kind, lines in (
        ("correction", taken("9.00", here)),
        ("correction", taken("10.00", there)),
        ("correction", moved("10.00", "charged", here, there)),
        ("transfer", moved("9.00", "charged", here, there)),
        ("transfer", moved("10.00", "charged", there, here)),
        ("transfer", taken("10.00", here)),
    ):
        assert await book.refused(following(kind), lines) == "ledger_entries_follower", (kind, lines)
    moved_id = await book.post(following("transfer"), moved("10.00", "charged", here, there))
    assert await book.refused(following("correction"), taken("10.00", here)) == "ledger_entries_followed_once"
    onward = following("correction").replace(f'"follows_id": "{entry_id}"', f'"follows_id": "{moved_id}"')
    assert await book.refused(onward, taken("10.00", here)) == "ledger_entries_follower"
    taken_id = await book.post(onward, taken("10.00", there))
    again = onward.replace(str(moved_id), str(taken_id))
    assert await book.refused(again, charge(there)) == "ledger_entries_follower"
    assert [row[0] for row in await book.connection.fetch("select balance from folios")] == [0, 0]


async def test_another_hotels_books_are_not_written_to(book: Book, world: World) -> None:
    for actor in (hotel_actor(world.lodge), hotel_actor(world.harbour)):
        async with acting_as(book.connection, "omd_app", actor) as app:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.fetchval(POST, book.hotel.omd_id, book.hotel.id, CHARGE, charge(book.folio_id), NOW)
    async with acting_as(book.connection, "omd_app", hotel_actor(world.lodge)) as app:
        assert await app.fetchval("select count(*) from folios") == 0
