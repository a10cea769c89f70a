"""Runs the exporter, with as little of this process's surroundings as an import needs."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from rdspatch.core.errors import BadModels, Problem
from rdspatch.core.models import LockedModels, MappedModel
from rdspatch.core.patch import checksum

if TYPE_CHECKING:
    from collections.abc import Mapping

EXPORTER = Path(__file__).with_name("exporter.py")
TIMEOUT_SECONDS = 60.0
PASSED_ON = frozenset({"LANG", "LANGUAGE", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "PATH", "TMPDIR"})
"""All that the models see of our environment.

A list of what is let through and none of what is held back: nobody can list the names under which projects keep their
passwords, and one that is missing from a list of secrets gives one away, while one that is missing from this list
shows as an error with a remedy. HOME is an empty directory, so that no `~/.pgpass` and no `~/.aws` is found by default.
"""
NOTHING: Mapping[str, str] = MappingProxyType({})
_SOURCE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedModels:
    """The application's models as their own process described them."""

    source: str
    """`package.module:Base`, or several of these with commas between them."""
    ddl: tuple[str, ...]
    """The statements of `create_all` for PostgreSQL, in order."""
    mapped: tuple[MappedModel, ...]

    @property
    def locked(self) -> LockedModels:
        return LockedModels(source=self.source, checksum=checksum(";\n".join(self.ddl)), mapped=self.mapped)


def export_models(
    source: str, root: Path, *, environment: Mapping[str, str] = NOTHING, timeout: float = TIMEOUT_SECONDS
) -> ExportedModels:
    """Import the models in a process of its own and ask for the SQL that makes their schema.

    It is no sandbox: the module is the project's own code. It keeps what a module does by accident, or by a library's
    default, away from whatever this process can reach.

    Args:
        source: What to import.
        root: The directory that imports start from; what this process can import is found after it.
        environment: Variables that the models need, on top of `PASSED_ON`.
        timeout: Seconds until the process is killed.

    Raises:
        BadModels: They cannot be imported or described, with the reason; or they have no tables.
    """
    sources = [part.strip() for part in source.split(",")]
    for part in sources:
        if not _SOURCE.fullmatch(part):
            raise _unusable(source, f"{part!r} names no models", 'write models = "package.module:Base"')
    if not root.is_dir():
        raise _unusable(source, f"{root} is no directory", "models-path names the one that imports start from")
    with tempfile.TemporaryDirectory(prefix="rdspatch-models-") as temporary:
        place = Path(temporary)
        request = {
            "sources": sources,
            "root": str(root.resolve()),
            "path": [entry for entry in sys.path if Path(entry).is_absolute()],
            "answer": str(place / "answer.json"),
        }
        status = _run(request, place, environment, timeout)
        answer = place / "answer.json"
        if status is not None and answer.exists():
            return _read(source, answer.read_text(encoding="utf-8"))
        last = (place / "output").read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        happened = f"took more than {timeout:g} s" if status is None else f"ended this process with status {status}"
        said = f"; its last words: {last}" if last else ""
        raise _unusable(source, f"the import {happened}{said}", "let it do nothing but define models")


def _run(request: Mapping[str, Any], place: Path, environment: Mapping[str, str], timeout: float) -> int | None:
    """The exit status; None when it took too long."""
    (place / "home").mkdir()
    own = {name: value for name, value in os.environ.items() if name in PASSED_ON}
    # A set of strings in a model has the same order every time, and a time in a default the same zone.
    own |= {
        "HOME": str(place / "home"),
        "PYTHONHASHSEED": "0",
        "TZ": "UTC",
        "AWS_EC2_METADATA_DISABLED": "true",
        **environment,
    }
    with (place / "output").open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own file, by this interpreter
            [sys.executable, "-P", "-s", str(EXPORTER)],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            cwd=request["root"],
            env=own,
            start_new_session=True,
        )
        try:
            process.communicate(json.dumps(request).encode(), timeout=timeout)
        except subprocess.TimeoutExpired:
            return None
        finally:
            with contextlib.suppress(ProcessLookupError, PermissionError):  # whatever it has started goes with it
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode


def _read(source: str, answer: str) -> ExportedModels:
    document = json.loads(answer)
    if "problem" in document:
        instead = "models-path names the directory of imports, models-environment gives variables that they need"
        raise _unusable(source, document["problem"], instead)
    return ExportedModels(
        source=source,
        ddl=tuple(document["ddl"]),
        mapped=tuple(MappedModel.from_json(item) for item in document["mapped"]),
    )


def _unusable(source: str, what: str, instead: str) -> BadModels:
    return BadModels([Problem(where=source, what=what, instead=instead)])
