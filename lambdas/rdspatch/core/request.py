"""The input of a run, parsed strictly: `{}` means apply on the only target."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.json_values import kind, shown
from rdspatch.core.plan import OutOfOrder

MAX_REASON_CHARACTERS = 500
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
"""JSON may hold half a character, which neither a log nor the audit can be given."""
_KEYS = ("allow_out_of_order", "mode", "reason", "target")
_OF_AWS = "AWS_STEP_FUNCTIONS_"
"""How the keys begin that AWS itself adds, such as `AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID` for a child."""


class Mode(enum.Enum):
    """What a run is for."""

    APPLY = "apply"
    PLAN = "plan"
    DRIFT = "drift"
    REPAIR = "repair"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What the caller asked for."""

    mode: Mode
    target: str
    reason: str
    out_of_order: OutOfOrder

    def to_json(self) -> dict[str, Any]:
        return {
            "mode": self.mode.value,
            "target": self.target,
            "reason": self.reason,
            "allow_out_of_order": self.out_of_order is OutOfOrder.ALLOWED,
        }


def parse_request(document: object, *, target: str) -> Request:
    """Read the input of a run.

    Args:
        document: The input as it came; anything but an object of known keys, and of those that AWS adds, is refused.
        target: The name of the only target that this deployment has.

    Raises:
        BadInput: With every problem.
    """
    if not isinstance(document, Mapping):
        what = f"is {kind(document)}, not an object"
        raise BadInput([Problem(where="input", what=what, instead='write {} or {"mode": "plan"}')])
    problems = [
        Problem(where="input", what=f"unknown key {shown(key)}", instead=f"known are {', '.join(_KEYS)}")
        for key in document
        if key not in _KEYS and not str(key).startswith(_OF_AWS)
    ]
    mode = document.get("mode", Mode.APPLY.value)
    known_modes = [member.value for member in Mode]
    if mode not in known_modes:
        problems.append(_problem("mode", mode, f"use one of {', '.join(known_modes)}"))
    asked = document.get("target", target)
    if asked != target:
        problems.append(_problem("target", asked, f"this deployment has one target, {target!r}"))
    reason = document.get("reason", "")
    if not isinstance(reason, str) or len(reason) > MAX_REASON_CHARACTERS or _LONE_SURROGATE.search(reason):
        problems.append(_problem("reason", reason, f"use a text of at most {MAX_REASON_CHARACTERS} characters"))
    allow = document.get("allow_out_of_order", False)
    if not isinstance(allow, bool):
        problems.append(_problem("allow_out_of_order", allow, "use true or false"))
    if problems:
        raise BadInput(problems)
    return Request(
        mode=Mode(mode),
        target=target,
        reason=str(reason),
        out_of_order=OutOfOrder.of(allowed=bool(allow)),
    )


def _problem(key: str, value: object, instead: str) -> Problem:
    return Problem(where=f"input.{key}", what=f"{shown(value)} is not accepted", instead=instead)
