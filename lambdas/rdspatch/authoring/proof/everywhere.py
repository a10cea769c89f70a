"""The proof on every version that the patches are meant for."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.authoring.proof.prove import Proven, prove
from rdspatch.authoring.proof.versions import dependence_problems, merged
from rdspatch.core.errors import BadPatches, ProofFailed
from rdspatch.core.newer_syntax import all_read_otherwise
from rdspatch.core.proven_on import majors

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rdspatch.authoring.proof.scratch import ScratchServer
    from rdspatch.core.errors import Problem
    from rdspatch.core.lockfile import LockedPatch, LockFile
    from rdspatch.core.scope import Scope


def prove_on_each(
    baseline: str,
    locked: Sequence[LockedPatch],
    servers: Sequence[ScratchServer],
    *,
    scope: Scope,
    known: LockFile | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Proven:
    """Prove on the lowest version, then on the others, where everything has to come out as on the lowest.

    Args:
        baseline: The SQL that makes the schema before the first patch.
        locked: The patches as the parser sees them, in order.
        servers: At least one; each of another major version.
        scope: What a run looks at; what lies outside may differ.
        known: From the existing lock file; it counts where it was proven on these very versions.
        progress: Told what is proven next.

    Returns:
        What holds on each of them; the effects and the schema are in the words of the lowest.

    Raises:
        BadPatches: A patch says what one of these versions reads otherwise than the parser.
        ProofFailed: As `prove` raises it, with the version where there are several.
    """
    servers = sorted(servers, key=lambda server: server.major)
    otherwise = all_read_otherwise(locked, servers[0].major)
    if otherwise:
        raise BadPatches(otherwise)
    if known is not None and known.servers != tuple(server.major for server in servers):
        known = None
    if len(servers) == 1:
        return prove(baseline, locked, servers[0], known=known, progress=progress)
    task = _Task(baseline, locked, known, scope, progress)
    lowest, *others = _all_at_once(task, servers)
    if not task.is_known_by(lowest):
        # Nor does what it says of the other versions count.
        return prove_on_each(baseline, locked, servers, scope=scope, progress=progress)
    problems = [problem for other in others for problem in dependence_problems(lowest.lock, other.lock)]
    if problems:
        raise ProofFailed(problems)
    notes = [
        f"on PostgreSQL {other.lock.server}: {note}"
        for other in others
        for note in other.notes
        if note not in lowest.notes
    ]
    lock = merged([lowest.lock, *(other.lock for other in others)])
    return replace(lowest, lock=lock, notes=(*lowest.notes, *notes))


@dataclass(frozen=True, slots=True)
class _Task:
    """What is proven, on whatever server."""

    baseline: str
    locked: Sequence[LockedPatch]
    known: LockFile | None
    scope: Scope
    progress: Callable[[str], None]

    def is_known_by(self, lowest: Proven) -> bool:
        """Whether what is known counted on the lowest version."""
        return self.known is None or lowest.newly == len(self.locked) - len(self.known.patches)


def _all_at_once(task: _Task, servers: Sequence[ScratchServer]) -> list[Proven]:
    """The proof on each server, the first of which the others are held against.

    They run at the same time: each waits for its server most of the time.

    Raises:
        ProofFailed: With every reason on every version.
    """
    stopped = threading.Event()

    def on(server: ScratchServer, like: Callable[[], LockFile | None] | None) -> Proven:
        def tell(name: str) -> None:
            if stopped.is_set():
                raise _Stopped
            task.progress(f"{name} on PostgreSQL {server.major}")

        return prove(task.baseline, task.locked, server, known=task.known, like=like, progress=tell)

    with ThreadPoolExecutor(len(servers)) as pool:
        first = pool.submit(on, servers[0], None)

        def of_first() -> LockFile | None:
            is_reached = first.exception() is None and task.is_known_by(first.result())
            return replace(first.result().lock, scope=task.scope) if is_reached else None

        runs = [first, *(pool.submit(on, server, of_first) for server in servers[1:])]
        try:
            wait(runs)
        except BaseException:
            stopped.set()
            raise
    problems = _together({server.major: run.exception() for server, run in zip(servers, runs, strict=True)})
    if problems:
        raise ProofFailed(problems)
    return [run.result() for run in runs]


def _together(ended: Mapping[int, BaseException | None]) -> list[Problem]:
    """What the proofs on these versions refused, each thing once, with its versions where not all of them did."""
    found: dict[Problem, list[int]] = {}
    for major, error in ended.items():
        for problem in error.problems if isinstance(error, ProofFailed) else ():
            found.setdefault(problem, []).append(major)
    return [
        problem if len(here) == len(ended) else replace(problem, what=f"on PostgreSQL {majors(here)}: {problem.what}")
        for problem, here in found.items()
    ]


class _Stopped(Exception):
    """Nobody waits for this proof any more."""
