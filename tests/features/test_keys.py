"""Keys over HTTP: made, shown once, narrowed by scopes and expiry, rotated with overlap, ended."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from omd.kernel.clock import FixedClock
from support.parties import Tokens
from support.persons import Persons
from support.worlds import NOW, Connection, World

API = "/api/v1"
Json = dict[str, Any]


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


class KeyRing:
    """The keys of one holder, as their administrator handles them."""

    def __init__(self, client: httpx.AsyncClient, place: str, headers: dict[str, str]) -> None:
        self.client = client
        self.path = f"{API}/{place}/keys"
        self.headers = headers

    async def make(self, **body: object) -> Json:
        answer = await self.client.post(self.path, json={"name": "channel", **body}, headers=self.headers)
        assert answer.status_code == 201, answer.text
        made: Json = answer.json()
        return made

    async def try_to_make(self, **body: object) -> httpx.Response:
        return await self.client.post(self.path, json={"name": "channel", **body}, headers=self.headers)

    async def rotate(self, key_id: int, **body: object) -> httpx.Response:
        return await self.client.post(f"{self.path}/{key_id}/rotate", json=body, headers=self.headers)

    async def list_keys(self) -> list[Json]:
        listed: list[Json] = (await self.client.get(self.path, headers=self.headers)).json()
        return listed


@pytest.fixture
async def ring(client: httpx.AsyncClient, persons: Persons, world: World) -> KeyRing:
    """The keys of the hotel `grand`, handled by its owner."""
    owner = await persons.headers("oana", ("owner", world.grand))
    return KeyRing(client, f"businesses/{world.grand.id}", owner)


@pytest.fixture
async def omd_ring(client: httpx.AsyncClient, persons: Persons, world: World) -> KeyRing:
    """The keys of the destination `alpha`, handled by its administrator."""
    administrator = await persons.headers("adam", ("omd_administrator", world.alpha))
    return KeyRing(client, f"omds/{world.alpha.id}", administrator)


async def status_with(client: httpx.AsyncClient, secret: str, path: str) -> int:
    return (await client.get(API + path, headers=bearer(secret))).status_code


async def test_a_key_opens_its_hotel_and_its_secret_is_shown_once(
    ring: KeyRing, world: World, owner_connection: Connection
) -> None:
    made = await ring.make()
    secret, key = made["secret"], made["key"]
    assert secret.startswith(f"omd_{key['prefix']}_")
    assert await status_with(ring.client, secret, f"/businesses/{world.grand.id}") == 200
    assert await status_with(ring.client, secret, f"/businesses/{world.lodge.id}") == 404
    listed = await ring.client.get(ring.path, headers=ring.headers)
    assert secret[13:] not in listed.text
    assert listed.json()[0]["prefix"] == key["prefix"]
    dumped = await owner_connection.fetchval("select string_agg(t::text, '') from access_tokens t")
    assert secret[13:] not in dumped


async def test_a_destinations_key_opens_every_member(omd_ring: KeyRing, world: World) -> None:
    secret = (await omd_ring.make())["secret"]
    assert await status_with(omd_ring.client, secret, f"/businesses/{world.lodge.id}") == 200
    assert await status_with(omd_ring.client, secret, f"/businesses/{world.harbour.id}") == 404


async def test_scopes_bound_a_key(ring: KeyRing, world: World) -> None:
    secret = (await ring.make(scopes=["availability.read"]))["secret"]
    nights = "arrival=2027-03-10&departure=2027-03-12"
    assert await status_with(ring.client, secret, f"/businesses/{world.grand.id}/availability?{nights}") == 200
    refused = await ring.client.get(f"{API}/businesses/{world.grand.id}/reservations", headers=bearer(secret))
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


async def test_every_unknown_scope_is_named(ring: KeyRing, omd_ring: KeyRing) -> None:
    refused = await ring.try_to_make(scopes=["inventory.read", "staff.write", "rooms.burn"])
    assert refused.status_code == 422
    assert [each["pointer"] for each in refused.json()["problems"]] == ["/scopes/1", "/scopes/2"]
    assert "staff.write" in refused.json()["detail"]
    refused = await omd_ring.try_to_make(scopes=["reservations.create"])
    assert refused.json()["problems"][0]["code"] == "unknown_scope"
    assert await ring.list_keys() == []


@pytest.mark.parametrize(
    "body",
    [
        {"name": " "},
        {"name": "x" * 201},
        {"name": "a\x00"},
        {"scopes": []},
        {"expires_at": "2027-03-02T00:00:00"},
        {"expires_at": "2027-02-28T00:00:00Z"},
        {"expires_at": "9999-12-31T23:59:59-23:59"},
        {"service_account_id": 0},
        {"secret": "omd_mine"},
    ],
)
async def test_what_is_no_key_is_refused(ring: KeyRing, body: Json) -> None:
    refused = await ring.try_to_make(**body)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input"), refused.text
    assert await ring.list_keys() == []


async def test_a_key_expires_to_the_instant(ring: KeyRing, world: World, clock: FixedClock) -> None:
    path = f"/businesses/{world.grand.id}"
    expires_at = NOW + timedelta(seconds=10, milliseconds=500)
    secret = (await ring.make(expires_at=expires_at.isoformat()))["secret"]
    clock.set(expires_at - timedelta(milliseconds=1))
    assert await status_with(ring.client, secret, path) == 200
    clock.set(expires_at)
    assert await status_with(ring.client, secret, path) == 401, "the memory of a second does not outlive the key"


async def test_a_rotated_key_overlaps_and_then_ends(ring: KeyRing, world: World, clock: FixedClock) -> None:
    path = f"/businesses/{world.grand.id}"
    old = await ring.make(scopes=["inventory.read"])
    new = (await ring.rotate(old["key"]["id"], overlap_seconds=3600)).json()
    assert new["key"]["scopes"] == ["inventory.read"]
    assert new["key"]["replaces_id"] == old["key"]["id"]
    for made in (old, new):
        assert await status_with(ring.client, made["secret"], path) == 200
    clock.set(NOW + timedelta(hours=1))
    assert await status_with(ring.client, old["secret"], path) == 401
    assert await status_with(ring.client, new["secret"], path) == 200


async def test_the_overlap_is_a_day_unless_said_otherwise(ring: KeyRing) -> None:
    old = await ring.make()
    assert (await ring.rotate(old["key"]["id"])).status_code == 201
    (kept,) = [each for each in await ring.list_keys() if each["id"] == old["key"]["id"]]
    assert kept["expires_at"] == (NOW + timedelta(hours=24)).isoformat().replace("+00:00", "Z")


async def test_a_rotation_without_overlap_ends_the_old_key_now(ring: KeyRing, world: World, clock: FixedClock) -> None:
    old = await ring.make()
    assert await status_with(ring.client, old["secret"], f"/businesses/{world.grand.id}") == 200
    new = (await ring.rotate(old["key"]["id"], overlap_seconds=0)).json()
    clock.set(NOW + timedelta(seconds=1))
    assert await status_with(ring.client, old["secret"], f"/businesses/{world.grand.id}") == 401
    assert await status_with(ring.client, new["secret"], f"/businesses/{world.grand.id}") == 200


async def test_a_rotation_widens_no_expiry(ring: KeyRing) -> None:
    soon = (NOW + timedelta(minutes=5)).isoformat().replace("+00:00", "Z")
    old = await ring.make(expires_at=soon)
    new = (await ring.rotate(old["key"]["id"], overlap_seconds=86400)).json()
    assert new["key"]["expires_at"] == soon
    (kept,) = [each for each in await ring.list_keys() if each["id"] == old["key"]["id"]]
    assert kept["expires_at"] == soon


async def test_a_key_has_one_successor_and_none_when_it_is_over(ring: KeyRing) -> None:
    old = await ring.make()
    new = (await ring.rotate(old["key"]["id"])).json()
    again = await ring.rotate(old["key"]["id"])
    assert (again.status_code, again.json()["code"]) == (409, "key_ended")
    await ring.client.delete(f"{ring.path}/{new['key']['id']}", headers=ring.headers)
    over = await ring.rotate(new["key"]["id"])
    assert (over.status_code, over.json()["code"]) == (409, "key_ended")
    assert len(await ring.list_keys()) == 2


async def test_keys_and_accounts_are_listed_a_page_at_a_time(ring: KeyRing, omd_ring: KeyRing) -> None:
    for each in (ring, omd_ring):
        accounts = each.path.replace("/keys", "/service-accounts")
        body = {"name": "Channels", "scopes": ["availability.read"]}
        made: dict[str, list[int]] = {each.path: [], accounts: []}
        for _ in range(5):
            made[each.path].append((await each.make())["key"]["id"])
            added = await each.client.post(accounts, json=body, headers=each.headers)
            made[accounts].append(added.json()["id"])
        for path, ids in made.items():
            listed: list[int] = []
            address, pages = f"{path}?limit=2", 0
            while address:
                answer = await each.client.get(address, headers=each.headers)
                listed, pages = [*listed, *(found["id"] for found in answer.json())], pages + 1
                address = answer.links["next"]["url"] if "next" in answer.links else ""
            assert (listed, pages) == (ids[::-1], 3)


async def test_a_revoked_key_is_out_within_a_second_and_stays_on_the_list(
    ring: KeyRing, world: World, clock: FixedClock
) -> None:
    made = await ring.make()
    assert await status_with(ring.client, made["secret"], f"/businesses/{world.grand.id}") == 200
    for _ in range(2):
        ended = await ring.client.delete(f"{ring.path}/{made['key']['id']}", headers=ring.headers)
        assert ended.status_code == 200
        assert ended.json()["revoked_at"] is not None
    clock.set(NOW + timedelta(seconds=1))
    assert await status_with(ring.client, made["secret"], f"/businesses/{world.grand.id}") == 401
    assert [each["id"] for each in await ring.list_keys()] == [made["key"]["id"]]


async def test_a_retried_request_gets_the_key_and_not_its_secret(ring: KeyRing, owner_connection: Connection) -> None:
    headers = {**ring.headers, "Idempotency-Key": "once"}
    first = await ring.client.post(ring.path, json={"name": "channel"}, headers=headers)
    again = await ring.client.post(ring.path, json={"name": "channel"}, headers=headers)
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-store"
    assert again.status_code == 201
    assert again.json() == {"key": first.json()["key"], "secret": None}
    assert len(await ring.list_keys()) == 1
    kept = await owner_connection.fetchval("select string_agg(convert_from(body, 'UTF8'), '') from idempotency_keys")
    assert first.json()["secret"][13:] not in kept


async def test_keys_of_neighbours_are_nobodys_business(
    ring: KeyRing, omd_ring: KeyRing, persons: Persons, world: World
) -> None:
    made = await ring.make()
    lodge = await persons.headers("lorenz", ("owner", world.lodge))
    for headers in (lodge, omd_ring.headers):
        listed = await ring.client.get(ring.path, headers=headers)
        assert listed.status_code in (403, 404)
        ended = await ring.client.delete(f"{ring.path}/{made['key']['id']}", headers=headers)
        assert ended.status_code in (403, 404)
    inside = await ring.client.delete(f"{API}/businesses/{world.lodge.id}/keys/{made['key']['id']}", headers=lodge)
    assert (inside.status_code, inside.json()["code"]) == (404, "not_found")
    of_omd = await ring.client.post(f"{omd_ring.path}/{made['key']['id']}/rotate", json={}, headers=omd_ring.headers)
    assert of_omd.status_code == 404
    assert (await ring.list_keys())[0]["revoked_at"] is None


async def test_a_manager_sees_keys_and_makes_none(ring: KeyRing, persons: Persons, world: World) -> None:
    manager = await persons.headers("mara", ("manager", world.grand))
    assert (await ring.client.get(ring.path, headers=manager)).status_code == 200
    refused = await ring.client.post(ring.path, json={"name": "x"}, headers=manager)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")


async def test_no_program_handles_keys(ring: KeyRing, tokens: Tokens) -> None:
    for party in ("grand", "alpha"):
        assert (await ring.client.get(ring.path, headers=tokens.of(party))).status_code == 403
        assert (await ring.client.post(ring.path, json={"name": "x"}, headers=tokens.of(party))).status_code == 403
