"""Every error that rdspatch raises on purpose, on one page.

The class name is the contract: Lambda reports it as `errorType`, the workflow retries by it, the audit stores it,
and `docs/runbook.md` has a heading for it. `retry` says what the workflow does with it, `exit_code` what the command
line does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

from rdspatch.core.counted import counted
from rdspatch.core.printable import printable
from rdspatch.core.problem_list import listed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rdspatch.core.sessions import Blocker, Holder

Retry = Literal["never", "soon", "slowly"]

MAX_MESSAGE_CHARACTERS = 1_500
"""Step Functions hashes the outcome with `States.Hash`, which takes 10,000 characters; one may be escaped as six."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong with the input: where, what, and what to write instead."""

    where: str
    what: str
    instead: str = ""

    def __str__(self) -> str:
        return f"{printable(self.where)}: {self.cause}"

    def to_json(self) -> dict[str, str]:
        return {"where": self.where, "what": self.what, "instead": self.instead}

    @property
    def cause(self) -> str:
        """What is wrong and what to write instead, on one line; a server or a file may have had a say in it."""
        return printable(self.what + (f"; {self.instead}" if self.instead else ""))


class RdspatchError(Exception):
    """The root of all errors of this package; the message is cut to `MAX_MESSAGE_CHARACTERS`."""

    retry: ClassVar[Retry] = "never"
    exit_code: ClassVar[int] = 1

    def __init__(self, message: str) -> None:
        super().__init__(_cut(message))

    def say_more(self, what: str) -> None:
        """Add a sentence to the message."""
        self.args = (_cut(f"{self}. {what}"),)


def _cut(message: str) -> str:
    return message if len(message) <= MAX_MESSAGE_CHARACTERS else message[: MAX_MESSAGE_CHARACTERS - 1] + "…"


class InputError(RdspatchError):
    """Our input is wrong; carries every problem, not just the first."""

    exit_code = 2
    subject: ClassVar[str] = "the input"

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        count = counted(len(self.problems), "problem", "problems")
        self.whole = f"{count} in {self.subject}:\n{listed(self.problems)}"
        """The message with every problem; the exception's own, which a run's payload carries, is cut."""
        super().__init__(self.whole)


class BadInput(InputError):
    """The execution's input (or the event) is not what the workflow takes."""

    subject = "the input"


class BadSettings(InputError):
    """The configuration of a function or of the command line is wrong."""

    subject = "the settings"


class BadPatches(InputError):
    """Files in the patch directory cannot be used."""

    subject = "the patches"


class LockFileStale(InputError):
    """The lock file does not describe the patches beside it."""

    exit_code = 3
    subject = "patches.lock.json"


class ProofFailed(InputError):
    """A patch does not do on a scratch server what every patch must: succeed, and change nothing the second time."""

    exit_code = 1
    subject = "the proof"


class BadModels(InputError):
    """The application's models cannot be imported, or PostgreSQL refuses the schema that they describe."""

    subject = "the models"


class ModelsDiffer(InputError):
    """The patches do not lead to the schema that the application's models describe; lists every difference."""

    exit_code = 3
    subject = "the models"


class PlanRefused(RdspatchError):
    """An applied patch was edited; a pending one is out of order, may call what others own, or would be misread."""

    exit_code = 3


class PatchFailed(RdspatchError):
    """PostgreSQL refused a statement of a patch; the patch and everything after it is not applied."""

    def __init__(self, message: str, *, patch_id: str, sqlstate: str, line: int | None) -> None:
        super().__init__(message)
        self.patch_id = patch_id
        self.sqlstate = sqlstate
        self.line = line


class VerificationFailed(InputError):
    """The patches are in the ledger, but the database does not hold what they promise."""

    exit_code = 3
    subject = "the verification"


class EffectMissing(InputError):
    """A patch is in the ledger, and the live schema is not what the patch was proven to make of it."""

    exit_code = 3
    subject = "the effects of the applied patches"


class DriftFound(RdspatchError):
    """The live schema is something else than the applied patches lead to; nothing was changed."""

    exit_code = 3


class DriftUnjudged(RdspatchError):
    """No difference is known, but the ledger has patches that no file here stands for; nothing was changed."""

    exit_code = 3


class RepairRefused(InputError):
    """What is missing cannot be brought back by replaying patches, or not without changing something else."""

    exit_code = 3
    subject = "the repair"


class LedgerUnusable(RdspatchError):
    """The ledger is there in part, in another shape, cannot be written, or somebody else has a hand in it."""

    exit_code = 2


class Drifted(RdspatchError):
    """Something of the same name but of another definition is in the way of a patch."""

    exit_code = 3


class AccessDenied(RdspatchError):
    """The database refused the login, or the role lacks a privilege."""

    exit_code = 2


class InsecureConnection(RdspatchError):
    """The server's certificate or name does not check out, or it offers no TLS; nothing was sent to it."""

    exit_code = 2


class UnsupportedServer(RdspatchError):
    """The server is too old, a read-only standby, or something else than PostgreSQL itself."""

    exit_code = 2


class AnotherRunActive(RdspatchError):
    """The run lock is held by another session; the message names it."""

    retry = "slowly"
    exit_code = 4

    def __init__(self, message: str, *, holder: Holder | None = None) -> None:
        super().__init__(message)
        self.holder = holder


class LockNotAvailable(RdspatchError):
    """The lock waits of a patch ran out; the message names who holds the lock."""

    exit_code = 4

    def __init__(self, message: str, *, patch_id: str) -> None:
        super().__init__(message)
        self.patch_id = patch_id


class ReadBlocked(RdspatchError):
    """Another session's lock kept ledger, schema or a query from being read; the message names who holds it."""

    retry = "soon"
    exit_code = 4

    def __init__(self, message: str, *, blockers: tuple[Blocker, ...]) -> None:
        super().__init__(message)
        self.blockers = blockers


class DatabaseUnreachable(RdspatchError):
    """No connection could be made, or the server did not give the run lock."""

    retry = "soon"
    exit_code = 4


class ConnectionLost(RdspatchError):
    """The connection broke, or an answer did not come in time, and the ledger could not be read in this invocation."""

    retry = "soon"
    exit_code = 4


class PatchesLost(RdspatchError):
    """Patches were applied and the ledger does not have them any more; running again applies them again."""

    exit_code = 4

    def __init__(self, message: str, *, patches: tuple[str, ...]) -> None:
        super().__init__(message)
        self.patches = patches


class AuditUnavailable(RdspatchError):
    """DynamoDB did not take a record; what is applied stays applied and the next run records it."""

    retry = "soon"
    exit_code = 4


class Unhealthy(RdspatchError):
    """The patches are applied and the application does not answer healthy."""

    exit_code = 5


class ApprovalRejected(RdspatchError):
    """Somebody has rejected the hazards of the pending patches; nothing was applied."""

    exit_code = 3


class ApprovalExpired(RdspatchError):
    """Nobody has approved the hazards of the pending patches in time, or what waited is over; nothing was applied."""

    exit_code = 4


class SnapshotFailed(RdspatchError):
    """The snapshot that the pending patches need was not taken, so none was applied."""

    exit_code = 4


class RunEnded(RdspatchError):
    """The run has its last record, and was redriven or still had a function at work; what it did stays."""


class RunAborted(RdspatchError):
    """Somebody stopped the execution; what was applied until then stays applied."""


class RunTimedOut(RdspatchError):
    """The execution took longer than a run may; what was applied until then stays applied."""

    exit_code = 4


class UnexpectedFailure(RdspatchError):
    """A defect of rdspatch; the details are in the function's log, not in the message."""

    exit_code = 1
