"""An inventory file as JSON: an array of records with the columns of the CSV as fields."""

import json
import re
from collections.abc import Iterator
from difflib import get_close_matches

from omd.features.inventory.files.records import COLUMNS, INTEGER_COLUMNS, Record, Records, one_line
from omd.kernel.table_files import ProblemLog, Source, quoted

_BLANK = re.compile(r"[ \t\r\n]*")
_FEATURE_SEPARATORS = re.compile(r"[,;|]")
# Pairs instead of a dict: a field given twice must be seen, not quietly overwritten.
_DECODER = json.JSONDecoder(object_pairs_hook=tuple)


def read_json(text: str, log: ProblemLog) -> Records:
    """Return the records of a JSON text, noting in `log` what cannot be read as records."""
    elements: list[tuple[int, object]] = []
    whole = False
    try:
        elements.extend(_elements(text))
        whole = True
    except json.JSONDecodeError as error:
        log.add(error.lineno, str(error.colno), f"this is not valid JSON: {error.msg}")
    except (RecursionError, ValueError):
        # Limits of the standard library: nesting as deep as the stack, a number of thousands of digits.
        log.add(None, None, "a record is nested too deep or holds a number too long to be read")
    records: list[Record] = []
    counted_to, line = 0, 1
    for index, (start, value) in enumerate(elements):
        line += text.count("\n", counted_to, start)
        counted_to = start
        record = _record(value, Source(line, f"/{index}"), log)
        if record is not None:
            records.append(record)
    return Records(tuple(records), whole=whole)


def _elements(text: str) -> Iterator[tuple[int, object]]:
    """Yield every element of the array with the offset where it begins."""
    at = _skip_blank(text, 0)
    if not text.startswith("[", at):
        raise json.JSONDecodeError("the file must be one array of records, [ ... ]", text, at)
    at = _skip_blank(text, at + 1)
    if not text.startswith("]", at):
        while True:
            value, end = _DECODER.raw_decode(text, at)
            yield at, value
            at = _skip_blank(text, end)
            if text.startswith("]", at):
                break
            if not text.startswith(",", at):
                raise json.JSONDecodeError("a comma or ] is expected after a record", text, at)
            at = _skip_blank(text, at + 1)
    at = _skip_blank(text, at + 1)
    if at < len(text):
        raise json.JSONDecodeError("nothing may follow the array of records", text, at)


def _skip_blank(text: str, at: int) -> int:
    blank = _BLANK.match(text, at)
    return blank.end() if blank else at


def _record(value: object, source: Source, log: ProblemLog) -> Record | None:
    if not isinstance(value, tuple):
        log.add_at(source, None, f"a record must be an object, not {_kind_of(value)}")
        return None
    cells: dict[str, str] = {}
    unread: set[str] = set()
    seen: set[str] = set()
    for name, held in value:
        if name in seen:
            log.add_at(source, name, "this field stands twice in the record; keep one of them")
        elif name not in COLUMNS:
            near = get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {near[0]}?" if near else f"the fields are {', '.join(COLUMNS)}"
            log.add_at(source, name, f"this field is unknown; {hint}")
        else:
            reason = _wrong_type(name, held)
            if reason is not None:
                log.add_at(source, name, reason)
                unread.add(name)
            elif text := _as_cell(held):
                cells[name] = text
        seen.add(name)
    return Record(source, cells, frozenset(unread))


def _wrong_type(name: str, held: object) -> str | None:
    """Return why the value cannot stand in this field, or None."""
    if held is None:
        return None
    if name in INTEGER_COLUMNS:
        is_integer = isinstance(held, int) and not isinstance(held, bool)
        return None if is_integer else f"this must be a whole number, not {_kind_of(held)}"
    if name == "features" and isinstance(held, list):
        for feature in held:
            if not isinstance(feature, str):
                return f"every feature must be text, not {_kind_of(feature)}"
            if _FEATURE_SEPARATORS.search(feature):
                return f"the feature {quoted(feature)} holds a comma, a semicolon or a bar; write two features"
        return None
    if isinstance(held, str):
        return None
    wanted = "text or an array of texts" if name == "features" else "text in double quotes"
    return f"this must be {wanted}, not {_kind_of(held)}"


def _as_cell(held: object) -> str:
    if held is None:
        return ""
    if isinstance(held, list):
        return one_line(";".join(held))
    return one_line(str(held))


def _kind_of(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true or false"
        case int() | float():
            return f"the number {value}"
        case str():
            return "text"
        case list():
            return "an array"
        case _:
            return "an object"
