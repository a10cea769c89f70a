"""`rdspatch bundle`: build the Lambda asset."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from rdspatch.authoring.bundle import bundle as write_bundle
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import PatchesOption
from rdspatch.cli.render import console
from rdspatch.handlers.wiring import load_patches


def bundle(
    patches: PatchesOption = None,
    out: Annotated[Path, typer.Option("--out", help="The directory to write.")] = Path("build/lambda"),
) -> None:
    """Write the directory that the stack deploys: handlers, pinned dependencies, patches, RDS certificates.

    The patches are checked as the function will check them, lock file included.
    """
    directory = patch_directory(patches)
    found = load_patches(directory)
    written = write_bundle(patches=directory, out=out)
    console().print(
        f"{written.directory}: {written.files} files, {written.size / 1_000_000:.1f} MB, {len(found)} patches",
    )
