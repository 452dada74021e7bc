"""One row of the matrix: an operation asked by everybody about the victim, and what is wrong with the answers."""

from collections.abc import Awaitable, Callable, Mapping

import httpx
import msgspec

from support.matrix.answers import differences
from support.matrix.callers import CALLERS, Caller, lies_within
from support.matrix.estates import API, MINIBAR, NOWHERE, SECRET
from support.matrix.house import House
from support.matrix.requests import Filled
from support.matrix.rights import Expected, expected
from support.openapi import Operation


class Row(msgspec.Struct):
    """An operation, what each caller was answered, and every problem with that."""

    operation: Operation
    names: frozenset[str]
    cells: dict[str, str] = {}
    problems: list[str] = []


async def ask_everybody(house: House, operation: Operation) -> Row:
    """Ask an operation as everybody: first whoever is to be refused, then whoever is let in, each in the same world."""
    filled = house.fill(operation, house.victim(operation))
    row = Row(operation, filled.names)
    should = {caller.name: expected(caller, operation, filled.names) for caller in CALLERS}
    for caller in CALLERS:
        if should[caller.name].kind == "refused":
            await _refused(house, row, caller, filled, should[caller.name])
    if written := await house.kept.put_back():
        row.problems.append(f"whoever was refused wrote to {', '.join(written)}")
    for caller in CALLERS:
        if should[caller.name].kind == "let in":
            await _let_in(house, row, caller, filled)
        elif should[caller.name].kind == "open":
            await _open(house, row, caller, filled)
    return row


async def _refused(house: House, row: Row, caller: Caller, filled: Filled, should: Expected) -> None:
    answer = await house.ask(filled, caller)
    _note(row, caller, answer)
    if answer.status_code != should.status:
        row.problems.append(
            f"{caller.name}: the permissions say {should.status}, the answer is {answer.status_code} {answer.text} "
            "(422: the request is not whole; give the field `examples`, or a value in support/matrix/requests.py)"
        )
    if should.hides:
        ids = house.victim(row.operation)
        twin = await house.ask(house.fill(row.operation, {name: NOWHERE[name] for name in ids}), caller)
        row.problems += [f"{caller.name}: {each}" for each in differences(answer, twin, ids, filled.names)]


async def _let_in(house: House, row: Row, caller: Caller, filled: Filled) -> None:
    prepare = _PREPARED.get(row.operation.document["operationId"])
    if prepare is not None:
        await prepare(house)
    answer = await house.ask(filled, caller)
    _note(row, caller, answer)
    if answer.status_code in (401, 403, 404, 422) or answer.status_code >= 500:
        row.problems.append(
            f"{caller.name}: the permissions let it in, the answer is {answer.status_code} {answer.text} "
            "(422: give the field `examples`, or a value in support/matrix/requests.py; 404: make what is missing in "
            "support/matrix/asking.py)"
        )
    written = await house.kept.put_back()
    if row.operation.method == "get" and not set(written) <= {"audit_log"}:
        row.problems.append(f"{caller.name}: a GET wrote to {', '.join(written)}")


async def _open(house: House, row: Row, caller: Caller, filled: Filled) -> None:
    """Ask what is open to everybody, about the victim's people and programs, and about nobody's."""
    ids = house.victim(row.operation)
    house.forget_attempts()
    answer = await house.ask(filled, caller)
    _note(row, caller, answer)
    house.forget_attempts()
    twin = await house.ask(house.fill(row.operation, {name: NOWHERE[name] for name in ids}), caller)
    row.problems += [f"{caller.name}: {each}" for each in differences(answer, twin, ids, filled.names)]
    if answer.status_code >= 500:
        row.problems.append(f"{caller.name}: {answer.status_code} {answer.text}")
    await house.kept.put_back()


def _note(row: Row, caller: Caller, answer: httpx.Response) -> None:
    row.cells[caller.name] = "ok" if answer.status_code < 400 else str(answer.status_code)
    works_there = any(lies_within(each.place, "grand") for each in caller.holdings)
    if SECRET in answer.text and not works_there:
        row.problems.append(f"{caller.name} reads of {SECRET}: {answer.text}")


async def _check_in(house: House) -> None:
    await _do(house, "post", f"/reservations/{house.estates['grand']['reservation_id']}/check-in", "hotel key")


async def _check_out(house: House) -> None:
    await _check_in(house)
    estate = house.estates["grand"]
    minibar = {"method": "cash", "amount": MINIBAR}
    at = f"/businesses/{estate['business_id']}/folios/{estate['folio_id']}/payments"
    await _do(house, "post", at, "hotel key", minibar)
    await _do(house, "post", f"/reservations/{house.estates['grand']['reservation_id']}/check-out", "hotel key")


async def _cancel(house: House) -> None:
    await _do(house, "post", f"/reservations/{house.estates['grand']['reservation_id']}/cancel", "hotel key")


async def _hold(house: House) -> None:
    """Make the stay, which was booked for good, one that is held until tonight."""
    held = "update reservations set status = 'tentative', hold_until = '2027-03-01 16:00Z' where id = $1"
    await house.kept.turn(held, house.estates["grand"]["reservation_id"])


async def _consent(house: House) -> None:
    await _do(house, "put", f"/businesses/{house.estates['grand']['business_id']}/consents/guests", "owner")


async def _do(house: House, method: str, path: str, by: str, body: object = None) -> None:
    answer = await house.client.request(method, API + path, headers=house.headers[by], json=body)
    assert answer.status_code in (200, 201), answer.text


_PREPARED: Mapping[str, Callable[[House], Awaitable[None]]] = {
    "confirmReservation": _hold,
    "extendHold": _hold,
    "undoCheckIn": _check_in,
    "checkOut": _check_in,
    "undoCheckOut": _check_out,
    "reinstateReservation": _cancel,
    "revokeGuestsConsent": _consent,
}
"""What has to be so before somebody who is let in can do it; the refused ask without."""
