"""What somebody notices when an object of a kind is gone, and how a server abbreviates privileges."""

from __future__ import annotations

WITH_VALUES = frozenset({"table", "table column"})
"""What is gone with its values is told by the observation of the statement."""
IN_THE_SNAPSHOT = frozenset(
    {
        "aggregate",
        "composite type column",
        "domain constraint",
        "extension",
        "foreign table column",
        "function",
        "index",
        "materialized view",
        "materialized view column",
        "policy",
        "procedure",
        "rule",
        "schema",
        "sequence",
        "table constraint",
        "trigger",
        "type",
        "view",
        "view column",
    },
)
GONE = {
    "aggregate": "whoever calls it is refused",
    "cast": "expressions that need it are refused",
    "domain constraint": "values that it refused are accepted",
    "event trigger": "what it did on DDL is no longer done",
    "extension": "what needs it is refused",
    "foreign table": "whoever reads or writes it is refused",
    "foreign table column": "whoever names it is refused",
    "function": "whoever calls it is refused",
    "index": "queries that used it may read the whole table",
    "materialized view": "whoever reads it is refused",
    "procedure": "whoever calls it is refused",
    "publication": "its subscribers get no more changes",
    "publication relation": "its subscribers get no more changes",
    "rule": "statements that it rewrote do what they say",
    "sequence": "whoever asks it for a number is refused",
    "statistics object": "the planner guesses without it",
    "table constraint": "rows that it refused are accepted",
    "trigger": "what it did is no longer done",
    "view": "whoever reads it is refused",
}
BY_NAME_ONLY = frozenset({"index", "policy", "rule", "statistics object", "trigger"})
"""Kinds that statements of an application do not name."""
PRIVILEGES = {
    "r": "SELECT",
    "a": "INSERT",
    "w": "UPDATE",
    "d": "DELETE",
    "D": "TRUNCATE",
    "x": "REFERENCES",
    "t": "TRIGGER",
    "m": "MAINTAIN",
    "X": "EXECUTE",
    "U": "USAGE",
    "C": "CREATE",
    "T": "TEMPORARY",
    "c": "CONNECT",
}
