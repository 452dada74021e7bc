"""A parent with one worker that watches it, for a test that kills the parent: `python -m support.watched_worker HOW`.

Prints the ids of the processes it leaves behind, then what the worker has to say.
"""

import asyncio
import multiprocessing
import os
import signal
import sys
import threading

import uvloop

from omd.entrypoints.parent_watch import watch_parent

LONG = 600.0
SHORT = 0.2


def work_in_order() -> None:
    """Serve on a loop that runs, and end when asked; the time to be killed lies far ahead."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    watch_parent(LONG)
    loop.call_soon(tell, os.getpid())
    loop.run_forever()
    tell("in order")


def work_between_two_runs() -> None:
    """Stand where the server's worker stands once it has started up and before it serves."""
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.add_signal_handler(signal.SIGTERM, loop.stop)
    loop.run_until_complete(asyncio.sleep(0))
    watch_parent(SHORT)
    tell(os.getpid())
    threading.Event().wait()


def tell(what: object) -> None:
    """Print a line for the test."""
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


def main(how: str) -> None:
    """Start the worker and wait to be killed; `held` leaves a fork that keeps the pipe to the worker open."""
    works = {"between": work_between_two_runs}
    multiprocessing.get_context("spawn").Process(target=works.get(how, work_in_order)).start()
    if how == "held":
        holder = os.fork()
        if holder == 0:
            threading.Event().wait()
        tell(holder)
    threading.Event().wait()


if __name__ == "__main__":
    main(sys.argv[1])
