"""One technology each: PostgreSQL, DynamoDB, Secrets Manager, HTTP, clock, files, Python's garbage collector."""

from __future__ import annotations
