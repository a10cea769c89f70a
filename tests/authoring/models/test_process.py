"""Modules that define models, and modules that do something else: each gives models or one clear sentence."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from rdspatch.core.errors import BadModels
from rdspatch.core.models import MappedModel
from rdspatch.core.statement import RelationName
from tests.authoring.models.conftest import USER

if TYPE_CHECKING:
    from tests.authoring.models.conftest import Project

pytestmark = pytest.mark.slow

DDL = ("CREATE TABLE users (\n\tid SERIAL NOT NULL, \n\tPRIMARY KEY (id)\n)",)


def problem(project: Project, source: str = "app:Base", **options: object) -> str:
    with pytest.raises(BadModels) as caught:
        project.export(source, **options)
    (only,) = caught.value.problems
    assert only.where == source
    assert only.instead
    return only.what


@pytest.mark.parametrize("target", ["Base", "Base.metadata", "Base.registry", "User", "Box.base", "plain"])
def test_whatever_has_metadata_is_a_source(project: Project, target: str) -> None:
    project.model(USER + "class Box: base = Base\nplain = Base.metadata\n")
    exported = project.export(f"app:{target}")
    assert [statement.strip() for statement in exported.ddl] == [statement.strip() for statement in DDL]
    assert [(model.table.name, model.columns) for model in exported.mapped] == [("users", ("id",))]


def test_a_class_that_is_like_an_sqlmodel_base_is_a_source(project: Project) -> None:
    project.model(USER + "class SQLModel:\n    metadata = Base.metadata\n    _sa_registry = Base.registry\n")
    assert [model.model for model in project.export("app:SQLModel").mapped] == ["User"]


def test_every_column_of_every_table_is_mapped_also_those_of_tables_without_a_class(project: Project) -> None:
    project.model(
        USER
        + """
class Base2(Base):
    __abstract__ = True
class Animal(Base2):
    __table_args__ = {"schema": "zoo"}
    __tablename__ = "animals"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    __mapper_args__ = {"polymorphic_on": "kind"}
class Cat(Animal):
    lives: Mapped[int | None] = mapped_column("Lives left")
    __mapper_args__ = {"polymorphic_identity": "cat"}
Table("keeps", Base.metadata, Column("user_id", ForeignKey("users.id")), Column("animal", Integer))
""",
    )
    assert project.export().mapped == (
        MappedModel(model="keeps", table=RelationName(schema=None, name="keeps"), columns=("user_id", "animal")),
        MappedModel(model="User", table=RelationName(schema=None, name="users"), columns=("id",)),
        MappedModel(
            model="Animal, Cat",
            table=RelationName(schema="zoo", name="animals"),
            columns=("id", "kind", "Lives left"),
        ),
    )


def test_several_sources_are_one_after_the_other_and_metadata_that_they_share_is_there_once(project: Project) -> None:
    project.model(USER)
    project.model('other = MetaData()\nTable("logs", other, Column("at", Date))', "pkg/more.py")
    exported = project.export("app:Base, pkg.more:other, app:User")
    assert [model.table.name for model in exported.mapped] == ["logs", "users"]
    assert [statement.split()[2] for statement in exported.ddl] == ["users", "logs"]


def test_the_same_models_give_the_same_sql_every_time_and_other_models_another_checksum(project: Project) -> None:
    columns = "\n".join(f"    c{number}: Mapped[int] = mapped_column(index=True)" for number in range(12))
    project.model(
        f"{USER}    kind: Mapped[str] = mapped_column(Enum(*{{'a', 'b', 'c', 'd'}}, name='kind'))\n{columns}\n"
    )
    first, again = project.export(), project.export()
    assert first == again
    assert len(first.ddl) == 14
    assert first.locked == again.locked
    project.model(USER)
    assert project.export().locked.checksum != first.locked.checksum


def test_percent_signs_and_colons_are_what_the_models_say(project: Project) -> None:
    project.model(USER + "    n: Mapped[str] = mapped_column('100%', server_default=text(\"'5 % of \\\\:x'\"))\n")
    (statement,) = project.export().ddl
    assert "\"100%\" VARCHAR DEFAULT '5 % of :x' NOT NULL" in statement


@pytest.mark.experiment("F50")
def test_noise_on_every_stream_and_threads_that_stay_do_not_matter(project: Project) -> None:
    project.model(
        USER
        + """
import os, sys, threading, time, atexit, warnings
print('{"ddl": []}')
os.write(1, b"noise\\n")
sys.stderr.write("noise")
sys.stdout.close()
warnings.warn("old")
atexit.register(print, "bye")
threading.Thread(target=time.sleep, args=(600,)).start()
open("written-while-imported", "w").close()
""",
    )
    started = time.monotonic()
    assert len(project.export().ddl) == 1
    assert time.monotonic() - started < 30


@pytest.mark.experiment("F50")
def test_no_credential_of_this_process_reaches_the_models(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ("DATABASE_URL", "PGPASSWORD", "AWS_SECRET_ACCESS_KEY", "RDSPATCH_DATABASE_URL", "MY_KEY", "PYTHONPATH")
    for name in names:
        monkeypatch.setenv(name, "canary")
    project.model(
        f"import os\nfrom pathlib import Path\nassert not [n for n in {names!r} if n in os.environ]\n"
        f"assert 'canary' not in os.environ.values()\nassert not list(Path.home().iterdir())\n{USER}"
    )
    assert len(project.export().ddl) == 1


def test_a_variable_that_the_models_need_is_given_to_them(project: Project) -> None:
    project.model("import os\nassert os.environ['STAGE'] == 'test'\n" + USER)
    assert len(project.export(environment={"STAGE": "test"}).ddl) == 1
    project.model("import os\nos.environ['STAGE']\n" + USER)
    assert problem(project) == "app.py:7: KeyError: 'STAGE'"


@pytest.mark.experiment("F50")
@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("import sys; sys.exit(3)", "app.py:6: calls sys.exit(3) while it is imported"),
        ("raise SystemExit", "app.py:6: calls sys.exit(None) while it is imported"),
        ("import os; os._exit(0)", "the import ended this process with status 0"),
        ("print('oh dear'); import os; os.abort()", "the import ended this process with status -6"),
        ("1 / 0", "app.py:6: ZeroDivisionError: division by zero"),
        ("raise KeyboardInterrupt", "app.py:6: KeyboardInterrupt: "),
        ("import nowhere", "app.py:6: ModuleNotFoundError: No module named 'nowhere'"),
        ("input()", "app.py:6: EOFError: EOF when reading a line"),
        ("def f(:", "SyntaxError: invalid syntax (app.py, line 6)"),
    ],
)
def test_a_module_that_cannot_be_imported_is_named_with_its_line(project: Project, text: str, what: str) -> None:
    project.model(f"{text}\n")
    assert problem(project) == what


CONNECT = "import socket; socket.create_connection(('127.0.0.1', 9))"


@pytest.mark.experiment("F50")
@pytest.mark.parametrize(
    "text",
    [
        CONNECT,
        "import urllib.request; urllib.request.urlopen('http://localhost:9/')",
        "import pg8000.native; pg8000.native.Connection('u', password='p')",
        "import socket; socket.socket().bind(('127.0.0.1', 0))",
        "import socket; socket.gethostbyname('example.com')",
        "from sqlalchemy import create_engine; create_engine('postgresql+pg8000://u@localhost:9/d').connect()",
    ],
)
def test_a_module_that_needs_the_network_is_refused_it_and_named(project: Project, text: str) -> None:
    project.model(f"{text}\n{USER}")
    assert problem(project).startswith("app.py:6: is not importable without network: it calls socket.")


def test_a_module_that_does_without_the_network_when_it_has_to_is_fine(project: Project) -> None:
    project.model(f"try:\n    {CONNECT}\nexcept OSError:\n    pass\n{USER}")
    assert len(project.export().ddl) == 1


@pytest.mark.experiment("F50")
def test_a_module_that_waits_forever_is_killed_with_what_it_has_started(project: Project, tmp_path: object) -> None:
    project.model(
        f"""
import subprocess, time
subprocess.Popen(["sh", "-c", "sleep 3; touch {tmp_path}/late"])
while True:
    try:
        {CONNECT}
    except OSError:
        print("still no database", flush=True)
        time.sleep(0.1)
"""
    )
    started = time.monotonic()
    what = problem(project, timeout=2)
    assert "the import took more than 2 s; its last words: " in what
    assert time.monotonic() - started < 20
    time.sleep(max(0.0, 4 - (time.monotonic() - started)))
    assert [path.name for path in project.root.parent.iterdir()] == ["src"]


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("app", "'app' names no models"),
        ("app:", "'app:' names no models"),
        ("app:Base,", "'' names no models"),
        ("../app:Base", "'../app:Base' names no models"),
        ("app:Bas", "app has no Bas"),
        ("app:User.nothing", "app has no User.nothing"),
        ("app:text", "app:text is a function without metadata"),
        ("app:empty", "app:empty has no tables: import the modules that define models in app"),
        ("pkg.app:Base", "ModuleNotFoundError: No module named 'pkg'"),
    ],
)
def test_a_source_without_models_is_refused(project: Project, source: str, what: str) -> None:
    project.model(USER + "empty = MetaData()\n")
    assert problem(project, source) == what


def test_a_directory_that_is_not_there_is_named(project: Project) -> None:
    project.root.rmdir()
    assert problem(project) == f"{project.root} is no directory"


def test_a_type_that_postgresql_does_not_have_is_an_error_of_the_models(project: Project) -> None:
    project.model(
        "from sqlalchemy.dialects import mysql\n" + USER + "    n: Mapped[int] = mapped_column(mysql.SET('a'))\n"
    )
    assert "CompileError" in problem(project)


def test_a_default_that_is_computed_from_a_time_is_the_same_in_every_time_zone(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    default = 'server_default=__import__("datetime").datetime.fromtimestamp(0).isoformat()'
    project.model(
        f'class A(Base):\n    __tablename__ = "a"\n    n = mapped_column(Text, {default}, primary_key=True)\n'
    )
    monkeypatch.setenv("TZ", "America/New_York")
    assert "DEFAULT '1970-01-01T00:00:00'" in project.export().ddl[0]
