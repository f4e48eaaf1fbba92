"""Who may enter an organization's console."""

import pytest

from portal.core.permissions import Role
from portal.directory.policy.entrance import role_in

OPEN = {"own": None, "has_access": True, "enters": True, "verified": True}


@pytest.mark.parametrize(
    ("situation", "role"),
    [
        (OPEN, Role.ON_BEHALF),
        ({**OPEN, "has_access": False}, None),
        ({**OPEN, "enters": False}, None),
        ({**OPEN, "verified": False}, None),
        ({**OPEN, "own": "member", "has_access": False}, None),
        ({**OPEN, "own": "super-admin", "has_access": False}, Role.CUSTOMER_SUPER_ADMIN),
        ({**OPEN, "own": "admin", "verified": False}, Role.CUSTOMER_ADMIN),
    ],
)
def test_every_condition_counts(situation, role):
    assert role_in(**situation) is role
