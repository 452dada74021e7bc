"""Optimistic concurrency: the version of a thing is its ETag, and If-Match says which one was read (RFC 9110)."""

import re
from typing import Annotated

from litestar.params import HeaderParameter

from omd.kernel.errors import FieldProblem, InvalidInput, StaleVersion

IfMatch = Annotated[
    str | None,
    HeaderParameter(
        name="If-Match",
        description='The ETag you read, such as `"3"`. The change is refused when the thing has changed since.',
        max_length=200,
    ),
]


_ENTITY_TAG = re.compile(r'(W/)?"[^"]*"')
_VERSION = re.compile(r'"[1-9][0-9]{0,8}"')
_ENTITY_TAGS = re.compile(r'"[^"]*"')


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Say whether If-None-Match names this entity tag, or any; weak tags are as good here (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    return if_none_match.strip() == "*" or tag in _ENTITY_TAGS.findall(if_none_match)


def wants_fresh(cache_control: str | None) -> bool:
    """Say whether a request's Cache-Control refuses what is remembered (RFC 9111, 5.2.1.4)."""
    if cache_control is None:
        return False
    return any(each.strip().lower() in ("no-cache", "no-store") for each in cache_control.split(","))


def require_version(if_match: str | None, version: int) -> None:
    """Raise `StaleVersion` unless the header is absent, `*`, or names this version.

    A weak tag (`W/"3"`) names none: If-Match compares strongly (RFC 9110, 13.1.1).
    """
    if if_match is None or if_match.strip() == "*":
        return
    tags = [tag.strip() for tag in if_match.split(",")]
    if not all(_ENTITY_TAG.fullmatch(tag) for tag in tags):
        said = 'If-Match holds entity tags in double quotes, such as "3".'
        raise InvalidInput(said, problems=(FieldProblem("If-Match", "not_an_entity_tag", said),))
    if etag(version) not in tags:
        raise StaleVersion(
            f"You read version {if_match}, the current one is {etag(version)}. Read it again and repeat the change.",
            data={"current_version": version},
        )


def versions_of(if_match: str | None) -> tuple[int, ...]:
    """Return the versions that the header names, by number; tags that are none of ours name none."""
    tags = _ENTITY_TAGS.findall(if_match or "")
    return tuple(int(tag[1:-1]) for tag in tags if _VERSION.fullmatch(tag))
