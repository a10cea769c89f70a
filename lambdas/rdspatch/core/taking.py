"""What a change of one object takes from those who use it: the decision behind the hazards of a patch's effects."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rdspatch.core.parts import owner_of
from rdspatch.core.proof import HazardKind
from rdspatch.core.schema import ObjectKind, ObjectName, describe_change, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rdspatch.core.schema import Effect, Properties, Schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """Something that somebody may notice."""

    kind: HazardKind
    on: str
    """The object, qualified."""
    sentence: str


_WHOLES = (ObjectKind.TABLE, ObjectKind.VIEW, ObjectKind.MATERIALIZED_VIEW)
_REPLACED = {
    ObjectKind.VIEW: "who reads it gets what the new definition says",
    ObjectKind.MATERIALIZED_VIEW: "who reads it gets what the new definition says",
    ObjectKind.FUNCTION: "who calls it gets what the new one does",
    ObjectKind.TRIGGER: "who writes to the table gets what the new one does",
    ObjectKind.RULE: "who uses the table gets what the new one does",
    ObjectKind.CONSTRAINT: "rows that the old one accepted may be refused",
    ObjectKind.INDEX: "queries that used the old one may read the whole table",
}
_SEEN_OTHERWISE = frozenset(
    {
        ObjectKind.SCHEMA,
        ObjectKind.EXTENSION,
        ObjectKind.COMPOSITE,
        ObjectKind.COLUMN,
        ObjectKind.TABLE,
        ObjectKind.STATISTICS,  # nobody is refused anything by them
    },
)


def taken_by(effect: Effect, before: Schema) -> Iterator[Taken]:
    """What an effect takes away although the object is there afterwards; what is gone is no matter of this.

    Args:
        effect: One object that is new or has changed.
        before: The schema before the patch.
    """
    if effect.after is None or effect.object.kind.is_privileges:  # GRANT and OWNER TO speak for themselves
        return
    taker = _Taker(effect.object, effect.after)
    if effect.before is None:
        yield from _added(taker, before)
    else:
        yield from _changed(taker, effect.before, before)


@dataclass(frozen=True, slots=True)
class _Taker:
    name: ObjectName
    after: Properties

    def restricts(self, sentence: str) -> Taken:
        return self._taken(HazardKind.RESTRICTS, sentence)

    def removes(self, sentence: str) -> Taken:
        return self._taken(HazardKind.REMOVES, sentence)

    def access(self, sentence: str) -> Taken:
        return self._taken(HazardKind.ACCESS, sentence)

    def destroys(self, sentence: str) -> Taken:
        return self._taken(HazardKind.DESTRUCTIVE, sentence)

    def _taken(self, kind: HazardKind, sentence: str) -> Taken:
        return Taken(kind=kind, on=self.on, sentence=sentence)

    @property
    def on(self) -> str:
        return ".".join(self.name.path) if self.name.kind is not ObjectKind.FUNCTION else self.shown

    @property
    def shown(self) -> str:
        return str(self.name).removeprefix(f"{self.name.kind.value} ")

    @property
    def own(self) -> str:
        return self.name.path[-1]

    @property
    def table(self) -> str:
        return ".".join(self.name.path[:2])


def _added(it: _Taker, before: Schema) -> Iterator[Taken]:
    kind, after = it.name.kind, it.after
    is_there = any(ObjectName(kind, it.name.path[:2]) in before.objects for kind in _WHOLES)
    if kind is ObjectKind.COLUMN and is_there and _is_demanded(after):
        yield it.restricts(f"adds {it.on} without a default: an INSERT that leaves it out is refused")
    elif kind is ObjectKind.CONSTRAINT and is_there:
        yield it.restricts(f"adds the constraint {it.own} to {it.table}: {_refused_by(after)}")
    elif kind is ObjectKind.INDEX and _is_unique(after) and _indexed(after, before):
        yield it.restricts(f"makes the unique index {it.on}: rows that repeat its values are refused")
    elif kind is ObjectKind.TRIGGER and is_there:
        yield it.restricts(f"adds the trigger {it.own} to {it.table}: it may refuse or change what is written there")
    elif kind is ObjectKind.RULE and is_there:
        yield it.restricts(f"adds the rule {it.own} to {it.table}: it rewrites statements on it")
    elif kind is ObjectKind.POLICY and is_there and after.get("restrictive"):
        yield it.restricts(f"adds the restrictive policy {it.own} to {it.table}: it hides and refuses more rows")


def _is_demanded(column: Properties) -> bool:
    return not column.get("nullable", True) and not ({"default", "generated", "identity"} & column.keys())


def _refused_by(constraint: Properties) -> str:
    definition = str(constraint.get("definition", ""))
    if definition.startswith("FOREIGN KEY"):
        return "rows without a counterpart are refused, and so is the DELETE of one that is referred to"
    if definition.startswith(("PRIMARY KEY", "UNIQUE")):
        return "rows that repeat its values are refused"
    return "rows that break it are refused"


def _is_unique(index: Properties) -> bool:
    return str(index.get("definition", "")).startswith("CREATE UNIQUE ")


def _indexed(index: Properties, before: Schema) -> bool:
    owner = owner_of(ObjectName(ObjectKind.INDEX, ("", "")), index)
    return owner is not None and any(ObjectName(kind, owner) in before.objects for kind in _WHOLES)


def is_kept_by_not_null(constraint: ObjectName, before: Schema, after: Schema) -> bool:
    """Whether it is a check that a column is not NULL, and the column itself says so afterwards."""
    definition = before.objects.get(constraint, {}).get("definition")
    return constraint.kind is ObjectKind.CONSTRAINT and any(
        not properties.get("nullable", True) and definition == _not_null_check(name.path[-1])
        for name, properties in after.objects.items()
        if name.kind is ObjectKind.COLUMN and name.path[:2] == constraint.path[:2]
    )


def _not_null_check(column: str) -> str:
    return f"CHECK (({quoted(column)} IS NOT NULL))"


def _changed(it: _Taker, was: Properties, before: Schema) -> Iterator[Taken]:
    kind = it.name.kind
    change = _BY_KIND.get(kind)
    if kind is ObjectKind.COLUMN:
        yield from _column(it, was, before)
    elif change is not None:
        yield from change(it, was)
    elif kind in _REPLACED:
        yield from _replaced(it, was)
    elif kind not in _SEEN_OTHERWISE and was != it.after:
        yield it.restricts(f"changes {it.name}: {describe_change(was, it.after)}")


def _replaced(it: _Taker, was: Properties) -> Iterator[Taken]:
    if was.get("definition") != it.after.get("definition") or was.get("options") != it.after.get("options"):
        yield it.restricts(f"replaces the {it.name}: {_REPLACED[it.name.kind]}")


def _table(it: _Taker, was: Properties) -> Iterator[Taken]:
    changed = {name for name in was.keys() | it.after.keys() if was.get(name) != it.after.get(name)}
    yield from _row_security(it, changed)
    parents, now = was.get("partition_of"), it.after.get("partition_of")
    if "partition_of" in changed and parents:
        yield it.removes(f"detaches {it.on} from {_parent(parents)}: its rows are not found there any more")
    elif "partition_of" in changed:
        yield it.restricts(f"makes {it.on} a partition of {_parent(str(now))}: rows outside its bounds are refused")
    if "inherits" in changed and was.get("inherits"):
        yield it.removes(f"takes {it.on} from its parents {was['inherits']}: its rows are not found there any more")
    if "unlogged" in changed and it.after.get("unlogged"):
        yield it.destroys(f"makes {it.on} unlogged: its rows are gone after a crash, and no replica has them")
    if "replica_identity" in changed and it.after.get("replica_identity") == "nothing":
        yield it.restricts(f"takes the replica identity of {it.on}: published, it refuses UPDATE and DELETE")
    if changed & {"server", "server_options"}:
        yield it.restricts(f"changes where the foreign table {it.on} gets its rows from")


def _row_security(it: _Taker, changed: set[str]) -> Iterator[Taken]:
    if "row_security" in changed:
        if it.after.get("row_security"):
            yield it.restricts(
                f"turns row security of {it.on} on: whoever is not its owner sees and writes only what a policy allows"
            )
        else:
            yield it.access(
                f"turns row security of {it.on} off: its policies hold no more, and whoever may use it sees every row"
            )
    if "force_row_security" in changed:
        if it.after.get("force_row_security"):
            yield it.restricts(f"forces row security of {it.on}: its owner too sees only what a policy allows")
        else:
            yield it.access(f"no longer forces row security of {it.on}: its owner sees every row")


def _parent(partition_of: str) -> str:
    return partition_of.partition(" ")[0]


def _column(it: _Taker, was: Properties, before: Schema) -> Iterator[Taken]:
    after = it.after
    checks = (
        properties.get("definition")
        for name, properties in before.objects.items()
        if name.kind is ObjectKind.CONSTRAINT and name.path[:2] == it.name.path[:2]
    )
    checked = _not_null_check(it.own) in checks
    if was.get("nullable", True) and not after.get("nullable", True) and not checked:
        yield it.restricts(f"sets {it.on} NOT NULL: rows without a value are refused")
    if not was.get("nullable", True) and after.get("nullable", True):
        yield it.removes(f"drops NOT NULL of {it.on}: who reads it may meet NULL")
    if "generated" in was and was.get("generated") != after.get("generated"):
        yield it.removes(f"drops or replaces the expression that generates {it.on}: new rows get another value")
    if "identity" in was and "identity" not in after:
        yield it.removes(f"drops the identity of {it.on}: an INSERT that leaves it out gets no number")
    if was.get("identity") == "by default" and after.get("identity") == "always":
        yield it.restricts(f"makes {it.on} always generated: an INSERT that gives its value is refused")
    if "identity" in was and was.get("identity_options") != after.get("identity_options") and "identity" in after:
        yield it.restricts(f"changes how the identity of {it.on} counts")
    if was.get("collation") != after.get("collation"):
        yield it.restricts(f"changes the collation of {it.on}: order and comparisons may come out otherwise")
    if "default" in was and was["default"] != after.get("default") and "identity" not in after:
        yield from _default(it, was)


def _default(it: _Taker, was: Properties) -> Iterator[Taken]:
    now = it.after.get("default")
    if now is not None:
        if was["type"] == it.after["type"]:  # else the server has cast it along
            yield it.restricts(f"replaces the default {was['default']} of {it.on} by {now}: an INSERT gets that")
        return
    refused = not it.after.get("nullable", True)
    outcome = "is refused" if refused else "stores NULL"
    yield it.removes(f"drops the default {was['default']} of {it.on}: an INSERT that leaves it out {outcome}")


def _sequence(it: _Taker, was: Properties) -> Iterator[Taken]:
    if was.get("options") != it.after.get("options") or _WIDTHS[was["type"]] > _WIDTHS[it.after["type"]]:
        changes = describe_change(was, it.after)
        yield it.restricts(f"changes how the sequence {it.on} counts ({changes}): the next numbers may be other ones")


_WIDTHS = {"smallint": 2, "integer": 4, "bigint": 8}


def _policy(it: _Taker, was: Properties) -> Iterator[Taken]:
    yield it.access(
        f"changes the policy {it.own} of {it.table} ({describe_change(was, it.after)}): other rows are seen or refused"
    )


def _enum(it: _Taker, was: Properties) -> Iterator[Taken]:
    gone = [label for label in was.get("labels") or () if label not in (it.after.get("labels") or ())]
    if gone:
        labels = ", ".join(map(repr, gone))
        yield it.removes(f"renames {labels} of the enum {it.on}: whoever writes or compares with it is refused")


def _domain(it: _Taker, was: Properties) -> Iterator[Taken]:
    checks, earlier = it.after.get("checks") or {}, was.get("checks") or {}
    if was.get("nullable", True) and not it.after.get("nullable", True):
        yield it.restricts(f"sets the domain {it.on} NOT NULL: NULL is refused")
    if not was.get("nullable", True) and it.after.get("nullable", True):
        yield it.removes(f"drops NOT NULL of the domain {it.on}: who reads it may meet NULL")
    if any(earlier.get(name) != check for name, check in checks.items()):
        yield it.restricts(f"adds a check to the domain {it.on}: values that break it are refused")
    if "default" in was and was["default"] != it.after.get("default"):
        yield it.removes(f"drops or replaces the default of the domain {it.on}: an INSERT may get another value")


_BY_KIND: dict[ObjectKind, Callable[[_Taker, Properties], Iterator[Taken]]] = {
    ObjectKind.TABLE: _table,
    ObjectKind.SEQUENCE: _sequence,
    ObjectKind.POLICY: _policy,
    ObjectKind.ENUM: _enum,
    ObjectKind.DOMAIN: _domain,
}
