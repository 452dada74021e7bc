"""The figures of docs/algorithms/pricing.md are what the engine gives."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "pricing.md"


def test_the_worked_figures_of_the_page() -> None:
    result = doctest.testfile(str(PAGE), module_relative=False)
    assert result.attempted >= 18
    assert result.failed == 0
