"""Which patches close the gap between models and patches, and in which order."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.authoring.closing.columns import add_columns, set_default
from rdspatch.authoring.closing.constraints import add_unchecked, check_draft
from rdspatch.authoring.closing.creation import create_new
from rdspatch.authoring.closing.draft import Draft
from rdspatch.authoring.closing.enums import add_values
from rdspatch.authoring.closing.judgement import Judgement
from rdspatch.authoring.closing.keys import index_draft, key_drafts
from rdspatch.authoring.ddl.routines import create_trigger
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from rdspatch.authoring.closing.subject import Path, Subject
    from rdspatch.core.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What to write and what to decide."""

    drafts: tuple[Draft, ...]
    """In the order in which they must be applied."""
    decisions: tuple[Problem, ...]


def close(subject: Subject) -> Closing:
    """Write everything that only adds, in portions that a live database takes without making anybody wait.

    What would drop, narrow, rename, rewrite or guess is left to a person, and so is whatever needs that first.
    """
    judged = Judgement(subject)
    late = judged.late()
    drafts = (*_values(judged), *_new(judged, late), *_tables(judged, late), *_keys(judged), *_checked(judged, late))
    return Closing(drafts=(*drafts, *_defaults(judged)), decisions=tuple(judged.decisions))


def _values(judged: Judgement) -> Iterator[Draft]:
    for item in judged.different(ObjectKind.ENUM):
        found, wanted = item.found or {}, item.wanted or {}
        statements = add_values(item.object.path, found["labels"] or (), wanted["labels"])
        yield Draft(about=f"values of {item.object}", slug=item.object.path[-1], statements=statements or ())


def _new(judged: Judgement, late: Iterable[ObjectName]) -> Iterator[Draft]:
    statements = create_new(judged.subject, judged.missing(ObjectKind.TABLE), left_out={*judged.withheld, *late})
    if statements:
        yield Draft(about="what is new", slug="new", statements=statements)


def _tables(judged: Judgement, late: Collection[ObjectName]) -> Iterator[Draft]:
    wanted = judged.subject.wanted
    constraints = _by_table(name for name in judged.constraints("CHECK", "FOREIGN KEY") if name not in late)
    columns, triggers = _by_table(judged.missing(ObjectKind.COLUMN)), _by_table(judged.missing(ObjectKind.TRIGGER))
    order = judged.subject.column_order()
    for path in sorted({*columns, *constraints, *triggers}):
        places = {column: place for place, column in enumerate(order.get(path, ()))}
        in_order = sorted(columns[path], key=lambda name: places.get(name.path[2], len(places)))
        added = add_columns([(name, wanted[name]) for name in in_order])
        unchecked = [add_unchecked(name, wanted[name]) for name in constraints[path]]
        watched = [create_trigger(wanted[name]) for name in triggers[path]]
        statements = (*added, *unchecked, *(sql for sql in watched if sql))
        yield Draft(about=_shown(path), slug=path[1], statements=statements)
        if constraints[path]:
            yield check_draft(path, constraints[path])


def _keys(judged: Judgement) -> Iterator[Draft]:
    for name in judged.missing(ObjectKind.INDEX):
        yield index_draft(name, judged.subject.wanted[name])
    for name in judged.constraints("PRIMARY KEY", "UNIQUE"):
        yield from key_drafts(name, judged.subject.wanted[name]) or ()


def _checked(judged: Judgement, late: Iterable[ObjectName]) -> Iterator[Draft]:
    for path, names in sorted(_by_table(late).items()):
        statements = tuple(add_unchecked(name, judged.subject.wanted[name]) for name in names)
        yield Draft(about=f"foreign keys of {_shown(path)}", slug=path[1], statements=statements)
        yield check_draft(path, names)


def _defaults(judged: Judgement) -> Iterator[Draft]:
    changed = _by_table(item.object for item in judged.different(ObjectKind.COLUMN))
    for path, names in sorted(changed.items()):
        statements = tuple(set_default(name, judged.subject.wanted[name]) for name in names)
        yield Draft(about=f"defaults of {_shown(path)}", slug=f"{path[1]}_defaults", statements=statements)


def _by_table(names: Iterable[ObjectName]) -> defaultdict[Path, list[ObjectName]]:
    found: defaultdict[Path, list[ObjectName]] = defaultdict(list)
    for name in sorted(names, key=lambda name: name.sort_key):
        found[name.path[:2]].append(name)
    return found


def _shown(path: Path) -> str:
    return str(ObjectName(ObjectKind.TABLE, path))
