"""The program that finds plans: the solver's library costs some 80 MB and more than a second to import."""

from omd.features.assignment.optimising.asking import Answered, Asked
from omd.features.assignment.optimising.board import board_of
from omd.features.assignment.optimising.explaining import explain
from omd.features.assignment.optimising.greedy import as_it_is
from omd.features.assignment.optimising.model import cost
from omd.features.assignment.optimising.search import search
from omd.infra.programs import answer_questions


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


if __name__ == "__main__":
    answer_questions(Asked, answer)
