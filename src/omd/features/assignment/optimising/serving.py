"""Answers questions one after the other as a program of its own: a line of JSON in, a line of JSON out.

The solver's library costs some 80 MB and more than a second to import, so a child of its own keeps it, and lets go of
it when nobody has asked for a while. It gives way to whoever answers requests.
"""

import os
import select
import sys

import msgspec

from omd.features.assignment.optimising.asking import Answered, Asked
from omd.features.assignment.optimising.board import board_of
from omd.features.assignment.optimising.explaining import explain
from omd.features.assignment.optimising.greedy import as_it_is
from omd.features.assignment.optimising.model import cost
from omd.features.assignment.optimising.search import search

IDLE_S = 300
NICENESS = 5


def answer(asked: Asked) -> Answered:
    """Return the best plan found, with the reason of each room."""
    question = asked.question
    found = search(question, limit_s=asked.limit_s, wall_s=asked.wall_s)
    board = board_of(question, found.rooms)
    return Answered(
        rooms=found.rooms,
        score=found.score,
        cost=found.cost,
        cost_now=cost(as_it_is(question).score(), question.weights),
        cost_first=found.first,
        began_with=found.began_with,
        bound=found.bound,
        proven=found.proven,
        reasons=tuple(explain(board, number) for number in range(len(question.stays))),
    )


def main() -> None:
    """Answer until whoever asks goes away, or asks nothing for long."""
    os.nice(NICENESS)
    decoder = msgspec.json.Decoder(Asked)
    while select.select([sys.stdin.buffer], [], [], IDLE_S)[0]:
        line = sys.stdin.buffer.readline()
        if not line:
            return
        sys.stdout.buffer.write(msgspec.json.encode(answer(decoder.decode(line))) + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
