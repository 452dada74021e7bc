"""What every HTTP resource shares: problem documents, validation, idempotent writes, versions."""

from omd.infra.http.body import BodyRequest
from omd.infra.http.compressed import compressed_answer
from omd.infra.http.conditions import IfMatch, etag, is_known, require_version, versions_of, wants_fresh
from omd.infra.http.encoded import EncodedAnswer
from omd.infra.http.form import FORM, FormInvalid, form_decoded, read_form
from omd.infra.http.languages import AcceptLanguage, languages_of, languages_wanted
from omd.infra.http.paging import LAST_ID, AfterId, BeforeId, PageSize, next_link, page_by_id, parse_date_cursor
from omd.infra.http.parameters import (
    FIRST_INSTANT,
    LAST_INSTANT,
    NO_NUL,
    ActorDep,
    ClockDep,
    DatabaseDep,
    KeyringDep,
    PathId,
    PathUuid,
    instant_or,
)
from omd.infra.http.problems import COMMON_PROBLEMS, ProblemDocument, exception_handlers
from omd.infra.http.remembered import (
    FILLED,
    HIT,
    MISS,
    NOT_MODIFIED,
    PARTIAL,
    REQUESTED,
    CacheControl,
    Found,
    Fresh,
    IfNoneMatch,
    database_away,
    found_answer,
)
from omd.infra.http.strict_inputs import require_strict_inputs
from omd.infra.http.writes import Answer, IdempotencyKey, Writer, json_answer, json_answer_with_secret

__all__ = [
    "COMMON_PROBLEMS",
    "FILLED",
    "FIRST_INSTANT",
    "FORM",
    "HIT",
    "LAST_ID",
    "LAST_INSTANT",
    "MISS",
    "NOT_MODIFIED",
    "NO_NUL",
    "PARTIAL",
    "REQUESTED",
    "AcceptLanguage",
    "ActorDep",
    "AfterId",
    "Answer",
    "BeforeId",
    "BodyRequest",
    "CacheControl",
    "ClockDep",
    "DatabaseDep",
    "EncodedAnswer",
    "FormInvalid",
    "Found",
    "Fresh",
    "IdempotencyKey",
    "IfMatch",
    "IfNoneMatch",
    "KeyringDep",
    "PageSize",
    "PathId",
    "PathUuid",
    "ProblemDocument",
    "Writer",
    "compressed_answer",
    "database_away",
    "etag",
    "exception_handlers",
    "form_decoded",
    "found_answer",
    "instant_or",
    "is_known",
    "json_answer",
    "json_answer_with_secret",
    "languages_of",
    "languages_wanted",
    "next_link",
    "page_by_id",
    "parse_date_cursor",
    "read_form",
    "require_strict_inputs",
    "require_version",
    "versions_of",
    "wants_fresh",
]
