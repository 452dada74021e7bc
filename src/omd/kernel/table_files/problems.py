"""What is wrong with a file, told the way a person finds it: line, column, reason."""

from collections.abc import Iterator

import msgspec

from omd.kernel.errors import OmdError

MAX_PROBLEMS_IN_DATA = 1_000
"""How many problems an error carries as machine-readable facts; the count is always whole."""
MAX_QUOTED_LENGTH = 60


class Source(msgspec.Struct, frozen=True):
    """Where in a file a record stands: its first physical line, counted from 1, and in JSON its pointer."""

    line: int
    pointer: str | None = None


class FileProblem(msgspec.Struct, frozen=True):
    """One thing wrong with one cell (or line, or the whole file) of an import file.

    `line` is the physical line counted from 1, None when the file as a whole is meant. `column` is the
    column's name; for JSON that does not parse, the character's position in the line. `pointer` is the JSON
    pointer of the field, for JSON files.
    """

    line: int | None
    column: str | None
    reason: str
    pointer: str | None = None

    @property
    def sentence(self) -> str:
        """Return the problem as one line for a terminal."""
        where = [f"line {self.line}"] if self.line is not None else []
        if self.column is not None:
            where.append(f"column {self.column}")
        if self.pointer is not None:
            where.append(f"at {self.pointer}")
        return f"{', '.join(where)}: {self.reason}" if where else self.reason


class ProblemLog:
    """Gathers every problem of a file, so that all of them are told at once."""

    def __init__(self) -> None:
        self._problems: list[FileProblem] = []

    def __len__(self) -> int:
        return len(self._problems)

    def add(self, line: int | None, column: str | None, reason: str, *, pointer: str | None = None) -> None:
        """Note one problem."""
        self._problems.append(FileProblem(line, column, reason, pointer))

    def add_at(self, source: Source, column: str | None, reason: str) -> None:
        """Note one problem of a record; in JSON the pointer goes down to the field `column`."""
        pointer = source.pointer
        if pointer is not None and column is not None:
            pointer += "/" + column.replace("~", "~0").replace("/", "~1")
        self.add(source.line, column, reason, pointer=pointer)

    def sorted(self) -> tuple[FileProblem, ...]:
        """Return the problems in the order of the file's lines, those of the whole file first."""
        return tuple(sorted(self._problems, key=lambda problem: problem.line or 0))


def problem_lines(problems: tuple[FileProblem, ...], *, limit: int) -> Iterator[str]:
    """Yield one line of text a problem, at most `limit`, then how many more there are."""
    for problem in problems[:limit]:
        yield problem.sentence
    rest = len(problems) - limit
    if rest > 0:
        yield f"... and {rest} more {'problem' if rest == 1 else 'problems'}."


def problem_data(problems: tuple[FileProblem, ...]) -> dict[str, object]:
    """Return the problems as the machine-readable facts of an error."""
    listed = [msgspec.to_builtins(problem) for problem in problems[:MAX_PROBLEMS_IN_DATA]]
    return {"problem_count": len(problems), "file_problems": listed}


def quoted(text: str) -> str:
    """Return the text in quotation marks for a sentence, a long one cut."""
    return repr(text if len(text) <= MAX_QUOTED_LENGTH else text[:MAX_QUOTED_LENGTH] + "...")


def counted_problems(problems: tuple[FileProblem, ...]) -> str:
    """Return `1 problem`, or `7 problems`."""
    return "1 problem" if len(problems) == 1 else f"{len(problems)} problems"


class FileRefused(OmdError):
    """A file is refused whole; `file_problems` names everything that is wrong with it."""

    def __init__(self, detail: str, file_problems: tuple[FileProblem, ...]) -> None:
        super().__init__(detail, data=problem_data(file_problems))
        self.file_problems = file_problems
