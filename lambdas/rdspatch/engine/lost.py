"""Lost patches: which they are, and for each that was overtaken whether what it makes is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import ConnectionLost
from rdspatch.core.failure import OutcomeUnknown
from rdspatch.core.lost import Lost, lost_from, objects_of, overtaken_by, rows_after, with_lost
from rdspatch.engine.verify import mismatches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.core.ledger import Ledger
    from rdspatch.core.lockfile import LockedPatch, LockFile
    from rdspatch.ports import Session

_BY_HAND = (
    "settle by hand which of the two is right, or let it run all the same: allow_out_of_order in the run's input, "
    "--allow-out-of-order on the command line"
)


def find_lost(lock: LockFile, ledger: Ledger, audited: Ledger, session: Session) -> Lost:
    """Compare ledger and audit; the schema is read only when a lost patch was overtaken by later ones.

    Args:
        lock: What the patches were proven to do.
        ledger: What the database says is applied.
        audited: What the audit says is applied, read before the ledger or under the run lock.
        session: To the database.

    Raises:
        VerificationFailed: The server refused the query for the schema.
        ReadBlocked: A lock was in the way.
        ConnectionLost: The connection broke; nothing was changed.
    """
    rows = lost_from(ledger, audited)
    files = {locked.patch.name: locked for locked in lock.patches}
    here = [
        row.patch_id for row in rows if row.patch_id in files and files[row.patch_id].patch.checksum == row.checksum
    ]
    refused: dict[str, str] = {}
    overtaken: dict[str, Sequence[str]] = {}
    for name in here:
        later, unknown = overtaken_by(files[name], ledger, files)
        if (later or unknown) and files[name].effects is None:
            refused[name] = f"nobody has proven what it does, so it may take back what later ones did; {_BY_HAND}"
        elif unknown:
            what = f"of {unknown[0]}, which is applied after it, nobody knows here whether it touches the same"
            refused[name] = f"{what}; run with the artefact that applied it, or {_BY_HAND}"
        elif later:
            overtaken[name] = later
    standing = _standing(overtaken, lock, ledger, files, session) if overtaken else {}
    refused |= {name: why for name, why in standing.items() if why}
    there = {name: rows_after(files[name], ledger) for name, why in standing.items() if not why}
    return Lost(rows=rows, standing=there, refused=refused)


def _standing(
    overtaken: Mapping[str, Sequence[str]],
    lock: LockFile,
    ledger: Ledger,
    files: Mapping[str, LockedPatch],
    session: Session,
) -> dict[str, str]:
    """For each overtaken patch what is missing of it; an empty text when nothing is."""
    history = with_lost(ledger, overtaken, files)
    effects = [(locked.patch.name, locked.effects) for locked in history]
    try:
        found = mismatches(history, effects, session, lock.scope)
    except OutcomeUnknown as broken:
        what = "the connection broke while lost patches were looked for; nothing was changed, run again"
        raise ConnectionLost(what) from broken
    answer = {}
    for name, later in overtaken.items():
        objects = objects_of(files[name])
        wrong = next((it for it in found if it.object in objects), None)
        answer[name] = (
            "" if wrong is None else f"{later[0]}, which is applied, touches the same, and {wrong}; {_BY_HAND}"
        )
    return answer
