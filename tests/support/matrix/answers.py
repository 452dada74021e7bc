"""What two answers have in common, and what they give away."""

import re
from collections.abc import Iterable

import httpx

from support.matrix.estates import NOWHERE
from support.matrix.requests import Ids

_OF_THE_REQUEST = {"x-request-id", "ratelimit", "content-length"}
"""Headers that say which request this was, or how many came before it."""


def differences(answer: httpx.Response, twin: httpx.Response, ids: Ids, names: Iterable[str]) -> list[str]:
    """Return in what an answer differs from the one for ids that nobody has, the ids themselves aside."""
    found = []
    if answer.status_code != twin.status_code:
        found.append(f"{answer.status_code} {answer.text}, but {twin.status_code} {twin.text} where there is nothing")
    elif _about_nothing(answer.text, ids, names) != _about_nothing(twin.text, ids, names):
        found.append(f"{answer.text}, but {twin.text} where there is nothing")
    said, elsewhere = _telling(answer), _telling(twin)
    if said != elsewhere:
        found.append(f"the headers {said}, but {elsewhere} where there is nothing")
    return found


def _about_nothing(text: str, ids: Ids, names: Iterable[str]) -> str:
    # In both answers: a small id is like any other small number that they hold.
    for name in names:
        text = re.sub(rf"\b{re.escape(str(ids[name]))}\b", str(NOWHERE[name]), text)
    return text


def _telling(answer: httpx.Response) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if name.lower() not in _OF_THE_REQUEST}
