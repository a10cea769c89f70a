"""Values and decisions: no IO, no clock, no environment, no randomness."""

from __future__ import annotations
