"""Measures rdspatch beside its peers, in one run, and writes `docs/performance.md`: `make bench`."""

from __future__ import annotations
