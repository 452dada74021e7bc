"""The embedded PostgreSQL: its whole life, on real processes and real folders."""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from omd.db.embedded import EmbeddedPostgres, EmbeddedServerFailed, HomeInUse, HomeLock

FAST = {"shared_buffers": "16MB", "max_locks_per_transaction": "64", "max_connections": "20"}

DIES_WITH_SERVER_RUNNING = """
import os, sys
from pathlib import Path
from omd.db.embedded import EmbeddedPostgres
settings = dict(pair.split("=") for pair in sys.argv[2:])
EmbeddedPostgres(Path(sys.argv[1]), settings=settings).start()
os._exit(0)
"""

STOPS_IN_ORDER_ON_CTRL_C = """
import signal, sys
from pathlib import Path
from omd.db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
server.start()
try:
    print("up", flush=True)
    signal.pause()
except KeyboardInterrupt:
    print("running" if server.is_running() else "gone", flush=True)
server.stop()
print("running" if server.is_running() else "stopped", flush=True)
"""

INTERRUPTED_IN_START = """
import os, signal, sys, threading
from pathlib import Path
from omd.db.embedded import EmbeddedPostgres
server = EmbeddedPostgres(Path(sys.argv[1]))
def interrupt():
    while server._child is None:
        pass
    os.kill(os.getpid(), signal.SIGINT)
threading.Thread(target=interrupt, daemon=True).start()
try:
    server.start()
except KeyboardInterrupt:
    print("interrupted", server.is_running())
"""

HOLDS_HOME = """
import signal, sys
from pathlib import Path
from omd.db.embedded import HomeLock
HomeLock(Path(sys.argv[1])).acquire()
print("held", flush=True)
signal.pause()
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a server that was started once and stopped; each test works on a copy."""
    server = EmbeddedPostgres(tmp_path_factory.mktemp("finished") / "pg", settings=FAST, sync_initdb=False)
    with server:
        server.run_program("psql", "-Xqc", "create table notes (words text primary key)")
    return server.data_dir


@pytest.fixture
def server(finished: Path, tmp_path: Path) -> Iterator[EmbeddedPostgres]:
    """Return a server that has its cluster and does not run."""
    shutil.copytree(finished, tmp_path / "pg")
    server = EmbeddedPostgres(tmp_path / "pg", settings=FAST)
    yield server
    server.stop()


def query(server: EmbeddedPostgres, sql: str) -> str:
    return server.run_program("psql", "-XAtqc", sql).strip()


def server_pid(server: EmbeddedPostgres) -> int:
    return int((server.data_dir / "cluster" / "postmaster.pid").read_text().splitlines()[0])


def processes_on(data_dir: Path) -> list[psutil.Process]:
    return [
        process
        for process in psutil.process_iter(["cwd", "status"])
        if process.info["cwd"] == str(data_dir / "cluster") and process.info["status"] != "zombie"
    ]


def await_no_process_on(data_dir: Path) -> None:
    deadline = time.monotonic() + 20
    while processes_on(data_dir):
        assert time.monotonic() < deadline, processes_on(data_dir)
        time.sleep(0.02)


async def test_the_first_start_makes_an_empty_database_in_utf8_without_a_port(tmp_path: Path) -> None:
    with EmbeddedPostgres(tmp_path / "pg", sync_initdb=False) as server:
        connection = await asyncpg.connect(server.dsn(user="postgres"))
        try:
            row = await connection.fetchrow(
                "select current_database() as name, getdatabaseencoding() as encoding, datlocale as locale,"
                " current_setting('server_version_num')::int / 10000 as version,"
                " current_setting('max_locks_per_transaction')::int as locks, current_setting('jit') as jit,"
                " current_setting('timezone') as zone, current_setting('fsync') as fsync,"
                " current_setting('listen_addresses') as addresses,"
                " (select count(*) from pg_file_settings where error is not null) as bad_settings"
                " from pg_database where datname = current_database()"
            )
        finally:
            await connection.close()
        assert row is not None
        assert dict(row) == {
            "name": "omd",
            "encoding": "UTF8",
            "locale": "C.UTF-8",
            "version": 18,
            "locks": 512,
            "jit": "off",
            "zone": "UTC",
            "fsync": "on",
            "addresses": "",
            "bad_settings": 0,
        }


def test_the_programs_reach_the_server_by_its_address(server: EmbeddedPostgres) -> None:
    server.start()
    address = server.dsn(user="postgres")
    subprocess.run([server.bin_dir / "pgbench", "-iq", address], check=True, capture_output=True)
    dump = subprocess.run([server.bin_dir / "pg_dump", address], check=True, capture_output=True, text=True)
    assert "CREATE TABLE public.pgbench_accounts" in dump.stdout
    assert server.run_program("pgbench", "-nt", "5").count("failed transactions: 0 ") == 1


def test_only_the_owner_can_reach_the_socket(server: EmbeddedPostgres) -> None:
    server.start()
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    assert stat.S_IMODE(server.data_dir.stat().st_mode) == 0o700
    assert not [c for process in processes_on(server.data_dir) for c in process.net_connections(kind="inet")]


def test_settings_override_the_defaults_and_data_outlives_a_stop(server: EmbeddedPostgres) -> None:
    server.start()
    query(server, "insert into notes values ('kept')")
    server.stop()
    assert not server.is_running()
    assert not processes_on(server.data_dir)
    with EmbeddedPostgres(server.data_dir, settings={**FAST, "work_mem": "7MB"}) as again:
        assert query(again, "select words from notes") == "kept"
        assert query(again, "show work_mem") == "7MB"
        assert query(again, "show max_connections") == "20"


def test_start_and_stop_may_be_repeated(server: EmbeddedPostgres) -> None:
    server.stop()
    server.start()
    pid = server_pid(server)
    server.start()
    assert server_pid(server) == pid
    server.stop()
    server.stop()
    assert not server.is_running()


def test_what_was_committed_outlives_a_kill(server: EmbeddedPostgres) -> None:
    server.start()
    query(server, "insert into notes values ('acknowledged')")
    server.kill()
    assert not server.is_running()
    assert not processes_on(server.data_dir)
    server.start()
    assert query(server, "select words from notes") == "acknowledged"


def test_backends_that_outlive_a_killed_postmaster_are_ended(server: EmbeddedPostgres) -> None:
    server.start()
    # A halted backend can not see that its postmaster died, as one in a long computation would not.
    client = subprocess.Popen(
        [server.bin_dir / "psql", "-Xqc", "select pg_sleep(600)"],
        env=server.client_environment(),
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        sleeping = "select pid from pg_stat_activity where query like 'select pg_sleep%'"
        while not (backend := query(server, sleeping)):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(int(backend), signal.SIGSTOP)
        os.kill(server_pid(server), signal.SIGKILL)
        server.start()
        assert query(server, "select 1") == "1"
        assert not psutil.pid_exists(int(backend)) or psutil.Process(int(backend)).status() == "zombie"
    finally:
        client.kill()
        client.wait()


def test_a_pid_file_that_names_a_stranger_is_not_believed(server: EmbeddedPostgres) -> None:
    server.start()
    server.kill()
    pid_file = server.data_dir / "cluster" / "postmaster.pid"
    stale = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *stale[1:]]) + "\n")
    lock = server.socket_dir / ".s.PGSQL.5432.lock"
    lock.write_text("\n".join([str(os.getpid()), *stale[1:5]]) + "\n")
    assert not server.is_running()
    server.start()
    assert query(server, "select 1") == "1"


def test_a_server_whose_parent_died_is_adopted_and_stopped(server: EmbeddedPostgres) -> None:
    settings = [f"{name}={value}" for name, value in FAST.items()]
    subprocess.run([sys.executable, "-c", DIES_WITH_SERVER_RUNNING, server.data_dir, *settings], check=True)
    before = server_pid(server)
    assert server.is_running()
    server.start()
    assert server_pid(server) == before
    assert query(server, "select 1") == "1"
    server.stop()
    assert not server.is_running()
    await_no_process_on(server.data_dir)


def test_a_server_with_other_settings_is_restarted(server: EmbeddedPostgres) -> None:
    subprocess.run([sys.executable, "-c", DIES_WITH_SERVER_RUNNING, server.data_dir, "max_connections=15"], check=True)
    before = server_pid(server)
    server.start()
    assert server_pid(server) != before
    assert query(server, "show max_connections") == "20"


def test_a_kill_in_the_middle_of_initdb_is_recovered(tmp_path: Path) -> None:
    half_made = tmp_path / "pg" / "cluster.new" / "base"
    half_made.mkdir(parents=True)
    with EmbeddedPostgres(tmp_path / "pg", settings=FAST, sync_initdb=False) as server:
        assert query(server, "select 1") == "1"
        assert not half_made.exists()


def test_ctrl_c_reaches_the_server_only_through_its_parent(server: EmbeddedPostgres) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", STOPS_IN_ORDER_ON_CTRL_C, server.data_dir],
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "up\n"
        os.killpg(parent.pid, signal.SIGINT)
        assert parent.stdout.read() == "running\nstopped\n"
    assert parent.returncode == 0


def test_ctrl_c_during_start_leaves_no_server(server: EmbeddedPostgres) -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED_IN_START, server.data_dir],
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout == "interrupted False\n"
    await_no_process_on(server.data_dir)


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(finished: Path, tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 20) / ("folder" * 10) / 'it\'s, "quoted" % 100'
    shutil.copytree(finished, deep)
    server = EmbeddedPostgres(deep, settings=FAST)
    assert EmbeddedPostgres(deep).dsn(user="app") == server.dsn(user="app")
    assert len(os.fsencode(server.socket_dir / ".s.PGSQL.5432")) < 104
    with server:
        assert query(server, "select 1") == "1"
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    assert not server.socket_dir.exists()


def test_a_link_in_the_place_of_the_short_socket_folder_is_refused(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / ("deep" * 30) / "pg")
    server.socket_dir.symlink_to(tmp_path)
    try:
        with pytest.raises(EmbeddedServerFailed, match=rf"{server.socket_dir} is not a folder of"):
            server.start()
    finally:
        server.socket_dir.unlink()


def test_a_missing_file_of_the_cluster_is_told_with_the_log(server: EmbeddedPostgres) -> None:
    (server.data_dir / "cluster" / "global" / "pg_control").unlink()
    with pytest.raises(EmbeddedServerFailed, match=r"(?s)did not start: .*pg_control.*OMD_DATABASE_URL") as caught:
        server.start()
    assert str(server.data_dir) in caught.value.detail
    assert not server.is_running()


def test_an_unknown_setting_is_told_with_the_log(server: EmbeddedPostgres) -> None:
    with pytest.raises(EmbeddedServerFailed, match=r'unrecognized configuration parameter "no_such"'):
        EmbeddedPostgres(server.data_dir, settings={"no_such": "1"}).start()


def test_a_cluster_of_another_version_is_left_alone(server: EmbeddedPostgres) -> None:
    (server.data_dir / "cluster" / "PG_VERSION").write_text("16\n")
    with pytest.raises(EmbeddedServerFailed, match=r"not a cluster of PostgreSQL 18 \(its version: 16\)"):
        server.start()


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "pg").write_text("in the way")
    with pytest.raises(EmbeddedServerFailed, match=str(tmp_path / "pg")):
        EmbeddedPostgres(tmp_path / "pg").start()


def test_a_program_that_fails_says_why(server: EmbeddedPostgres) -> None:
    server.start()
    with pytest.raises(EmbeddedServerFailed, match=r'psql ended with exit code 1 .*relation "nowhere" does not'):
        query(server, "select * from nowhere")


def test_one_home_one_process(tmp_path: Path) -> None:
    home = tmp_path / "home"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS_HOME, home], stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(HomeInUse, match=rf"Another `omd` \(process {holder.pid}\) already uses {home}"):
            HomeLock(home).acquire()
        holder.kill()
    with HomeLock(home), pytest.raises(HomeInUse, match=rf"process {os.getpid()}\)"):
        HomeLock(home).acquire()
    with HomeLock(home):
        assert (home / "omd.lock").read_text() == f"{os.getpid()}\n"
