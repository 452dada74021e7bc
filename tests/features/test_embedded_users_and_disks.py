"""The embedded servers as root, as an ordinary user, without user namespaces, and on a full disk."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from omd.db.embedded import EmbeddedPostgres, EmbeddedServerFailed, HomeLock
from omd.db.embedded.identity import Identity
from omd.infra.embedded_redis import EmbeddedRedis
from support.disks import fill, small_disk_at

FAST = {"shared_buffers": "16MB", "max_locks_per_transaction": "64", "max_connections": "20"}

# Each script starts a server, works with it, stops it, and prints what it saw; a refusal is printed instead.
LIFE = """
def live(folder):
    try:
        redis = EmbeddedRedis(folder / "redis")
        with EmbeddedPostgres(folder / "pg", sync_initdb=False) as server, redis:
            print(server.run_program("psql", "-XAtqc", "select 'works for ' || current_user").strip())
            pid = int((folder / "pg" / "cluster" / "postmaster.pid").read_text().splitlines()[0])
            print("server runs as", psutil.Process(pid).uids().effective, "redis", redis.is_running())
        print("stopped", not server.is_running(), not redis.is_running())
    except EmbeddedServerFailed as error:
        print("refused:", error.detail)
"""

IMPORTS = """
# All modules are loaded first: another user may not reach the folder of this interpreter.
import ctypes, os, sys
from pathlib import Path
import psutil, redis
from omd.db.embedded import EmbeddedPostgres, EmbeddedServerFailed
from omd.infra.embedded_redis import EmbeddedRedis
redis.Redis().close()
"""

AS_ANOTHER_USER = """
os.setgroups([])
os.setresgid(int(sys.argv[3]), int(sys.argv[3]), int(sys.argv[3]))
os.setresuid(int(sys.argv[2]), int(sys.argv[2]), int(sys.argv[2]))
live(Path(sys.argv[1]))
"""

AS_A_USER_WITHOUT_NAME = AS_ANOTHER_USER.replace(
    "live(",
    """
reachable = [p for p in (sys.executable, "/usr/bin/python3") if os.access(os.path.realpath(p), os.X_OK)]
sys.executable = reachable[0] if reachable else sys.executable
live(""",
)

# A namespace in which every user is itself, and in which no further one may be made.
WITHOUT_NAMESPACES = """
entered, mapped = os.pipe(), os.pipe()
child = os.fork()
if child:
    os.read(entered[0], 1)
    Path(f"/proc/{child}/uid_map").write_text("0 0 65536")
    Path(f"/proc/{child}/gid_map").write_text("0 0 65536")
    os.write(mapped[1], b"x")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
assert ctypes.CDLL(None).unshare(0x10000000) == 0
os.write(entered[1], b"x")
os.read(mapped[0], 1)
Path("/proc/sys/user/max_user_namespaces").write_text("0")
live(Path(sys.argv[1]))
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user or mount a disk")


def run_life(ending: str, *arguments: str | Path | int) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS + LIFE + ending, *map(str, arguments)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def nobody_or_skip() -> Identity:
    entry = pwd.getpwnam("nobody")
    nobody = Identity("the user nobody", entry.pw_uid, entry.pw_gid)
    programs = EmbeddedPostgres(Path("/nonexistent")).bin_dir
    if obstacle := nobody.obstacle(Path("/"), programs / "postgres"):
        pytest.skip(f"the PostgreSQL programs are out of reach here: {obstacle}")
    return nobody


def user_namespaces_or_skip() -> None:
    same = Identity("this user", os.geteuid(), os.getegid(), inner=(1, 1))
    if obstacle := same.obstacle(Path("/"), Path("/bin/true")):
        pytest.skip(obstacle)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return an empty folder that every user can enter; pytest's own belongs to its user alone."""
    folder = Path(tempfile.mkdtemp(prefix="omd-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@needs_root
def test_root_serves_a_closed_folder_in_a_user_namespace(tmp_path: Path) -> None:
    user_namespaces_or_skip()
    tmp_path.chmod(0o700)
    with EmbeddedPostgres(tmp_path / "pg", settings=FAST, sync_initdb=False) as server:
        pid = int((server.data_dir / "cluster" / "postmaster.pid").read_text().splitlines()[0])
        assert psutil.Process(pid).uids().effective == 0
        inside, outside, count = Path(f"/proc/{pid}/uid_map").read_text().split()
        assert (int(inside) > 0, outside, count) == (True, "0", "1")
    assert {path.stat().st_uid for path in server.data_dir.rglob("*")} == {0}


@needs_root
def test_an_ordinary_user_serves_a_folder_of_its_own(open_folder: Path) -> None:
    nobody = nobody_or_skip()
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, nobody.uid, nobody.gid)
    assert run_life(AS_ANOTHER_USER, home, nobody.uid, nobody.gid) == [
        "works for postgres",
        f"server runs as {nobody.uid} redis True",
        "stopped True True",
    ]


@needs_root
def test_a_user_without_a_name_as_containers_have_serves_a_folder_of_its_own(open_folder: Path) -> None:
    nobody_or_skip()
    user_namespaces_or_skip()
    unnamed = 54_321
    home = open_folder / "home"
    home.mkdir(mode=0o700)
    os.chown(home, unnamed, unnamed)
    told = run_life(AS_A_USER_WITHOUT_NAME, home, unnamed, unnamed)
    if any("could not look up effective user ID" in line for line in told):
        pytest.skip("an ordinary user may not make a namespace here, or cannot reach a Python")
    assert told == ["works for postgres", f"server runs as {unnamed} redis True", "stopped True True"]


@needs_root
def test_an_ordinary_user_is_told_of_a_folder_that_it_cannot_write(open_folder: Path) -> None:
    nobody = nobody_or_skip()
    (told,) = run_life(AS_ANOTHER_USER, open_folder, nobody.uid, nobody.gid)
    assert told.startswith(f"refused: The embedded PostgreSQL on {open_folder}/pg did not start: Permission denied")
    assert told.endswith("Let this user write there, or set OMD_HOME to another folder.")


@needs_root
def test_an_ordinary_user_is_told_of_a_folder_of_somebody_else(open_folder: Path) -> None:
    nobody = nobody_or_skip()
    (open_folder / "pg").mkdir()
    (told,) = run_life(AS_ANOTHER_USER, open_folder, nobody.uid, nobody.gid)
    assert told.startswith(f"refused: {open_folder}/pg is not a folder of this user.")


@needs_root
def test_root_without_user_namespaces_falls_back_to_nobody(open_folder: Path) -> None:
    nobody = nobody_or_skip()
    user_namespaces_or_skip()
    expected = ["works for postgres", f"server runs as {nobody.uid} redis True", "stopped True True"]
    assert run_life(WITHOUT_NAMESPACES, open_folder) == expected
    assert (open_folder / "pg").stat().st_uid == nobody.uid
    # Whoever owns a folder goes on serving it, wherever namespaces are allowed again.
    with EmbeddedPostgres(open_folder / "pg") as server:
        assert server.run_program("psql", "-XAtqc", "select 1").strip() == "1"
    assert (open_folder / "pg" / "cluster").stat().st_uid == nobody.uid


@needs_root
def test_a_cluster_of_root_is_handed_to_nobody_where_namespaces_are_gone(open_folder: Path) -> None:
    nobody = nobody_or_skip()
    user_namespaces_or_skip()
    with EmbeddedPostgres(open_folder / "pg", sync_initdb=False) as server:
        assert (server.data_dir / "cluster").stat().st_uid == 0
    assert run_life(WITHOUT_NAMESPACES, open_folder)[0] == "works for postgres"
    assert {path.stat().st_uid for path in (open_folder / "pg").rglob("*")} == {nobody.uid}


@needs_root
def test_a_closed_folder_without_user_namespaces_is_named(open_folder: Path) -> None:
    nobody_or_skip()
    user_namespaces_or_skip()
    closed = open_folder / "closed"
    closed.mkdir(mode=0o700)
    (told,) = run_life(WITHOUT_NAMESPACES, closed / "home")
    assert told.startswith("refused: The program ")
    assert "user namespaces are not allowed here" in told
    assert f"the user nobody cannot reach {closed}. " in told
    assert "set OMD_HOME to a folder" in told


@pytest.fixture
def small_disk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path]:
    """Return a file system of its own with as many megabytes as the test asks for."""
    with small_disk_at(tmp_path / "disk", request.param) as disk:
        yield disk


@needs_root
@pytest.mark.parametrize("small_disk", [20], indirect=True)
def test_a_disk_too_small_is_refused_before_anything_is_made(small_disk: Path) -> None:
    server = EmbeddedPostgres(small_disk / "pg")
    with pytest.raises(EmbeddedServerFailed, match=r"needs 300 MB, and the disk of .*/pg has only (19|20) MB left"):
        server.start()
    assert not (server.data_dir / "cluster").exists()


@needs_root
@pytest.mark.parametrize("small_disk", [340], indirect=True)
def test_a_full_disk_is_told_and_recovered_from(small_disk: Path) -> None:
    server = EmbeddedPostgres(small_disk / "pg", settings=FAST, sync_initdb=False)
    with server:
        server.run_program("psql", "-Xqc", "create table notes as select 'kept' as words")
    fill(small_disk)
    with pytest.raises(EmbeddedServerFailed, match=r"(?s)did not start: .*Its disk is full: free some space"):
        server.start()
    assert not server.is_running()
    with pytest.raises(EmbeddedServerFailed, match=r"(?s)did not start: .*Its disk is full"):
        EmbeddedPostgres(server.data_dir, settings={**FAST, "work_mem": "5MB"}).start()
    fill(small_disk)
    with pytest.raises(EmbeddedServerFailed, match=r"No space left on device.*free some space"):
        EmbeddedRedis(small_disk / "redis").start()
    with pytest.raises(EmbeddedServerFailed, match=r"cannot be written: No space left on device"):
        HomeLock(small_disk / "home").acquire()
    (small_disk / "filling").unlink()
    with server, EmbeddedRedis(small_disk / "redis"), HomeLock(small_disk / "home"):
        assert server.run_program("psql", "-XAtqc", "select words from notes").strip() == "kept"
