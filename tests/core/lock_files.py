"""A lock file of two patches, and its text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rdspatch.core.lockfile import (
    LockedPatch,
    LockFile,
    render,
)
from rdspatch.core.patch import Directives, Patch, PatchId, checksum
from rdspatch.core.statement import RelationName, Statement, StatementKind

if TYPE_CHECKING:
    from collections.abc import Sequence


def patch_of(name: str, sql: str = "SELECT 1") -> Patch:
    patch_id = PatchId.from_file_name(f"{name}.sql")
    assert patch_id is not None
    return Patch(id=patch_id, sql=sql, directives=Directives(patch="A test."), checksum=checksum(sql))


ONE, TWO = patch_of("0001_one"), patch_of("0002_two", "SELECT 2")
INDEX = Statement(
    line=1,
    start=0,
    end=8,
    kind=StatementKind.CREATE_INDEX,
    relations=(RelationName(schema="app", name="t"), RelationName(schema=None, name="u")),
    concurrent=True,
    object=RelationName(schema="app", name="i"),
    probe="CREATE INDEX …",
)
LOCKED = (
    LockedPatch(patch=ONE, statements=(Statement(line=1, start=0, end=8),)),
    LockedPatch(patch=TWO, statements=(INDEX,)),
)


def text_of(patches: Sequence[LockedPatch]) -> str:
    return render(LockFile(patches=tuple(patches)))


def sealed(document: dict[str, Any]) -> str:
    """A document with a digest that matches."""
    rest = json.dumps({name: value for name, value in document.items() if name not in ("version", "digest")})[1:]
    return f'{{\n"version": {json.dumps(document["version"])},\n"digest": "{checksum(rest)}",\n{rest}'
