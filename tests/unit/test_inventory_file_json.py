"""An inventory file in JSON is refused with line, field and pointer of every problem."""

import json

import pytest

from omd.features.inventory.files import InventoryFileInvalid, parse_inventory
from omd.kernel.table_files import FileProblem

RECORD = '{"record": "omd", "omd": "a", "name": "A"}'


def refused(text: str) -> tuple[FileProblem, ...]:
    with pytest.raises(InventoryFileInvalid) as caught:
        parse_inventory(text.encode(), file_name="f", file_format="json")
    return caught.value.file_problems


@pytest.mark.parametrize(
    ("text", "line", "column", "pointer", "reason"),
    [
        ('[\n{"record": "omd",\n "omd": }\n]', 3, "9", None, "not valid JSON: Expecting value"),
        (f"[{RECORD},\n  {RECORD[:-1]}", 2, "44", None, "not valid JSON"),
        (f"[{RECORD}\n {RECORD}]", 2, "2", None, "a comma or ] is expected after a record"),
        (f"[{RECORD}] []", 1, str(len(RECORD) + 4), None, "nothing may follow the array"),
        (RECORD, 1, "1", None, "must be one array of records"),
        ("", 1, "1", None, "must be one array of records"),
        ("[]", None, None, None, "the file holds no records"),
        ("[" + "[" * 100_000, None, None, None, "nested too deep"),
        ('[{"record": ' + "1" * 5_000 + "}]", None, None, None, "holds a number too long"),
        (f"[{RECORD},\n 7]", 2, None, "/1", "a record must be an object, not the number 7"),
        (f'[{RECORD[:-1]}, "nmae": "B"}}]', 1, "nmae", "/0/nmae", "field is unknown; did you mean name?"),
        (f'[{RECORD[:-1]}, "a/b": 1}}]', 1, "a/b", "/0/a~1b", "this field is unknown; the fields are record"),
        (f'[{RECORD[:-1]}, "name": "B"}}]', 1, "name", "/0/name", "stands twice in the record"),
        (
            '[{"record": "omd", "omd": "a", "name": 5}]',
            1,
            "name",
            "/0/name",
            "in double quotes, not the number",
        ),
        ('[{"record": "omd", "omd": "a", "name": null}]', 1, "name", "/0/name", "must fill it in"),
        ('[{"record": ["omd"]}]', 1, "record", "/0/record", "in double quotes, not an array"),
        ('[{"record": "omd", "omd": "a", "name": "\\ud800"}]', 1, "name", "/0/name", "control character"),
    ],
)
def test_bad_json_is_named_with_line_column_and_pointer(
    text: str, line: int | None, column: str | None, pointer: str | None, reason: str
) -> None:
    (problem,) = refused(text)
    assert (problem.line, problem.column, problem.pointer) == (line, column, pointer)
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("max_adults", "2", "this must be a whole number, not text"),
        ("max_adults", 2.5, "this must be a whole number, not the number 2.5"),
        ("max_children", True, "this must be a whole number, not true or false"),
        ("max_children", -1, "-1 is out of range"),
        ("quantity", {}, "this must be a whole number, not an object"),
    ],
)
def test_a_json_number_field_takes_whole_numbers_only(field: str, value: object, reason: str) -> None:
    room_type = {
        "record": "room_type",
        "omd": "a",
        "hotel": "h",
        "room_type": "d",
        "name": "D",
        "max_adults": 2,
    }
    hotel = {"record": "hotel", "omd": "a", "hotel": "h", "name": "H", "time_zone": "UTC", "currency": "EUR"}
    (problem,) = refused(json.dumps([json.loads(RECORD), hotel, {**room_type, field: value}]))
    assert (problem.line, problem.column, problem.pointer) == (1, field, f"/2/{field}")
    assert reason in problem.reason


@pytest.mark.parametrize(
    ("features", "reason"),
    [
        ("7", "text or an array of texts, not the number 7"),
        ('["a", 7]', "every feature must be text"),
        ('["a, b"]', "write two features"),
    ],
)
def test_json_features_are_texts(features: str, reason: str) -> None:
    text = f'[{{"record": "rooms", "omd": "a", "hotel": "h", "room_type": "d", "features": {features}}}]'
    assert any(problem.column == "features" and reason in problem.reason for problem in refused(text))
