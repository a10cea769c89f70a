"""PostgreSQL through SQLAlchemy and pg8000; everything that knows SQLSTATEs, catalogs or the wire is here."""

from __future__ import annotations

from rdspatch.adapters.postgres.database import PostgresDatabase

__all__ = ["PostgresDatabase"]
