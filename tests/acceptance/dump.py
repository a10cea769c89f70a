"""A schema as `pg_dump` sees it: the text that it prints for each object, under our name for the object."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from rdspatch.authoring.postgres_files import server_binaries, server_rights
from rdspatch.core.schema import ObjectKind, ObjectName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.authoring.postgres_server import EmbeddedPostgres

_ENTRY = re.compile(r"^-- Name: (?P<name>.*); Type: (?P<type>[A-Z ]+); Schema: (?P<schema>.*); Owner: -$", re.MULTILINE)
_PART = r'(?:"(?:[^"]|"")+"|[\w$]+)'
_COLUMN = re.compile(rf"^    ({_PART})(.*)$")
_CREATED = re.compile(rf"CREATE \w+ ({_PART})\.({_PART})")
_ALTER_COLUMN = re.compile(rf"^ALTER TABLE (?:ONLY )?\S+ ALTER COLUMN ({_PART}) (.*?;)$", re.MULTILINE | re.DOTALL)
_OF_TABLE = re.compile(r"^ALTER TABLE (?:ONLY )?\S+ (CLUSTER ON|REPLICA IDENTITY) .*$", re.MULTILINE)
_CHECK = re.compile(rf"^    CONSTRAINT ({_PART}) (CHECK .*)$")
_ARGUMENT_NAMES = re.compile(r"(?:(?<=\()|(?<=, ))(?:(?:INOUT |OUT )?[a-z]\w* )(?=[a-z])")
_KINDS = {
    "SCHEMA": ObjectKind.SCHEMA,
    "EXTENSION": ObjectKind.EXTENSION,
    "TABLE ATTACH": ObjectKind.TABLE,
    "ROW SECURITY": ObjectKind.TABLE,
    "CONSTRAINT": ObjectKind.CONSTRAINT,
    "CHECK CONSTRAINT": ObjectKind.CONSTRAINT,
    "FK CONSTRAINT": ObjectKind.CONSTRAINT,
    "DEFAULT": ObjectKind.COLUMN,
    "INDEX": ObjectKind.INDEX,
    "INDEX ATTACH": ObjectKind.INDEX,
    "SEQUENCE": ObjectKind.SEQUENCE,
    "SEQUENCE OWNED BY": ObjectKind.SEQUENCE,
    "VIEW": ObjectKind.VIEW,
    "MATERIALIZED VIEW": ObjectKind.MATERIALIZED_VIEW,
    "RULE": ObjectKind.RULE,
    "FUNCTION": ObjectKind.FUNCTION,
    "PROCEDURE": ObjectKind.FUNCTION,
    "AGGREGATE": ObjectKind.FUNCTION,
    "TRIGGER": ObjectKind.TRIGGER,
    "POLICY": ObjectKind.POLICY,
    "DOMAIN": ObjectKind.DOMAIN,
}
_OF_A_TABLE = frozenset(
    {ObjectKind.CONSTRAINT, ObjectKind.COLUMN, ObjectKind.TRIGGER, ObjectKind.POLICY, ObjectKind.RULE},
)


def printed_by_pg_dump(server: EmbeddedPostgres, database: str, *options: str) -> str:
    """What `pg_dump` prints."""
    rights = server_rights()
    binary = server_binaries(server.socket_directory, rights) / "pg_dump"
    command = [str(binary), *options, "--dbname", server.url(database)]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=Path("/"), **rights).stdout


def dump(server: EmbeddedPostgres, database: str) -> dict[ObjectName, str]:
    """What `pg_dump --schema-only` prints, by object."""
    options = ["--schema-only", "--no-owner", "--no-privileges", "--no-comments", "--exclude-schema=rdspatch"]
    printed = printed_by_pg_dump(server, database, *options)
    found: dict[ObjectName, str] = {}
    entries = list(_ENTRY.finditer(printed))
    ends = [entry.start() for entry in entries[1:]] + [len(printed)]
    for entry, end in zip(entries, ends, strict=True):
        text = re.sub(r"^(--.*|SET .*|\\(un)?restrict .*|)\n", "", printed[entry.end() : end], flags=re.MULTILINE)
        for name, part in _objects(entry["type"], entry["schema"], entry["name"], text):
            found[name] = found.get(name, "") + part.strip()
    constraints = {(name.path[0], name.path[2]) for name in found if name.kind is ObjectKind.CONSTRAINT}
    return {
        name: text for name, text in found.items() if name.kind is not ObjectKind.INDEX or name.path not in constraints
    }


def _objects(kind: str, schema: str, name: str, text: str) -> Iterator[tuple[ObjectName, str]]:
    if kind == "TABLE":
        yield from _table(schema, name, text)
    elif kind == "TYPE":
        yield ObjectName(_kind_of_type(text), (schema, name)), text
    elif kind == "SEQUENCE" and (identity := _ALTER_COLUMN.search(text)):
        table = re.match(rf"ALTER TABLE {_PART}\.({_PART})", text.lstrip())
        assert table
        yield ObjectName(ObjectKind.COLUMN, (schema, _unquoted(table[1]), _unquoted(identity[1]))), text
    else:
        found = _KINDS[kind]
        table_name, _, own_name = name.partition(" ")
        path: tuple[str, ...]
        if text.lstrip().startswith("ALTER DOMAIN"):
            found, path = ObjectKind.DOMAIN, (schema, table_name)
        elif found in (ObjectKind.SCHEMA, ObjectKind.EXTENSION):
            path = (name,)
        elif found is ObjectKind.FUNCTION:
            function, _, arguments = name.partition("(")
            path = (schema, function, _types(f"({arguments}"))
        elif found in _OF_A_TABLE:
            path = (schema, table_name, own_name)
        else:
            path = (schema, name)
        # Printed with an index or a constraint, said of the table.
        for sentence in _OF_TABLE.finditer(text):
            relation = re.match(rf"ALTER TABLE (?:ONLY )?{_PART}\.({_PART})", sentence[0])
            assert relation
            yield ObjectName(ObjectKind.TABLE, (schema, _unquoted(relation[1]))), sentence[0]
        yield ObjectName(found, path), _OF_TABLE.sub("", text)


def _table(schema: str, name: str, text: str) -> Iterator[tuple[ObjectName, str]]:
    head, body, tail = text, "", ""
    if "(\n" in text:
        head, _, rest = text.partition("(\n")
        body, _, tail = rest.partition("\n)")
    for line in body.splitlines():
        if check := _CHECK.match(line):
            yield ObjectName(ObjectKind.CONSTRAINT, (schema, name, _unquoted(check[1]))), check[2].rstrip(",")
        elif column := _COLUMN.match(line):
            yield ObjectName(ObjectKind.COLUMN, (schema, name, _unquoted(column[1]))), column[2].rstrip(",")
    for change in _ALTER_COLUMN.finditer(tail):
        yield ObjectName(ObjectKind.COLUMN, (schema, name, _unquoted(change[1]))), change[2]
    yield ObjectName(ObjectKind.TABLE, (schema, name)), head + _ALTER_COLUMN.sub("", tail)


def _kind_of_type(text: str) -> ObjectKind:
    if " AS ENUM " in text:
        return ObjectKind.ENUM
    return ObjectKind.RANGE if " AS RANGE " in text else ObjectKind.COMPOSITE


def _types(arguments: str) -> str:
    """`(INOUT n integer)` as `integer`."""
    return _ARGUMENT_NAMES.sub("", arguments)[1:-1]


def _unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name
