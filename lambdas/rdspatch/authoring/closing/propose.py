"""Patches for a directory that close what its models lack, each proven before anybody sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.closing.close import close
from rdspatch.authoring.closing.files import patch_files
from rdspatch.authoring.closing.subject import Subject, mapped_columns
from rdspatch.authoring.lock import lock
from rdspatch.authoring.models import build, differences
from rdspatch.authoring.proof import known_in, prove
from rdspatch.core.directory import FileKind, PatchFile, parse_directory
from rdspatch.core.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rdspatch.authoring.models import ExportedModels
    from rdspatch.authoring.proof import ScratchServer
    from rdspatch.core.errors import Problem
    from rdspatch.core.scope import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """How new patches are called."""

    slug: str
    """What all of them are about, as in a file's name."""
    sentence: str
    """The same for people; it ends with a full stop."""
    name_of: Callable[[int, str], str]
    """The name of the n-th new file, from 0, with this slug."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What may be written, and what is left to a person."""

    files: Mapping[str, str]
    """Texts by the names of their files; they were proven on top of the patches that are there."""
    decisions: tuple[Problem, ...]


def propose(
    exported: ExportedModels,
    files: Sequence[PatchFile],
    lock_file: str | None,
    server: ScratchServer,
    *,
    scope: Scope,
    wording: Wording,
) -> Proposal:
    """Hold models and patches against each other, and write what only adds.

    Args:
        exported: The models.
        files: The patch directory.
        lock_file: The lock file in it; what it knows is not proven again.
        server: Where everything is proven.
        scope: Objects outside it are not compared.
        wording: How the patches are called.

    Raises:
        BadModels, BadPatches, ProofFailed: Models or patches cannot be used as they are.
    """
    directory = parse_directory(files)
    known = None if lock_file is None else known_in(lock_file, directory)
    proven = prove(directory.baseline, lock(directory.patches), server, known=known)
    models = build(exported, server, proven.schema)
    before = known and known.models
    schema = proven.lock.search_path[0]
    subject = Subject(
        models=models,
        found=differences(models, scope=scope),
        mapped_before=mapped_columns(before.mapped, schema) if before else None,
        schema=schema,
        start=proven.lock.baseline.schema if proven.lock.baseline else Schema({}),
    )
    closing = close(subject)
    if not closing.drafts:
        return Proposal(files={}, decisions=closing.decisions)
    texts = patch_files(closing.drafts, slug=wording.slug, sentence=wording.sentence, name_of=wording.name_of)
    after = parse_directory([*files, *(_file(name, text) for name, text in texts.items())])
    reached = prove(after.baseline, lock(after.patches), server, known=proven.lock).schema
    decided = {problem.where for problem in closing.decisions}
    open_still = differences(build(exported, server, reached), scope=scope)
    left = (item.problem() for item in open_still if str(item.object) not in decided)
    return Proposal(files=texts, decisions=(*closing.decisions, *left))


def _file(name: str, text: str) -> PatchFile:
    data = text.encode()
    return PatchFile(name=name, kind=FileKind.REGULAR, size=len(data), data=data)
