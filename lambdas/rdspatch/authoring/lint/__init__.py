"""`rdspatch lint`: rules as rows, each with its examples; PostgreSQL's parser decides what a statement is."""

from __future__ import annotations
