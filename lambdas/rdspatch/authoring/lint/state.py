"""What a rule knows beside the statement: the patch, what its earlier statements did, and what was there before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb

from rdspatch.authoring.lint.drops import Drops
from rdspatch.authoring.lint.names import Name, added_constraints, full_name, name_of
from rdspatch.authoring.tree import names
from rdspatch.core.patch import Transaction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.authoring.lint.known_schema import KnownSchema
    from rdspatch.authoring.lint.script import ScriptStatement
    from rdspatch.authoring.tree import Node
    from rdspatch.core.patch import Patch


class ScriptState:
    """Follows one patch, statement by statement."""

    def __init__(self, *, patch: Patch, script: Sequence[ScriptStatement], schema: KnownSchema) -> None:
        self.patch = patch
        self.script = tuple(script)
        self.schema = schema
        self.drops = Drops()
        """What the patch dropped, so that it makes it anew each time it runs."""
        self.added_constraints: set[tuple[Name, str]] = set()
        self._created: set[Name] = set()
        self._new_enum_values: set[str] = set()

    @property
    def one_transaction(self) -> bool:
        """Whether all statements share a transaction."""
        return self.patch.directives.transaction is Transaction.ONE

    @property
    def new_enum_values(self) -> frozenset[str]:
        """Labels that the patch added to enum types which were there before."""
        return frozenset(self._new_enum_values)

    def is_new(self, relation: Name) -> bool:
        """Whether the patch itself created this table or type, so that nobody uses it yet."""
        return relation in self._created

    def follow(self, statement: ScriptStatement) -> None:
        """Take in what a statement does, after the rules have seen it."""
        node = statement.node
        match node:
            case pb.CreateStmt():
                self._create(name_of(node.relation))
            case pb.CreateTableAsStmt():
                self._create(name_of(node.into.rel))
            case pb.CreateEnumStmt():
                self._create(full_name(names(node.type_name)))
            case pb.AlterEnumStmt() if node.new_val and not node.old_val:
                if not self.is_new(full_name(names(node.type_name))):
                    self._new_enum_values.add(node.new_val)
            case pb.DropStmt():
                self.drops.follow(node)
            case pb.AlterTableStmt():
                self._alter(node)
        self.schema.follow(node)

    def _create(self, name: Name) -> None:
        if not self.schema.has_table(name):
            self._created.add(name)

    def _alter(self, node: Node) -> None:
        table = name_of(node.relation)
        self.added_constraints.update((table, constraint.conname) for constraint in added_constraints(node))
        self.drops.follow(node)
