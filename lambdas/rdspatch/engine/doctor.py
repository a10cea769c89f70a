"""Run the doctor's checks one after the other: none of them stops another, and none outlasts its share of the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from rdspatch.core.doctor.finding import Finding, State, problem, skipped
from rdspatch.core.errors import RdspatchError
from rdspatch.core.failure import OutcomeUnknown, SqlFailed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rdspatch.ports import Clock

LONGEST_LOOK = timedelta(seconds=10)
SHORTEST_LOOK = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the world, and the checks that it decides."""

    checks: tuple[str, ...]
    take: Callable[[], Sequence[Finding]]
    """Looks and judges; an error stands for a problem in the first of `checks`."""
    needs: tuple[str, ...] = ()
    """Checks that it makes no sense without."""
    on_error: Callable[[RdspatchError], Finding] | None = None
    """The finding for an error, where the error's own words do not say enough."""


def examine(looks: Iterable[Look], *, clock: Clock, time: timedelta) -> tuple[Finding, ...]:
    """The findings of all looks, in their order.

    A look that gives no answer in time is left behind in its thread, since neither a name look-up nor a socket that
    somebody else reads can be interrupted.

    Args:
        looks: What to look at; those that others need come first.
        clock: For the time left.
        time: How long all of it may take.
    """
    ends = clock.monotonic() + time.total_seconds()
    found: dict[str, Finding] = {}
    for look in looks:
        missing = next((need for need in look.needs if _is_missing(found.get(need))), None)
        left = timedelta(seconds=ends - clock.monotonic())
        if missing is not None:
            findings = _all_skipped(look.checks, f"waits for {missing}")
        elif left < SHORTEST_LOOK:
            findings = _all_skipped(look.checks, "no time was left for it")
        else:
            findings = _take(look, min(left, LONGEST_LOOK))
        found.update({finding.check: finding for finding in findings})
    return tuple(found.values())


def _is_missing(finding: Finding | None) -> bool:
    return finding is not None and finding.state in (State.PROBLEM, State.SKIPPED)


def _all_skipped(checks: Sequence[str], why: str) -> Sequence[Finding]:
    return tuple(skipped(check, why) for check in checks)


def _take(look: Look, time: timedelta) -> Sequence[Finding]:
    first, *others = look.checks
    try:
        return _within(time, look.take)
    except TimeoutError:
        wrong = problem(first, f"gave no answer within {time.total_seconds():.0f} s", "check the route to it")
    except RdspatchError as error:
        wrong = look.on_error(error) if look.on_error else problem(first, str(error))
    except SqlFailed as failed:
        wrong = problem(first, f"{failed.failure.message} (SQLSTATE {failed.failure.sqlstate})")
    except OutcomeUnknown as lost:
        wrong = problem(first, str(lost), "run the doctor again")
    except Exception as error:  # noqa: BLE001 - one check's defect must not hide what the others find
        # Its text may hold anything.
        wrong = problem(first, f"the check itself failed with {type(error).__name__}", "report it")
    return (wrong, *_all_skipped(others, f"waits for {first}"))


def _within(time: timedelta, take: Callable[[], Sequence[Finding]]) -> Sequence[Finding]:
    outcome: SimpleQueue[Sequence[Finding] | Exception] = SimpleQueue()

    def look() -> None:
        try:
            outcome.put(take())
        except Exception as error:  # noqa: BLE001 - raised again by who waits
            outcome.put(error)

    Thread(target=look, name="rdspatch-doctor", daemon=True).start()
    try:
        answer = outcome.get(timeout=time.total_seconds())
    except Empty:
        raise TimeoutError from None
    if isinstance(answer, Exception):
        raise answer
    return answer
