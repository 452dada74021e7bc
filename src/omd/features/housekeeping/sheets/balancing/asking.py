"""What travels to the program that finds sheets."""

import msgspec

from omd.features.housekeeping.sheets.balancing.model import Question


class Asked(msgspec.Struct, frozen=True):
    """A question, and how long it may take: CP-SAT's deterministic seconds, and seconds of the clock."""

    question: Question
    limit_s: float
    wall_s: float
