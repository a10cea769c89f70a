"""What a stage, or somebody else's app, decides about runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from infra.policies import Approval, Repair, Snapshot

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("decide", "why"),
    [
        (lambda: Approval(hazards=("destructve",)), "'destructve' is no kind of hazard; known are rewrite, "),
        (lambda: Approval(hours=0), "an approval is waited for 1 to 168 hours, not 0"),
        (lambda: Snapshot(keep=0), "snapshots are kept 1 to 50 of them, not 0"),
        (lambda: Snapshot(instance="a", cluster="b"), "an instance or of a cluster"),
        (lambda: Repair(limit=0), "a repair replays 1 to 1000 patches, not 0"),
        (lambda: Repair(schedule="daily"), "has to look like cron"),
    ],
)
def test_a_decision_that_cannot_be_meant_is_refused_before_anything_is_deployed(
    decide: Callable[[], object], why: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(why)):
        decide()
