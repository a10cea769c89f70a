"""Other sessions on the server, and the server itself, as far as messages name them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.run import Run
    from rdspatch.core.strangers.creators import Creator

_LONGEST_APPLICATION_NAME = 63


def application_name(run: Run) -> str:
    """What other sessions see of a run's sessions; the server keeps no more of it."""
    return f"rdspatch:{run.id}"[:_LONGEST_APPLICATION_NAME]


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Who holds the run lock."""

    pid: int
    user: str
    application: str
    """Carries the run id of the other run."""
    query_age_seconds: float | None

    def is_of(self, run: Run) -> bool:
        """Whether it is a session of this very run: one that was killed, and that the server has not ended yet."""
        return self.application == application_name(run)

    def __str__(self) -> str:
        age = "" if self.query_age_seconds is None else f", last query {self.query_age_seconds:.0f} s ago"
        return f"pid {self.pid}, user {self.user}, application {self.application!r}{age}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A session with a lock on a relation that a patch, or a reader, needs."""

    pid: int
    user: str
    application: str
    state: str
    relation: str
    mode: str
    transaction_age_seconds: float | None
    granted: bool = True
    """False when it waits for its lock itself; whoever came after it waits behind it."""

    def __str__(self) -> str:
        age = self.transaction_age_seconds
        since = "" if age is None else f", in its transaction for {age:.0f} s"
        return (
            f"pid {self.pid}, user {self.user}, application {self.application!r}, {self.state}{since}, "
            f"{'holds' if self.granted else 'waits for'} {self.mode} on {self.relation}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerFacts:
    """What preflight asks the server."""

    version: int
    """`server_version_num`, for example 160004."""
    in_recovery: bool
    user: str
    can_create_ledger: bool
    """The role may create schemas here, or the schema `rdspatch` is there already."""
    other_settings: Mapping[str, str] = field(default_factory=dict)
    """Settings of the session that decide what a patch means, and that have another value than in its proof."""
    creators: tuple[Creator, ...] = ()
    """Who else may create something where patches look names up."""
