"""One technology each: PostgreSQL, DynamoDB, Secrets Manager, HTTP, the system clock, the file system."""

from __future__ import annotations
