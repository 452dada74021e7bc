"""The migration runner against a real server: order, refusals, locks, roles, objects, dry run."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from omd.db.embedded import EmbeddedPostgres
from omd.db.migrator import (
    MigrationFailed,
    MigrationLocked,
    Timeouts,
    is_current,
    read_migrations,
)
from support.migrator_workshop import FUNCTION, Workshop, make_workshop, wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A cluster of this module's own: roles belong to the whole cluster, and some tests spoil them."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("pg"), sync_initdb=False) as running:
        yield running


@pytest.fixture
async def workshop(server: EmbeddedPostgres, tmp_path: Path) -> Workshop:
    return await make_workshop(server, tmp_path)


async def test_six_migrators_of_six_databases_make_the_roles_at_once(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "fresh", sync_initdb=False) as fresh:
        workshops = [await make_workshop(fresh, tmp_path) for _ in range(6)]
        # This role is not committed before all six stand behind it, or behind each other.
        holder = await workshops[0].connect()
        transaction = holder.transaction()
        await transaction.start()
        await holder.execute("create role omd_relay login")
        runs = [asyncio.create_task(workshop.migrator().migrate()) for workshop in workshops]
        waiting = "(select count(*) = 6 from pg_locks where not granted and locktype = 'transactionid')"
        await wait_for(holder, waiting)
        await transaction.commit()
        await holder.close()
        for run in await asyncio.gather(*runs):
            assert run.migrations == ("0001_rooms.sql", "0002_floors.sql")
        assert await workshops[1].column(
            "select rolname::text || rolsuper::text || rolbypassrls::text from pg_roles "
            "where rolname like 'omd%' order by 1"
        ) == [f"omd_{name}falsefalse" for name in ("app", "guest", "maintenance", "owner", "relay")]


async def test_up_applies_in_order_and_everything_belongs_to_the_owner(workshop: Workshop) -> None:
    seen: list[str] = []
    run = await workshop.migrator().migrate(progress=lambda step: seen.append(step.file))
    assert seen == ["0001_rooms.sql", "0002_floors.sql", "10_views.sql", "20_functions.sql"]
    assert (run.executed, run.objects) == (True, ("10_views.sql", "20_functions.sql"))
    assert await workshop.column(
        "select distinct pg_get_userbyid(relowner)::text from pg_class where relnamespace = 'public'::regnamespace"
    ) == ["omd_owner"]
    status = await workshop.migrator().status()
    assert (status.version, status.newest, status.up_to_date) == (2, 2, True)
    assert [m.applied_by for m in status.migrations] == ["postgres", "postgres"]
    assert (await workshop.migrator().migrate()).sql == ""


async def test_app_role_reads_only_the_history(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    assert await workshop.column("select version from schema_migrations order by 1", "omd_app") == [1, 2]
    for statement in (
        "select * from schema_objects",
        "delete from schema_migrations",
        "create table mine (id int)",
        "set role omd_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await workshop.run(statement, "omd_app")


async def test_readiness_follows_the_history(server: EmbeddedPostgres, tmp_path: Path, workshop: Workshop) -> None:
    release = read_migrations(workshop.migrations)
    # Roles belong to the server: another database's migrations may have made them before ours are applied.
    await (await make_workshop(server, tmp_path)).migrator().migrate()
    app = await workshop.connect("omd_app")
    try:
        assert not await is_current(app, release)
        await workshop.migrator().migrate(to=1)
        assert not await is_current(app, release)
        assert await is_current(app, release[:1])
        await workshop.migrator().migrate()
        assert await is_current(app, release)
        assert await is_current(app, release[:1]), "an older program must stay ready on a newer schema"
    finally:
        await app.close()


async def test_down_drops_objects_and_loses_only_what_was_undone(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    await workshop.run("insert into rooms (id, name, floor) values (1, '201', 2)")
    undone = await workshop.migrator().rollback(steps=1)
    assert undone.migrations == ("0002_floors.down.sql",)
    assert await workshop.relations() == ["rooms", "schema_migrations", "schema_objects"]
    assert await workshop.column("select name from rooms") == ["201"]
    assert await workshop.column("select proname::text from pg_proc where pronamespace = 'public'::regnamespace") == []
    assert await workshop.column("select has_column_privilege('omd_app', 'rooms', 'id', 'SELECT')") == [False]
    assert not (await workshop.migrator().status()).up_to_date
    await workshop.migrator().migrate()
    assert await workshop.column("select count_rooms()") == [1]
    await workshop.migrator().rollback(to=0)
    assert await workshop.relations() == ["schema_migrations", "schema_objects"]


async def test_down_unties_views_triggers_policies_and_table_routines(workshop: Workshop) -> None:
    workshop.add(
        "0003_codes",
        "create function next_code() returns text language sql return 'r-' || gen_random_uuid()::text;\n"
        "alter table rooms add column code text not null default next_code();\n"
        "alter table rooms enable row level security;\nalter table rooms force row level security;",
        "alter table rooms drop column code;\ndrop function next_code();\n"
        "alter table rooms disable row level security;\nalter table rooms no force row level security;",
    )
    workshop.write_objects(
        "30_knot.sql",
        "create or replace function upper_names() returns setof room_names language sql stable\n"
        "  begin atomic select upper(name) from room_names; end;\n"
        "create materialized view if not exists loud as select * from upper_names();\n"
        "create or replace view louder as select name || '!' as name from loud;\n"
        "create or replace function tg_rooms() returns trigger language plpgsql\n"
        "  as $$ begin return new; end $$;\n"
        "create or replace trigger _100_rooms before insert on rooms for each row\n"
        "  execute function tg_rooms();\n"
        "drop policy if exists everyone on rooms;\ncreate policy everyone on rooms\n"
        "  using (count_rooms() >= 0);",
    )
    await workshop.migrator().migrate()
    await workshop.run("insert into rooms (id, name) values (1, '201')")
    await workshop.migrator().rollback(to=2)
    assert await workshop.relations() == ["floors", "rooms", "schema_migrations", "schema_objects"]
    assert (
        await workshop.column(
            "select oid::regprocedure::text from pg_proc where prokind = 'f' and pronamespace = 'public'::regnamespace"
        )
        == []
    )


async def test_removed_policy_leaves_nobody_seeing_a_row(workshop: Workshop) -> None:
    workshop.add(
        "0003_secured",
        "alter table rooms enable row level security;\nalter table rooms force row level security;",
        "select 1;",
    )
    workshop.write_objects(
        "30_policies.sql", "create policy everyone on rooms using (true);\ngrant select on rooms to omd_app;"
    )
    await workshop.migrator().migrate()
    await workshop.run("insert into rooms (id, name) values (1, '201')")
    assert await workshop.column("select name from rooms", "omd_app") == ["201"]
    await workshop.migrator().rollback(steps=1)
    await workshop.run("grant select on rooms to omd_app")
    assert await workshop.column("select name from rooms", "omd_app") == []


async def test_backfill_that_row_security_would_hide_fails_instead_of_doing_nothing(
    workshop: Workshop,
) -> None:
    secured = "alter table rooms enable row level security;\nalter table rooms force row level security;"
    workshop.add("0003_secured", secured, "alter table rooms disable row level security;")
    await workshop.migrator().migrate()
    await workshop.run("insert into rooms (id, name) values (1, '201')")
    workshop.add("0004_backfill", "update rooms set floor = 2;", "select 1;")
    with pytest.raises(MigrationFailed, match=r"0004_backfill\.sql: query would be affected by row-level security"):
        await workshop.migrator().migrate()
    lifted = "alter table rooms no force row level security;\nupdate rooms set floor = 2;\n"
    workshop.add("0004_backfill", lifted + "alter table rooms force row level security;", "select 1;")
    await workshop.migrator().migrate()
    assert await workshop.column("select floor from rooms") == [2]


async def test_only_changed_objects_and_those_after_are_applied_again(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    workshop.write_objects("20_functions.sql", FUNCTION + "\n-- edited")
    status = await workshop.migrator().status()
    assert [(item.file, item.state) for item in status.objects] == [
        ("10_views.sql", "applied"),
        ("20_functions.sql", "changed"),
    ]
    assert not status.up_to_date
    assert (await workshop.migrator().migrate()).objects == ("20_functions.sql",)


async def test_objects_of_a_removed_file_are_gone(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    (workshop.objects / "20_functions.sql").unlink()
    assert [item.state for item in (await workshop.migrator().status()).objects] == ["applied", "removed"]
    assert (await workshop.migrator().migrate()).objects == ("10_views.sql",)
    assert await workshop.column("select count(*) from pg_proc where proname = 'count_rooms'") == [0]
    assert (await workshop.migrator().status()).up_to_date


async def test_new_migration_puts_back_an_object_that_it_had_to_drop(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    drop = "drop function count_rooms();\ndrop view room_names;\n"
    workshop.add("0003_longer", drop + "alter table rooms alter column name type varchar(20);", "select 1;")
    run = await workshop.migrator().migrate()
    assert run.objects == ("10_views.sql", "20_functions.sql")
    assert await workshop.column("select count_rooms()") == [0]


async def test_failed_migration_changes_nothing_and_names_file_and_line(workshop: Workshop) -> None:
    workshop.add("0003_broken", "create table good (id int);\n\nselect nothing from nowhere;", "select 1;")
    with pytest.raises(MigrationFailed, match=r"0003_broken\.sql, line 3: .*nowhere.*42P01") as failed:
        await workshop.migrator().migrate()
    assert failed.value.data["line"] == 3
    assert "good" not in await workshop.relations()
    status = await workshop.migrator().status()
    assert [m.state for m in status.migrations] == ["applied", "applied", "pending"]
    assert [item.state for item in status.objects] == ["pending", "pending"]


async def test_lock_and_statement_timeouts_end_a_migration(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    workshop.add("0003_more", "alter table rooms add column more int;", "select 1;")
    reader = await workshop.connect()
    transaction = reader.transaction()
    await transaction.start()
    await reader.execute("lock table rooms in access share mode")
    with pytest.raises(MigrationFailed, match=r"55P03.*holds a lock"):
        await workshop.migrator(timeouts=Timeouts(lock=0.05)).migrate()
    await transaction.rollback()
    await reader.close()
    workshop.add("0003_more", "select pg_sleep(5);", "select 1;")
    with pytest.raises(MigrationFailed, match=r"57014.*statement timeout"):
        await workshop.migrator(timeouts=Timeouts(statement=0.05)).migrate()


async def test_second_runner_waits_for_its_turn_and_then_names_the_holder(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    workshop.add("0003_slow", "select pg_sleep(1);", "select 1;")
    first = asyncio.create_task(workshop.migrator().migrate())
    watcher = await workshop.connect()
    asleep = "exists (select from pg_stat_activity where wait_event = 'PgSleep')"
    await wait_for(watcher, asleep)
    await watcher.close()
    with pytest.raises(MigrationLocked, match=r"'omd migrator .*login 'postgres', server process \d+"):
        await workshop.migrator(timeouts=Timeouts(turn=0.1)).migrate()
    second = await workshop.migrator().migrate()
    assert ((await first).migrations, second.migrations) == (("0003_slow.sql",), ())


async def test_file_outside_a_transaction_builds_an_index_concurrently(workshop: Workshop) -> None:
    header = "-- omd: no-transaction\n"
    workshop.add(
        "0003_index",
        header + "create index concurrently if not exists rooms_name on rooms (name);\nselect 1;",
        header + "drop index concurrently if exists rooms_name;",
    )
    await workshop.migrator().migrate()
    assert await workshop.column("select indisvalid from pg_index where indexrelid = 'rooms_name'::regclass") == [True]
    await workshop.migrator().rollback(steps=1)
    assert await workshop.column("select to_regclass('rooms_name')::text") == [None]
    workshop.add("0003_index", header + "create table kept (id int);\nselect 1/0;", "drop table kept;")
    with pytest.raises(MigrationFailed, match=r"0003_index\.sql.*The 1 statements before it were kept"):
        await workshop.migrator().migrate()
    assert (await workshop.migrator().status()).version == 2
