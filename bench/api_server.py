"""The API as `omd serve` runs it, on servers that somebody else started: settings come from the environment.

Ends with its parent: standard input is a pipe that closes when the parent is gone, however it went.
"""

import os
import signal
import sys
import threading
from collections.abc import Callable

from litestar import Litestar

from omd.entrypoints.api.app import create_app
from omd.entrypoints.api.parts import AppServices
from omd.entrypoints.serve import run_server
from omd.entrypoints.settings import load_settings
from omd.entrypoints.worker_beside import WorkerBeside


def end_with_parent() -> None:
    """Stop this process in order when its parent is gone."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()


def serve(make_app: Callable[[AppServices], Litestar]) -> None:
    """Serve until a signal or the end of the parent."""
    end_with_parent()
    settings = load_settings()
    with WorkerBeside(settings, log_level=settings.log_level) as worker:
        run_server(settings, on_startup=worker.start, log_level=settings.log_level, make_app=make_app)


if __name__ == "__main__":
    serve(create_app)
