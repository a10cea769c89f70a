"""What is known of each patch of a run that lost its database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.audit import AuditEvent
from rdspatch.core.outcome import Result
from rdspatch.core.recorded_run import facts_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.audit import AuditRecord
    from rdspatch.core.errors import RdspatchError
    from rdspatch.core.outcome import Outcome

OF_THIS_RUN = "Of this run's patches,"
_MOST_NAMES = 10
"""In a sentence, of each kind; a run's message stays short whatever the number of patches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """Names of patches, each kind in the order of the run."""

    applied: tuple[str, ...] = ()
    replayed: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Sent, and nobody knows what came of it: the ledger does."""
    not_reached: tuple[str, ...] = ()
    not_named: int = 0
    """How many more were not reached."""

    @classmethod
    def of_outcomes(cls, outcomes: Sequence[Outcome]) -> Account:
        """What one call has seen itself; what failed has a message of its own."""
        names = {result: [it.patch_id for it in outcomes if it.result is result] for result in Result}
        return cls(
            applied=tuple(names[Result.APPLIED]),
            replayed=tuple(names[Result.REPLAYED]),
            unknown=tuple(names[Result.UNKNOWN]),
            not_reached=tuple(names[Result.NOT_REACHED]),
        )

    @classmethod
    def of_records(cls, records: Sequence[AuditRecord], *, run_id: str) -> Account:
        """What the audit has of a run, in the order of its records."""
        last: dict[str, AuditRecord] = {}
        for record in records:
            if record.patch_id is not None and facts_of(record).get("run_id") == run_id:
                last[record.patch_id] = record
        names = {
            event: tuple(name for name, record in last.items() if record.event == event.value) for event in AuditEvent
        }
        unknown = names[AuditEvent.PATCH_UNKNOWN]
        facts = [facts_of(last[patch]) for patch in unknown]
        lists = [found.get("not_reached") for found in facts]
        later = [str(name) for items in lists if isinstance(items, list) for name in items]
        counts = [found.get("more_not_reached") for found in facts]
        return cls(
            applied=names[AuditEvent.PATCH_APPLIED],
            replayed=names[AuditEvent.PATCH_REPLAYED],
            unknown=unknown,
            not_reached=tuple(dict.fromkeys((*names[AuditEvent.PATCH_NOT_REACHED], *later))),
            not_named=sum(count for count in counts if isinstance(count, int)),
        )

    def __str__(self) -> str:
        kinds = {
            "applied": self.applied,
            "replayed": self.replayed,
            "not known": self.unknown,
            "not reached": self.not_reached,
        }
        more = {"not reached": self.not_named}
        return "; ".join(f"{kind}: {_some(names, more.get(kind, 0))}" for kind, names in kinds.items() if names)


def explain(failure: RdspatchError, account: Account, *, source: str) -> None:
    """Let a failure say what is known of each patch, unless it is of one patch and says so itself.

    Args:
        failure: What ended the run, or this try of it.
        account: What is known.
        source: Who says so, as the beginning of the sentence.
    """
    if str(account) and (account.unknown or failure.retry != "never"):
        ledger = "; whether it took effect the ledger says, and the next run reads it" if account.unknown else ""
        failure.say_more(f"{source} {account}{ledger}")


def explain_lasting(failure: RdspatchError, outcomes: Sequence[Outcome]) -> None:
    """The same in a run of the workflow, where the audit says it of a failure that is tried again."""
    if failure.retry == "never":
        explain(failure, Account.of_outcomes(outcomes), source=OF_THIS_RUN)


def _some(names: Sequence[str], not_named: int) -> str:
    more = max(0, len(names) - _MOST_NAMES) + not_named
    return ", ".join(names[:_MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
