"""A fake for every port: in memory, deterministic, no server and no AWS. For your tests as well as ours.

Each fake passes the same suite as the real thing (`tests/contract`). What they cannot do is said in their docstrings;
for what SQL does, use a real PostgreSQL.
"""

from __future__ import annotations

from rdspatch.testing.audit import FakeAuditLog
from rdspatch.testing.database import FakeDatabase, FakeSession
from rdspatch.testing.surroundings import FakeClock, FakeCredentials, FakeHealthEndpoint

__all__ = [
    "FakeAuditLog",
    "FakeClock",
    "FakeCredentials",
    "FakeDatabase",
    "FakeHealthEndpoint",
    "FakeSession",
]
