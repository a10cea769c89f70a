"""The roles that SQL names: in privileges, policies, owners, default privileges and authorizations."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postgast import pg_query_pb2 as pb
from postgast import unwrap_node

from rdspatch.authoring.bodies import executed_bodies
from rdspatch.authoring.parser import SqlSyntaxError, parse_statements
from rdspatch.authoring.tree import executed_nodes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdspatch.authoring.tree import Node

_MAY_NAME_ONE = re.compile(r"\b(?:grant|revoke|owner|policy|authorization|privileges|role|user)\b", re.IGNORECASE)
"""Parsing a large baseline takes its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRoles:
    """Names of roles, by what they are needed for."""

    names: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    """Those that something is handed over to, or done in the name of: only a member of a role may do that."""
    created: frozenset[str] = frozenset()
    """Those that a statement of its own creates."""


def roles_of(texts: Iterable[str]) -> NamedRoles:
    """The roles that a baseline and its patches name, but for those that they create themselves."""
    named = [roles_named_in(sql) for sql in texts]
    created = frozenset(name for it in named for name in it.created)
    return NamedRoles(
        names=frozenset(name for it in named for name in it.names) - created,
        joined=frozenset(name for it in named for name in it.joined) - created,
        created=created,
    )


def roles_named_in(sql: str) -> NamedRoles:
    """The roles of a text; none where it is no SQL, which others say."""
    if not _MAY_NAME_ONE.search(sql):
        return NamedRoles()
    try:
        parsed = parse_statements(sql)
    except SqlSyntaxError:
        return NamedRoles()
    roots = [item.node for item in parsed]
    bodies = [item.node for item in executed_bodies(parsed)]
    created = frozenset(node.role for node in roots if isinstance(node, pb.CreateRoleStmt))
    found = [pair for root in (*roots, *bodies) for pair in _roles(root)]
    names = frozenset(name for name, _ in found) - created
    return NamedRoles(names=names, joined=frozenset(name for name, is_joined in found if is_joined), created=created)


def _roles(root: Node) -> Iterator[tuple[str, bool]]:
    """Each role, and whether the statement has to be done by a member of it."""
    for field, node in executed_nodes(root):
        match node:
            case pb.RoleSpec() if node.roletype == pb.ROLESPEC_CSTRING:
                yield node.rolename, field in ("newowner", "authrole")
            case pb.CreateRoleStmt():
                yield node.role, False
            case pb.GrantRoleStmt():
                yield from ((unwrap_node(item).priv_name, False) for item in node.granted_roles)
            case pb.AlterDefaultPrivilegesStmt():
                yield from ((name, True) for name in _for_roles(node))


def _for_roles(node: Node) -> Iterator[str]:
    for option in map(unwrap_node, node.options):
        if option.defname == "roles":
            for item in unwrap_node(option.arg).items:
                role = unwrap_node(item)
                if role.roletype == pb.ROLESPEC_CSTRING:
                    yield role.rolename
