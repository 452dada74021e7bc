"""The embedded Redis: started, adopted, killed and refused for real."""

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import redis

from omd.db.embedded import EmbeddedServerFailed
from omd.infra.embedded_redis import EmbeddedRedis

DIES_WITH_SERVER_RUNNING = """
import os, sys
from pathlib import Path
from omd.infra.embedded_redis import EmbeddedRedis
EmbeddedRedis(Path(sys.argv[1])).start()
os._exit(0)
"""


def process_id(server: EmbeddedRedis) -> int:
    with redis.Redis.from_url(server.url) as client:
        return int(client.info("server")["process_id"])


def await_end(pid: int) -> None:
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, f"process {pid} still runs"
        time.sleep(0.02)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedRedis]:
    server = EmbeddedRedis(tmp_path / "redis")
    yield server
    server.stop()


def test_start_answers_on_a_private_socket_and_opens_no_port(server: EmbeddedRedis) -> None:
    assert not server.is_running()
    server.start()
    assert server.is_running()
    with redis.Redis.from_url(server.url) as client:
        client.set("answer", "42")
        assert client.get("answer") == b"42"
        expected = {
            "port": "0",
            "save": "",
            "appendonly": "no",
            "maxmemory": str(256 * 1024 * 1024),
            "maxmemory-policy": "volatile-lru",
        }
        assert {name: client.config_get(name)[name] for name in expected} == expected
    assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
    assert not psutil.Process(process_id(server)).net_connections(kind="inet")


def test_stop_leaves_neither_process_nor_socket(server: EmbeddedRedis) -> None:
    server.start()
    pid = process_id(server)
    server.stop()
    assert not server.is_running()
    assert not psutil.pid_exists(pid)
    assert not server.socket.exists()
    server.stop()


def test_start_after_a_kill_begins_empty(server: EmbeddedRedis) -> None:
    server.start()
    with redis.Redis.from_url(server.url) as client:
        client.set("kept", "no")
    server.kill()
    assert not server.is_running()
    server.start()
    with redis.Redis.from_url(server.url) as client:
        assert client.get("kept") is None


def test_a_pid_file_that_names_a_stranger_is_not_believed(server: EmbeddedRedis) -> None:
    server.start()
    server.kill()
    (server.data_dir / "redis.pid").write_text(f"{os.getpid()}\n")
    assert not server.is_running()
    server.start()
    assert process_id(server) != os.getpid()


def test_a_server_whose_parent_died_is_adopted_and_stopped(server: EmbeddedRedis) -> None:
    subprocess.run([sys.executable, "-c", DIES_WITH_SERVER_RUNNING, server.data_dir], check=True)
    before = process_id(server)
    server.start()
    assert process_id(server) == before
    server.stop()
    assert not server.is_running()
    await_end(before)


def test_a_server_with_other_settings_is_restarted(server: EmbeddedRedis) -> None:
    subprocess.run([sys.executable, "-c", DIES_WITH_SERVER_RUNNING, server.data_dir], check=True)
    before = process_id(server)
    with (
        EmbeddedRedis(server.data_dir, max_memory="64mb") as other,
        redis.Redis.from_url(other.url) as client,
    ):
        assert process_id(other) != before
        assert client.config_get("maxmemory") == {"maxmemory": str(64 * 1024 * 1024)}
    await_end(before)


def test_a_hung_server_is_killed_and_replaced(server: EmbeddedRedis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("omd.infra.embedded_redis.ANSWER_SECONDS", 0.3)
    monkeypatch.setattr("omd.infra.embedded_redis.STOP_SECONDS", 0.3)
    server.start()
    hung = process_id(server)
    os.kill(hung, signal.SIGSTOP)
    second = EmbeddedRedis(server.data_dir)
    second.start()
    try:
        assert process_id(second) != hung
    finally:
        second.stop()


def test_a_folder_too_deep_for_a_socket_gets_a_short_one(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / ("deep" * 20) / ("folder" * 10) / "redis")
    assert EmbeddedRedis(server.data_dir).url == server.url
    with server:
        assert len(os.fsencode(server.socket)) < 104
        assert stat.S_IMODE(server.socket_dir.stat().st_mode) == 0o700
        assert process_id(server) > 0
    assert not server.socket_dir.exists()


def test_a_path_with_spaces_and_quotes_works(tmp_path: Path) -> None:
    with EmbeddedRedis(tmp_path / 'a "b" % c' / "redis") as server:
        assert process_id(server) > 0


def test_a_setting_that_redis_refuses_is_told_with_its_log(tmp_path: Path) -> None:
    server = EmbeddedRedis(tmp_path / "redis", max_memory="much")
    with pytest.raises(EmbeddedServerFailed, match=r"(?s)exit code 1.*maxmemory much.*OMD_REDIS_URL"):
        server.start()
    assert not server.is_running()


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "redis").write_text("in the way")
    with pytest.raises(EmbeddedServerFailed, match=str(tmp_path / "redis")):
        EmbeddedRedis(tmp_path / "redis").start()
