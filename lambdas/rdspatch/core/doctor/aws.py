"""The audit table and the secret, as far as the function's own permissions let it look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.doctor.finding import Finding, ok, problem, skipped, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})
_MISSING = "ResourceNotFoundException"


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """An AWS call that did not succeed."""

    code: str
    """AWS's error code, or the name of the client's own exception."""
    reached: bool
    """Whether AWS answered at all."""

    @property
    def is_denied(self) -> bool:
        return self.code in _DENIED


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What keeps the audit table from getting lost."""

    deletion_protection: bool
    point_in_time_recovery: bool


def judge_read(table: str, refused: Refused | None) -> Finding:
    """Whether the audit table is there and may be read."""
    return _judge("audit table", f"{table} is there and can be read", table, "dynamodb:Query", refused)


def judge_write(table: str, refused: Refused | None) -> Finding:
    """Whether records may be added; asked by a write whose condition cannot hold."""
    return _judge("audit writes", "records can be added", table, "dynamodb:PutItem", refused)


def judge_indexes(table: str, refused: Mapping[str, Refused | None]) -> Finding:
    """Whether the indexes by run and by patch are there."""
    for index, why in refused.items():
        if why is not None and why.reached and not why.is_denied:
            what = f"the index {index} of {table} cannot be used: {why.code}"
            return problem("audit indexes", what, "deploy the stack again, and wait until the index is active")
        if why is not None:
            return _judge("audit indexes", "", f"{table}/index/{index}", "dynamodb:Query", why)
    return ok("audit indexes", f"{' and '.join(refused)} are there")


def judge_protection(table: str, seen: Protection | Refused) -> Finding:
    """Whether the table outlives a mistake; skipped where the role may not look, as the deployed function's may not."""
    if isinstance(seen, Refused):
        if seen.is_denied:
            why = (
                "this role may not describe the table, and needs no permission to; ask with an operator's credentials: "
            )
            return skipped("audit protection", why + f"rdspatch doctor --audit-table {table}")
        return _judge("audit protection", "", table, "dynamodb:DescribeTable", seen)
    missing = [
        name
        for name, is_on in (
            ("deletion protection", seen.deletion_protection),
            ("point-in-time recovery", seen.point_in_time_recovery),
        )
        if not is_on
    ]
    if missing:
        return warning(
            "audit protection", f"{table} has no {' and no '.join(missing)}", "switch it on: deploy the stack"
        )
    return ok("audit protection", f"{table} has deletion protection and point-in-time recovery")


def _judge(check: str, good: str, table: str, action: str, refused: Refused | None) -> Finding:
    if refused is None:
        return ok(check, good)
    if not refused.reached:
        instead = "check the gateway endpoint, the route tables of the subnets, and the region and credentials"
        return problem(check, f"DynamoDB cannot be reached: {refused.code}", instead)
    if refused.is_denied:
        return problem(check, f"this role may not use {table}: {refused.code}", f"grant {action} on it")
    if refused.code == _MISSING:
        return problem(check, f"{table} does not exist here", "correct RDSPATCH_AUDIT_TABLE, the region or the account")
    return problem(
        check, f"{table}: {refused.code}", "run the doctor again; if it stays, look at the table in the console"
    )
