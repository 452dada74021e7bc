"""Cut an SQL script into its statements, as the server would."""

import re
from collections.abc import Iterator

import msgspec

_TOKEN = re.compile(
    r"""
      (?P<line_comment>--[^\n]*)
    | (?P<block_comment>/\*)
    | (?P<escape_string>\b[eE]'(?:[^'\\]|\\.|'')*')
    | (?P<string>'(?:[^']|'')*')
    | (?P<name>"(?:[^"]|"")*")
    | (?P<dollar>(?<![\w$])\$(?P<tag>(?:[A-Za-z_\u0080-\uffff][\w]*)?)\$)
    | (?P<word>[A-Za-z_\u0080-\uffff][\w$]*)
    | (?P<end>;)
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK_COMMENT_EDGE = re.compile(r"/\*|\*/")

_SESSION_CONTROL = frozenset(
    {
        ("abort",),
        ("begin",),
        ("commit",),
        ("end",),
        ("prepare", "transaction"),
        ("release",),
        ("reset", "role"),
        ("reset", "all"),
        ("reset", "session"),
        ("discard",),
        ("rollback",),
        ("savepoint",),
        ("set", "role"),
        ("set", "session", "authorization"),
        ("set", "transaction"),
        ("set", "local", "role"),
        ("set", "session", "role"),
        ("start", "transaction"),
    }
)


class Statement(msgspec.Struct, frozen=True):
    """One statement of a script, with the line (from 1) it starts on and its leading words in lower case."""

    text: str
    line: int
    words: tuple[str, ...]

    @property
    def controls_session(self) -> bool:
        """Say whether the statement ends the runner's transaction or changes the role it works as."""
        return any(self.words[: len(words)] == words for words in _SESSION_CONTROL)


def _skip_block_comment(script: str, start: int) -> int:
    depth, position = 1, start
    while depth:
        edge = _BLOCK_COMMENT_EDGE.search(script, position)
        if edge is None:
            return len(script)
        depth += 1 if edge.group() == "/*" else -1
        position = edge.end()
    return position


class _Scanner:
    """Follows a script token by token; a statement ends at a semicolon outside quotes and SQL bodies."""

    def __init__(self, script: str) -> None:
        self._script = script
        self._words: list[str] = []
        self._body_depth = 0
        self._previous = ""
        self._first: int | None = None

    def statements(self) -> Iterator[Statement]:
        position = 0
        while (token := _TOKEN.search(self._script, position)) is not None:
            self._see_text_before(position, token.start())
            position = token.end()
            if token.lastgroup == "line_comment":
                continue
            if token.lastgroup == "block_comment":
                position = _skip_block_comment(self._script, position)
                continue
            if token["end"] and self._body_depth == 0:
                yield from self._finish(position)
                continue
            if self._first is None:
                self._first = token.start()
            if token["dollar"]:
                closing = self._script.find(token["dollar"], position)
                position = len(self._script) if closing < 0 else closing + len(token["dollar"])
            self._see_word((token["word"] or "").lower())
        self._see_text_before(position, len(self._script))
        yield from self._finish(len(self._script))

    def _see_text_before(self, start: int, end: int) -> None:
        gap = self._script[start:end]
        if self._first is None and gap.strip():
            self._first = start + len(gap) - len(gap.lstrip())

    def _see_word(self, word: str) -> None:
        if not word:
            return
        if len(self._words) < 3:
            self._words.append(word)
        # The body of a function in standard SQL is `begin atomic ...; end`, where CASE has an END of its own.
        if self._body_depth:
            self._body_depth += {"begin": 1, "case": 1, "end": -1}.get(word, 0)
        elif self._previous == "begin" and word == "atomic":
            self._body_depth = 1
        self._previous = word

    def _finish(self, end: int) -> Iterator[Statement]:
        if self._first is not None and self._script[self._first : end].strip(" \t\r\n;"):
            yield Statement(
                text=self._script[self._first : end].rstrip(),
                line=self._script.count("\n", 0, self._first) + 1,
                words=tuple(self._words),
            )
        self._words, self._body_depth, self._previous, self._first = [], 0, "", None


def split_statements(script: str) -> tuple[Statement, ...]:
    """Return the statements of an SQL script in order, without the comments that stand between them."""
    return tuple(_Scanner(script).statements())
