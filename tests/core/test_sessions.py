"""Which run a session on the server belongs to."""

from __future__ import annotations

import pytest

from rdspatch.core.run import Run
from rdspatch.core.sessions import Holder, application_name
from tests.samples import RUN

LONG = Run(id="x" * 80, started_at=RUN.started_at)


@pytest.mark.parametrize("run", [RUN, LONG])
def test_a_session_of_the_very_run_is_known_by_its_name(run: Run) -> None:
    name = application_name(run)
    assert len(name) <= 63
    assert Holder(pid=1, user="u", application=name, query_age_seconds=None).is_of(run)


@pytest.mark.parametrize("application", ["", "rdspatch:", "rdspatch:run-10", "psql", "rdspatch:RUN-1"])
def test_any_other_session_is_another_runs(application: str) -> None:
    assert not Holder(pid=1, user="u", application=application, query_age_seconds=None).is_of(RUN)
