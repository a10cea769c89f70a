"""The tables that are to be filled, as the catalog describes them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.quoting import identifier
from rdspatch.authoring.proof.generated.facts_query import QUERY

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.authoring.proof.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A type with its modifier."""

    name: str
    """As SQL writes it, with the modifier: `numeric(4,1)`."""
    catalog_name: str
    """As in `pg_type.typname`: `numeric`."""
    kind: str
    """As in `pg_type.typtype`: base, enum, domain, composite, range, multirange."""
    category: str
    """As in `pg_type.typcategory`."""
    modifier: int
    inner: Type | None = None
    """What a domain is made of, an array's element, a range's bound, a multirange's range."""
    labels: tuple[str, ...] = ()
    attributes: tuple[Type, ...] = ()
    checks: tuple[str, ...] = ()
    """Of a domain: expressions over VALUE."""
    is_required: bool = False

    @property
    def plain(self) -> Type:
        """Under domains, the type that the value is of."""
        return self.inner.plain if self.kind == "d" and self.inner is not None else self

    @property
    def all_checks(self) -> tuple[str, ...]:
        """With those of the domains that this one is made of."""
        return (*self.checks, *(self.inner.all_checks if self.kind == "d" and self.inner is not None else ()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column."""

    name: str
    type: Type
    is_required: bool
    is_automatic: bool
    """Identity, generated or from a sequence of its own; given a value only where the sequence's will not do."""
    is_generated: bool
    """Computed from other columns: takes no value."""
    is_always_identity: bool
    has_default: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A constraint or unique index, with the columns that decide whether a row keeps it."""

    name: str
    columns: frozenset[str]
    expression: str = ""
    """Of a CHECK or a partition's bounds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """Columns of one table, and where their values come from."""

    name: str
    parents: tuple[str, ...]
    """The tables that hold the rows, by their object identifiers: of a partitioned table, its leaves."""
    parent: str
    """Qualified and quoted."""
    columns: tuple[tuple[str, str], ...]
    """Pairs of the table's and the parent's."""
    is_deferrable: bool
    schema: str
    table: str
    """Where the constraint was written, both quoted; a partition has its key from there."""
    constraint: str
    definition: str

    @property
    def mine(self) -> tuple[str, ...]:
        return tuple(mine for mine, _ in self.columns)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table that holds rows itself."""

    oid: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    checks: tuple[Rule, ...]
    keys: tuple[Rule, ...]
    """Unique, primary, exclusion; also indexes that are no constraints."""
    bound: Rule | None
    """What its rows must satisfy as a partition."""
    foreign: tuple[ForeignKey, ...]
    triggers: tuple[tuple[str, str], ...]
    """Those that fire, with `pg_trigger.tgenabled`."""
    forces_policies: bool
    has_rules: bool
    """Rules on INSERT, which may put rows elsewhere."""

    @property
    def quoted(self) -> str:
        return f"{identifier(self.schema)}.{identifier(self.name)}"

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def expressions(self) -> tuple[Rule, ...]:
        return (*self.checks, *((self.bound,) if self.bound else ()))


def read_tables(connection: Connection) -> tuple[Table, ...]:
    """Every ordinary table and partition, by schema and name; those of extensions are left alone."""
    document = connection.document(QUERY)
    types = {facts["oid"]: facts for facts in document["types"] or ()}
    return tuple(_table(facts, types) for facts in document["tables"] or ())


def _table(facts: Mapping[str, Any], types: Mapping[str, Any]) -> Table:
    columns = {number: _column(rest, types) for number, *rest in facts["columns"] or ()}

    def rule(name: str, expression: str, numbers: list[int] | None) -> Rule:
        named = frozenset(columns[number].name for number in numbers or () if number in columns)
        return Rule(name=name, columns=named, expression=expression or "")

    return Table(
        oid=facts["oid"],
        schema=facts["schema"],
        name=facts["name"],
        columns=tuple(columns.values()),
        checks=tuple(rule(*check) for check in facts["checks"] or ()),
        keys=tuple(rule(name, "", numbers) for name, numbers in facts["keys"] or ()),
        bound=rule("", *facts["bound"]) if facts["bound"] else None,
        foreign=tuple(_foreign_key(*key) for key in facts["foreign"] or ()),
        triggers=tuple((name, enabled) for name, enabled in facts["triggers"] or ()),
        forces_policies=facts["forces_policies"],
        has_rules=facts["has_rules"],
    )


def _column(facts: list[Any], types: Mapping[str, Any]) -> Column:
    name, oid, modifier, written, required, automatic, generated, always, default = facts
    return Column(
        name=name,
        type=_type(oid, modifier, written, types),
        is_required=required,
        is_automatic=automatic,
        is_generated=generated,
        is_always_identity=always,
        has_default=default,
    )


def _use(written: Any, types: Mapping[str, Any]) -> Type:
    oid, modifier, name = written
    return _type(oid, modifier, name, types)


def _type(oid: str, modifier: int, written: str, types: Mapping[str, Any]) -> Type:
    facts = types[oid]
    inner: Any = facts["inner"]
    if inner is not None and facts["kind"] == "b":
        # An array's modifier is its elements': numeric(4,1)[].
        inner = (inner[0], modifier, written.removesuffix("[]"))
    return Type(
        name=written,
        catalog_name=facts["name"],
        kind=facts["kind"],
        category=facts["category"],
        modifier=modifier,
        inner=None if inner is None else _use(inner, types),
        labels=tuple(facts["labels"] or ()),
        attributes=tuple(_use(attribute, types) for attribute in facts["attributes"] or ()),
        checks=tuple(facts["checks"] or ()),
        is_required=facts["required"],
    )


def _foreign_key(*facts: Any) -> ForeignKey:
    name, oid, schema, parent, deferrable, pairs, leaves, origin = facts
    return ForeignKey(
        name=name,
        parents=tuple(leaves or (oid,)),
        parent=f"{identifier(schema)}.{identifier(parent)}",
        columns=tuple((mine, theirs) for mine, theirs in pairs),
        is_deferrable=deferrable,
        schema=identifier(origin[0]),
        table=f"{identifier(origin[0])}.{identifier(origin[1])}",
        constraint=identifier(origin[2]),
        definition=origin[3],
    )
