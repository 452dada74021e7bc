"""What the logs say of a defect: which and on what request; never a token, a guest's name or a frame's locals."""

import json
import logging
import sys

import pytest
import structlog
from structlog.tracebacks import ExceptionDictTransformer

from support.front_desk import Desk, problem_of
from support.logs import lines, logged

SECRET = "Sesame-4711"


def fail(token: str) -> None:
    """Fail with the secret in a local, as a handler of requests would."""
    guest = f"guest of {token}"
    raise LookupError("no such thing as " + "a" * bool(guest) + " phoenix")


@pytest.mark.parametrize("through", ["structlog", "logging"])
def test_a_defect_is_told_without_the_locals_of_its_frames(through: str) -> None:
    with logged() as written:
        try:
            fail(SECRET)
        except LookupError as error:
            if through == "structlog":
                structlog.get_logger("omd.tests").error("defect", path="/somewhere", exc_info=error)
            else:
                logging.getLogger("somebody.elses").exception("defect")
    (line,) = lines(written, "defect")
    (told,) = line["exception"]
    assert (line["level"], told["exc_type"], told["exc_value"]) == (
        "error",
        "LookupError",
        "no such thing as a phoenix",
    )
    assert told["frames"][-1]["name"] == "fail"
    assert all("locals" not in frame for frame in told["frames"])
    assert SECRET not in written.getvalue()


def test_twin_locals_that_were_shown_would_tell() -> None:
    """The same defect rendered with the library's default: the secret is where the test above looks for it."""
    try:
        fail(SECRET)
    except LookupError:
        told = ExceptionDictTransformer(show_locals=True)(sys.exc_info())  # type: ignore[arg-type]  # there is one
    assert SECRET in json.dumps(told)


async def test_a_request_that_fails_on_our_side_gives_away_no_token_and_no_guest(desk: Desk) -> None:
    """The function that books is gone, as after a deployment gone wrong: nobody foresaw it, so it is a defect."""
    functions = await desk.connection.fetch(
        "select oid::regprocedure::text as name from pg_proc where proname = 'book_reservation'"
    )
    (function,) = [row["name"] for row in functions]
    await desk.connection.execute(f"alter function {function} rename to mislaid")
    guest = {"first_name": "Genoveva", "last_name": SECRET, "email": "genoveva@example.org"}
    with logged() as written:
        answer = await desk.book("twin", "2027-03-10", "2027-03-12", guests=[guest], note=f"allergic to {SECRET}")
    problem_of(answer, 500, "internal_error")
    (line,) = lines(written, "request_failed")
    assert (line["method"], line["path"]) == ("POST", f"/api/v1/businesses/{desk.hotel.id}/reservations")
    assert line["exception"][0]["exc_type"] == "UndefinedFunctionError"
    assert "book_reservation" in line["exception"][0]["exc_value"]
    token = desk.tokens.of(desk.party)["Authorization"].removeprefix("Bearer ")
    for secret in (token, SECRET, *guest.values()):
        assert secret not in written.getvalue()
        assert secret not in answer.text
