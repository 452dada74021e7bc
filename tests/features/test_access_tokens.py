"""Access tokens: the way in for a hotel or a destination, and the way out."""

import asyncio
from datetime import timedelta

import pytest

from omd.db import Database
from omd.features.identity import (
    Action,
    HotelNotFound,
    PrincipalResolver,
    access,
    create_token,
    list_tokens,
    resolve_token,
    revoke_token,
)
from omd.features.identity.cli import token_app
from omd.features.inventory import get_business, get_omd, list_businesses, list_rooms
from omd.kernel.clock import FixedClock
from omd.kernel.ids import BusinessId
from support.command_line import Terminal
from support.servers import Servers
from support.worlds import NOW, Connection, Omd, World, hotel_actor, system_actor


@pytest.fixture
def terminal(servers: Servers, database_name: str, clock: FixedClock) -> Terminal:
    return Terminal(servers, database_name, clock)


async def made(db: Database, omd: Omd, business_id: BusinessId | None) -> str:
    async with db.transaction(system_actor(omd)) as tx:
        return (await create_token(tx, omd_id=omd.id, business_id=business_id, name="test")).token


async def test_a_hotels_token_stands_for_the_hotel(terminal: Terminal, db: Database, world: World) -> None:
    printed = await terminal.type(token_app, "create", "--omd", "alpha", "--hotel", "grand", "--name", "website")
    assert printed.exit_code == 0, printed.output
    token = printed.stdout.strip()
    principal = await resolve_token(db, token, now=NOW)
    assert principal is not None
    actor = principal.actor_for(Action.RESERVATIONS_CREATE)
    assert (actor.omd_id, actor.scope) == (world.alpha.id, "hotel")
    assert actor.business_ids == actor.staff_business_ids == (world.grand.id,)
    assert actor.label == f"token:{token[4:12]}"


async def test_a_destinations_token_sees_every_member_and_no_guest(
    terminal: Terminal, db: Database, world: World
) -> None:
    printed = await terminal.type(token_app, "create", "--omd", "alpha")
    principal = await resolve_token(db, printed.stdout.strip(), now=NOW)
    assert principal is not None
    actor = principal.actor_for(Action.INVENTORY_READ)
    assert (actor.omd_id, actor.scope) == (world.alpha.id, "omd")
    assert set(actor.business_ids) == {world.grand.id, world.lodge.id}
    assert actor.staff_business_ids == ()


async def test_only_the_hash_of_a_token_is_kept(
    maintenance_db: Database, owner_connection: Connection, world: World
) -> None:
    token = await made(maintenance_db, world.alpha, world.grand.id)
    (row,) = await owner_connection.fetch("select t::text as text, octet_length(token_hash) from access_tokens t")
    assert row["octet_length"] == 32
    assert token[13:] not in row["text"]


async def test_two_tokens_are_never_alike(maintenance_db: Database, world: World) -> None:
    tokens = {await made(maintenance_db, world.alpha, None) for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(token) >= 4 + 8 + 1 + 32 for token in tokens)


@pytest.mark.parametrize(
    "forged",
    [
        "",
        "omd_",
        "omd_abcdefgh_" + "x" * 43,
        "omd_abcdefgh_" + "\udcff" * 43,
        "omd_abcdefgh_" + "x" * 1_000_000,
        "omd_abcdefgh_" + "x" * 43 + "\n",
        "' or true --",
    ],
    ids=["empty", "stump", "invented", "surrogates", "huge", "line break", "quote"],
)
async def test_nobody_comes_in_with_a_forged_token(
    forged: str, db: Database, maintenance_db: Database, world: World
) -> None:
    await made(maintenance_db, world.alpha, world.grand.id)
    assert await resolve_token(db, forged, now=NOW) is None


async def test_the_prefix_of_a_token_is_not_enough(db: Database, maintenance_db: Database, world: World) -> None:
    token = await made(maintenance_db, world.alpha, world.grand.id)
    last = "A" if token[-1] != "A" else "B"
    assert await resolve_token(db, token[:-1] + last, now=NOW) is None
    assert await resolve_token(db, token.upper(), now=NOW) is None


async def test_a_token_opens_nothing_of_another_tenant(db: Database, maintenance_db: Database, world: World) -> None:
    for business_id in (world.grand.id, None):
        principal = await resolve_token(db, await made(maintenance_db, world.alpha, business_id), now=NOW)
        assert principal is not None
        actor = principal.actor_for(Action.INVENTORY_READ)
        async with db.reading(actor) as tx:
            assert await list_rooms(tx, world.beta.id, world.harbour.id, "", 10) == []
            assert await get_business(tx, world.beta.id, world.harbour.id) is None
            assert await list_businesses(tx, world.beta.id, 0, 10) == []
            assert await get_omd(tx, world.beta.id) is None
            assert await list_rooms(tx, world.alpha.id, world.grand.id, "", 10) != []


async def test_a_hotels_token_opens_nothing_of_its_neighbour(
    db: Database, maintenance_db: Database, world: World
) -> None:
    principal = await resolve_token(db, await made(maintenance_db, world.alpha, world.grand.id), now=NOW)
    assert principal is not None
    actor = principal.actor_for(Action.RESERVATIONS_CREATE)
    async with db.reading(actor) as tx:
        assert await list_rooms(tx, world.alpha.id, world.lodge.id, "", 10) == []
        assert await get_business(tx, world.alpha.id, world.lodge.id) is None


async def test_no_hotel_of_another_tenant_gets_a_token(maintenance_db: Database, world: World) -> None:
    with pytest.raises(HotelNotFound):
        await made(maintenance_db, world.alpha, world.harbour.id)
    with pytest.raises(HotelNotFound):
        await made(maintenance_db, world.alpha, BusinessId(999_999))


async def test_requests_never_see_the_tokens(db: Database, maintenance_db: Database, world: World) -> None:
    await made(maintenance_db, world.alpha, world.grand.id)
    async with db.reading(hotel_actor(world.grand)) as tx:
        assert await list_tokens(tx, world.alpha.id) == []
    async with maintenance_db.reading(system_actor(world.beta)) as tx:
        assert await list_tokens(tx, world.alpha.id) == []
    async with maintenance_db.reading(system_actor(world.alpha)) as tx:
        assert len(await list_tokens(tx, world.alpha.id)) == 1


async def test_a_revoked_token_is_out(terminal: Terminal, db: Database, maintenance_db: Database, world: World) -> None:
    token, other = [await made(maintenance_db, world.alpha, world.grand.id) for _ in range(2)]
    prefix = token[4:12]
    revoked = await terminal.type(token_app, "revoke", prefix)
    assert revoked.exit_code == 0, revoked.output
    assert await resolve_token(db, token, now=NOW) is None
    assert await resolve_token(db, other, now=NOW) is not None
    again = await terminal.type(token_app, "revoke", prefix)
    assert again.exit_code == 1
    assert "token_not_found" in again.stderr


async def test_a_token_of_another_destination_is_not_revoked(
    terminal: Terminal, db: Database, maintenance_db: Database, world: World
) -> None:
    token = await made(maintenance_db, world.beta, world.harbour.id)
    refused = await terminal.type(token_app, "revoke", token[4:12], "--omd", "alpha")
    assert refused.exit_code == 1
    assert await resolve_token(db, token, now=NOW) is not None


async def test_revocation_reaches_a_server_within_a_second(
    db: Database, maintenance_db: Database, world: World, clock: FixedClock
) -> None:
    resolver = PrincipalResolver(db, clock=clock)
    token = await made(maintenance_db, world.alpha, world.grand.id)
    assert await resolver.resolve(token) is not None
    async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
        await revoke_token(tx, omd_id=world.alpha.id, prefix=token[4:12], now=NOW)
    clock.set(NOW + timedelta(milliseconds=999))
    assert await resolver.resolve(token) is not None, "remembered, not asked again"
    clock.set(NOW + timedelta(seconds=1))
    assert await resolver.resolve(token) is None


async def test_a_clock_set_back_keeps_no_token_alive(
    db: Database, maintenance_db: Database, world: World, clock: FixedClock
) -> None:
    resolver = PrincipalResolver(db, clock=clock)
    token = await made(maintenance_db, world.alpha, None)
    assert await resolver.resolve(token) is not None
    async with maintenance_db.transaction(system_actor(world.alpha)) as tx:
        await revoke_token(tx, omd_id=world.alpha.id, prefix=token[4:12], now=NOW)
    clock.set(NOW - timedelta(hours=1))
    assert await resolver.resolve(token) is None


async def test_the_resolver_remembers_a_bounded_number(
    db: Database, maintenance_db: Database, world: World, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access, "MAX_REMEMBERED", 3)
    resolver = PrincipalResolver(db, clock=clock)
    tokens = [await made(maintenance_db, world.alpha, None) for _ in range(5)]
    for _ in range(2):
        assert all([await resolver.resolve(token) for token in tokens])
    assert len(resolver._remembered) == 3
    await asyncio.gather(*(resolver.resolve(token) for token in tokens))
    assert len(resolver._remembered) <= 3


async def test_the_list_shows_prefixes_and_no_secret(
    terminal: Terminal, maintenance_db: Database, world: World
) -> None:
    hotel, omd = await made(maintenance_db, world.alpha, world.grand.id), await made(maintenance_db, world.beta, None)
    await terminal.type(token_app, "revoke", omd[4:12])
    listed = (await terminal.type(token_app, "list")).stdout
    lines = {prefix: line for prefix in (hotel[4:12], omd[4:12]) for line in listed.splitlines() if prefix in line}
    assert "grand" in lines[hotel[4:12]]
    assert "all hotels" in lines[omd[4:12]]
    assert "2027-03-01 09:00" in lines[omd[4:12]]
    assert "2027-03-01 09:00" not in lines[hotel[4:12]]
    assert hotel[13:] not in listed
    only_alpha = (await terminal.type(token_app, "list", "--omd", "alpha")).stdout
    assert hotel[4:12] in only_alpha
    assert omd[4:12] not in only_alpha


async def test_an_unknown_code_is_named_with_the_known_ones(terminal: Terminal) -> None:
    refused = await terminal.type(token_app, "create", "--omd", "gamma")
    assert refused.exit_code == 1
    assert "gamma" in refused.stderr
    assert "alpha, beta" in refused.stderr
    assert refused.stdout == ""
    refused = await terminal.type(token_app, "create", "--omd", "alpha", "--hotel", "harbour")
    assert refused.exit_code == 1
    assert "alpha has no hotel with the code harbour" in refused.stderr


async def test_a_blank_name_is_refused(terminal: Terminal, owner_connection: Connection) -> None:
    refused = await terminal.type(token_app, "create", "--omd", "alpha", "--name", "  ")
    assert refused.exit_code == 1
    assert "not blank" in refused.stderr
    assert await owner_connection.fetchval("select count(*) from access_tokens") == 0


async def test_a_token_can_be_bounded_by_scopes_and_days(
    terminal: Terminal, db: Database, world: World, owner_connection: Connection
) -> None:
    bounds = ("--scope", "availability.read", "--scope", "inventory.read", "--days", "30")
    printed = await terminal.type(token_app, "create", "--omd", "alpha", "--hotel", "grand", *bounds)
    assert printed.exit_code == 0, printed.output
    token = printed.stdout.strip()
    principal = await resolve_token(db, token, now=NOW)
    assert principal is not None
    assert principal.grants[0].actions == {Action.AVAILABILITY_READ, Action.INVENTORY_READ}
    assert await resolve_token(db, token, now=NOW + timedelta(days=30)) is None
    refused = await terminal.type(token_app, "create", "--omd", "alpha", "--scope", "reservations.create")
    assert refused.exit_code == 1
    assert "reservations.create" in refused.stderr
    assert await owner_connection.fetchval("select count(*) from access_tokens") == 1
