"""Word of a server that has begun to answer."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

import httpx2

_ASK_AGAIN_SECONDS = 0.1
_PATIENCE_SECONDS = 5.0


@contextmanager
def once_it_answers(url: str, then: Callable[[], None]) -> Iterator[None]:
    """Call `then` in a thread of its own when the URL is answered, with whatever but 503; never after the block."""
    over = threading.Event()

    def wait() -> None:
        while not _answers(url):
            if over.wait(_ASK_AGAIN_SECONDS):
                return
        if not over.is_set():
            then()

    waiting = threading.Thread(target=wait, name="once-it-answers", daemon=True)
    waiting.start()
    try:
        yield
    finally:
        over.set()
        waiting.join()


def _answers(url: str) -> bool:
    try:
        # 503: not yet. A refusal is an answer: not every address of this machine is one that the API goes by.
        answer = httpx2.get(url, timeout=_PATIENCE_SECONDS, trust_env=False)
    except httpx2.TransportError:
        return False
    return answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE
