"""What is thrown away goes in batches, each a transaction of its own: none holds the relay back for long."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from omd.db import Database, Transaction
from omd.features.assignment import purge_plans
from omd.features.identity import purge_access
from omd.features.reservations.bookings.upkeep import purge_offers
from omd.infra.jobs import JobFailed, purge_jobs, queries
from omd.infra.webhooks import purge_webhooks
from omd.kernel.actor import Actor
from support.worlds import Connection, World

DEAD_KEPT = timedelta(days=90)
OLD_ROWS = """
insert into jobs (priority, status, entrypoint, updated)
    select 0, 'failed', 'test', now() - interval '100 days' from generate_series(1, 10);
insert into job_log (created, job_id, status, priority, entrypoint)
    select now() - interval '100 days', -n, 'successful', 0, 'test' from generate_series(1, 10) n;
insert into job_keys (key, added_at) select 'old/' || n, now() - interval '500 days' from generate_series(1, 10) n;
insert into job_effects (key, at) select 'old/' || n, now() - interval '500 days' from generate_series(1, 10) n;
insert into users (email, name) values ('ana@example.com', 'Ana');
insert into user_sessions (token_hash, user_id, second_factor, created_at, last_seen_at, expires_at, address, agent)
    select sha256(n::text::bytea), u.id, false, t, t, t, '', 'test'
    from users u, generate_series(1, 10) n, (select now() - interval '500 days') old (t);
insert into one_time_links (token_hash, purpose, email, created_at, expires_at)
    select sha256(n::text::bytea), 'invitation', 'ana@example.com', t, t
    from generate_series(1, 10) n, (select now() - interval '500 days') old (t);
insert into access_events (at, kind, outcome, address, request_id)
    select now() - interval '500 days', 'sign_in', 'ok', '', '' from generate_series(1, 10);
insert into webhook_subscriptions
        (omd_id, id, url, event_types, description, secret, created_at, created_by,
         disabled_at, disabled_why, deleted_at)
    select o.id, gen_random_uuid(), 'https://hooks.example', '{}', case when gone then 'gone' else 'here' end, '',
           now(), 'test', case when gone then now() end, case when gone then 'asked' end, case when gone then now() end
    from omds o, (values (true), (false)) g (gone) where o.code = 'alpha';
insert into webhook_deliveries
        (omd_id, subscription_id, position, type, aggregate, aggregate_id, status,
         planned_at, next_attempt_at, ended_at)
    select s.omd_id, s.id, n, 'a.b', 'test', 'x', case when n <= 10 then 'delivered' else 'dead' end, t, t, t
    from webhook_subscriptions s, generate_series(1, 20) n, (select now() - interval '100 days') old (t)
    where s.deleted_at is null;
insert into webhook_deliveries
        (omd_id, subscription_id, position, type, aggregate, aggregate_id, planned_at, next_attempt_at)
    select s.omd_id, s.id, n, 'a.b', 'test', 'x', now(), now() from webhook_subscriptions s, generate_series(1, 10) n
    where s.deleted_at is not null;
insert into webhook_attempts (omd_id, subscription_id, at, milliseconds)
    select s.omd_id, s.id, case when s.deleted_at is null then now() - interval '100 days' else now() end, 1
    from webhook_subscriptions s, generate_series(1, 10);
insert into used_offers (omd_id, business_id, offer_id, used_at)
    select b.omd_id, b.id, gen_random_uuid(), now() - make_interval(hours => hours)
    from generate_series(1, 10) n, (values (25), (23)) old (hours), businesses b where b.code = 'grand';
insert into assignment_plans
        (omd_id, business_id, scope, starts_on, ends_on, business_date, cost_now, cost_first, cost, proven,
         score, weights, made_at, made_by, status, applied_at, applied_by)
    select b.omd_id, b.id, 'stay', '2027-03-01', '2027-03-02', '2027-03-01', 0, 0, 0, true, '{}', '{}',
           now() - make_interval(days => days), 'test', status, case status when 'applied' then now() end,
           case status when 'applied' then 'test' end
    from generate_series(1, 10) n, businesses b,
         (values ('proposed', 15), ('proposed', 13), ('applied', 401), ('applied', 399)) old (status, days)
    where b.code = 'grand';
"""
"""Ten of everything that is thrown away, and of used offers and plans as many that are not."""


async def test_a_purge_that_breaks_off_goes_on_where_it_was(relay: Database, owner_connection: Connection) -> None:
    await owner_connection.execute(
        "insert into job_effects (key, at) "
        "select 'old/' || n, now() - interval '500 days' from generate_series(1, 25) n"
    )
    touched: list[int] = []

    async def purge(tx: Transaction, most: int) -> int:
        if len(touched) == 2:
            raise JobFailed("the worker dies here")
        touched.append(await queries.purge_effects(tx, datetime.now(UTC), most=most))
        return touched[-1]

    with pytest.raises(JobFailed):
        await relay.write_in_batches(None, purge, batch=10)
    assert touched == [10, 10]
    assert await owner_connection.fetchval("select count(*) from job_effects") == 5, "what was done stays done"
    touched.clear()
    assert await relay.write_in_batches(None, purge, batch=10) == 5


async def test_no_purge_touches_more_than_a_batch_at_once(
    relay: Database,
    maintenance_db: Database,
    owner_connection: Connection,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every row that is over goes, of every purge, and no transaction takes more than a batch, here of three."""
    await owner_connection.execute(OLD_ROWS)
    batches, deleted = Database.write_in_batches, list[int]()

    async def of_three(
        self: Database, actor: Actor | None, work: Callable[[Transaction, int], Awaitable[int]], *, batch: int = 3
    ) -> int:
        async def counted(tx: Transaction, most: int) -> int:
            deleted.append(await work(tx, most))
            return deleted[-1]

        return await batches(self, actor, counted, batch=batch)

    monkeypatch.setattr(Database, "write_in_batches", of_three)
    now = datetime.now(UTC)
    assert await purge_jobs(relay, now=now, dead_kept=DEAD_KEPT) == 4 * 10
    assert await purge_access(maintenance_db, now=now) == 3 * 10
    assert await purge_offers(maintenance_db, now=now) == 10
    assert await purge_webhooks(maintenance_db, now=now, dead_kept=DEAD_KEPT) == 5 * 10 + 1
    assert await purge_plans(maintenance_db, now=now) == 2 * 10
    assert deleted == [3, 3, 3, 1] * 13 + [1] + [3] * 6 + [2]
    assert await owner_connection.fetchval("select count(*) from used_offers") == 10
    kept = await owner_connection.fetch(
        "select distinct status, made_at > now() - interval '14 days' from assignment_plans"
    )
    assert {tuple(row) for row in kept} == {("proposed", True), ("applied", False)}
    left = await owner_connection.fetch("select description from webhook_subscriptions")
    assert [row[0] for row in left] == ["here"]
