"""What the resources of tasks answer with."""

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

from litestar import Request
from litestar.openapi.datastructures import ResponseSpec

from omd.db import Transaction
from omd.features.housekeeping.tasks.model import Task
from omd.infra.http import COMMON_PROBLEMS, Answer, etag, json_answer

AnyRequest = Request[Any, Any, Any]


def answers(shape: Any, said: str, status: int = HTTPStatus.OK) -> dict[int, ResponseSpec]:
    """Return what the document says of an operation's answers: one of this shape, or a problem."""
    return {int(status): ResponseSpec(shape, description=said, generate_examples=False), **COMMON_PROBLEMS}


def answering(
    command: Callable[..., Awaitable[Task]], status: int = HTTPStatus.OK
) -> Callable[[Transaction], Awaitable[Answer]]:
    """Return the work of a request that answers with the task its command returns, its version as the ETag."""

    async def work(tx: Transaction) -> Answer:
        task = await command(tx)
        return json_answer(task, status=status, headers={"ETag": etag(task.version)})

    return work
