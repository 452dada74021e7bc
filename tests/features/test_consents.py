"""Consents: a hotel lets its destination read its guests, takes it back, and nobody else ever gains by it."""

from datetime import timedelta

import httpx
import pytest

from omd.kernel.clock import FixedClock
from support.parties import Tokens
from support.persons import Persons
from support.worlds import NOW, Connection, World

API = "/api/v1"
Headers = dict[str, str]


@pytest.fixture
async def owner(persons: Persons, world: World) -> Headers:
    """The owner of the hotel `grand`."""
    return await persons.headers("oana", ("owner", world.grand))


@pytest.fixture
async def readers(persons: Persons, tokens: Tokens, world: World) -> dict[str, Headers]:
    """Everybody of the destination `alpha`."""
    return {
        "administrator": await persons.headers("adam", ("omd_administrator", world.alpha)),
        "analyst": await persons.headers("ana", ("omd_analyst", world.alpha)),
        "key": tokens.of("alpha"),
    }


@pytest.fixture
async def stay(client: httpx.AsyncClient, tokens: Tokens, world: World) -> str:
    """The path of a stay in the hotel `grand`."""
    booked = await client.post(
        f"{API}/businesses/{world.grand.id}/reservations",
        json={
            "room_type_id": world.grand.types["double"].id,
            "arrival": "2027-03-10",
            "departure": "2027-03-12",
            "guests": [{"last_name": "Secretescu"}],
        },
        headers=tokens.of("grand"),
    )
    return f"{API}/reservations/{booked.json()['id']}"


def consent_of(world: World) -> str:
    return f"{API}/businesses/{world.grand.id}/consents/guests"


async def seen(client: httpx.AsyncClient, world: World, stay: str, headers: Headers) -> tuple[int, int]:
    listed = await client.get(f"{API}/businesses/{world.grand.id}/reservations", headers=headers)
    read = await client.get(stay, headers=headers)
    for answer in (listed, read):
        assert ("Secretescu" in answer.text) is (answer.status_code == 200)
    return listed.status_code, read.status_code


async def test_with_consent_the_destination_reads_and_never_writes(
    client: httpx.AsyncClient,
    owner: Headers,
    readers: dict[str, Headers],
    stay: str,
    world: World,
    clock: FixedClock,
    owner_connection: Connection,
) -> None:
    for headers in readers.values():
        assert await seen(client, world, stay, headers) == (403, 403)
    given = await client.put(consent_of(world), headers=owner)
    assert given.status_code == 200, given.text
    clock.set(NOW + timedelta(seconds=1))
    before = await owner_connection.fetchval("select jsonb_agg(to_jsonb(r)) from reservations r")
    for name, headers in readers.items():
        assert await seen(client, world, stay, headers) == (200, 200), name
        for step in ("cancel", "check-in", "no-show"):
            assert (await client.post(f"{stay}/{step}", headers=headers)).status_code == 403, name
        assert (await client.patch(stay, json={"note": "x"}, headers=headers)).status_code == 403, name
        lodge = await client.get(f"{API}/businesses/{world.lodge.id}/reservations", headers=headers)
        assert lodge.status_code == 403, "the neighbour consented to nothing"
    assert await owner_connection.fetchval("select jsonb_agg(to_jsonb(r)) from reservations r") == before


async def test_a_consent_taken_back_is_over_within_a_second_and_stays_on_record(
    client: httpx.AsyncClient,
    owner: Headers,
    readers: dict[str, Headers],
    stay: str,
    world: World,
    clock: FixedClock,
    owner_connection: Connection,
) -> None:
    await client.put(consent_of(world), headers=owner)
    clock.set(NOW + timedelta(seconds=1))
    for headers in readers.values():
        assert await seen(client, world, stay, headers) == (200, 200)
    assert (await client.delete(consent_of(world), headers=owner)).status_code == 200
    clock.set(NOW + timedelta(seconds=2))
    for headers in readers.values():
        assert await seen(client, world, stay, headers) == (403, 403)
    again = await client.delete(consent_of(world), headers=owner)
    assert again.status_code == 404
    path = f"{API}/businesses/{world.grand.id}/consents"
    (record,) = (await client.get(path, headers=readers["analyst"])).json()
    assert (record["what"], record["revoked_by"]) == ("guests", record["granted_by"])
    assert record["revoked_at"] is not None
    with pytest.raises(Exception, match="is over"):
        await owner_connection.execute("update consents set revoked_at = null, revoked_by = null")


async def test_no_other_destination_ever_gains(
    client: httpx.AsyncClient, owner: Headers, persons: Persons, tokens: Tokens, stay: str, world: World
) -> None:
    await client.put(consent_of(world), headers=owner)
    strangers = [await persons.headers("bea", ("omd_administrator", world.beta))]
    strangers += [await persons.headers("hanna", ("owner", world.harbour)), tokens.of("harbour")]
    for headers in strangers:
        listed = await client.get(f"{API}/businesses/{world.grand.id}/reservations", headers=headers)
        read = await client.get(stay, headers=headers)
        assert {listed.status_code, read.status_code} <= {403, 404}
        assert "Secretescu" not in listed.text + read.text
        consents = await client.get(f"{API}/businesses/{world.grand.id}/consents", headers=headers)
        assert consents.status_code == 404


async def test_a_key_without_the_scope_gains_nothing(
    client: httpx.AsyncClient, owner: Headers, readers: dict[str, Headers], stay: str, world: World, clock: FixedClock
) -> None:
    await client.put(consent_of(world), headers=owner)
    path = f"{API}/omds/{world.alpha.id}/keys"
    bounded = {}
    for scope in ("inventory.read", "reservations.read"):
        made = await client.post(path, json={"name": "x", "scopes": [scope]}, headers=readers["administrator"])
        bounded[scope] = {"Authorization": f"Bearer {made.json()['secret']}"}
    assert await seen(client, world, stay, bounded["inventory.read"]) == (403, 403)
    assert await seen(client, world, stay, bounded["reservations.read"]) == (200, 200)


async def test_the_owner_alone_consents(
    client: httpx.AsyncClient,
    readers: dict[str, Headers],
    persons: Persons,
    tokens: Tokens,
    world: World,
    owner_connection: Connection,
) -> None:
    others = [*readers.values(), tokens.of("grand")]
    others += [await persons.headers("mara", ("manager", world.grand))]
    for headers in others:
        assert (await client.put(consent_of(world), headers=headers)).status_code == 403
    lodge = await persons.headers("lorenz", ("owner", world.lodge))
    assert (await client.put(consent_of(world), headers=lodge)).status_code == 404
    assert await owner_connection.fetchval("select count(*) from consents") == 0


async def test_consent_given_twice_is_one(client: httpx.AsyncClient, owner: Headers, world: World) -> None:
    first, second = [await client.put(consent_of(world), headers=owner) for _ in range(2)]
    assert first.json() == second.json()
    path = f"{API}/businesses/{world.grand.id}/consents"
    assert len((await client.get(path, headers=owner)).json()) == 1


async def test_a_destination_lists_the_consents_it_has(
    client: httpx.AsyncClient, owner: Headers, readers: dict[str, Headers], world: World
) -> None:
    await client.put(consent_of(world), headers=owner)
    listed = await client.get(f"{API}/omds/{world.alpha.id}/consents", headers=readers["analyst"])
    assert [each["business_id"] for each in listed.json()] == [world.grand.id]
    assert (await client.get(f"{API}/omds/{world.beta.id}/consents", headers=readers["analyst"])).status_code == 404
