"""The types that webhooks may be told of are those that happen."""

import re
from importlib.resources import files
from pathlib import Path

import omd
from omd.entrypoints.webhooks import BUSINESS_TYPES, OMD_TYPES

_TYPE = re.compile(
    r"""['"]((?:reservation|room|room_type|business|folio|waiting_list|housekeeping_task|found_item)\.[a-z_]+"""
    r"""|housekeeping\.(?:planned|sheet_published)|(?:rates|taxes)\.changed)['"]"""
)
TOLD_OF = ("features", "db/schema/objects")


def test_every_event_that_is_written_has_its_type_among_them() -> None:
    root = Path(str(files(omd)))
    sources = [path for part in TOLD_OF for path in (root / part).rglob("*") if path.suffix in {".py", ".sql"}]
    written = {each for path in sources for each in _TYPE.findall(path.read_text(encoding="utf-8"))}
    assert len(written) > 10
    assert set(BUSINESS_TYPES) == written


def test_a_destination_is_never_told_of_a_stay() -> None:
    assert [each for each in OMD_TYPES if each.startswith("reservation.")] == []
    assert "availability.changed" in OMD_TYPES
