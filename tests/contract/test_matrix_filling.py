"""An operation that the matrix cannot ask fails the suite, and says what to add."""

from typing import Any

import pytest

from support.matrix.estates import NOWHERE
from support.matrix.requests import CannotFill, fill
from support.matrix.rights import target_of
from support.openapi import Operation


def operation(path: str, **document: Any) -> Operation:
    """Return an operation as a new feature would add it."""
    return Operation("post", path, {"operationId": "getOmd", **document})


def body(**properties: Any) -> dict[str, Any]:
    """Return what the document says of a body with these fields, none of which is needed."""
    return {"content": {"application/json": {"schema": {"type": "object", "properties": properties}}}}


VOUCHER = {"name": "voucher_id", "schema": {"type": "integer"}}


@pytest.mark.parametrize(
    "new",
    [
        operation("/vouchers/{voucher_id}", parameters=[{"in": "path", "required": True, **VOUCHER}]),
        operation("/vouchers", parameters=[{"in": "query", **VOUCHER}]),
        operation("/vouchers", requestBody=body(voucher_id={"type": "integer"})),
        operation("/vouchers", requestBody=body(lines={"type": "array", "items": {"$ref": "#/line"}, "minItems": 1})),
    ],
)
def test_an_id_of_which_nobody_knows_whose_it_is(new: Operation) -> None:
    line = {"type": "object", "properties": {"voucher_id": {"type": "integer"}}, "required": ["voucher_id"]}
    if "requestBody" in new.document:
        schema = new.document["requestBody"]["content"]["application/json"]["schema"]
        schema["required"] = list(schema["properties"])
    with pytest.raises(CannotFill, match=r"asks for voucher_id, .*add the victim's to support/matrix/estates.py"):
        fill({"line": line}, new, NOWHERE)


def test_a_body_of_a_new_kind() -> None:
    new = operation("/vouchers", requestBody={"content": {"text/csv": {"schema": {"type": "string"}}}})
    with pytest.raises(CannotFill, match=r"takes \{'text/csv'\}: teach support/matrix/requests.py"):
        fill({}, new, NOWHERE)


def test_a_place_that_no_path_names() -> None:
    with pytest.raises(AssertionError, match=r"names no place in its path: say in support/matrix/rights\.py"):
        target_of(operation("/vouchers"), frozenset())
