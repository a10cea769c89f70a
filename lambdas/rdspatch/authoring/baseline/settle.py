"""The order of statements, found by trying: what is refused is tried again after the others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.ddl.script import Step
from rdspatch.authoring.proof.connection import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.authoring.proof.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What came of trying."""

    statements: tuple[str, ...]
    """In the order in which the server took them."""
    refused: tuple[tuple[str, str], ...]
    """Those that it never took, each with its reason."""


def settle(connection: Connection, steps: Sequence[Step]) -> Settled:
    """Run every statement, as often as it takes for the others to make way; in a database that is thrown away.

    Where nothing goes on any more, tables are made of their parts.
    """
    done: list[str] = []
    pending = list(steps)
    while pending:
        left, reasons = _one_pass(connection, pending, done)
        if len(left) == len(pending):
            if not any(step.parts for step in left):
                return Settled(statements=tuple(done), refused=tuple(reasons))
            left = [part for step in left for part in (map(Step, step.parts) if step.parts else [step])]
        pending = left
    return Settled(statements=tuple(done), refused=())


def _one_pass(
    connection: Connection, pending: Sequence[Step], done: list[str]
) -> tuple[list[Step], list[tuple[str, str]]]:
    left, reasons = [], []
    for step in pending:
        try:
            connection.execute(step.sql)
            done.append(step.sql)
        except Refused as refused:
            left.append(step)
            reasons.append((step.sql, str(refused)))
    return left, reasons
