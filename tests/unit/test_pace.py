"""Looking for what may have come: often while it does, seldom after a while without."""

from omd.infra.pace import Pace


def test_what_was_quiet_for_a_while_is_looked_at_seldom_until_something_comes() -> None:
    now = 0.0
    pace = Pace(0.025, 0.1, quiet_seconds=2.0, now=lambda: now)
    assert pace.after(came=False) == 0.025
    now = 2.0
    assert pace.after(came=False) == 0.025
    now = 2.1
    assert pace.after(came=False) == 0.1
    now = 500.0
    assert pace.after(came=False) == 0.1
    assert pace.after(came=True) == 0.025
    now = 502.0
    assert pace.after(came=False) == 0.025
    now = 502.1
    assert pace.after(came=False) == 0.1


def test_who_looks_seldom_anyway_does_so_always() -> None:
    now = 0.0
    pace = Pace(0.5, 0.1, quiet_seconds=2.0, now=lambda: now)
    assert pace.after(came=True) == 0.5
    now = 9.0
    assert pace.after(came=False) == 0.5
