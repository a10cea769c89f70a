"""Lambda entry points and the wiring that builds their ports."""

from __future__ import annotations
