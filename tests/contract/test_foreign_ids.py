"""A stranger who names somebody else's id, anywhere in a request, learns no more than of an id nobody has.

The path is the stranger's own as often as the victim's. That the same statements run for both is what keeps the time
from telling them apart, and needs no clock to be seen.
"""

from collections.abc import Iterator

import msgspec
import pytest

from support.matrix.answers import differences
from support.matrix.callers import CALLERS, PART_OF, Caller, lies_within
from support.matrix.estates import NOWHERE, OF_A_GUEST, OF_ALL_MEMBERS, REFERENCES, SECRET
from support.matrix.house import House
from support.matrix.requests import Ids
from support.matrix.rights import action_of, expected
from support.openapi import Operation, operations

STRANGERS = [
    caller
    for caller in CALLERS
    if any(each.place in PART_OF.keys() | PART_OF.values() for each in caller.holdings)
    and not any(lies_within(each.place, "grand") or lies_within("grand", each.place) for each in caller.holdings)
]
REFUSALS = {401, 403, 404, 409, 422}


@pytest.fixture
def quotas() -> None:
    """No limits: those of a destination are read anew once a second, whatever is asked, and that is a statement too."""


def crossings(house: House, operation: Operation, caller: Caller) -> Iterator[tuple[str, Ids, frozenset[str]]]:
    """Yield the ids of requests that name the victim's, and in which names: in all, in each, in all but the place."""
    victim, own = house.victim(operation), house.own(operation, caller)
    names = house.fill(operation, victim).names
    if own is None or not names:
        return
    yield "everything", victim, names
    if expected(caller, operation, names).status == 403:
        return
    if names >= OF_A_GUEST:
        yield "the guest", {**own, **{name: victim[name] for name in OF_A_GUEST}}, OF_A_GUEST
        names -= OF_A_GUEST
    if own["omd_id"] == victim["omd_id"]:
        names -= OF_ALL_MEMBERS
    for name in sorted(names & REFERENCES):
        yield name, {**own, name: victim[name]}, frozenset({name})
    inner = names - {"omd_id", "business_id", "reservation_id"}
    if inner & REFERENCES:
        yield "all but the place", {**own, **{name: victim[name] for name in inner}}, inner


class Compared(msgspec.Struct, frozen=True):
    """The status and the statements of an answer about the victim, and how it differs from one about nobody."""

    status: int
    statements: list[str]
    problems: list[str]


async def compared(house: House, operation: Operation, caller: Caller, ids: Ids, names: frozenset[str]) -> Compared:
    """Ask about the victim's ids, and about nobody's."""
    nobodys = {**ids, **{name: NOWHERE[name] for name in names}}
    house.forget_attempts()
    twin, statements_of_twin = await house.statements.during(house.ask(house.fill(operation, nobodys), caller))
    house.forget_attempts()
    answer, statements = await house.statements.during(house.ask(house.fill(operation, ids), caller))
    found = differences(answer, twin, ids, names)
    if statements != statements_of_twin:
        found.append(f"other statements: {statements}, but {statements_of_twin} where there is nothing")
    if SECRET in answer.text:
        found.append(f"reads of {SECRET}: {answer.text}")
    return Compared(answer.status_code, statements, found)


async def test_a_foreign_id_anywhere_is_like_one_that_nobody_has(house: House, subtests: pytest.Subtests) -> None:
    assert len(STRANGERS) == 5
    tried = asked_the_database = 0
    for operation in operations(house.document):
        if action_of(operation) is None:
            continue
        with subtests.test(operation.name):
            problems = []
            for caller in STRANGERS:
                for what, ids, names in crossings(house, operation, caller):
                    found = await compared(house, operation, caller, ids, names)
                    problems += [f"{caller.name}, {what}: {each}" for each in found.problems]
                    if found.status not in REFUSALS and operation.method != "get":
                        problems.append(f"{caller.name}, {what}: {found.status}")
                    tried += 1
                    asked_the_database += bool(found.statements)
            assert not problems, "\n".join(problems)
            assert await house.kept.put_back() == []
    assert tried > 500
    assert asked_the_database > 100


async def test_the_way_in_does_not_tell_whether_there_is_such_a_person(house: House, subtests: pytest.Subtests) -> None:
    nobody = next(caller for caller in CALLERS if caller.is_nobody)
    tried = set()
    for operation in operations(house.document):
        ids = house.victim(operation)
        names = house.fill(operation, ids).names
        if action_of(operation) is not None or not names:
            continue
        with subtests.test(operation.name):
            found = await compared(house, operation, nobody, ids, names)
            assert not found.problems, "\n".join(found.problems)
            await house.kept.put_back()
            tried.add(operation.document["operationId"])
    assert {"signIn", "requestPasswordReset", "issueOAuthToken"} <= tried
