"""One execution of the workflow, or one call of the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rdspatch.core.errors import BadInput, Problem

_RUN_ID = re.compile(r"[A-Za-z0-9_.+=@-]{1,80}")
_STARTED_AT = re.compile(r"[0-9T:.Z+-]{10,40}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Who is working: the execution's name and its start, both as the workflow gives them."""

    id: str
    started_at: str


def parse_run(document: object) -> Run:
    """Read `{"id": …, "started_at": …}`.

    Raises:
        BadInput: When a value is missing or could not be part of an audit key.
    """
    if not isinstance(document, Mapping):
        raise BadInput([Problem(where="run", what="is not an object")])
    problems = []
    run_id, started_at = document.get("id"), document.get("started_at")
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id):
        problems.append(Problem(where="run.id", what="is not the name of an execution"))
    if not isinstance(started_at, str) or not _STARTED_AT.fullmatch(started_at):
        problems.append(Problem(where="run.started_at", what="is not a time in ISO 8601"))
    if problems:
        raise BadInput(problems)
    return Run(id=str(run_id), started_at=str(started_at))
