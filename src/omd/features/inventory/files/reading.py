"""Reads an inventory file whole, or refuses it naming everything that is wrong with it."""

from pathlib import Path
from typing import Literal

from omd.features.inventory.files.csv_file import read_csv
from omd.features.inventory.files.errors import InventoryFileInvalid
from omd.features.inventory.files.json_file import read_json
from omd.features.inventory.files.model import InventoryFile
from omd.features.inventory.files.rules import build_tree
from omd.kernel.table_files import ProblemLog, decode_utf8

FileFormat = Literal["csv", "json"]

MAX_FILE_BYTES = 32 * 1024 * 1024


def read_inventory_file(path: Path) -> InventoryFile:
    """Return what the CSV or JSON file describes, or raise `InventoryFileInvalid`, unreadable files included.

    The format follows the name's ending; any other name is JSON when its text begins with a bracket.
    """
    log = ProblemLog()
    data = b""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        log.add(None, None, f"the file cannot be read: {error.strerror}")
        raise InventoryFileInvalid(str(path), log.sorted()) from error
    return parse_inventory(data, file_name=str(path), file_format=_format_of(path, data))


def parse_inventory(data: bytes, *, file_name: str, file_format: FileFormat) -> InventoryFile:
    """Return what the bytes of a file describe, or raise `InventoryFileInvalid` naming `file_name`."""
    log = ProblemLog()
    if len(data) > MAX_FILE_BYTES:
        log.add(None, None, f"the file is larger than {MAX_FILE_BYTES // 1024 // 1024} MB; split it by hotel")
        raise InventoryFileInvalid(file_name, log.sorted())
    text = decode_utf8(data, log)
    if text is None:
        raise InventoryFileInvalid(file_name, log.sorted())
    records = read_json(text, log) if file_format == "json" else read_csv(text, log)
    omds = build_tree(records, log)
    if not records.rows and not len(log):
        log.add(None, None, "the file holds no records")
    if len(log):
        raise InventoryFileInvalid(file_name, log.sorted())
    return InventoryFile(omds)


def _format_of(path: Path, data: bytes) -> FileFormat:
    ending = path.suffix.lower()
    if ending in (".json", ".csv"):
        return "json" if ending == ".json" else "csv"
    beginning = data[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    return "json" if beginning.startswith((b"[", b"{")) else "csv"
