"""From bytes to text: UTF-8, with or without a byte order mark."""

import codecs

from omd.kernel.table_files.problems import ProblemLog


def decode_utf8(data: bytes, log: ProblemLog) -> str | None:
    """Return the text of a file, or None after noting the first bad byte of every line that is not UTF-8.

    Byte offsets are counted from 0 at the start of the file, its byte order mark included.
    """
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        offset = len(data) - len(body)
    for number, line in enumerate(body.split(b"\n"), start=1):
        try:
            line.decode("utf-8")
        except UnicodeDecodeError as error:
            where = offset + error.start
            bad = line[error.start]
            log.add(
                number,
                None,
                f"byte 0x{bad:02x} at byte offset {where} is not UTF-8. Save the file as UTF-8"
                " (in a spreadsheet: CSV UTF-8) and import it again.",
            )
        offset += len(line) + 1
    return None
