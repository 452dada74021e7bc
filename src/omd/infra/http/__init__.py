"""What every HTTP resource shares: problem documents, validation, idempotent writes, versions."""

from omd.infra.http.body import BodyRequest
from omd.infra.http.conditions import IfMatch, etag, require_version
from omd.infra.http.paging import PageSize, next_link
from omd.infra.http.parameters import NO_NUL, ActorDep, ClockDep, DatabaseDep, KeyringDep, PathId, PathUuid
from omd.infra.http.problems import COMMON_PROBLEMS, ProblemDocument, exception_handlers
from omd.infra.http.writes import Answer, IdempotencyKey, Writer, json_answer

__all__ = [
    "COMMON_PROBLEMS",
    "NO_NUL",
    "ActorDep",
    "Answer",
    "BodyRequest",
    "ClockDep",
    "DatabaseDep",
    "IdempotencyKey",
    "IfMatch",
    "KeyringDep",
    "PageSize",
    "PathId",
    "PathUuid",
    "ProblemDocument",
    "Writer",
    "etag",
    "exception_handlers",
    "json_answer",
    "next_link",
    "require_version",
]
