"""Problem documents (RFC 9457): the one shape of every refusal."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import HeaderParameter, QueryParameter

from omd.infra.http.body import body_refusal
from omd.infra.http.refusals import note_refusal
from omd.infra.http.strict_inputs import loose_problems
from omd.infra.http.validation import body_problems
from omd.kernel.errors import FieldProblem, OmdError

PROBLEM_JSON = "application/problem+json"
_log = structlog.get_logger(__name__)


class ProblemDocument(msgspec.Struct, omit_defaults=True):
    """What went wrong, to which thing, and what to do next."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    problems: tuple[FieldProblem, ...] = ()
    data: dict[str, object] = {}


COMMON_PROBLEMS = {
    status: ResponseSpec(ProblemDocument, description=said, media_type=PROBLEM_JSON, generate_examples=False)
    for status, said in {
        400: "The body is not JSON.",
        401: "No token, or one that is not valid.",
        403: "The thing is known to you, the action is not yours.",
        404: "There is no such thing, or it belongs to somebody else.",
        409: "The state of the world does not allow it, or the thing has changed since you read it.",
        413: "The body is too large.",
        415: "The body is not sent as JSON.",
        422: "The input is not valid; every problem is named.",
        429: "Too many requests; `Retry-After` says when to come again, `data.level` whose limit it was.",
        503: "The database is away; try again.",
    }.items()
}

_CODES = {
    400: ("malformed_request", "The request cannot be read"),
    401: ("not_authenticated", "No valid token"),
    403: ("not_allowed", "Not allowed"),
    404: ("not_found", "Not found"),
    405: ("method_not_allowed", "Method not allowed"),
    413: ("body_too_large", "The body is too large"),
    415: ("unsupported_media_type", "Unsupported media type"),
    422: ("invalid_input", "The input is not valid"),
}


def document_of(error: OmdError) -> ProblemDocument:
    """Return the problem document of a refusal of ours."""
    return ProblemDocument(
        type=f"urn:omd:problem:{error.code}",
        title=error.title,
        status=error.status,
        code=error.code,
        detail=error.detail,
        problems=error.problems,
        data=error.data,
    )


def problem_headers(error: OmdError) -> dict[str, str]:
    """Return the headers that go with a refusal."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    if error.status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def refusal_answer(request: Request[Any, Any, Any], refusal: OmdError) -> Response[bytes]:
    """Return the answer that a refusal of ours is, for what gives more with it than who raises it could."""
    return _answer(request, document_of(refusal), problem_headers(refusal))


def _answer(
    request: Request[Any, Any, Any], document: ProblemDocument, headers: dict[str, str] | None = None
) -> Response[bytes]:
    note_refusal(document.code, document.status, request.scope)
    return Response(
        msgspec.json.encode(document), status_code=document.status, media_type=PROBLEM_JSON, headers=headers or {}
    )


def _of_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[bytes]:
    if error.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _of_defect(request, error)
    if isinstance(error, ValidationException):
        refusal = body_refusal(request)
        if refusal is not None and refusal.status != HTTPStatus.UNPROCESSABLE_ENTITY:
            return refusal_answer(request, refusal)
        if any(item.get("source") == "path" for item in error.extra or () if isinstance(item, dict)):
            return _of_framework(request, NotFoundException())
        return _answer(request, _validation_document(request, error))
    code, title = _CODES.get(error.status_code, ("refused", "Refused"))
    detail = f"{request.method} {request.url.path}: {title[0].lower()}{title[1:]}."
    problems: tuple[FieldProblem, ...] = ()
    if error.status_code == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        detail = "The body is larger than this resource takes; a reservation fits in a few kilobytes."
        problems = (FieldProblem("", code, detail),)
    headers = {name: value for name, value in (error.headers or {}).items() if name.lower() == "allow"}
    return _answer(
        request, ProblemDocument(f"urn:omd:problem:{code}", title, error.status_code, code, detail, problems), headers
    )


def _validation_document(request: Request[Any, Any, Any], error: ValidationException) -> ProblemDocument:
    extra = error.extra if isinstance(error.extra, list) else []
    problems: list[FieldProblem] = []
    refusal = body_refusal(request)
    if refusal is not None:
        problems += refusal.problems
    elif any(_in_body(item) for item in extra):
        field = request.route_handler.parsed_data_field
        problems += body_problems(field.annotation if field else Any, None)
    loose = loose_problems(request)
    told = {problem.pointer for problem in loose}
    others = [_parameter_problem(request, item) for item in extra if not _in_body(item)]
    problems += [*loose, *(problem for problem in others if problem.pointer not in told)]
    if not extra:
        problems += _missing_parameters(request)
    if not problems:
        problems.append(FieldProblem("", "invalid_value", error.detail.split(" for ")[0] + "."))
    places = ", ".join(problem.pointer or "the body" for problem in problems)
    return ProblemDocument(
        type="urn:omd:problem:invalid_input",
        title="The input is not valid",
        status=HTTPStatus.UNPROCESSABLE_ENTITY,
        code="invalid_input",
        detail=f"{len(problems)} problem{'s' * (len(problems) != 1)} in the input: {places}. Nothing was done.",
        problems=tuple(problems),
    )


def _parameter_problem(request: Request[Any, Any, Any], item: dict[str, Any]) -> FieldProblem:
    name = str(item.get("key", ""))
    said = f"{item.get('message', 'The value is not valid')}."
    parameter = request.route_handler.parsed_fn_signature.parameters.get(name)
    if parameter is not None and isinstance(parameter.kwarg_definition, HeaderParameter):
        return FieldProblem(parameter.kwarg_definition.name or name, "invalid_value", said)
    return FieldProblem(f"?{name}", "invalid_value", said)


def _missing_parameters(request: Request[Any, Any, Any]) -> list[FieldProblem]:
    """Return every query parameter that is needed and not there: the framework stops at the first."""
    needed = (
        name
        for name, parameter in request.route_handler.parsed_fn_signature.parameters.items()
        if isinstance(parameter.kwarg_definition, QueryParameter) and parameter.is_required
    )
    return [
        FieldProblem(f"?{name}", "missing", "This parameter is required.")
        for name in needed
        if name not in request.query_params
    ]


def _in_body(item: dict[str, Any]) -> bool:
    return item.get("source") == "body" or item.get("key") == "data"


def _of_defect(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    _log.error("request_failed", method=request.method, path=request.url.path, exc_info=error)
    said = "Something failed on our side; nothing was done. The failure is recorded."
    document = ProblemDocument("urn:omd:problem:internal_error", "Internal error", 500, "internal_error", said)
    return _answer(request, document)


def exception_handlers() -> dict[Any, Callable[..., Response[bytes]]]:
    """Return the handlers that turn every refusal into a problem document and no trace into an answer."""
    return {OmdError: refusal_answer, HTTPException: _of_framework, Exception: _of_defect}
