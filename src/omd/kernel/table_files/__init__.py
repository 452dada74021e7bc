"""Files of rows that people hand in: their text, and everything wrong with them by line and column."""

from omd.kernel.table_files.encoding import decode_utf8
from omd.kernel.table_files.problems import (
    FileProblem,
    FileRefused,
    ProblemLog,
    Source,
    counted_problems,
    problem_lines,
    quoted,
)

__all__ = [
    "FileProblem",
    "FileRefused",
    "ProblemLog",
    "Source",
    "counted_problems",
    "decode_utf8",
    "problem_lines",
    "quoted",
]
