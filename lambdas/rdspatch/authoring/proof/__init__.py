"""Proves patches on a scratch server: what they change, take and read, and that they can run again."""

from __future__ import annotations

from rdspatch.authoring.proof.everywhere import prove_on_each
from rdspatch.authoring.proof.known import known_in, require_fresh, stale
from rdspatch.authoring.proof.prove import Proven, prove
from rdspatch.authoring.proof.scratch import ScratchServer

__all__ = ["Proven", "ScratchServer", "known_in", "prove", "prove_on_each", "require_fresh", "stale"]
