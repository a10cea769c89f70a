"""Holds the patch directory against what git says was merged."""

from __future__ import annotations

import hashlib
import subprocess
from typing import TYPE_CHECKING, Annotated

import typer

from rdspatch.adapters.patch_files import read_patch_files
from rdspatch.cli.render import tell
from rdspatch.core.errors import BadInput, BadPatches, Problem
from rdspatch.core.merged import changed_since
from rdspatch.core.patch import FILE_NAME, checksum, normalise

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

SinceOption = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="GIT_REF",
        help="Refuse a patch of this commit that was edited, renamed or deleted since, and a new one that sorts before "
        "its newest. Without it: the merge base with origin's main branch; without a remote, and on another branch, "
        "with the local main or master. Where there is none, and outside of a git checkout, nothing is compared.",
    ),
]

_REMOTE = ("origin/HEAD", "origin/main", "origin/master")
_LOCAL = ("main", "master")
_SHA1_DIGITS = 40


class _GitFailed(Exception):
    pass


def require_unchanged(folder: Path, since: str | None) -> None:
    """Compare the patches with those of a commit.

    Args:
        folder: The patch directory.
        since: The commit; None for the default.

    Raises:
        BadPatches: With every patch that was merged and is not what it was.
        BadInput: The commit that was named is not there.
    """
    try:
        base = _git(folder, "rev-parse", "--verify", "--quiet", f"{since}^{{commit}}") if since else _default(folder)
        if base is None:
            return
        now = {file.name: file.data for file in read_patch_files(folder) if FILE_NAME.fullmatch(file.name)}
        merged = _merged(folder, base, now)
    except _GitFailed as error:
        if since is None:
            return
        what = f"git does not know it: {error}" if str(error) else "git does not know it"
        instead = "name a commit, a branch or a tag that this checkout has (a shallow clone has few: fetch more)"
        raise BadInput([Problem(where=f"--since {since}", what=what, instead=instead)]) from None
    ref = since or base[:10]
    checksums = {name: _checksum(data) for name, data in now.items()}
    problems = tuple(changed_since(merged, checksums, ref=ref))
    if problems:
        raise BadPatches(problems)


def _default(folder: Path) -> str | None:
    head = _git(folder, "rev-parse", "HEAD")
    for name in _REMOTE:
        if _exists(folder, name):
            try:
                return _git(folder, "merge-base", "HEAD", name)
            except _GitFailed:
                tell(f"note: not compared with {name}: this checkout has no commit that both have; fetch more of it")
                return None
    for name in _LOCAL:
        if _exists(folder, name):
            base = _git(folder, "merge-base", "HEAD", name)
            return None if base == head else base
    return None


def _exists(folder: Path, name: str) -> bool:
    try:
        return bool(_git(folder, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}"))
    except _GitFailed:
        return False


def _merged(folder: Path, base: str, now: Mapping[str, bytes]) -> dict[str, str]:
    """The checksums of the base's patches; only those that differ in their bytes are read."""
    found = {}
    for entry in _git(folder, "ls-tree", "-z", base, "./").split("\0"):
        facts, _, name = entry.partition("\t")
        if FILE_NAME.fullmatch(name) is None:
            continue
        digest = facts.split()[2]
        data = now.get(name)
        if data is None or _blob(data, digest) != digest:
            data = _run(folder, "cat-file", "blob", digest)
        found[name] = _checksum(data)
    return found


def _checksum(data: bytes) -> str:
    return checksum(normalise(data.decode("utf-8", errors="replace")))


def _blob(data: bytes, like: str) -> str:
    """What git calls this content."""
    kind = "sha1" if len(like) == _SHA1_DIGITS else "sha256"
    return hashlib.new(kind, b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def _git(folder: Path, *words: str) -> str:
    return _run(folder, *words).decode("utf-8", errors="replace").strip()


def _run(folder: Path, *words: str) -> bytes:
    command: Sequence[str] = ("git", *words)
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603 - our own words
    except OSError as error:
        raise _GitFailed(str(error)) from error
    if done.returncode:
        raise _GitFailed(done.stderr.decode("utf-8", errors="replace").strip())
    return done.stdout
