"""`patches.lock.json`: what each patch was proven to do; reviewed and shipped with it.

Every fact is a line, so that a reviewer reads the difference and git merges by facts. The digest near the top covers
the rest: two branches that change the file conflict there, and a file that was merged or edited by hand is stale.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rdspatch.core.dependence import Dependence
from rdspatch.core.directory import LOCK_FILE
from rdspatch.core.errors import BadSettings, LockFileStale, Problem
from rdspatch.core.lockfile_objects import effect_from_json, effect_to_json, objects_from_json, objects_to_json
from rdspatch.core.lockfile_statements import statement_from_json, statement_to_json
from rdspatch.core.models import LockedModels, MappedModel
from rdspatch.core.newer_syntax import NewerSyntax
from rdspatch.core.patch import checksum, normalise
from rdspatch.core.proof import Hazard, StatementTrace
from rdspatch.core.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.core.patch import Patch
    from rdspatch.core.schema import Effect, Schema
    from rdspatch.core.statement import RelationName, Statement

VERSION = 4
_WRITE_AGAIN = "run `rdspatch lock` and commit the result"
_LINES_BEFORE_THE_REST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedPatch:
    """A patch together with what the lock file says of it."""

    patch: Patch
    statements: tuple[Statement, ...]
    effects: tuple[Effect, ...] | None = None
    """What it was proven to change; None when only the parser has seen it."""
    traces: tuple[StatementTrace, ...] = ()
    """One for each statement; empty when only the parser has seen it."""
    hazards: tuple[Hazard, ...] = ()
    depends: tuple[Dependence, ...] = ()
    """What it makes otherwise on another database; no effect names any of it."""
    unproven: tuple[str, ...] = ()
    """What the proof could not look at; a sentence each."""
    newer: tuple[NewerSyntax, ...] = ()
    """What it says that an older server reads otherwise."""

    def text_of(self, statement: Statement) -> str:
        return self.patch.sql[statement.start : statement.end]

    @property
    def relations(self) -> tuple[RelationName, ...]:
        return tuple(dict.fromkeys(relation for statement in self.statements for relation in statement.relations))


@dataclass(frozen=True, slots=True, kw_only=True)
class LockedBaseline:
    """The schema before the first patch, as the proof found it."""

    checksum: str
    schema: Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class LockFile:
    """Everything that the lock file says, matched with the patches beside it."""

    patches: tuple[LockedPatch, ...] = ()
    baseline: LockedBaseline | None = None
    """What the proof started from; None, like `server`, where nothing was proven."""
    server: int | None = None
    """The major version of the server that the proof used; of several, the lowest, whose words the effects have."""
    also: tuple[int, ...] = ()
    """The major versions that everything was proven on as well, in order."""
    search_path: tuple[str, ...] = ()
    """By which names without a schema were found in the proof."""
    scope: Scope = field(default_factory=Scope)
    models: LockedModels | None = None
    """The models that the patches lead to; None where none are configured."""

    @property
    def servers(self) -> tuple[int, ...]:
        """Every major version that the proof used, the lowest first; none where nothing was proven."""
        return () if self.server is None else (self.server, *self.also)


def require_search_path(lock: LockFile, search_path: Sequence[str], *, where: str) -> None:
    """Refuse patches that would make their objects elsewhere than the proof found them.

    Args:
        lock: What the proof found; a lock file that nothing was proven for goes with any path.
        search_path: By which the patches' names will be found on the target.
        where: What says so, for people: the name of a setting or an option.

    Raises:
        BadSettings: The two differ.
    """
    if lock.server is None or lock.search_path == tuple(search_path):
        return
    given, proven = ",".join(search_path), ",".join(lock.search_path)
    what = f"gives the search path {given}, and the patches were proven with {proven} ({LOCK_FILE})"
    instead = f"set it to {proven}, or prove them again: `rdspatch lock --scratch URL?search_path={given}`"
    raise BadSettings([Problem(where=where, what=what, instead=instead)])


def render(lock: LockFile) -> str:
    """The lock file's text: the same bytes for the same input."""
    facts = {} if lock.baseline is None else {"checksum": lock.baseline.checksum}
    objects = [] if lock.baseline is None else objects_to_json(lock.baseline.schema)
    models, mapped = lock.models, [] if lock.models is None else [item.to_json() for item in lock.models.mapped]
    about = {} if models is None else {"source": models.source, "checksum": models.checksum}
    rest = (
        f'  "server": {json.dumps(lock.servers if lock.also else lock.server)},\n'
        f'  "search_path": {json.dumps(lock.search_path)},\n'
        f'  "scope": {json.dumps(lock.scope.to_json())},\n'
        f'  "models": {_block(about, {"mapped": mapped}, indent=2)},\n'
        f'  "baseline": {_block(facts, {"objects": objects}, indent=2)},\n'
        f'  "patches": {{{",".join(_entry(entry) for entry in lock.patches)}\n  }}\n}}\n'
    )
    return f'{{\n  "version": {VERSION},\n  "digest": "{checksum(rest)}",\n{rest}'


def read(text: str, patches: Sequence[Patch]) -> LockFile:
    """Match patches with their lock file.

    Args:
        text: The lock file.
        patches: The patches beside it, in order.

    Returns:
        What it says; one locked patch for each patch, in the same order.

    Raises:
        LockFileStale: When the file cannot be read, was not written by `rdspatch lock`, a patch is missing from it
            or has another checksum, or it names a patch that is not there; with every difference.
    """
    document = _document(text)
    entries = document["patches"]
    problems = [
        Problem(where=patch.id.file_name, what=_difference(patch, entries), instead=_what_to_do(patch, entries))
        for patch in patches
        if _difference(patch, entries)
    ]
    names = {patch.name for patch in patches}
    problems += [
        Problem(where=LOCK_FILE, what=f"describes {name}, which is not there", instead=_WRITE_AGAIN)
        for name in entries
        if name not in names
    ]
    if problems:
        raise LockFileStale(problems)
    return _lock_file(document, patches)


def read_known(text: str, patches: Sequence[Patch]) -> LockFile:
    """What the file still says of the patches before the first one that is new, edited, moved or gone.

    Raises:
        LockFileStale: When the file cannot be read or was not written by `rdspatch lock`.
    """
    document = _document(text)
    entries = document["patches"]
    known = 0
    for name, patch in zip(entries, patches, strict=False):
        if name != patch.name or _difference(patch, entries):
            break
        known += 1
    return _lock_file(document, patches[:known])


def _lock_file(document: Mapping[str, Any], patches: Sequence[Patch]) -> LockFile:
    try:
        baseline, models = document["baseline"], document["models"]
        is_proven = bool(baseline.get("checksum"))
        server, *also = _servers(document["server"]) if is_proven else (None,)
        return LockFile(
            patches=tuple(_locked(document["patches"][patch.name], patch) for patch in patches),
            baseline=_baseline(baseline) if is_proven else None,
            server=server,
            also=tuple(also),
            search_path=tuple(str(name) for name in document["search_path"]),
            scope=Scope.from_json(document["scope"]),
            models=_models(models) if models.get("source") else None,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from error


def _servers(document: Any) -> tuple[int, ...]:
    """The lowest first. Raises TypeError or ValueError for anything but a version, or several."""
    versions = tuple(map(int, document)) if isinstance(document, list) else (int(document),)
    if versions != tuple(sorted(set(versions))) or not versions:
        raise ValueError(f"{document!r} are no versions, the lowest first")
    return versions


def _baseline(document: Mapping[str, Any]) -> LockedBaseline:
    return LockedBaseline(checksum=str(document["checksum"]), schema=objects_from_json(document["objects"]))


def _models(document: Mapping[str, Any]) -> LockedModels:
    return LockedModels(
        source=str(document["source"]),
        checksum=str(document["checksum"]),
        mapped=tuple(MappedModel.from_json(item) for item in document["mapped"]),
    )


def _document(text: str) -> Mapping[str, Any]:
    text = normalise(text)
    try:
        document = json.loads(text)
    except (RecursionError, ValueError) as error:
        raise _unreadable(str(error)) from error
    if not isinstance(document, dict) or not isinstance(document.get("patches"), dict):
        raise _unreadable("no object of patches in it")
    if document.get("version") != VERSION:
        raise _unreadable(f"version {document.get('version')}, this rdspatch reads {VERSION}")
    *_, rest = text.split("\n", _LINES_BEFORE_THE_REST)
    if document.get("digest") != checksum(rest):
        raise _unreadable("it was merged or edited by hand, its digest does not match")
    return document


def _difference(patch: Patch, entries: Mapping[str, Any]) -> str:
    entry = entries.get(patch.name)
    if entry is None:
        return "is not in the lock file"
    recorded = entry.get("checksum") if isinstance(entry, dict) else None
    if recorded != patch.checksum:
        return f"has checksum {patch.checksum}, the lock file says {recorded}"
    return ""


def _what_to_do(patch: Patch, entries: Mapping[str, Any]) -> str:
    if patch.name not in entries:
        return _WRITE_AGAIN
    return f"restore it when it was merged or applied anywhere; otherwise {_WRITE_AGAIN}"


def _unreadable(why: str) -> LockFileStale:
    return LockFileStale([Problem(where=LOCK_FILE, what=f"cannot be read: {why}", instead=_WRITE_AGAIN)])


def _locked(entry: Mapping[str, Any], patch: Patch) -> LockedPatch:
    statements = tuple(statement_from_json(item) for item in entry["statements"])
    edges = [edge for statement in statements for edge in (statement.start, statement.end)]
    if not statements or edges != sorted(edges) or edges[0] < 0 or edges[-1] > len(patch.sql):
        raise ValueError(f"the statements of {patch.name} do not lie in its text")
    newer = tuple(NewerSyntax.from_json(item) for item in entry.get("newer", ()))
    if "effects" not in entry:
        return LockedPatch(patch=patch, statements=statements, newer=newer)
    return LockedPatch(
        patch=patch,
        statements=statements,
        effects=tuple(effect_from_json(item) for item in entry["effects"]),
        traces=tuple(StatementTrace.from_json(item) for item in entry["statements"]),
        hazards=tuple(Hazard.from_json(item) for item in entry["hazards"]),
        depends=tuple(Dependence.from_json(item) for item in entry.get("depends", ())),
        unproven=tuple(str(item) for item in entry.get("unproven", ())),
        newer=newer,
    )


def _entry(entry: LockedPatch) -> str:
    traces = entry.traces or (StatementTrace(),) * len(entry.statements)
    pairs = zip(entry.statements, traces, strict=True)
    lists: dict[str, list[Any]] = {
        "statements": [statement_to_json(statement) | trace.to_json() for statement, trace in pairs],
    }
    if entry.effects is not None:
        lists["effects"] = [effect_to_json(effect) for effect in entry.effects]
        lists["hazards"] = [hazard.to_json() for hazard in entry.hazards]
    if entry.depends:
        lists["depends"] = [dependence.to_json() for dependence in entry.depends]
    if entry.unproven:
        lists["unproven"] = list(entry.unproven)
    if entry.newer:
        lists["newer"] = [place.to_json() for place in entry.newer]
    return f"\n    {json.dumps(entry.patch.name)}: {_block({'checksum': entry.patch.checksum}, lists, indent=4)}"


def _block(facts: Mapping[str, Any], lists: Mapping[str, Sequence[Any]], *, indent: int) -> str:
    """An object of plain facts and of lists with one line an item."""
    pad = " " * (indent + 2)
    lines = [f"{pad}{json.dumps(name)}: {json.dumps(value)}" for name, value in facts.items()]
    for name, items in lists.items():
        body = ",".join(f"\n{pad}  {json.dumps(item)}" for item in items)
        lines.append(f"{pad}{json.dumps(name)}: [{body}\n{pad}]" if items else f"{pad}{json.dumps(name)}: []")
    return "{\n" + ",\n".join(lines) + f"\n{' ' * indent}}}"
