"""What each test of SECURITY.md keeps from being taken out: a defence, without which the test fails."""

from __future__ import annotations

from typing import Final

from tests.guards import authoring, silence, strangers

GUARDS: Final = (*strangers.GUARDS, *authoring.GUARDS, *silence.GUARDS)
ROWS: Final = ("T9", *(f"T{number}" for number in range(20, 31)))
"""The rows of SECURITY.md that the guards are complete for."""
