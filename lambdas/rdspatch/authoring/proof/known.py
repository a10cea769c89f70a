"""What the lock file that is there says, held against the patches."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rdspatch.core.directory import BASELINE, LOCK_FILE
from rdspatch.core.errors import LockFileStale, Problem
from rdspatch.core.lockfile import LockedPatch, LockFile, read, read_known, render
from rdspatch.core.patch import checksum

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.directory import PatchDirectory
    from rdspatch.core.models import LockedModels

_AGAIN = "run `rdspatch lock` and commit the result"


def known_in(text: str, directory: PatchDirectory) -> LockFile | None:
    """What of a lock file still counts; None when it cannot be read, as with a conflict's markers in it."""
    try:
        known = read_known(text, directory.patches)
    except LockFileStale:
        return None
    if known.baseline is None or known.baseline.checksum != checksum(directory.baseline):
        return None
    return known


def with_proof(locked: Sequence[LockedPatch], proven: Sequence[LockedPatch]) -> tuple[LockedPatch, ...]:
    """What the parser says now and the proof said then, for as many patches as were proven."""
    return tuple(
        replace(
            entry,
            effects=then.effects,
            traces=then.traces,
            hazards=then.hazards,
            depends=then.depends,
            unproven=then.unproven,
        )
        for entry, then in zip(locked, proven, strict=False)
    )


def require_fresh(
    text: str | None,
    directory: PatchDirectory,
    locked: Sequence[LockedPatch],
    *,
    models: LockedModels | None,
) -> None:
    """Whatever can be told of a lock file without a server.

    Args:
        text: The lock file, or None where there is none.
        directory: The baseline and the patches beside it.
        locked: The patches as the parser sees them now.
        models: The application's models as they are now; None where none are configured.

    Raises:
        LockFileStale: It is missing or unreadable, describes other files or models, holds no proof, or is not what
            this rdspatch would write of that proof.
    """
    if text is None:
        raise stale("is missing")
    then = read(text, directory.patches)
    if then.baseline is None or any(entry.effects is None for entry in then.patches):
        raise stale("holds no proof")
    if then.baseline.checksum != checksum(directory.baseline):
        what = f"has checksum {checksum(directory.baseline)}, the lock file says {then.baseline.checksum}"
        raise LockFileStale([Problem(where=BASELINE, what=what, instead=_AGAIN)])
    if then.models != models:
        raise stale(_about_models(then.models, models))
    if render(replace(then, patches=with_proof(locked, then.patches))) != text:
        raise stale("is not what this rdspatch writes")


def _about_models(then: LockedModels | None, now: LockedModels | None) -> str:
    before, configured = (models.source if models else "none" for models in (then, now))
    if before != configured:
        return f"is about other models than the configured ones: {before}, not {configured}"
    return f"was written before the models of {configured} changed"


def stale(what: str) -> LockFileStale:
    """The lock file as a whole is not what it should be."""
    return LockFileStale([Problem(where=LOCK_FILE, what=what, instead=_AGAIN)])
