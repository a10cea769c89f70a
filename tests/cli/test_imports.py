"""What a command imports: a command that has nothing to do spends most of its time on that. Names and counts only."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.cli.conftest import DatabaseShell

PROGRAM = """
import json, sys
from rdspatch.cli.app import run
code = run(sys.argv[1:])
sys.stdout.write("\\n" + json.dumps({"code": code, "modules": sorted(sys.modules)}))
"""
COLLECTIONS = """
import atexit, gc
def tell():
    print(sum(one["collections"] for one in gc.get_stats()), gc.isenabled())
atexit.register(tell)
from rdspatch.cli import main
main()
"""
NEEDLESS = {"aws_lambda_powertools", "boto3", "botocore", "moto", "postgast", "rich"}
MOST_COLLECTIONS = 110
"""Of the garbage collector in a command that does nothing; left on while it starts, there are far more than this."""
MOST_OVER_LIBRARIES = 172
"""Modules beside those of typer, SQLAlchemy and the driver: our own, and Python's."""


def modules(*words: str) -> tuple[int, set[str]]:
    """The exit code of a command in a new Python, and every module that was there at its end."""
    done = subprocess.run([sys.executable, "-c", PROGRAM, *words], capture_output=True, text=True, check=True)
    said = json.loads(done.stdout.rpartition("\n")[2])
    return said["code"], set(said["modules"])


def imported(*names: str) -> set[str]:
    program = f"import json, sys, {', '.join(names)}; print(json.dumps(sorted(sys.modules)))"
    return set(json.loads(subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout))


def test_a_command_for_a_database_imports_neither_aws_nor_a_parser_nor_rich(database: DatabaseShell) -> None:
    database.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    assert database.on_patches("lock").code == 0
    libraries = imported("typer", "sqlalchemy.dialects.postgresql", "pg8000.dbapi")
    for command in ("plan", "apply", "verify", "status", "drift", "repair"):
        words = [command, "--patches", str(database.patches.path), "--database", database.url]
        code, found = modules(*words)
        needless = {name.partition(".")[0] for name in found} & NEEDLESS
        assert (command, code, needless) == (command, 0, set())
        assert len(found - libraries) <= MOST_OVER_LIBRARIES, (command, len(found - libraries))


def test_nobody_looks_for_garbage_among_what_a_command_imports(database: DatabaseShell) -> None:
    database.patches.patch("0001_a", "CREATE TABLE IF NOT EXISTS a (id int);")
    words = ["plan", "--patches", str(database.patches.path), "--database", database.url]
    command = [sys.executable, "-c", COLLECTIONS, *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    looked, is_back = done.stdout.splitlines()[-1].split()
    assert int(looked) <= MOST_COLLECTIONS
    assert is_back == "True"
