"""One execution of the workflow, or one call of the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.json_values import kind

_RUN_ID = re.compile(
    r"""[^\s<>{}\[\]?*"#%\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff\U0010ffff]{1,80}""",
)
"""What Step Functions takes as an execution's name; without `#` and `|`, which the audit puts between its texts."""
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
        instead = 'send {"id": the execution\'s name, "started_at": its start}'
        raise BadInput([Problem(where="run", what=f"is {kind(document)}, not an object", instead=instead)])
    problems = []
    run_id, started_at = document.get("id"), document.get("started_at")
    if not isinstance(run_id, str) or not _RUN_ID.fullmatch(run_id):
        instead = "use 1 to 80 characters that Step Functions takes"
        problems.append(Problem(where="run.id", what="is not the name of an execution", instead=instead))
    if not isinstance(started_at, str) or not _STARTED_AT.fullmatch(started_at):
        instead = "write it like 2026-01-01T00:00:00.000Z"
        problems.append(Problem(where="run.started_at", what="is not a time in ISO 8601", instead=instead))
    if problems:
        raise BadInput(problems)
    return Run(id=str(run_id), started_at=str(started_at))
