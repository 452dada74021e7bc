"""Service accounts and OAuth: a partner's program gets short-lived tokens, never more than its account allows."""

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest

from omd.db import Database
from omd.features.identity import PrincipalResolver, purge_tokens
from omd.kernel.clock import FixedClock
from support.persons import Persons
from support.worlds import NOW, Connection, World

API = "/api/v1"
TOKEN, REVOKE = f"{API}/oauth/token", f"{API}/oauth/revoke"
GRANT = {"grant_type": "client_credentials"}
Json = dict[str, Any]


class Partner:
    """A service account of the hotel `grand` with one key, and the owner who handles both."""

    def __init__(self, client: httpx.AsyncClient, place: str, owner: dict[str, str]) -> None:
        self.client = client
        self.place = place
        self.owner = owner
        self.account: Json = {}
        self.key: Json = {}
        self.secret = ""

    async def join(self, *scopes: str) -> None:
        answer = await self.client.post(
            f"{self.place}/service-accounts", json={"name": "Channels", "scopes": list(scopes)}, headers=self.owner
        )
        assert answer.status_code == 201, answer.text
        self.account = answer.json()
        made = (await self.make_key()).json()
        self.key, self.secret = made["key"], made["secret"]

    async def make_key(self, **body: object) -> httpx.Response:
        given = {"name": "key", "service_account_id": self.account["id"], **body}
        return await self.client.post(f"{self.place}/keys", json=given, headers=self.owner)

    @property
    def credentials(self) -> dict[str, str]:
        return {"client_id": self.account["client_id"], "client_secret": self.secret}

    async def ask(self, **form: str) -> httpx.Response:
        return await self.client.post(TOKEN, data={**GRANT, **self.credentials, **form})

    async def token(self, **form: str) -> str:
        answer = await self.ask(**form)
        assert answer.status_code == 200, answer.text
        token: str = answer.json()["access_token"]
        return token

    async def change(self, **body: object) -> httpx.Response:
        return await self.client.patch(
            f"{self.place}/service-accounts/{self.account['id']}", json=body, headers=self.owner
        )

    async def disable(self) -> httpx.Response:
        return await self.client.delete(f"{self.place}/service-accounts/{self.account['id']}", headers=self.owner)

    async def status_with(self, token: str, path: str = "/rooms") -> int:
        return (await self.client.get(self.place + path, headers={"Authorization": f"Bearer {token}"})).status_code


def basic(client_id: str, secret: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


@pytest.fixture
async def partner(client: httpx.AsyncClient, persons: Persons, world: World) -> Partner:
    owner = await persons.headers("oana", ("owner", world.grand))
    partner = Partner(client, f"{API}/businesses/{world.grand.id}", owner)
    await partner.join("inventory.read", "reservations.read", "reservations.create")
    return partner


async def test_a_key_is_changed_for_a_token_of_fifteen_minutes(partner: Partner, clock: FixedClock) -> None:
    answer = await partner.ask()
    assert answer.status_code == 200
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    issued = answer.json()
    assert set(issued) == {"access_token", "token_type", "expires_in", "scope"}
    assert (issued["token_type"], issued["expires_in"]) == ("Bearer", 900)
    assert issued["scope"] == "inventory.read reservations.create reservations.read"
    assert await partner.status_with(issued["access_token"]) == 200
    clock.set(NOW + timedelta(minutes=15))
    assert await partner.status_with(issued["access_token"]) == 401
    assert await partner.status_with(partner.secret) == 200, "the key itself goes on"


async def test_a_client_may_say_who_it_is_in_the_header(partner: Partner) -> None:
    headers = basic(partner.account["client_id"], partner.secret)
    answer = await partner.client.post(TOKEN, data=GRANT, headers=headers)
    assert answer.status_code == 200
    headers = basic(partner.account["client_id"].replace("_", "%5F"), partner.secret)
    assert (await partner.client.post(TOKEN, data=GRANT, headers=headers)).status_code == 200, "RFC 6749, 2.3.1"


async def test_a_token_asks_for_less_and_never_for_more(partner: Partner) -> None:
    token = await partner.token(scope="inventory.read")
    assert await partner.status_with(token) == 200
    assert await partner.status_with(token, "/reservations") == 403
    for scope in ("inventory.read availability.overbook", "staff.write", "", " "):
        refused = await partner.ask(scope=scope)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_scope"), scope


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        ({}, {}, 401, "invalid_client"),
        ({"client_id": "CLIENT"}, {}, 401, "invalid_client"),
        ({"client_id": "CLIENT", "client_secret": "omd_abcdefgh_" + "x" * 43}, {}, 401, "invalid_client"),
        ({"client_id": "client_other", "client_secret": "SECRET"}, {}, 401, "invalid_client"),
        ({"client_id": "CLIENT\ud83d", "client_secret": "SECRET"}, {}, 400, "invalid_request"),
        ({}, {"Authorization": "Basic !!!"}, 401, "invalid_client"),
        ({}, {"Authorization": "Basic bm9jb2xvbg=="}, 401, "invalid_client"),
        ({}, {"Authorization": "Basic /w=="}, 401, "invalid_client"),
        ({}, {"Authorization": "Bearer SECRET"}, 401, "invalid_client"),
        ({"client_id": "other"}, {"Authorization": "BASIC"}, 400, "invalid_request"),
        ({"client_secret": "SECRET"}, {"Authorization": "BASIC"}, 400, "invalid_request"),
    ],
)
async def test_who_is_no_client_gets_nothing(
    partner: Partner, form: dict[str, str], headers: dict[str, str], status: int, error: str
) -> None:
    real = {"CLIENT": partner.account["client_id"], "SECRET": partner.secret}
    filled = {name: real.get(value, value) for name, value in form.items()}
    sent = {
        name: basic(real["CLIENT"], real["SECRET"])["Authorization"] if value == "BASIC" else value
        for name, value in headers.items()
    }
    pairs = {**GRANT, **filled}
    content = "&".join(f"{name}={value}" for name, value in pairs.items()).encode("utf-8", "surrogatepass")
    answer = await partner.client.post(
        TOKEN, content=content, headers={"Content-Type": "application/x-www-form-urlencoded", **sent}
    )
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    if status == 401 and (headers or not form):
        assert answer.headers["WWW-Authenticate"].startswith("Basic ")


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", "invalid_client"),
        (b"grant_type=client_credentials&grant_type=client_credentials", "invalid_request"),
        (b"scope=%ff", "invalid_request"),
        (b"scope=%00", "invalid_request"),
        (b"scope=" + b"x" * 30_000, "invalid_request"),
    ],
)
async def test_what_is_no_form_is_refused(partner: Partner, content: bytes, error: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await partner.client.post(TOKEN, content=content, headers=headers)
    assert answer.json()["error"] == error
    as_json = await partner.client.post(TOKEN, json={**GRANT, **partner.credentials})
    assert (as_json.status_code, as_json.json()["error"]) == (400, "invalid_request")


async def test_there_is_one_grant(partner: Partner) -> None:
    refused = await partner.ask(grant_type="password")
    assert (refused.status_code, refused.json()["error"]) == (400, "unsupported_grant_type")
    missing = await partner.client.post(TOKEN, data=partner.credentials)
    assert (missing.status_code, missing.json()["error"]) == (400, "invalid_request")


async def test_neither_a_plain_key_nor_a_token_is_a_clients_secret(partner: Partner) -> None:
    plain = await partner.client.post(f"{partner.place}/keys", json={"name": "plain"}, headers=partner.owner)
    for secret in (plain.json()["secret"], await partner.token()):
        refused = await partner.ask(client_secret=secret)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_a_token_never_outlives_its_key(partner: Partner, clock: FixedClock) -> None:
    made = (await partner.make_key(expires_at=(NOW + timedelta(minutes=2)).isoformat())).json()
    issued = (await partner.ask(client_secret=made["secret"])).json()
    assert issued["expires_in"] == 120
    token = await partner.token()
    rotate = f"{partner.place}/keys/{partner.key['id']}/rotate"
    await partner.client.post(rotate, json={"overlap_seconds": 60}, headers=partner.owner)
    assert await partner.status_with(token) == 200
    clock.set(NOW + timedelta(seconds=60))
    assert await partner.status_with(token) == 401
    assert await partner.status_with(issued["access_token"]) == 200


@pytest.mark.parametrize("ending", ["key", "account"])
async def test_tokens_end_at_once_with_their_key_and_account(partner: Partner, clock: FixedClock, ending: str) -> None:
    token = await partner.token()
    assert await partner.status_with(token) == 200
    if ending == "key":
        await partner.client.delete(f"{partner.place}/keys/{partner.key['id']}", headers=partner.owner)
    else:
        assert (await partner.disable()).json()["disabled_at"] is not None
    clock.set(NOW + timedelta(seconds=1))
    assert [await partner.status_with(each) for each in (token, partner.secret)] == [401, 401]
    refused = await partner.ask()
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


async def test_an_account_that_loses_scopes_takes_them_from_keys_and_tokens(
    partner: Partner, clock: FixedClock
) -> None:
    token = await partner.token()
    bookings = await partner.token(scope="reservations.create")
    assert (await partner.change(scopes=["inventory.read"])).status_code == 200
    clock.set(NOW + timedelta(seconds=1))
    for secret in (token, partner.secret):
        assert await partner.status_with(secret) == 200
        assert await partner.status_with(secret, "/reservations") == 403
    assert await partner.status_with(bookings) == 401, "a token that is left without a scope is over"
    assert (await partner.change(scopes=["inventory.read", "reservations.read"])).status_code == 200
    clock.set(NOW + timedelta(seconds=2))
    assert await partner.status_with(token, "/reservations") == 403, "what was taken does not come back"


async def test_an_accounts_key_has_no_scope_that_the_account_lacks(partner: Partner) -> None:
    refused = await partner.make_key(scopes=["availability.overbook"])
    assert (refused.status_code, refused.json()["problems"][0]["pointer"]) == (422, "/scopes/0")
    assert (await partner.make_key(scopes=["inventory.read"])).json()["key"]["scopes"] == ["inventory.read"]


async def test_a_disabled_account_stays_so(partner: Partner, owner_connection: Connection) -> None:
    for _ in range(2):
        assert (await partner.disable()).status_code == 200
    for answer in (await partner.make_key(), await partner.change(name="Again")):
        assert (answer.status_code, answer.json()["code"]) == (409, "service_account_disabled")
    with pytest.raises(Exception, match="stays disabled"):
        await owner_connection.execute("update service_accounts set disabled_at = null")


async def test_an_account_of_a_neighbour_gets_no_key_here(partner: Partner, persons: Persons, world: World) -> None:
    lodge = await persons.headers("lorenz", ("owner", world.lodge))
    answer = await partner.client.post(
        f"{API}/businesses/{world.lodge.id}/keys",
        json={"name": "key", "service_account_id": partner.account["id"]},
        headers=lodge,
    )
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_client_ends_its_own_tokens_only(partner: Partner, clock: FixedClock) -> None:
    token = await partner.token()
    other = Partner(partner.client, partner.place, partner.owner)
    await other.join("inventory.read")
    for form in ({"token": "nonsense"}, {"token": token}):
        answer = await partner.client.post(REVOKE, data={**other.credentials, **form})
        assert (answer.status_code, answer.content) == (200, b"")
    clock.set(NOW + timedelta(seconds=1))
    assert await partner.status_with(token) == 200, "somebody else's word ends nothing"
    for _ in range(2):
        assert (await partner.client.post(REVOKE, data={**partner.credentials, "token": token})).status_code == 200
    clock.set(NOW + timedelta(seconds=2))
    assert await partner.status_with(token) == 401
    key = await partner.client.post(REVOKE, data={**partner.credentials, "token": partner.secret})
    assert (key.status_code, key.json()["error"]) == (400, "unsupported_token_type")
    nobody = await partner.client.post(REVOKE, data={"token": token})
    assert (nobody.status_code, nobody.json()["error"]) == (401, "invalid_client")


async def test_a_destinations_partner_reads_its_members(
    client: httpx.AsyncClient, persons: Persons, world: World
) -> None:
    administrator = await persons.headers("adam", ("omd_administrator", world.alpha))
    partner = Partner(client, f"{API}/omds/{world.alpha.id}", administrator)
    await partner.join("inventory.read")
    token = {"Authorization": f"Bearer {await partner.token()}"}
    assert (await client.get(f"{API}/businesses/{world.lodge.id}", headers=token)).status_code == 200
    assert (await client.get(f"{API}/businesses/{world.harbour.id}", headers=token)).status_code == 404


async def test_a_retried_booking_finds_its_answer_with_the_next_token(partner: Partner, world: World) -> None:
    body = {
        "room_type_id": world.grand.types["double"].id,
        "arrival": "2027-03-10",
        "departure": "2027-03-12",
        "guests": [{"last_name": "Popescu"}],
    }
    booked = [
        await partner.client.post(
            f"{partner.place}/reservations",
            json=body,
            headers={"Authorization": f"Bearer {await partner.token()}", "Idempotency-Key": "attempt"},
        )
        for _ in range(2)
    ]
    assert booked[0].status_code == 201
    assert booked[0].json()["id"] == booked[1].json()["id"]


async def test_no_secret_of_a_token_is_kept(partner: Partner, owner_connection: Connection) -> None:
    token = await partner.token()
    for table in ("access_tokens", "idempotency_keys", "events", "service_accounts"):
        dumped = await owner_connection.fetchval(f"select string_agg(t::text, '') from {table} t") or ""
        assert token[13:] not in dumped
        assert partner.secret[13:] not in dumped


async def test_tokens_that_are_over_go(
    partner: Partner, maintenance_db: Database, db: Database, owner_connection: Connection, clock: FixedClock
) -> None:
    await partner.token()
    clock.set(NOW + timedelta(minutes=10))
    late = await partner.token()
    clock.set(NOW + timedelta(minutes=16))
    assert await purge_tokens(maintenance_db, now=clock.now()) == 1
    assert await PrincipalResolver(db, clock=clock).resolve(late) is not None
    assert await purge_tokens(maintenance_db, now=clock.now() + timedelta(hours=1)) == 1
    assert await owner_connection.fetchval("select count(*) from access_tokens where kind = 'key'") == 1
