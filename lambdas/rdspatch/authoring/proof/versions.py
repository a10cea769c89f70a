"""What a proof on one version came to, held against the proof on another one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rdspatch.core.directory import BASELINE
from rdspatch.core.drift import BASELINE as OF_BASELINE
from rdspatch.core.errors import Problem
from rdspatch.core.proof import StatementTrace, strongest_locks
from rdspatch.core.proven_on import majors
from rdspatch.core.wording import TEXTS
from rdspatch.engine.drift import read_drift

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.authoring.proof.scratch import ScratchDatabase
    from rdspatch.core.lockfile import LockedPatch, LockFile
    from rdspatch.core.proof import Hazard
    from rdspatch.core.schema import Effect, ObjectName
    from rdspatch.core.scope import Scope

_INSTEAD = (
    "write it so that it comes out the same on both, or name one of the two versions only: `server` in "
    "[tool.rdspatch], or --server"
)


def differences_from(like: LockFile, proven: Sequence[LockedPatch], database: ScratchDatabase) -> list[Problem]:
    """What comes out otherwise on this version than a run expects that goes by the proof on another one.

    Args:
        like: That proof, with the scope of the runs.
        proven: Every patch, as the proof on this version has it.
        database: With all of them.
    """
    found = effect_problems(like, proven)
    problems = list(found.values())
    with database.runner() as runner:
        drift = read_drift(like, runner.session).differences
    makers = {effect.object: entry.patch.name for entry in proven for effect in entry.effects or ()}
    for difference in drift:
        if difference.object not in found:
            patch = makers.get(difference.object, difference.patch)
            where = BASELINE if patch in ("", OF_BASELINE) else f"{patch}.sql"
            details = "; ".join(detail.predicate() for detail in difference.details)
            what = f"{_otherwise(like.server)}: {difference.object}: {details}"
            problems.append(Problem(where=where, what=what, instead=_INSTEAD))
    return problems


def _otherwise(lowest: int | None) -> str:
    return f"comes out otherwise than on PostgreSQL {lowest}, by whose proof runs go"


def _differing(theirs: LockedPatch, ours: LockedPatch, scope: Scope) -> tuple[ObjectName, ...]:
    """To which objects a patch does something else on this version than on the other one, but for texts.

    What the text of an expression comes to is for the server to say.
    """
    there, here = _by_object(theirs), _by_object(ours)
    return tuple(
        name
        for name in sorted(there.keys() | here.keys(), key=lambda name: name.sort_key)
        if scope.covers(name) and _wordless(there.get(name)) != _wordless(here.get(name))
    )


def effect_problems(like: LockFile, proven: Sequence[LockedPatch]) -> dict[ObjectName, Problem]:
    """By object, the first patch that does something else to it on this version than on the other one.

    Args:
        like: The proof on the other version.
        proven: The same patches, as the proof on this version has them.
    """
    found: dict[ObjectName, Problem] = {}
    for theirs, ours in zip(like.patches, proven, strict=True):
        there, here = _by_object(theirs), _by_object(ours)
        for name in _differing(theirs, ours, like.scope):
            on_this, on_other = (str(effects.get(name, "does nothing")) for effects in (here, there))
            what = f"{_otherwise(like.server)}: {name}: it {on_this}, and on {like.server} {on_other}"
            found.setdefault(name, Problem(where=ours.patch.id.file_name, what=what, instead=_INSTEAD))
    return found


def _by_object(locked: LockedPatch) -> dict[ObjectName, Effect]:
    return {effect.object: effect for effect in locked.effects or ()}


def _wordless(effect: Effect | None) -> Effect | None:
    if effect is None:
        return None
    texts = TEXTS.get(effect.object.kind, ())
    before, after = (
        None if side is None else {item: None if item in texts else value for item, value in side.items()}
        for side in (effect.before, effect.after)
    )
    return replace(effect, before=before, after=after)


def dependence_problems(first: LockFile, other: LockFile) -> list[Problem]:
    """Patches of which one proof says that something is not the same everywhere, and the other does not."""
    return [
        Problem(
            where=ours.patch.id.file_name,
            what=f"on PostgreSQL {here}, and not on {there}: {', '.join(map(str, extra))}",
            instead=_INSTEAD,
        )
        for ours, theirs in zip(first.patches, other.patches, strict=True)
        for here, there, extra in (
            (first.server, other.server, [item for item in ours.depends if item not in theirs.depends]),
            (other.server, first.server, [item for item in theirs.depends if item not in ours.depends]),
        )
        if extra
    ]


def merged(proofs: Sequence[LockFile]) -> LockFile:
    """What holds on each of several versions, the first of which is the lowest.

    Effects are in the words of the lowest. Every hazard is there, with its versions where not all of them have it; so
    are the strongest lock of each, and all that any of them rewrites, reads or could not look at.
    """
    first, *rest = proofs
    majors_of = [proof.server or 0 for proof in proofs]
    patches = tuple(
        replace(
            entries[0],
            traces=tuple(map(_trace, zip(*(entry.traces for entry in entries), strict=True))),
            hazards=_hazards({major: entry.hazards for major, entry in zip(majors_of, entries, strict=True)}),
            unproven=tuple(dict.fromkeys(item for entry in entries for item in entry.unproven)),
        )
        for entries in zip(*(proof.patches for proof in proofs), strict=True)
    )
    return replace(first, patches=patches, also=tuple(proof.server or 0 for proof in rest))


def _trace(traces: Sequence[StatementTrace]) -> StatementTrace:
    """Of one statement on every version."""
    return StatementTrace(
        locks=tuple(strongest_locks(traces).items()),
        rewrites=tuple(dict.fromkeys(name for trace in traces for name in trace.rewrites)),
        scans=tuple(dict.fromkeys(name for trace in traces for name in trace.scans)),
    )


def _hazards(found: Mapping[int, Sequence[Hazard]]) -> tuple[Hazard, ...]:
    """The hazards of one patch, by version."""
    hazards = []
    for hazard in dict.fromkeys(hazard for these in found.values() for hazard in these):
        versions = [major for major, these in found.items() if hazard in these]
        where = "" if len(versions) == len(found) else f", on PostgreSQL {majors(versions)}"
        hazards.append(replace(hazard, sentence=hazard.sentence + where))
    return tuple(hazards)
