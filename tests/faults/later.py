"""Trials that CI leaves to `make faults`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable


def in_ci(values: Iterable[Any], *chosen: Any) -> list[Any]:
    """Cases of a parametrization; all but the chosen ones wait for `make faults`."""
    return [value if value in chosen else pytest.param(value, marks=pytest.mark.faults_only) for value in values]
