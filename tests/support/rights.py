"""A hotel's key with the rights of the hotel's owner, and the destination's with its administrator's.

What only people may do is tested through keys here: the table of rights is widened, nothing else is different.
"""

import pytest

from omd.features.identity import ROLES, access


def widen_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every key do what the owner of its hotel, or the administrator of its destination, may do."""
    monkeypatch.setattr(access, "HOTEL_SCOPES", ROLES["owner"])
    monkeypatch.setattr(access, "OMD_SCOPES", ROLES["omd_administrator"])
