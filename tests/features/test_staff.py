"""People and their roles: who invites whom, who ends whom, and who has to stay."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from omd.features.identity import MAY_GIVE
from omd.features.identity.permissions import HOTEL_ROLES
from omd.kernel.clock import FixedClock
from support.letters import waiting_letters
from support.persons import Persons
from support.worlds import NOW, Connection, World

API = "/api/v1"
Json = dict[str, Any]
Headers = dict[str, str]


class StaffDesk:
    """The staff of the hotel `grand`, as somebody handles it."""

    def __init__(self, client: httpx.AsyncClient, world: World) -> None:
        self.client = client
        self.path = f"{API}/businesses/{world.grand.id}/staff"

    async def invite(self, headers: Headers, role: str, name: str = "ioana", **body: object) -> httpx.Response:
        given = {"email": f"{name}@example.com", "name": name.capitalize(), "role": role, **body}
        return await self.client.post(self.path, json=given, headers=headers)

    async def end(self, headers: Headers, membership_id: int) -> httpx.Response:
        return await self.client.delete(f"{self.path}/{membership_id}", headers=headers)

    async def change(self, headers: Headers, membership_id: int, role: str) -> httpx.Response:
        return await self.client.patch(f"{self.path}/{membership_id}", json={"role": role}, headers=headers)

    async def roles(self, headers: Headers) -> dict[str, str]:
        listed = await self.client.get(self.path, headers=headers)
        assert listed.status_code == 200, listed.text
        return {each["email"].removesuffix("@example.com"): each["role"] for each in listed.json()}


@pytest.fixture
def staff(client: httpx.AsyncClient, world: World) -> StaffDesk:
    return StaffDesk(client, world)


async def test_staff_are_listed_a_page_at_a_time_by_name(staff: StaffDesk, persons: Persons, world: World) -> None:
    owner = await persons.headers("oana", ("owner", world.grand))
    for name in ("zoe", "bob", "mara", "ana"):
        assert (await staff.invite(owner, "receptionist", name)).status_code == 201
    assert (await staff.invite(owner, "housekeeper", "bob")).status_code == 201
    whole = (await staff.client.get(staff.path, headers=owner)).json()
    assert len(whole) == 6
    listed: list[Json] = []
    address, pages = f"{staff.path}?limit=2", 0
    while address:
        answer = await staff.client.get(address, headers=owner)
        listed, pages = [*listed, *answer.json()], pages + 1
        address = answer.links["next"]["url"] if "next" in answer.links else ""
        if pages == 1:
            # Whoever is the cursor may be gone when the next page is asked for.
            assert (await staff.end(owner, answer.json()[-1]["id"])).status_code == 200
    assert (listed, pages) == (whole, 3)
    assert [each["name"] for each in whole] == ["Ana", "Bob", "Bob", "Mara", "Oana", "Zoe"]


async def test_whoever_is_invited_has_the_role_at_once_and_a_link_to_come_in(
    staff: StaffDesk, persons: Persons, world: World, owner_connection: Connection
) -> None:
    owner = await persons.headers("oana", ("owner", world.grand))
    answer = await staff.invite(owner, "receptionist", email=" Ioana@Example.COM ", language="ro")
    assert answer.status_code == 201, answer.text
    member = answer.json()
    assert (member["email"], member["role"]) == ("ioana@example.com", "receptionist")
    invited = await persons.come_in(member["user_id"])
    reservations = f"{API}/businesses/{world.grand.id}/reservations"
    assert (await staff.client.get(reservations, headers=invited)).status_code == 200
    (letter,) = await waiting_letters(owner_connection)
    assert letter.to == "ioana@example.com"
    assert "invitat" in letter.text, "in Romanian"
    (link_token,) = re.findall(r"#([A-Za-z0-9_-]{43})$", letter.text, re.MULTILINE)
    assert link_token not in answer.text, "who invites does not get the link: it opens the account"
    redeemed = await staff.client.post(
        f"{API}/invitations/redeem",
        json={"token": link_token, "name": "Ioana Pop", "password": "three brown bears asleep"},
    )
    assert redeemed.status_code == 204, redeemed.text
    kept = "select purpose, email from one_time_links where token_hash = sha256($1::text::bytea)"
    (link,) = await owner_connection.fetch(kept, link_token)
    assert tuple(link) == ("invitation", "ioana@example.com")
    everything = await owner_connection.fetchval("select string_agg(t::text, '') from one_time_links t")
    assert link_token not in everything


async def test_a_person_who_is_known_keeps_name_and_account(
    staff: StaffDesk, persons: Persons, world: World, owner_connection: Connection
) -> None:
    owner = await persons.headers("oana", ("owner", world.grand))
    known = await persons.add("ioana", ("receptionist", world.lodge))
    member = (await staff.invite(owner, "accountant", name="ioana")).json()
    assert (member["user_id"], member["name"]) == (known, "Ioana")
    again = await staff.invite(owner, "accountant", name="ioana")
    assert (again.status_code, again.json()["code"]) == (409, "role_held")
    assert await owner_connection.fetchval("select count(*) from users") == 2


@pytest.mark.parametrize("giver", ["owner", "manager"])
async def test_nobody_gives_a_role_above_their_own(
    staff: StaffDesk, persons: Persons, world: World, giver: str, owner_connection: Connection
) -> None:
    await persons.add("oana", ("owner", world.grand))
    headers = await persons.headers("gina", (giver, world.grand))
    for role in HOTEL_ROLES:
        answer = await staff.invite(headers, role, name=f"new-{role}")
        if role in MAY_GIVE[giver]:  # type: ignore[index]  # a role by its text
            assert answer.status_code == 201, answer.text
        else:
            assert (answer.status_code, answer.json()["code"]) == (403, "role_above")
    assert len(await waiting_letters(owner_connection)) == len(MAY_GIVE[giver])  # type: ignore[index]


@pytest.mark.parametrize("role", ["receptionist", "housekeeper", "accountant"])
async def test_whoever_runs_no_hotel_invites_nobody(
    staff: StaffDesk, persons: Persons, world: World, role: str
) -> None:
    headers = await persons.headers("rica", (role, world.grand))
    assert (await staff.invite(headers, "housekeeper")).status_code == 403
    assert (await staff.client.get(staff.path, headers=headers)).status_code == 403


async def test_a_manager_neither_raises_themselves_nor_ends_an_owner(
    staff: StaffDesk, persons: Persons, world: World
) -> None:
    owner_id = await persons.add("oana", ("owner", world.grand))
    second = await persons.add("olga", ("owner", world.grand))
    manager_id = await persons.add("mara", ("manager", world.grand))
    manager = await persons.come_in(manager_id)
    own = await persons.membership(manager_id, "manager")
    raised = await staff.change(manager, own, "owner")
    assert (raised.status_code, raised.json()["code"]) == (403, "role_above")
    invited = await staff.invite(manager, "owner", name="mara")
    assert (invited.status_code, invited.json()["code"]) == (403, "role_above")
    for victim in (owner_id, second):
        membership = await persons.membership(victim, "owner")
        for answer in (await staff.end(manager, membership), await staff.change(manager, membership, "housekeeper")):
            assert (answer.status_code, answer.json()["code"]) == (403, "role_above")
    assert await staff.roles(manager) == {"oana": "owner", "olga": "owner", "mara": "manager"}


async def test_a_role_is_changed_by_an_end_and_a_beginning(
    staff: StaffDesk, persons: Persons, world: World, owner_connection: Connection
) -> None:
    owner_id = await persons.add("oana", ("owner", world.grand))
    clerk = await persons.add("rica", ("receptionist", world.grand))
    membership = await persons.membership(clerk, "receptionist")
    changed = await staff.change(await persons.come_in(owner_id), membership, "manager")
    assert changed.status_code == 200, changed.text
    assert changed.json()["id"] != membership
    assert await staff.roles(await persons.come_in(owner_id)) == {"oana": "owner", "rica": "manager"}
    ended = await owner_connection.fetchrow("select ended_at, ended_by from memberships where id = $1", membership)
    assert ended is not None
    assert ended["ended_by"] == f"user:{owner_id}"
    same = await staff.change(await persons.come_in(owner_id), changed.json()["id"], "manager")
    assert same.json() == changed.json()
    gone = await staff.change(await persons.come_in(owner_id), membership, "owner")
    assert gone.status_code == 404


async def test_the_last_owner_stays_and_a_second_may_go(staff: StaffDesk, persons: Persons, world: World) -> None:
    owner_id = await persons.add("oana", ("owner", world.grand))
    owner = await persons.come_in(owner_id)
    membership = await persons.membership(owner_id, "owner")
    for answer in (await staff.end(owner, membership), await staff.change(owner, membership, "manager")):
        assert (answer.status_code, answer.json()["code"]) == (409, "last_of_role")
    await persons.add("olga", ("owner", world.grand))
    assert (await staff.change(owner, membership, "manager")).status_code == 200
    assert await staff.roles(owner) == {"oana": "manager", "olga": "owner"}


async def test_whose_role_ended_is_out_within_a_second(
    staff: StaffDesk, persons: Persons, world: World, clock: FixedClock
) -> None:
    owner = await persons.headers("oana", ("owner", world.grand))
    clerk = await persons.add("rica", ("receptionist", world.grand), ("accountant", world.lodge))
    signed_in = await persons.come_in(clerk)
    reservations = f"{API}/businesses/{world.grand.id}/reservations"
    assert (await staff.client.get(reservations, headers=signed_in)).status_code == 200
    assert (await staff.end(owner, await persons.membership(clerk, "receptionist"))).status_code == 200
    clock.set(NOW + timedelta(seconds=1))
    assert (await staff.client.get(reservations, headers=signed_in)).status_code == 404
    lodge = f"{API}/businesses/{world.lodge.id}/reservations"
    assert (await staff.client.get(lodge, headers=signed_in)).status_code == 200, "the other role goes on"


async def test_a_retried_invitation_is_sent_once(
    staff: StaffDesk, persons: Persons, world: World, owner_connection: Connection
) -> None:
    owner = await persons.headers("oana", ("owner", world.grand))
    answers = [await staff.invite({**owner, "Idempotency-Key": "once"}, "housekeeper") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len(await waiting_letters(owner_connection)) == 1


async def test_a_role_and_the_letter_that_tells_of_it_are_given_together_or_not_at_all(
    staff: StaffDesk, persons: Persons, world: World, owner_connection: Connection
) -> None:
    """A server that dies between the two would leave somebody with a role and no way in."""
    owner = await persons.headers("oana", ("owner", world.grand))
    await owner_connection.execute("alter table jobs rename to mislaid")
    assert (await staff.invite(owner, "housekeeper")).status_code == 500
    assert await owner_connection.fetchval("select count(*) from memberships") == 1
    await owner_connection.execute("alter table mislaid rename to jobs")
    assert (await staff.invite(owner, "housekeeper")).status_code == 201
    assert len(await waiting_letters(owner_connection)) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"email": "ioana"},
        {"email": "a b@example.com"},
        {"email": "x" * 320 + "@example.com"},
        {"name": "  "},
        {"role": "omd_administrator"},
        {"role": "guest"},
        {"language": "xx"},
        {"is_operator": True},
    ],
)
async def test_what_is_no_invitation_is_refused(
    staff: StaffDesk, persons: Persons, world: World, body: Json, owner_connection: Connection
) -> None:
    owner = await persons.headers("oana", ("owner", world.grand))
    refused = await staff.client.post(
        staff.path, json={"email": "i@example.com", "name": "I", "role": "manager", **body}, headers=owner
    )
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input"), refused.text
    assert await waiting_letters(owner_connection) == []


async def test_a_destinations_administrators_are_its_own_business(
    client: httpx.AsyncClient, persons: Persons, world: World
) -> None:
    path = f"{API}/omds/{world.alpha.id}/staff"
    adam = await persons.add("adam", ("omd_administrator", world.alpha))
    analyst = await persons.add("ana", ("omd_analyst", world.alpha))
    owner = await persons.headers("oana", ("owner", world.grand))
    new = {"email": "n@example.com", "name": "N", "role": "omd_administrator"}
    for headers in (await persons.come_in(analyst), owner):
        assert (await client.post(path, json=new, headers=headers)).status_code == 403
    last = await client.delete(
        f"{path}/{await persons.membership(adam, 'omd_administrator')}", headers=await persons.come_in(adam)
    )
    assert (last.status_code, last.json()["code"]) == (409, "last_of_role")
    assert (await client.post(path, json=new, headers=await persons.come_in(adam))).status_code == 201
    ended = await client.delete(
        f"{path}/{await persons.membership(analyst, 'omd_analyst')}", headers=await persons.come_in(adam)
    )
    assert ended.status_code == 200
    listed = (await client.get(path, headers=await persons.come_in(adam))).json()
    assert [each["role"] for each in listed] == ["omd_administrator", "omd_administrator"]


async def test_from_nothing_to_a_hotel_with_its_owner(
    client: httpx.AsyncClient, persons: Persons, owner_connection: Connection, clock: FixedClock
) -> None:
    operator = await persons.headers("otto", operator=True)
    administrator = {"email": "adam@example.com", "name": "Adam"}
    founded = await client.post(
        f"{API}/omds", json={"code": "brasov", "name": "Brașov", "administrator": administrator}, headers=operator
    )
    assert founded.status_code == 201, founded.text
    omd = f"{API}/omds/{founded.json()['id']}"
    adam = await persons.come_in(
        await owner_connection.fetchval("select id from users where email = 'adam@example.com'")
    )
    hotel = {"code": "grand", "name": "Grand", "time_zone": "Europe/Bucharest", "currency": "RON"}
    added = await client.post(f"{omd}/businesses", json=hotel, headers=adam)
    assert added.status_code == 201, added.text
    clock.set(NOW + timedelta(seconds=1))
    owners = f"{omd}/businesses/{added.json()['id']}/owners"
    oana = {"email": "oana@example.com", "name": "Oana"}
    invited = await client.post(owners, json=oana, headers=adam)
    assert (invited.status_code, invited.json()["role"]) == (201, "owner"), invited.text
    assert [each.to for each in await waiting_letters(owner_connection)] == ["adam@example.com", "oana@example.com"]
    owner = await persons.come_in(invited.json()["user_id"])
    staff = f"{API}/businesses/{added.json()['id']}/staff"
    clerk = {"email": "rica@example.com", "name": "Rica", "role": "receptionist"}
    assert (await client.post(staff, json=clerk, headers=owner)).status_code == 201
    second = await client.post(owners, json={"email": "adam@example.com", "name": "Adam"}, headers=adam)
    assert (second.status_code, second.json()["code"]) == (409, "hotel_has_owner")
    assert (await client.post(staff, json={**clerk, "email": "adam@example.com"}, headers=adam)).status_code == 403
    for path in (staff, staff.replace("staff", "reservations")):
        assert (await client.get(path, headers=adam)).status_code == 403, "the hotel is its owner's now"


async def test_codes_are_taken_once(client: httpx.AsyncClient, persons: Persons, world: World) -> None:
    operator = await persons.headers("otto", operator=True)
    adam = await persons.headers("adam", ("omd_administrator", world.alpha))
    omd = {"code": "beta", "name": "Other", "administrator": {"email": "b@example.com", "name": "B"}}
    taken = await client.post(f"{API}/omds", json=omd, headers=operator)
    assert (taken.status_code, taken.json()["code"]) == (409, "omd_taken")
    hotel = {"code": "grand", "name": "Other", "time_zone": "Europe/Bucharest", "currency": "RON"}
    path = f"{API}/omds/{world.alpha.id}/businesses"
    taken = await client.post(path, json=hotel, headers=adam)
    assert (taken.status_code, taken.json()["code"]) == (409, "inventory_taken")
    unkept = await client.post(path, json={**hotel, "currency": "JPY", "time_zone": "Asia/Edo"}, headers=adam)
    assert [(each["pointer"], each["code"]) for each in unkept.json()["problems"]] == [
        ("/time_zone", "unknown_time_zone"),
        ("/currency", "currency_not_in_hundredths"),
    ]
    for body in ({"time_zone": "Europe/Nowhere"}, {"currency": "lei"}, {"code": "a b"}, {"name": " "}):
        refused = await client.post(path, json={**hotel, "code": "new", **body}, headers=adam)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid_input"), body
    assert (await client.post(f"{API}/omds", json=omd, headers=adam)).status_code == 403
