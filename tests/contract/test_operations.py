"""The table of operations and actions names exactly what the API serves."""

import httpx

from omd.entrypoints.api.operations import OPERATIONS
from omd.entrypoints.api.route_classes import ROUTE_CLASSES
from omd.features.identity import REACH, ROLES, Action
from support.openapi import operations, read_document


async def test_every_operation_has_its_action_and_every_action_is_somebodys(client: httpx.AsyncClient) -> None:
    document = await read_document(client)
    served = {each.document["operationId"] for each in operations(document) if "/api/v1/" in each.path}
    assert served == set(OPERATIONS)
    assert served == set(ROUTE_CLASSES)
    assert set(REACH) == set(Action)
    assert set(Action) == frozenset().union(*ROLES.values())
