"""A worker process does not outlive the server that started it: as an orphan it would keep the port."""

import multiprocessing
import os
import signal
import sys
import threading
import time

LOOK_SECONDS = 1.0


def watch_parent(stop_seconds: float) -> None:
    """End this process when its parent is gone, however that came: asked first, and killed `stop_seconds` later."""
    threading.Thread(target=_end_with_parent, args=(stop_seconds,), name="parent-watch", daemon=True).start()


def _end_with_parent(stop_seconds: float) -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        sys.exit("A worker is started by the server only.")
    # The pipe between us ends with the parent, unless a process that it forked holds its side open too; that somebody
    # else has adopted us is told in any case. The kernel's own signal for it (PR_SET_PDEATHSIG) would come as soon as
    # the parent's thread that started us ends.
    while parent.is_alive() and os.getppid() == parent.pid:
        parent.join(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)
    # uvloop takes signals only while it runs: one that comes between its two runs, the start-up and the serving, is
    # lost, and nobody would send another.
    time.sleep(stop_seconds)
    os.kill(os.getpid(), signal.SIGKILL)
