"""What travels to the program that finds plans, and back."""

from typing import Literal

import msgspec

from omd.features.assignment.optimising.explaining import Reason
from omd.features.assignment.optimising.model import Question, Score


class Asked(msgspec.Struct, frozen=True):
    """A question, and how long it may take: CP-SAT's deterministic seconds, and seconds of the clock."""

    question: Question
    limit_s: float
    wall_s: float


class Answered(msgspec.Struct, frozen=True):
    """A plan with its reasons, by stay; costs as in `Found`, and that of the rooms as they were."""

    rooms: tuple[int | None, ...]
    score: Score
    cost: int
    cost_now: int
    cost_first: int
    began_with: Literal["greedy", "as_it_is"]
    bound: int | None
    proven: bool
    reasons: tuple[Reason | None, ...]
