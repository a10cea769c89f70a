"""Parity: whether the patches lead to everything that the models describe.

One direction only. What patches make and the models do not have is fine, as long as the models' statements still work:
a column that nothing fills is not, nor one that takes no value where the models give one. `docs/models.md` lists what
counts as the same.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from rdspatch.authoring.models.columns import must_be_filled, names_in, serial_columns, unlike
from rdspatch.authoring.models.difference import DifferenceKind, ModelDifference
from rdspatch.authoring.models.forms import form_of, served_by
from rdspatch.core.errors import ModelsDiffer
from rdspatch.core.parts import owner_of
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rdspatch.authoring.models.export import ModelExport
    from rdspatch.core.schema import Properties
    from rdspatch.core.scope import Scope

_VIEWS = (ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
_TABLES = ("table", "partitioned table")


def differences(models: ModelExport, *, scope: Scope) -> tuple[ModelDifference, ...]:
    """Everything that the models have and the patches do not lead to, in the order of the objects' names.

    Args:
        models: What the models make, and what the patches lead to.
        scope: Objects outside it are not compared.
    """
    found = _Comparison(models, scope).run()
    return tuple(sorted(found, key=lambda difference: difference.object.sort_key))


def require_parity(models: ModelExport, *, scope: Scope) -> None:
    """Raise ModelsDiffer with every one of the `differences`, if there are any."""
    found = differences(models, scope=scope)
    if found:
        raise ModelsDiffer(difference.problem() for difference in found)


class _Comparison:
    def __init__(self, models: ModelExport, scope: Scope) -> None:
        self._named = models.sql.named
        self._models = models.schema.objects
        self._patches = models.patches.objects
        self._scope = scope
        self._tables = {name.path for name in self._models if name.kind is ObjectKind.TABLE}
        self._serial = serial_columns(self._models)
        self._served = served_by(models.patches)
        self._parts: dict[tuple[str, ...] | None, list[ObjectName]] = defaultdict(list)
        for name, wanted in self._models.items():
            self._parts[owner_of(name, wanted)].append(name)
        self._constraints: dict[tuple[str, ...], list[ObjectName]] = defaultdict(list)
        for name in self._patches:
            if name.kind is ObjectKind.CONSTRAINT:
                self._constraints[name.path[:2]].append(name)

    def run(self) -> Iterator[ModelDifference]:
        missing = {path for path in self._tables if ObjectName(ObjectKind.TABLE, path) not in self._patches}
        for name, wanted in self._models.items():
            if self._scope.covers_with_owner(name, wanted) and owner_of(name, wanted) not in missing:
                yield from self._judge(name, wanted)
        for name, found in self._patches.items():
            if name.kind is not ObjectKind.COLUMN or name.path[:2] not in self._tables or name in self._models:
                continue
            if must_be_filled(found, self._patches) and self._scope.covers_with_owner(name, found):
                yield ModelDifference(kind=DifferenceKind.REQUIRED, object=name, found=found)

    def _judge(self, name: ObjectName, wanted: Properties) -> Iterator[ModelDifference]:
        match name.kind:
            case ObjectKind.CONSTRAINT:
                yield from self._constraint(name, wanted)
            case ObjectKind.INDEX:
                if form_of(name, wanted) not in self._served:
                    yield self._missing_or_different(name, wanted, ("definition", "valid"))
            case ObjectKind.SEQUENCE if names_in(str(wanted.get("owned_by"))) in self._serial:
                return  # its column says what is to be said
            case _:
                found = self._patches.get(name)
                properties = None if found is None else tuple(self._unlike(name, wanted, found))
                if properties != ():
                    yield self._missing_or_different(name, wanted, properties or ())

    def _constraint(self, name: ObjectName, wanted: Properties) -> Iterator[ModelDifference]:
        """A name that the models give must be the name, except of a primary key; validated or not does not matter."""
        definition = str(wanted["definition"])
        is_primary = definition.startswith("PRIMARY KEY")
        others = self._constraints[name.path[:2]]
        same = [other for other in others if self._patches[other]["definition"] == definition]
        form = None if is_primary else form_of(name, wanted)
        same += () if form is None else self._served.get(form, ())
        is_free = is_primary or name.path not in self._named
        if not same:
            keys = [other for other in others if str(self._patches[other]["definition"]).startswith("PRIMARY KEY")]
            yield self._missing_or_different(name, wanted, ("definition",), keys[0] if is_primary and keys else name)
        elif not is_free and all((other.path[0], other.path[-1]) != (name.path[0], name.path[-1]) for other in same):
            yield ModelDifference(kind=DifferenceKind.RENAMED, object=name, wanted=wanted, other=same[0])

    def _unlike(self, name: ObjectName, wanted: Properties, found: Properties) -> Iterator[str]:
        """The properties that are not as the models set them; what only the patches set is theirs to set."""
        if name.kind is ObjectKind.COLUMN:
            yield from unlike(wanted, found, is_serial=name.path in self._serial)
            return
        for item in sorted(wanted):
            mine, theirs = wanted[item], found.get(item)
            match item:
                case "labels":
                    rest = iter(theirs or ())
                    is_same = all(label in rest for label in mine or ())
                case "checks":
                    is_same = _checks(mine) <= _checks(theirs or {})
                case "kind":
                    is_same = mine == theirs or (mine, theirs) == _TABLES
                case _:
                    is_same = mine == theirs
            if not is_same:
                yield item

    def _missing_or_different(
        self, name: ObjectName, wanted: Properties, properties: Sequence[str], stands: ObjectName | None = None
    ) -> ModelDifference:
        found = self._patches.get(stands or name)
        if found is None:
            return self._missing(name, wanted)
        return ModelDifference(
            kind=DifferenceKind.DIFFERENT,
            object=name,
            wanted=wanted,
            found=found,
            properties=tuple(item for item in properties if wanted.get(item) != found.get(item)),
        )

    def _missing(self, name: ObjectName, wanted: Properties) -> ModelDifference:
        if name.kind is not ObjectKind.TABLE:
            return ModelDifference(kind=DifferenceKind.MISSING, object=name, wanted=wanted)
        views = [ObjectName(kind, name.path) for kind in _VIEWS]
        return ModelDifference(
            kind=DifferenceKind.MISSING,
            object=name,
            wanted=wanted,
            other=next((view for view in views if view in self._patches), None),
            parts=tuple(self._parts[name.path]),
        )


def _checks(checks: Mapping[str, str]) -> set[str]:
    return {check.removesuffix(" NOT VALID") for check in checks.values()}
