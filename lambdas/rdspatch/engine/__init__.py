"""Use cases against a live database and application, through the ports."""

from __future__ import annotations
