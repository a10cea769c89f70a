"""What is closed by patches, and what is left to a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.authoring.closing.columns import must_be_filled, to_be_filled
from rdspatch.authoring.closing.expressions import has_key, read_constraint, referenced_table
from rdspatch.authoring.closing.refusals import refusal_of, refusal_of_part
from rdspatch.authoring.closing.renames import suspected_renames
from rdspatch.authoring.closing.waiting import awaited_by, waits
from rdspatch.authoring.ddl.indexes import read_index
from rdspatch.authoring.models.difference import DifferenceKind
from rdspatch.authoring.tree import names
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.closing.subject import Subject
    from rdspatch.authoring.models.difference import ModelDifference
    from rdspatch.core.errors import Problem
    from rdspatch.core.schema import ObjectName, Properties


class Judgement:
    """Goes through the differences once; afterwards it tells what may be written."""

    def __init__(self, subject: Subject) -> None:
        """Foreign keys are looked at last, since they may wait for keys that wait themselves."""
        self.subject = subject
        self.decisions: list[Problem] = []
        """What a person has to decide, in words."""
        self.withheld: dict[ObjectName, Properties] = {}
        """What is not written until then, as the models have it."""
        renames = dict(suspected_renames(subject))
        for item in subject.found:
            self._withhold(item.object, renames.get(item.object) or refusal_of(item, subject))
        for part in self._parts_of_new_tables():
            self._withhold(part, refusal_of_part(part, subject.wanted[part]))
        self.decisions += (to_be_filled(it) for it in self.missing(ObjectKind.COLUMN) if self._is_to_be_filled(it))
        foreign_keys = self.foreign_keys()
        others = (it for it in self.missing(ObjectKind.CONSTRAINT, ObjectKind.INDEX) if it not in foreign_keys)
        for name in (*others, *foreign_keys):
            awaited = awaited_by(name, subject.wanted[name], self.withheld)
            self._withhold(name, None if awaited is None else waits(name, awaited))

    def missing(self, *kinds: ObjectKind) -> tuple[ObjectName, ...]:
        """What may be made, of these kinds; without the parts of tables that are missing as a whole."""
        return tuple(item.object for item in self.subject.missing(*kinds) if item.object not in self.withheld)

    def different(self, kind: ObjectKind) -> tuple[ModelDifference, ...]:
        """What may be changed, of this kind."""
        return tuple(
            item
            for item in self.subject.found
            if item.kind is DifferenceKind.DIFFERENT and item.object.kind is kind and item.object not in self.withheld
        )

    def constraints(self, *kinds: str) -> tuple[ObjectName, ...]:
        """Constraints of tables that are there, by the words that their definitions start with."""
        missing = self.missing(ObjectKind.CONSTRAINT)
        return tuple(name for name in missing if self.subject.wanted[name]["definition"].startswith(kinds))

    def foreign_keys(self) -> tuple[ObjectName, ...]:
        """Those of tables that are there, then those of new ones."""
        wanted = self.subject.wanted
        parts = (part for part in self._parts_of_new_tables() if part.kind is ObjectKind.CONSTRAINT)
        return (*self.constraints("FOREIGN KEY"), *(part for part in parts if referenced_table(wanted[part])))

    def late(self) -> tuple[ObjectName, ...]:
        """Foreign keys to a key that is built after the tables."""
        wanted, found = self.subject.wanted, self.subject.patches.objects
        built = {owner_of(name, wanted[name]) for name in self._unique()}
        late = []
        for name in self.foreign_keys():
            target = referenced_table(wanted[name])
            columns = names(read_constraint(wanted[name]["definition"]).pk_attrs)
            if target in built and target is not None and not has_key(found, target, columns):
                late.append(name)
        return tuple(name for name in late if name not in self.withheld)

    def _unique(self) -> Iterator[ObjectName]:
        yield from self.constraints("PRIMARY KEY", "UNIQUE")
        for name in self.missing(ObjectKind.INDEX):
            if read_index(self.subject.wanted[name]["definition"]).unique:
                yield name

    def _parts_of_new_tables(self) -> Iterator[ObjectName]:
        for item in self.subject.missing(ObjectKind.TABLE):
            yield from item.parts if item.object not in self.withheld else ()

    def _is_to_be_filled(self, column: ObjectName) -> bool:
        return must_be_filled(self.subject.wanted[column])

    def _withhold(self, name: ObjectName, problem: Problem | None) -> None:
        if problem is not None:
            self.withheld[name] = self.subject.wanted.get(name, {})
            self.decisions.append(problem)
