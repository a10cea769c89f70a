"""Ordered, idempotent SQL patches for RDS PostgreSQL."""

from __future__ import annotations
