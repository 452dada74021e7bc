"""Looking at, waiting for and ending processes that we started, or that an earlier run of ours left."""

import signal
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import psutil

POLL_SECONDS = 0.02


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Ask `condition` until it holds; return False if it still does not after `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(POLL_SECONDS)
    return True


def is_alive(process: psutil.Process) -> bool:
    """Tell whether a process still runs.

    A zombie counts as gone: in a container nobody may ever collect it, yet it holds no file and no socket.
    """
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def read_pid(path: Path) -> int | None:
    """Return the process id in the first line of a pid file; None where there is no file or no id in it."""
    try:
        first_line = path.read_text(encoding="utf-8", errors="replace").partition("\n")[0].strip()
    except FileNotFoundError:
        return None
    return int(first_line) if first_line.isascii() and first_line.isdigit() and int(first_line) > 0 else None


def find_process(pid: int | None, mark: str) -> psutil.Process | None:
    """Return the living process `pid` if `mark` is in one of its arguments, else None.

    The mark (the data folder, the socket) tells our server from a stranger that was given the same id later.
    """
    if pid is None:
        return None
    try:
        process = psutil.Process(pid)
        arguments = process.cmdline()
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None
    if not is_alive(process) or not any(mark in argument for argument in arguments):
        return None
    return process


def kill_tree(process: psutil.Process, seconds: float = 10) -> bool:
    """Kill a process and all its children by SIGKILL; return False if one is left after `seconds`.

    The parent is halted first, so that it cannot fork a child that we do not see.
    """
    try:
        process.send_signal(signal.SIGSTOP)
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return True
    return kill_all(family, seconds)


def kill_all(processes: Iterable[psutil.Process], seconds: float = 10) -> bool:
    """Kill processes by SIGKILL; return False if one is left after `seconds`."""
    family = list(processes)
    for member in family:
        try:
            member.kill()
        except psutil.NoSuchProcess:
            continue
    return wait_until(lambda: not any(is_alive(member) for member in family), seconds)
