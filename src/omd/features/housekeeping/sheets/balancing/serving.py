"""The program that finds sheets."""

from omd.features.housekeeping.sheets.balancing.asking import Asked
from omd.features.housekeeping.sheets.balancing.model import Found
from omd.features.housekeeping.sheets.balancing.search import balance
from omd.infra.programs import answer_questions


def answer(asked: Asked) -> Found:
    """Return the best sheets found."""
    return balance(asked.question, limit_s=asked.limit_s, wall_s=asked.wall_s)


if __name__ == "__main__":
    answer_questions(Asked, answer)
