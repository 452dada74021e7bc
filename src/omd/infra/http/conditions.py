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


def etag(version: int) -> str:
    """Return the entity tag of a version."""
    return f'"{version}"'


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
