"""omd demo, as a newcomer runs it: a program in a terminal, its port, its processes, its end."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from omd.db.embedded.processes import is_alive, wait_until
from omd.entrypoints.settings import SettingsInvalid, load_settings
from omd.infra.keyring import Keyring

OMD = [sys.executable, "-c", "from omd.entrypoints.cli import main; main()"]
READY_SECONDS = 90.0
STOP_SECONDS = 20.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Terminal:
    """A terminal in which `omd` commands run on one home folder and one port."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.port = free_port()
        self.screen = home.parent / "screen"
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("OMD_")}
        self.environment |= {"OMD_HOME": str(home), "OMD_PORT": str(self.port)}
        self._running: subprocess.Popen[bytes] | None = None

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*OMD, *arguments],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            timeout=READY_SECONDS,
            check=False,
        )

    def start_demo(self) -> subprocess.Popen[bytes]:
        """Start a small demo and wait until it says where it serves, which it then does."""
        with self.screen.open("wb") as screen:
            self._running = subprocess.Popen(
                [*OMD, "demo", "--omds", "1", "--hotels", "2"],
                env=self.environment,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        deadline = time.monotonic() + READY_SECONDS
        while not self.has_welcomed():
            assert self._running.poll() is None, self.screen.read_text(encoding="utf-8")
            assert time.monotonic() < deadline, self.screen.read_text(encoding="utf-8")
            time.sleep(0.1)
        assert self.is_ready()
        return self._running

    def has_welcomed(self) -> bool:
        return "Ctrl-C stops everything." in self.screen.read_text(encoding="utf-8")

    def is_ready(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/ready", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def paste(self, number: int) -> dict[str, object]:
        """Paste one of the curl commands from the screen, the first is 0, and return what it answers."""
        commands = re.findall(r"^curl .*?(?:\\\n.*)?$", self.screen.read_text(encoding="utf-8"), re.MULTILINE)
        done = subprocess.run(
            ["/bin/sh", "-c", commands[number]], capture_output=True, text=True, timeout=30, check=True
        )
        answer = json.loads(done.stdout)
        assert isinstance(answer, dict)
        return answer

    def press_ctrl_c(self, demo: subprocess.Popen[bytes]) -> int:
        """Send what a terminal sends, to the whole foreground group, and return the exit code."""
        os.killpg(demo.pid, signal.SIGINT)
        return demo.wait(STOP_SECONDS)

    def close(self) -> None:
        if self._running is not None and self._running.poll() is None:
            self._running.send_signal(signal.SIGTERM)
            self._running.wait(STOP_SECONDS)


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path / "home")
    yield terminal
    terminal.close()


def family_of(demo: subprocess.Popen[bytes]) -> list[psutil.Process]:
    parent = psutil.Process(demo.pid)
    return [parent, *parent.children(recursive=True)]


def is_postgres(process: psutil.Process) -> bool:
    """Say whether this is a process of PostgreSQL; one that has ended since it was listed is none."""
    try:
        return process.name() == "postgres"
    except psutil.NoSuchProcess:
        return False


def are_gone(processes: list[psutil.Process]) -> bool:
    return wait_until(lambda: not any(is_alive(process) for process in processes), STOP_SECONDS)


def tokens_on(screen: Path) -> list[str]:
    return re.findall(r"^ +token +(\S+)$", screen.read_text(encoding="utf-8"), re.MULTILINE)


def test_the_demo_serves_stops_in_order_and_goes_on_after_a_kill(terminal: Terminal) -> None:
    demo = terminal.start_demo()
    free = terminal.paste(0)
    assert free["room_types"]
    booked = terminal.paste(1)
    assert booked["status"] == "confirmed"
    assert terminal.paste(1)["id"] == booked["id"]
    tokens = tokens_on(terminal.screen)
    assert len(tokens) == 2
    assert stat.S_IMODE((terminal.home / "demo-tokens.json").stat().st_mode) == 0o600
    beside = terminal.run("token", "list")
    assert beside.returncode == 0, beside.stderr
    assert tokens[0].split("_")[1] in beside.stdout

    family = family_of(demo)
    assert {process.name() for process in family} >= {"postgres", "redis-server"}
    assert terminal.press_ctrl_c(demo) == 0
    assert are_gone(family)
    assert "Traceback" not in terminal.screen.read_text(encoding="utf-8")

    again = terminal.start_demo()
    workers = [process for process in family_of(again) if process.name().startswith("python")]
    again.kill()
    again.wait(STOP_SECONDS)
    assert are_gone(workers), "a worker outlives its parent and keeps the port"

    terminal.start_demo()
    assert tokens_on(terminal.screen) == tokens
    url = f"http://127.0.0.1:{terminal.port}/api/v1/reservations/{booked['id']}"
    found = httpx.get(url, headers={"Authorization": f"Bearer {tokens[0]}"})
    assert found.json()["code"] == booked["code"]
    omd = f"http://127.0.0.1:{terminal.port}/api/v1/omds/1"
    headers = {"Authorization": f"Bearer {tokens[1]}"}
    localities = {each["id"]: each["code"] for each in httpx.get(f"{omd}/localities", headers=headers).json()}
    assert len(localities) == 8, "a second run adds none"
    rules = httpx.get(f"{omd}/tax-rules", headers=headers).json()
    assert [(localities[each["locality_id"]], each["value"], each["basis"]) for each in rules] == [
        ("sibiu", "2", "percent")
    ]


def test_ctrl_c_while_filling_leaves_nothing_running(terminal: Terminal) -> None:
    with terminal.screen.open("wb") as screen:
        demo = subprocess.Popen(
            [*OMD, "demo"], env=terminal.environment, stdout=screen, stderr=subprocess.STDOUT, start_new_session=True
        )
    deadline = time.monotonic() + READY_SECONDS
    while not any(is_postgres(process) for process in family_of(demo)):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    time.sleep(2)
    family = family_of(demo)
    assert terminal.press_ctrl_c(demo) == 130
    assert are_gone(family)
    assert "Traceback" not in terminal.screen.read_text(encoding="utf-8")


@pytest.mark.parametrize("command", ["demo", "serve"])
def test_a_taken_port_is_named_before_anything_starts(terminal: Terminal, command: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", terminal.port))
        taken.listen()
        refused = terminal.run(command)
    assert refused.returncode == 1
    assert f"Port {terminal.port} on 127.0.0.1 is taken" in refused.stderr
    assert "OMD_PORT=" in refused.stderr
    assert not terminal.home.exists()


def test_an_address_of_another_machine_is_refused(terminal: Terminal) -> None:
    refused = terminal.run("serve", OMD_HOST="192.0.2.1")
    assert refused.returncode == 1
    assert "192.0.2.1 is no address of this machine" in refused.stderr


def test_the_demo_keeps_out_of_a_database_of_somebodys_own(terminal: Terminal) -> None:
    refused = terminal.run("demo", OMD_DATABASE_URL="postgresql://somebody@127.0.0.1:1/theirs")
    assert refused.returncode == 1
    assert "Unset OMD_DATABASE_URL" in refused.stderr


def test_a_database_that_is_away_is_said_in_a_sentence(terminal: Terminal) -> None:
    refused = terminal.run(
        "serve",
        OMD_DATABASE_URL="postgresql://somebody:hush@127.0.0.1:1/theirs",
        OMD_REDIS_URL="redis://127.0.0.1:1/0",
        OMD_SECRET_KEYS=Keyring.make_key(),
    )
    assert refused.returncode == 1
    assert "The database cannot be reached" in refused.stderr
    assert "hush" not in refused.stderr
    assert "Traceback" not in refused.stderr


def test_serving_an_unmigrated_database_is_refused(terminal: Terminal) -> None:
    refused = terminal.run("serve")
    assert refused.returncode == 1
    assert "omd db migrate" in refused.stderr


def test_every_setting_in_the_way_is_named_at_once_and_no_password_shown() -> None:
    given = {
        "OMD_PORT": "eighty",
        "OMD_WORKERS": "0",
        "OMD_LOG_LEVEL": "loud",
        "OMD_DATABASE_URL": "mysql://me:secret@host/db",
        "OMD_HOST": " ",
    }
    with pytest.raises(SettingsInvalid) as refused:
        load_settings(given)
    named = {problem.pointer: problem.detail for problem in refused.value.problems}
    assert set(named) == {"OMD_PORT", "OMD_WORKERS", "OMD_LOG_LEVEL", "OMD_DATABASE_URL"}
    assert "'eighty'" in named["OMD_PORT"]
    assert "secret" not in str(named)


def test_a_login_to_migrate_needs_a_database_beside_it() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        load_settings({"OMD_OWNER_DATABASE_URL": "postgresql://owner@host/db"})
    assert [problem.pointer for problem in refused.value.problems] == ["OMD_OWNER_DATABASE_URL"]
