"""Every operation of the document, asked by everybody: what is answered is what the permissions say.

The rows are made from the OpenAPI document and the columns from one table, so that neither can be forgotten.
"""

import pytest

from support.matrix.asking import Row, ask_everybody
from support.matrix.callers import CALLERS
from support.matrix.house import House
from support.matrix.page import PAGE, render
from support.openapi import operations


async def test_everybody_gets_what_the_permissions_say(
    house: House, subtests: pytest.Subtests, pytestconfig: pytest.Config
) -> None:
    """To bring the page of the matrix up to date: `make matrix`."""
    rows: list[Row] = []
    for operation in operations(house.document):
        with subtests.test(operation.name):
            row = await ask_everybody(house, operation)
            rows.append(row)
            assert not row.problems, "\n".join(row.problems)
    asked = [row.operation.name for row in rows if not row.problems]
    assert asked == [operation.name for operation in operations(house.document)]
    assert {tuple(sorted(row.cells)) for row in rows} == {tuple(sorted(caller.name for caller in CALLERS))}
    page = render(rows)
    if pytestconfig.getoption("--write-matrix"):
        PAGE.write_text(page, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == page, "the page is not what was observed: make matrix"
