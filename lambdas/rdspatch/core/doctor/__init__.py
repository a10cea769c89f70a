"""What usually goes wrong before a run, decided from what was observed."""

from __future__ import annotations
