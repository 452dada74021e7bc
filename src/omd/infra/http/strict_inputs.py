"""Paths and queries taken at their word: what the framework would guess at, or pass over, is refused.

Python reads `1_0` as 10, JSON's reader `1e2` as 100, and the framework's `null` as nothing, `0` as false and `7` as an
instant of 1970; a parameter given twice, or one that no one asks for, is a caller's mistake that would otherwise be
answered as if it were not there.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal, get_args, get_origin
from uuid import UUID

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException
from litestar.params import HeaderParameter, QueryParameter

from omd.infra.http.validation import MOST_PROBLEMS
from omd.kernel.errors import FieldProblem, NotFound

SENT_BY_OTHERS = "query_sent_by_others"
"""Option of a handler to which a program that is not ours sends browsers, with parameters of its own."""


class _Form(msgspec.Struct, frozen=True):
    """How a value is written, and the sentence for one that is not."""

    written: re.Pattern[str]
    said: str


_FORMS: Mapping[type, _Form] = {
    int: _Form(re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII), "Expected a whole number in plain digits."),
    bool: _Form(re.compile("true|false"), "Expected true or false."),
    date: _Form(re.compile(r"\d{4}-\d\d-\d\d", re.ASCII), "Expected a date, such as 2027-03-01."),
    datetime: _Form(
        re.compile(r"\d{4}-\d\d-\d\d[Tt ].*", re.ASCII), "Expected a date and time, such as 2027-03-01T09:00:00Z."
    ),
}
"""By the exact type; what the pattern leaves open the framework refuses."""


class _Takes(msgspec.Struct, frozen=True):
    """The query parameters of a resource: all of them, those that may come more than once, those of a form."""

    names: frozenset[str]
    lists: frozenset[str]
    forms: Mapping[str, _Form]


_takes: dict[Any, _Takes] = {}


def require_strict_inputs(request: Request[Any, Any, Any]) -> None:
    """Raise unless path and query say exactly what the framework has read in them.

    `NotFound` for a path whose ids are written another way than the platform writes them; a `ValidationException` that
    the problem document tells together with every other problem of the input.
    """
    scope = request.scope
    values = request.path_params
    if values and scope["path_template"].format(**values) != scope["path"].rstrip("/"):
        _require_plain_ids(request)
    if scope["query_string"] and not request.route_handler.opt.get(SENT_BY_OTHERS) and loose_problems(request):
        raise ValidationException(extra=_other_problems(request))


def loose_problems(request: Request[Any, Any, Any]) -> list[FieldProblem]:
    """Return what the framework would let pass in a query: unknown or repeated parameters, values it guesses at.

    At most `MOST_PROBLEMS` of them.
    """
    if not request.scope["query_string"]:
        return []
    takes = _takes.get(request.route_handler) or _takes_of(request)
    problems: list[FieldProblem] = []
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name in takes.names:
            if name in seen and name not in takes.lists:
                said = "This parameter is given more than once; give it one value."
                problems.append(FieldProblem(f"?{name}", "repeated_parameter", said))
            elif name in takes.forms and not takes.forms[name].written.fullmatch(value):
                problems.append(FieldProblem(f"?{name}", "invalid_value", takes.forms[name].said))
        elif name not in seen:
            allowed = ", ".join(sorted(takes.names)) or "none"
            said = f"There is no such parameter; this resource takes: {allowed}."
            problems.append(FieldProblem(f"?{name}", "unknown_parameter", said))
        seen.add(name)
        if len(problems) == MOST_PROBLEMS:
            break
    return problems


def _takes_of(request: Request[Any, Any, Any]) -> _Takes:
    names: set[str] = set()
    lists: set[str] = set()
    forms: dict[str, _Form] = {}
    for own_name, parameter in request.route_handler.parsed_fn_signature.parameters.items():
        if isinstance(parameter.kwarg_definition, QueryParameter):
            name = parameter.kwarg_definition.name or own_name
            names.add(name)
            shapes = [parameter.annotation, *get_args(parameter.annotation)]
            for form in filter(None, map(_form_of, shapes)):
                forms[name] = form
            if parameter.is_non_string_sequence or any(inner.is_non_string_sequence for inner in parameter.inner_types):
                lists.add(name)
    takes = _takes[request.route_handler] = _Takes(frozenset(names), frozenset(lists), forms)
    return takes


def _form_of(shape: Any) -> _Form | None:
    if get_origin(shape) is Literal:
        words = [str(word) for word in get_args(shape)]
        return _Form(re.compile("|".join(map(re.escape, words))), f"Expected one of: {', '.join(words)}.")
    return _FORMS.get(shape) if isinstance(shape, type) else None


def _other_problems(request: Request[Any, Any, Any]) -> list[dict[str, str]]:
    """Return the ordinary problems of query and headers, as the framework tells them when it gets that far."""
    problems = []
    types = {field.name: field.type for field in msgspec.structs.fields(request.route_handler.signature_model)}
    for name, parameter in request.route_handler.parsed_fn_signature.parameters.items():
        definition = parameter.kwarg_definition
        given: Any = None
        if isinstance(definition, QueryParameter):
            values = request.query_params.getall(name, [])
            given = values if parameter.is_non_string_sequence else values[-1] if values else None
            if values and any(inner.is_non_string_sequence for inner in parameter.inner_types):
                given = values
        elif isinstance(definition, HeaderParameter):
            given = request.headers.get(definition.name or name)
        if given is None:
            continue
        try:
            msgspec.convert(given, types[name], strict=False)
        except msgspec.ValidationError as error:
            problems.append({"key": name, "message": str(error).split(" - at ", maxsplit=1)[0], "source": "query"})
    return problems


def _require_plain_ids(request: Request[Any, Any, Any]) -> None:
    """Raise `NotFound` naming the ids of the path that are not written as the platform writes them."""
    written = dict(zip(_segments(request.scope["path_template"]), _segments(request.scope["path"]), strict=False))
    problems = tuple(
        FieldProblem(f"{{{name}}}", "not_an_id", "An id is written in plain digits, or as a UUID with its hyphens.")
        for name, value in request.path_params.items()
        if not _is_plain(written.get(f"{{{name}}}", ""), value)
    )
    if problems:
        raise NotFound(f"There is nothing at {request.scope['path']}.", problems=problems)


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _is_plain(written: str, value: object) -> bool:
    """Say whether a segment is the value as it is written; the digits of a UUID may be capital (RFC 9562)."""
    return (written.lower() if isinstance(value, UUID) else written) == str(value)
