"""From the files of a patch directory to patches, or to every problem that they have."""

from __future__ import annotations

import enum
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.errors import BadPatches, Problem
from rdspatch.core.header import parse_header
from rdspatch.core.patch import MAX_FILE_BYTES, Patch, PatchId, checksum, normalise
from rdspatch.core.standing import retirement_problems

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

BASELINE = "baseline.sql"
LOCK_FILE = "patches.lock.json"

_RESTRICT = re.compile(r"^\\(?:un)?restrict [A-Za-z0-9]+$", re.MULTILINE)
"""Two lines that pg_dump writes for psql, with another word in each dump."""
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class FileKind(enum.Enum):
    """What stands under a name in the patch directory."""

    REGULAR = "a regular file"
    SYMLINK = "a symbolic link"
    OTHER = "neither a file nor a link"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchFile:
    """One entry of the patch directory; `data` is empty unless it is a regular file of at most 5 MB."""

    name: str
    kind: FileKind
    size: int
    data: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchDirectory:
    """What a patch directory holds, once all of it could be read."""

    baseline: str
    patches: tuple[Patch, ...]


def is_relevant(name: str) -> bool:
    """Whether an entry of the directory is ours to judge: SQL, or something named like a patch."""
    return name.lower().endswith(".sql") or name[:4].isdigit()


def parse_directory(files: Sequence[PatchFile]) -> PatchDirectory:
    """Read every file of a patch directory.

    Args:
        files: The entries for which `is_relevant` holds, in any order.

    Returns:
        The baseline and the patches in the order in which they apply.

    Raises:
        BadPatches: With every problem of every file.
    """
    problems: list[Problem] = []
    baseline = None
    patches: list[Patch] = []
    for file in sorted(files, key=lambda file: file.name):
        text, refusals = _read_text(file)
        problems.extend(refusals)
        if file.name == BASELINE:
            baseline = _RESTRICT.sub("", text or "")
        elif text is not None:
            patch, refusals = _read_patch(file.name, text)
            problems.extend(refusals)
            patches.extend([patch] if patch is not None else [])
    if baseline is None:
        problems.append(
            Problem(
                where=BASELINE,
                what="the file is missing",
                instead="it holds the schema before the first patch; for an empty database, create it with a comment",
            ),
        )
    problems.extend(_shared_numbers(files))
    ordered = tuple(sorted(patches, key=lambda patch: patch.id))
    problems.extend(retirement_problems(ordered))
    if problems:
        raise BadPatches(problems)
    return PatchDirectory(baseline=baseline or "", patches=ordered)


def _read_patch(name: str, text: str) -> tuple[Patch | None, tuple[Problem, ...]]:
    patch_id = PatchId.from_file_name(name)
    if patch_id is None:
        instead = "name it NNNN_slug.sql: 4 to 14 digits, then a slug of a-z, 0-9 and _ (at most 80)"
        return None, (Problem(where=name, what="not the name of a patch", instead=instead),)
    if not text.strip():
        instead = "write a statement or delete the file"
        return None, (Problem(where=f"{name}:1", what="the file is empty", instead=instead),)
    directives, problems = parse_header(name, text)
    return Patch(id=patch_id, sql=text, directives=directives, checksum=checksum(text)), problems


def unread(file: PatchFile) -> Problem | None:
    """Why an entry was not read at all: it is no regular file, or too large."""
    if file.kind is not FileKind.REGULAR:
        return Problem(where=file.name, what=f"is {file.kind.value}", instead="put the file itself there")
    if file.size > MAX_FILE_BYTES:
        what = f"has {file.size} bytes, more than {MAX_FILE_BYTES}"
        return Problem(where=file.name, what=what, instead="split it; load data in batches")
    return None


def _read_text(file: PatchFile) -> tuple[str | None, tuple[Problem, ...]]:
    problem = unread(file)
    if problem is not None:
        return None, (problem,)
    if file.data.startswith(_BYTE_ORDER_MARKS):
        return None, (
            Problem(where=f"{file.name}:1", what="starts with a byte order mark", instead="save it as plain UTF-8"),
        )
    if b"\x00" in file.data:
        line = file.data.count(b"\n", 0, file.data.index(b"\x00")) + 1
        return None, (Problem(where=f"{file.name}:{line}", what="holds a NUL byte", instead="save it as plain UTF-8"),)
    try:
        return normalise(file.data.decode("utf-8")), ()
    except UnicodeDecodeError as error:
        line = file.data.count(b"\n", 0, error.start) + 1
        return None, (
            Problem(
                where=f"{file.name}:{line}",
                what=f"byte 0x{file.data[error.start]:02x} is not UTF-8",
                instead="save it as plain UTF-8",
            ),
        )


def _shared_numbers(files: Iterable[PatchFile]) -> tuple[Problem, ...]:
    by_number: dict[int, list[str]] = defaultdict(list)
    for file in files:
        patch_id = PatchId.from_file_name(file.name)
        if patch_id is not None:
            by_number[patch_id.number].append(file.name)
    return tuple(
        Problem(
            where=names[1],
            what=f"number {number} is also used by {names[0]}",
            instead="give the newer patch the next free number",
        )
        for number, names in sorted((number, sorted(names)) for number, names in by_number.items())
        if len(names) > 1
    )
