"""Names that webhooks lead to: looked up at a real name server, which says nothing of some of them."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from omd.infra.webhooks import Sender, Terms
from omd.infra.webhooks.addresses import NotResolved
from omd.infra.webhooks.names import Names
from support.certificates import certified
from support.front_desk import Desk
from support.name_server import AskedServer, name_server
from support.persons import Headers, Persons
from support.relayed import last_position
from support.webhook_target import WebhookTarget, target_open
from support.webhooks import Office, grand, stays
from support.worlds import Hotel, World

LONG = 600.0
HANGING = tuple(f"hooks-{number}.hang.test" for number in range(6))
"""More than the threads that a process looks names up with."""


class HarbourDesk(Desk):
    """The front desk of the hotel of another tenant."""

    party = "harbour"

    @property
    def hotel(self) -> Hotel:
        return self.world.harbour


@pytest.fixture
async def server() -> AsyncIterator[AskedServer]:
    """A name server."""
    async with name_server() as server:
        yield server


@pytest.fixture
def harbour_desk(desk: Desk) -> HarbourDesk:
    """The front desk of `harbour`."""
    return HarbourDesk(desk.client, desk.tokens, desk.world, desk.connection)


@pytest.fixture
async def harbour_owner(persons: Persons, world: World) -> Headers:
    """Hana, the owner of the hotel `harbour`."""
    return await persons.headers("hana", ("owner", world.harbour))


async def test_a_name_is_found_and_what_is_none_is_not(server: AskedServer) -> None:
    find = Names(server.at)
    assert await find("hooks.here.test", 443) == ["127.0.0.1"]
    assert await find("HOOKS.here.test.", 443) == ["127.0.0.1"]
    for unknown in ("nowhere.test", "a..b", "x" * 64 + ".test"):
        with pytest.raises(NotResolved):
            await find(unknown, 443)


async def test_a_name_that_failed_is_not_asked_for_again_at_once(server: AskedServer) -> None:
    find = Names(server.at, answer_seconds=0.3, failed_seconds=LONG)
    for _ in range(3):
        with pytest.raises(NotResolved):
            await find("hooks.hang.test", 443)
    with pytest.raises(NotResolved):
        await find("nowhere.test", 443)
    await server.until("nowhere.test")
    before = server.asked.count("hooks.hang.test")
    with pytest.raises(NotResolved):
        await find("hooks.hang.test", 443)
    await find("hooks.here.test", 443)
    await server.until("hooks.here.test")
    assert server.asked.count("hooks.hang.test") == before

    forgetful = Names(server.at, answer_seconds=0.3, failed_seconds=0)
    with pytest.raises(NotResolved):
        await forgetful("other.hang.test", 443)
    server.asked.clear()
    with pytest.raises(NotResolved):
        await forgetful("other.hang.test", 443)
    await server.until("other.hang.test")


async def test_who_asks_at_the_same_time_asks_once_and_may_give_up_alone(server: AskedServer) -> None:
    find = Names(server.at, answer_seconds=LONG)
    first, second = (asyncio.create_task(find("hooks.hang.test", 443)) for _ in range(2))
    await server.until("hooks.hang.test")
    assert len(find._asked) == 1
    first.cancel()
    await asyncio.wait({first})
    assert not second.done()
    second.cancel()


async def test_without_a_name_server_that_listens_names_are_not_resolved(server: AskedServer) -> None:
    for nobody in ([], [("127.0.0.1", 1)]):
        with pytest.raises(NotResolved):
            await Names(nobody, answer_seconds=0.3)("hooks.here.test", 443)


async def test_names_of_one_tenant_that_are_never_answered_do_not_delay_another(
    *,
    office: Office,
    desk: Desk,
    harbour_desk: HarbourDesk,
    owner: Headers,
    harbour_owner: Headers,
    world: World,
    server: AskedServer,
    tmp_path: Path,
) -> None:
    shown, believed = certified("hooks.here.test", tmp_path)
    async with target_open(shown) as target:
        for name in HANGING:
            await office.add(grand(world), owner, f"https://{name}/")
        await office.add(
            f"/api/v1/businesses/{world.harbour.id}", harbour_owner, f"https://hooks.here.test:{target.port}/"
        )
        # Nothing is given up within the test: what comes through does so beside the names that hang.
        sender = Sender(
            to_loopback=True,
            tls=believed,
            find=Names(server.at, answer_seconds=LONG),
            connect_seconds=LONG,
            whole_seconds=LONG,
        )
        await stays(desk, 4)
        await last_position(office.connection)
        stopping = asyncio.Event()
        working = asyncio.create_task(office.another_worker(sender=sender).run(stopping))
        await server.until(*HANGING)
        await stays(harbour_desk, 1)
        await target.until(1)
        stopping.set()
        await working


async def test_one_tenant_whose_targets_hang_leaves_the_others_their_places(
    *,
    office: Office,
    desk: Desk,
    harbour_desk: HarbourDesk,
    owner: Headers,
    harbour_owner: Headers,
    world: World,
    target: WebhookTarget,
) -> None:
    async with target_open() as hanging:
        hanging.answer = lambda _received: "hang"
        for _ in range(3):
            await office.add(grand(world), owner, hanging.url)
        await office.add(f"/api/v1/businesses/{world.harbour.id}", harbour_owner, target.url)
        await stays(desk, 4)
        await last_position(office.connection)
        worker = office.another_worker(terms=Terms(most_at_once=6, most_of_tenant=5))
        stopping = asyncio.Event()
        working = asyncio.create_task(worker.run(stopping))
        await hanging.until(5)
        await stays(harbour_desk, 4)
        await target.until(4)
        assert hanging.most_open == 5
        stopping.set()
        await working
