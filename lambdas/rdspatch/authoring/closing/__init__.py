"""Patches for what the models have and the patches do not lead to, as far as a person has nothing to decide."""

from __future__ import annotations

from rdspatch.authoring.closing.propose import Proposal, Wording, propose

__all__ = ["Proposal", "Wording", "propose"]
