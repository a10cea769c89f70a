"""The models' SQL in a database of its own: what it finds there, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.models import ExportedModels, build, differences
from rdspatch.core.errors import BadModels
from rdspatch.core.schema import ObjectKind, Schema
from rdspatch.core.scope import Scope
from tests.authoring.models.conftest import schema_of

if TYPE_CHECKING:
    from rdspatch.authoring.models import ModelExport
    from rdspatch.authoring.proof import ScratchServer
    from tests.authoring.models.conftest import Project

pytestmark = pytest.mark.slow

PATCHES = """
SET check_function_bodies = off;
CREATE SCHEMA app; CREATE SCHEMA "odd schema"; CREATE SCHEMA unused;
CREATE TYPE "odd schema".mood AS ENUM ('it''s', 'b');
CREATE DOMAIN email AS text COLLATE "C" DEFAULT '@' CONSTRAINT "a t" CHECK (VALUE LIKE '%@%');
CREATE TYPE pair AS (a int, m "odd schema".mood, e email);
CREATE TYPE span AS RANGE (SUBTYPE = float8);
CREATE SEQUENCE app.order_numbers AS int INCREMENT 5 START 100;
CREATE FUNCTION app.next_code(prefix text) RETURNS text LANGUAGE sql
    AS $$SELECT prefix || count(*) FROM app.orders$$;
CREATE FUNCTION app.code_of(p pair) RETURNS text LANGUAGE plpgsql AS 'BEGIN RETURN app.next_code(p.a::text); END';
CREATE FUNCTION unmentioned() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE TABLE app.orders (
    id serial PRIMARY KEY,
    number int DEFAULT nextval('app.order_numbers'),
    code text DEFAULT app.next_code('x'),
    pair pair,
    span span,
    code_of_pair text DEFAULT app.code_of(ROW(1, 'b', 'a@b')),
    mood "odd schema".mood
);
CREATE VIEW everything AS SELECT * FROM app.orders;
"""
USES = """
CREATE TABLE app.orders (
    id serial PRIMARY KEY,
    number int DEFAULT nextval('app.order_numbers'),
    code text DEFAULT app.next_code('x'),
    pair pair,
    span span,
    code_of_pair text DEFAULT app.code_of(ROW(1, 'b', 'a@b')),
    mood "odd schema".mood
)
"""


def built(scratch: ScratchServer, models: str, patches: str | Schema) -> ModelExport:
    schema = schema_of(scratch, patches) if isinstance(patches, str) else patches
    return build(ExportedModels(source="app:Base", ddl=(models,), mapped=()), scratch, schema)


def test_what_the_models_use_and_do_not_make_is_there_and_not_theirs(scratch: ScratchServer) -> None:
    models = built(scratch, USES, PATCHES)
    assert differences(models, scope=Scope()) == ()
    assert {str(name) for name in models.schema.objects if name.kind is not ObjectKind.COLUMN} == {
        "schema app",
        "table app.orders",
        "constraint app.orders.orders_pkey",
        "sequence app.orders_id_seq",
    }


def test_what_the_models_make_themselves_is_theirs(scratch: ScratchServer) -> None:
    patches = "CREATE TYPE mood AS ENUM ('a'); CREATE SCHEMA app; CREATE SEQUENCE app.s; CREATE TABLE t (m mood)"
    own = (
        "CREATE SCHEMA app; CREATE TYPE mood AS ENUM ('a', 'b'); CREATE SEQUENCE app.s AS int; CREATE TABLE t (m mood)"
    )
    found = differences(built(scratch, own, patches), scope=Scope())
    assert [f"{item.object} {item.properties}" for item in found] == [
        "sequence app.s ('type',)",
        "enum public.mood ('labels',)",
    ]


def test_a_sequence_of_the_patches_does_not_take_the_name_of_a_serials_own(scratch: ScratchServer) -> None:
    patches = "CREATE SEQUENCE t_id_seq; CREATE TABLE t (id int NOT NULL DEFAULT nextval('t_id_seq') PRIMARY KEY)"
    models = built(scratch, "CREATE TABLE t (id serial PRIMARY KEY)", patches)
    assert "sequence public.t_id_seq" in {str(name) for name in models.schema.objects}
    assert differences(models, scope=Scope()) == ()


def test_a_schema_that_no_patch_makes_is_missing_with_its_tables(scratch: ScratchServer) -> None:
    found = differences(built(scratch, 'CREATE TABLE "new one".t (a int)', ""), scope=Scope())
    assert [str(item.object) for item in found] == ['schema "new one"', 'table "new one".t']


def test_an_extension_of_the_models_must_come_from_a_patch(scratch: ScratchServer) -> None:
    """plpgsql is the one that every server has; a database whose patches drop it lacks it."""
    extension = "CREATE EXTENSION IF NOT EXISTS plpgsql; CREATE TABLE t (a int)"
    assert differences(built(scratch, extension, "CREATE TABLE t (a int)"), scope=Scope()) == ()
    dropped = "CREATE TABLE t (a int); DROP EXTENSION plpgsql"
    (found,) = differences(built(scratch, extension, dropped), scope=Scope())
    assert str(found.object) == "extension plpgsql"
    assert differences(built(scratch, "CREATE TABLE t (a int)", dropped), scope=Scope()) == ()


@pytest.mark.parametrize(
    ("sql", "what"),
    [
        ("CREATE TABLE t (m mood)", '`CREATE TABLE t (m mood)`: type "mood" does not exist (SQLSTATE 42704)'),
        ("CREATE EXTENSION nowhere", '`CREATE EXTENSION nowhere`: extension "nowhere" is not available'),
        ("CREATE TABLE t (a int,,)", '`CREATE TABLE t (a int,,)`: syntax error at or near ","'),
        (f"CREATE TABLE t (a{'b' * 300} int, c nonsense)", f"`CREATE TABLE t (a{'b' * 103}…`: type"),
    ],
)
def test_a_statement_that_the_server_refuses_is_shown(scratch: ScratchServer, sql: str, what: str) -> None:
    with pytest.raises(BadModels) as caught:
        built(scratch, sql, "")
    (problem,) = caught.value.problems
    assert problem.where == "app:Base"
    assert problem.what.startswith(f"PostgreSQL {scratch.major} refuses {what}")


def test_events_of_the_metadata_are_part_of_the_sql(scratch: ScratchServer, project: Project) -> None:
    project.model(
        """
        from sqlalchemy import event
        class T(Base):
            __tablename__ = "t"
            __table_args__ = {"schema": "app"}
            id: Mapped[int] = mapped_column(primary_key=True)
            at: Mapped[str] = mapped_column(server_default=text("app.stamp('50%')"))
        event.listen(Base.metadata, "before_create", DDL("CREATE SCHEMA IF NOT EXISTS app"))
        @event.listens_for(Base.metadata, "before_create")
        def before(target, connection, **_):
            connection.execute(text("CREATE FUNCTION app.stamp(t text) RETURNS text LANGUAGE sql AS 'SELECT t'"))
            connection.execute(select(literal(1)))
        view = DDL("CREATE VIEW app.v AS SELECT id FROM app.t WHERE at LIKE 'a%%'")
        event.listen(T.__table__, "after_create", view.execute_if(dialect="postgresql"))
        newer = DDL("CREATE VIEW app.w AS SELECT 1 AS one")
        new = newer.execute_if(callable_=lambda *_, dialect, **__: dialect.server_version_info >= (14,))
        event.listen(Base.metadata, "after_create", new)
        event.listen(Base.metadata, "after_create", DDL("nonsense").execute_if(dialect="sqlite"))
        """
    )
    models = build(project.export(), scratch, Schema({}))
    assert {str(name) for name in models.schema.objects if name.kind is not ObjectKind.COLUMN} == {
        "schema app",
        "function app.stamp(text)",
        "table app.t",
        "constraint app.t.t_pkey",
        "sequence app.t_id_seq",
        "view app.v",
        "view app.w",
    }
