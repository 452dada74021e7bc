"""Named statements: from the text of a file to what the driver is sent."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omd.db import Statement, load_statements
from omd.db.statements import _parse
from omd.db.transaction import _arguments

Load = Callable[[str], Mapping[str, Statement]]

_numbers = itertools.count(1)

FIND_ROOMS = """\
Rooms, as the front desk asks for them.

-- name: find_rooms
-- rows: many Room
-- The rooms of a hotel in use,
-- by number.
select id, number::text, '10:30'::time as opens -- a remark
from individual_rooms
-- retired rooms are gone
where omd_id = :omd_id and business_id = any (:business_ids::int[]) and :omd_id::int is not null
  and features[:lowest] <> 'a:b';

-- name: count_rooms
-- rows: value
-- How many rooms there are.
select count(*) from individual_rooms
"""


@pytest.fixture
def load(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Load a text as the statements file of a package."""

    def load_text(text: str) -> Mapping[str, Statement]:
        package = f"statements_{next(_numbers)}"
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
        (tmp_path / package / "queries.sql").write_text(text, encoding="utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        return load_statements(package)

    return load_text


def test_a_file_becomes_its_statements(load: Load) -> None:
    statements = load(FIND_ROOMS)
    assert list(statements) == ["find_rooms", "count_rooms"]
    found = statements["find_rooms"]
    assert (found.cardinality, found.row) == ("many", "Room")
    assert found.sentence.startswith("The rooms of a hotel in use, by number.")
    assert found.source.endswith("/queries.sql")
    assert (statements["count_rooms"].cardinality, statements["count_rooms"].row) == ("value", None)
    assert statements["count_rooms"].text == "select count(*) from individual_rooms"


def test_a_parameter_has_one_number_wherever_it_stands(load: Load) -> None:
    found = load(FIND_ROOMS)["find_rooms"]
    assert found.parameters == ("omd_id", "business_ids", "lowest")
    assert "omd_id = $1 and business_id = any ($2::int[]) and $1::int is not null" in found.text
    assert "features[$3] <> 'a:b'" in found.text


def test_casts_and_times_are_no_parameters(load: Load) -> None:
    assert "number::text, '10:30'::time as opens" in load(FIND_ROOMS)["find_rooms"].text


def test_whole_comment_lines_and_the_final_semicolon_are_left_out(load: Load) -> None:
    text = load(FIND_ROOMS)["find_rooms"].text
    assert "retired" not in text
    assert text.startswith("select id")
    assert text.endswith("<> 'a:b'")


@pytest.mark.parametrize(
    "body",
    [
        "select 1",
        "-- rows: many Room\nselect 1",
        "-- A sentence.\n-- rows: many Room\nselect 1",
        "-- rows: several Room\n-- A sentence.\nselect 1",
        "-- rows: many room\n-- A sentence.\nselect 1",
        "-- rows: many Room Type\n-- A sentence.\nselect 1",
        "-- rows:\n-- A sentence.\nselect 1",
    ],
)
def test_a_malformed_head_is_refused_by_name(load: Load, body: str) -> None:
    with pytest.raises(ValueError, match=r"/queries\.sql: broken needs a `-- rows:` line and one sentence"):
        load(f"-- name: broken\n{body};\n")


def test_a_name_stands_once_in_a_file(load: Load) -> None:
    one = "-- name: twice\n-- rows: value\n-- A number.\nselect 1;\n"
    with pytest.raises(ValueError, match="names twice twice"):
        load(one + one)


def test_values_go_in_by_name_and_all_of_them() -> None:
    statement = _parse("find", "-- rows: none\n-- Finds.\nselect :second, :first, :second", "here")
    assert _arguments(statement, {"first": 1, "second": 2}) == [2, 1]
    with pytest.raises(TypeError, match="find needs a value for 'first'"):
        _arguments(statement, {"second": 2})
    with pytest.raises(TypeError, match="find takes no fourth, third"):
        _arguments(statement, {"first": 1, "second": 2, "third": 3, "fourth": 4})


NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


@given(names=st.lists(NAMES, min_size=1, max_size=12))
def test_numbers_lead_back_to_the_names(names: list[str]) -> None:
    """Putting the names back in the place of their numbers gives the text that was written."""
    written = "select " + ", ".join(f":{name}::text" for name in names)
    statement = _parse("any", f"-- rows: none\n-- Anything.\n{written}", "here")
    assert len(set(statement.parameters)) == len(statement.parameters)
    assert set(statement.parameters) == set(names)
    restored = statement.text
    for number in range(len(statement.parameters), 0, -1):
        restored = restored.replace(f"${number}::", f":{statement.parameters[number - 1]}::")
    assert restored == written
