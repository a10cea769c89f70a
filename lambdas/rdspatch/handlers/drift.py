"""The action `drift`: whether the database still is what its ledger implies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rdspatch.core.request import parse_request
from rdspatch.engine.audit_trail import record_drift, texts_of
from rdspatch.engine.drift import find_drift

if TYPE_CHECKING:
    from rdspatch.handlers.call import Call

MOST_SHOWN = 20
"""Differences in the answer; the audit has more of them."""


def check_drift(call: Call) -> dict[str, Any]:
    """Compare, and record what was found; the database stays as it is."""
    ports = call.ports
    parse_request(call.event.get("request"), target=ports.target)
    drift = find_drift(ports.lock_file(), database=ports.database, run=call.run)
    digest = record_drift(drift, audit=ports.audit, run=call.run, at=ports.clock.now())
    shown = drift.differences or drift.unjudged
    return {
        **drift.counts,
        "unknown": len(drift.unknown),
        "unjudged": "" if drift.is_judged else f" Cannot be judged: {drift.why_unjudged}.",
        "audit_hash": digest,
        "differences": texts_of(shown, most=MOST_SHOWN),
    }
