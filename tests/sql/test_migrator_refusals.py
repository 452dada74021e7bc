"""What the migration runner refuses before it changes anything, and what its dry run prints."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from omd.db.embedded import EmbeddedPostgres
from omd.db.migrator import (
    DatabaseRoleUnsafe,
    MigrationFilesInvalid,
    MigrationHistoryDiffers,
    MigrationRightMissing,
    MigrationTargetInvalid,
    Migrator,
    is_current,
    read_migrations,
)
from omd.db.migrator.script import split_statements
from omd.kernel.errors import DatabaseUnavailable
from support.migrator_workshop import Workshop, make_workshop, wait_for


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A cluster of this module's own: roles belong to the whole cluster, and some tests spoil them."""
    with EmbeddedPostgres(tmp_path_factory.mktemp("pg"), sync_initdb=False) as running:
        yield running


@pytest.fixture
async def workshop(server: EmbeddedPostgres, tmp_path: Path) -> Workshop:
    return await make_workshop(server, tmp_path)


async def test_every_problem_of_the_files_is_named_at_once(workshop: Workshop) -> None:
    workshop.add("0004_later", "select 1;", "select 1;")
    workshop.add("0002_twin", "select 1;", "select 1;")
    workshop.add("0005_ends", "create table a (id int);\n/* now */ commit;", "reset role;")
    (workshop.migrations / "0006_oneway.sql").write_text("select 1;")
    (workshop.migrations / "0007_orphan.down.sql").write_text("select 1;")
    (workshop.migrations / "8-Wrong.sql").write_text("select 1;")
    (workshop.migrations / "0009_empty.sql").write_text("-- nothing\n")
    (workshop.migrations / "0010_latin.sql").write_bytes(b"select '\xe9';")
    with pytest.raises(MigrationFilesInvalid) as refused:
        await workshop.migrator().migrate()
    found = {(problem.pointer, problem.code) for problem in refused.value.problems}
    assert found == {
        ("0002", "number_doubled"),
        ("0003", "number_missing"),
        ("0005_ends.sql", "controls_transaction"),
        ("0005_ends.down.sql", "controls_transaction"),
        ("0006_oneway.sql", "down_missing"),
        ("0007_orphan.down.sql", "down_without_up"),
        ("0007", "number_missing"),
        ("0008", "number_missing"),
        ("8-Wrong.sql", "name_invalid"),
        ("0009_empty.sql", "no_statement"),
        ("0009_empty.sql", "down_missing"),
        ("0010_latin.sql", "not_utf8"),
    }
    assert "0005_ends.sql: Line 2 says 'commit'" in refused.value.detail
    assert await workshop.relations() == []


def test_an_empty_folder_is_a_broken_installation_and_not_a_current_schema(tmp_path: Path) -> None:
    with pytest.raises(MigrationFilesInvalid, match="no migration at all"):
        read_migrations(tmp_path)
    with pytest.raises(MigrationFilesInvalid, match="folder gone is missing"):
        read_migrations(tmp_path / "gone")


async def test_edited_file_is_refused(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    workshop.add("0001_rooms", "create table rooms (id int);", "drop table rooms;")
    for run in (workshop.migrator().migrate(), workshop.migrator().rollback(steps=1)):
        with pytest.raises(MigrationHistoryDiffers, match=r"0001_rooms\.sql was edited after it was applied"):
            await run
    status = await workshop.migrator().status()
    assert [m.state for m in status.migrations] == ["changed", "applied"]
    assert not status.up_to_date


async def test_line_ends_do_not_change_the_checksum(workshop: Workshop) -> None:
    workshop.add("0001_rooms", "create table rooms (\n  id int primary key, name text\n);", "drop table rooms;")
    await workshop.migrator().migrate()
    file = workshop.migrations / "0001_rooms.sql"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert (await workshop.migrator().status()).up_to_date


async def test_database_of_a_newer_release_is_refused(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    for file in workshop.migrations.glob("0002_*"):
        file.unlink()
    with pytest.raises(MigrationHistoryDiffers, match=r"0002_floors\.sql is applied here and is not a file"):
        await workshop.migrator().migrate()
    assert [m.state for m in (await workshop.migrator().status()).migrations] == ["applied", "unknown"]


async def test_targets_that_cannot_be_reached(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    migrator = workshop.migrator()
    for run, said in (
        (migrator.migrate(to=3), "There is no migration 3"),
        (migrator.migrate(to=1), "omd db rollback --to 1"),
        (migrator.rollback(steps=3), "cannot go 3 steps back"),
        (migrator.rollback(to=5), "cannot go back to version 5"),
        (migrator.rollback(), "Say either"),
        (migrator.rollback(steps=1, to=1), "Say either"),
    ):
        with pytest.raises(MigrationTargetInvalid, match=said):
            await run
    assert (await workshop.migrator().status()).up_to_date


async def test_dry_run_prints_everything_and_changes_nothing(server: EmbeddedPostgres, tmp_path: Path) -> None:
    workshop = await make_workshop(server, tmp_path)
    other = await make_workshop(server, tmp_path)
    run = await workshop.migrator().migrate(dry_run=True)
    assert not run.executed
    assert await workshop.relations() == []
    in_order = [
        "create role",
        "set role omd_owner",
        "create table if not exists schema_migrations",
        "lock_timeout",
    ]
    in_order += ["create table rooms", "into schema_migrations", "create table floors", "view room_names"]
    place = 0
    for text in in_order:
        place = run.sql.index(text, place)
    # The printed run is the run: psql makes the same database of it.
    server.run_program("psql", "-v", "ON_ERROR_STOP=1", database=other.database, script=run.sql)
    assert (await other.migrator().status()).up_to_date
    planned = await other.migrator().rollback(to=0, dry_run=True)
    assert (planned.executed, planned.migrations) == (False, ("0002_floors.down.sql", "0001_rooms.down.sql"))
    assert "drop trigger" in planned.sql
    assert (await other.migrator().status()).up_to_date


async def test_dry_run_makes_no_role(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "fresh", sync_initdb=False) as fresh:
        workshop = await make_workshop(fresh, tmp_path)
        await workshop.migrator().migrate(dry_run=True)
        assert not (await workshop.migrator().status()).up_to_date
        assert await workshop.column("select rolname::text from pg_roles where rolname like 'omd%'") == []
        await _a_login_that_may_create_roles_is_enough(workshop)


async def _a_login_that_may_create_roles_is_enough(workshop: Workshop) -> None:
    await workshop.run("create role deployer login createrole")
    with pytest.raises(MigrationRightMissing, match=r'alter database .* owner to "deployer"'):
        await workshop.migrator(user="deployer").migrate()
    assert await workshop.column("select rolname::text from pg_roles where rolname like 'omd%'") == []
    await workshop.run(f"alter database {workshop.database} owner to deployer")
    await workshop.migrator(user="deployer").migrate()
    status = await workshop.migrator(user="deployer").status()
    assert status.up_to_date
    assert {m.applied_by for m in status.migrations} == {"deployer"}
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await workshop.run("select * from rooms", "deployer")
    await workshop.migrator(user="deployer").rollback(to=0)


async def test_login_without_rights_is_told_what_it_lacks(server: EmbeddedPostgres, workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    await workshop.run("drop role if exists stranger; create role stranger login")
    for run in (
        workshop.migrator(user="stranger").migrate(),
        workshop.migrator(user="stranger").rollback(steps=1),
        workshop.migrator(user="stranger").status(),
    ):
        with pytest.raises(MigrationRightMissing, match='grant omd_owner to "stranger"'):
            await run
    await workshop.run("grant omd_owner to stranger with inherit false, set true")
    assert (await workshop.migrator(user="stranger").migrate()).sql == ""
    assert (await workshop.migrator(user="stranger").status()).up_to_date


@pytest.mark.parametrize(
    ("spoil", "mend", "said"),
    [
        ("alter role omd_app bypassrls", "alter role omd_app nobypassrls", "omd_app may walk around"),
        ("alter role omd_relay superuser", "alter role omd_relay nosuperuser", "omd_relay may walk around"),
        ("grant omd_owner to omd_app", "revoke omd_owner from omd_app", "omd_app is a member of omd_owner"),
    ],
)
async def test_role_that_could_lift_row_security_is_refused(
    workshop: Workshop, spoil: str, mend: str, said: str
) -> None:
    await workshop.migrator().migrate(to=1)
    await workshop.run(spoil)
    try:
        with pytest.raises(DatabaseRoleUnsafe, match=said):
            await workshop.migrator().migrate()
    finally:
        await workshop.run(mend)
    assert (await workshop.migrator().migrate()).migrations == ("0002_floors.sql",)


@pytest.mark.parametrize(
    "dsn",
    [
        "postgresql://postgres:secret@127.0.0.1:1/omd",
        "postgresql://postgres:secret@127.0.0.1:many/omd",
        "mysql://postgres:secret@127.0.0.1/omd",
    ],
)
async def test_database_that_is_away_is_said_without_the_password(workshop: Workshop, dsn: str) -> None:
    migrator = Migrator(dsn, migrations=workshop.migrations, objects=workshop.objects)
    with pytest.raises(DatabaseUnavailable) as refused:
        await migrator.migrate()
    assert "secret" not in refused.value.detail


async def test_connection_lost_in_the_middle_leaves_a_database_that_can_go_on(workshop: Workshop) -> None:
    await workshop.migrator().migrate()
    workshop.add("0003_slow", "create table half (id int);\nselect pg_sleep(20);", "drop table half;")
    run = asyncio.create_task(workshop.migrator().migrate())
    watcher = await workshop.connect()
    asleep = "from pg_stat_activity where wait_event = 'PgSleep'"
    await wait_for(watcher, f"exists (select {asleep})")
    await watcher.execute(f"select pg_terminate_backend(pid) {asleep}")
    with pytest.raises(DatabaseUnavailable, match="connection to the database was lost"):
        await run
    assert not await is_current(watcher, read_migrations(workshop.migrations))
    await watcher.close()
    workshop.add("0003_slow", "create table half (id int);", "drop table half;")
    assert (await workshop.migrator().migrate()).migrations == ("0003_slow.sql",)


def test_statements_end_only_where_the_server_ends_them() -> None:
    script = """-- one; comment
/* a /* nested; */ comment; */
create function f() returns int language sql
  begin atomic select case when true then 1 else 2 end; select 2; end;
select 'a;b', E'\\';', ";", $$ ; $$, $x$ ; $$ ; $x$, $1;

commit"""
    statements = split_statements(script)
    assert [(statement.line, statement.words[0]) for statement in statements] == [
        (3, "create"),
        (5, "select"),
        (7, "commit"),
    ]
    assert [statement.controls_session for statement in statements] == [False, False, True]
