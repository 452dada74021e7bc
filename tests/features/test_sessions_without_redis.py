"""Sessions while Redis is away, and when it is back."""

import asyncio
from datetime import timedelta
from pathlib import Path

from omd.db import Database
from omd.infra.embedded_redis import EmbeddedRedis
from omd.kernel.clock import FixedClock
from support.browsers import Site
from support.worlds import NOW, Connection, World

ANA = "ana@grand.example"


async def test_sessions_go_on_when_redis_is_killed(
    db: Database, owner_connection: Connection, clock: FixedClock, tmp_path: Path, world: World
) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server:
        site = Site(db=db, owner=owner_connection, clock=clock, redis_url=server.url)
        async with site.open():
            user_id = await site.person(ANA)
            await site.give_role(user_id, world.alpha.id, world.grand.id, "receptionist")
            browser, idle = await site.signed_in(ANA), await site.signed_in(ANA)
            await asyncio.to_thread(server.kill)
            for minute in (1, 2, 3):
                clock.set(NOW + timedelta(minutes=minute))
                assert (await browser.ask("GET", f"/businesses/{world.grand.id}")).status_code == 200
            second = await site.signed_in(ANA)
            assert (await browser.ask("DELETE", "/sessions")).status_code == 204
            for each in (browser, idle, second):
                assert not await each.is_signed_in()
            refused = [(await site.browser().sign_in(ANA, "wrong wrong wrong")).status_code for _ in range(6)]
            assert refused == [401] * 5 + [429], "attempts are counted here, too"


async def test_a_restarted_redis_brings_no_session_back(
    db: Database, owner_connection: Connection, clock: FixedClock, tmp_path: Path
) -> None:
    with EmbeddedRedis(tmp_path / "redis") as server:
        site = Site(db=db, owner=owner_connection, clock=clock, redis_url=server.url)
        async with site.open():
            await site.person(ANA)
            browser, other = await site.signed_in(ANA), await site.signed_in(ANA)
            await asyncio.to_thread(server.kill)
            assert (await browser.ask("DELETE", "/sessions")).status_code == 204
            await asyncio.to_thread(server.start)
            assert not await other.is_signed_in()
