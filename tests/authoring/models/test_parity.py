"""Models against patches: what counts as the same, and what is said of the rest."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.models import DifferenceKind, ExportedModels, ModelExport, differences, require_parity
from rdspatch.authoring.models.spelling import in_the_words_of
from rdspatch.authoring.models.statements import read_sql
from rdspatch.core.errors import ModelsDiffer
from rdspatch.core.schema import ObjectKind, ObjectName, Schema
from rdspatch.core.scope import Scope
from tests.authoring.models import column_cases, constraint_cases
from tests.authoring.models.column_cases import Case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from rdspatch.authoring.models import ModelDifference
    from rdspatch.authoring.proof import ScratchServer
    from rdspatch.authoring.proof.connection import Connection
    from rdspatch.core.schema import Properties

pytestmark = pytest.mark.slow


CASES = {**column_cases.CASES, **constraint_cases.CASES}
EVERYTHING = Scope()


class Database:
    """One database for all of these tests: reading a schema is quick, making a database is not."""

    def __init__(self, connection: Connection, read: Callable[[], Schema], texts: Iterable[str]) -> None:
        """Run each text in a schema of its own."""
        self._connection = connection
        self._places = {text: f"case_{number:03}" for number, text in enumerate(sorted(set(texts)))}
        for text, place in self._places.items():
            connection.execute(f"CREATE SCHEMA {place}; SET search_path = {place}; {text}")
        self._all = read()

    def compare(self, case: Case, scope: Scope = EVERYTHING) -> tuple[ModelDifference, ...]:
        """As if models and patches had been in the schema `public` of two databases."""
        mine, theirs = self._places[case.models], self._places[case.patches]
        models, patches = self._schema(mine, mine), self._schema(theirs, mine)
        alike = in_the_words_of(models, patches, self._connection)
        return differences(
            ModelExport(
                exported=ExportedModels(source="app:Base", ddl=(case.models,), mapped=()),
                sql=read_sql((case.models,), schema="public"),
                schema=moved(models, mine, "public"),
                patches=moved(alike, mine, "public"),
            ),
            scope=scope,
        )

    def _schema(self, place: str, to: str) -> Schema:
        return moved(Schema({name: it for name, it in self._all.objects.items() if name.path[0] == place}), place, to)


def moved(schema: Schema, place: str, to: str) -> Schema:
    document = [[*name.to_json(), it] for name, it in schema.objects.items()]
    return Schema({ObjectName.from_json(path): it for *path, it in json.loads(json.dumps(document).replace(place, to))})


@pytest.fixture(scope="module")
def database(scratch: ScratchServer) -> Iterator[Database]:
    cases = (*CASES.values(), PARTS, SCOPED)
    with scratch.database(for_patches=False) as made, made.connect_as_given() as connection:
        yield Database(connection, made.read_schema, [text for case in cases for text in (case.models, case.patches)])


PARTS = Case("CREATE TABLE t (id serial PRIMARY KEY, a text UNIQUE); CREATE INDEX i ON t (a)", "")
SCOPED = Case("CREATE TABLE t (a int); CREATE INDEX i ON t (a)", "CREATE TABLE t (a text, b int NOT NULL)")


def texts(found: tuple[ModelDifference, ...]) -> list[str]:
    problems = [difference.problem() for difference in found]
    assert all(problem.instead for problem in problems)
    return [f"{problem.where}: {problem.what}" for problem in problems]


@pytest.mark.parametrize("name", CASES)
def test_models_and_patches(database: Database, name: str) -> None:
    case = CASES[name]
    found = texts(database.compare(case))
    assert found == list(case.problems)


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if not case.problems])
def test_what_the_models_make_is_in_parity_with_itself(database: Database, name: str) -> None:
    assert texts(database.compare(CASES[name]._replace(patches=CASES[name].models))) == []


def test_a_missing_table_brings_its_parts_along(database: Database) -> None:
    (found,) = database.compare(PARTS)
    assert (found.kind, found.object) == (DifferenceKind.MISSING, ObjectName(ObjectKind.TABLE, ("public", "t")))
    assert {str(part) for part in found.parts} == {
        "column public.t.a",
        "column public.t.id",
        "constraint public.t.t_a_key",
        "constraint public.t.t_pkey",
        "index public.i",
        "sequence public.t_id_seq",
    }


def test_a_difference_has_the_properties_of_both_sides(database: Database) -> None:
    (found,) = database.compare(CASES["type"])
    assert (found.kind, found.properties) == (DifferenceKind.DIFFERENT, ("type",))
    assert found.wanted == {"type": "bigint", "nullable": True}
    assert found.found == {"type": "integer", "nullable": True}


@pytest.mark.parametrize(
    "scope", [Scope(ignore=("public.t",)), Scope(ignore=("public.t.*", "public.i")), Scope(schemas=("app",))]
)
def test_what_is_out_of_scope_is_not_compared(database: Database, scope: Scope) -> None:
    assert len(database.compare(SCOPED)) == 3
    assert database.compare(SCOPED, scope) == ()


def test_parity_is_required_with_every_difference_in_the_message() -> None:
    with pytest.raises(ModelsDiffer) as caught:
        require_parity(many(300, patched=0), scope=EVERYTHING)
    text = caught.value.whole
    assert text.startswith("300 problems in the models:\n  300 times: no patch makes it; `rdspatch new SLUG")
    assert text.count("table public.t") == 300
    require_parity(many(300, patched=300), scope=EVERYTHING)


def test_thousands_of_tables_are_compared_in_seconds() -> None:
    started = time.monotonic()
    assert differences(many(3_000, patched=3_000), scope=EVERYTHING) == ()
    assert len(differences(many(3_000, patched=1), scope=EVERYTHING)) == 2_999
    assert time.monotonic() - started < 30


def many(tables: int, *, patched: int) -> ModelExport:
    exported = ExportedModels(source="app:Base", ddl=(), mapped=())
    return ModelExport(
        exported=exported,
        sql=read_sql((), schema="public"),
        schema=tables_of(tables),
        patches=tables_of(patched),
    )


def tables_of(count: int) -> Schema:
    """Tables of three columns, a key, a check and an index each."""
    objects: dict[ObjectName, Properties] = {}
    for number in range(count):
        table = ("public", f"t{number}")
        index = f"CREATE INDEX i{number} ON public.t{number} USING btree (a)"
        objects[ObjectName(ObjectKind.TABLE, table)] = {"kind": "table"}
        for column in "abc":
            objects[ObjectName(ObjectKind.COLUMN, (*table, column))] = {"type": "integer", "nullable": False}
        objects[ObjectName(ObjectKind.CONSTRAINT, (*table, "k"))] = {"definition": "PRIMARY KEY (a)", "validated": True}
        objects[ObjectName(ObjectKind.CONSTRAINT, (*table, "c"))] = {"definition": "CHECK (a > 0)", "validated": True}
        objects[ObjectName(ObjectKind.INDEX, ("public", f"i{number}"))] = {"definition": index, "valid": True}
    return Schema(objects)
