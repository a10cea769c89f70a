"""Every database session, the fake and the one on PostgreSQL; what SQL does is in `tests/acceptance`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rdspatch.adapters.credentials import GivenCredentials
from rdspatch.adapters.postgres import PostgresDatabase
from rdspatch.core.answer import Truth, truth_of
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.failure import FailureKind, OutcomeUnknown, SqlFailed, SqlFailure
from rdspatch.core.ledger import Ledger
from rdspatch.core.models import MappedModel
from rdspatch.core.schema import ObjectKind, ObjectName, Schema
from rdspatch.core.statement import RelationName
from rdspatch.testing import FakeDatabase
from tests.authoring.patch_factory import NO_TRANSACTION
from tests.samples import LIMITS, OTHER_RUN, RUN, locked

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.ports import Database, Session

ONE = locked("CREATE TABLE one (id int);\n", "0001_one")
TWO = locked("CREATE TABLE two (id int);\n", "0002_two")
BROKEN = locked("SELECT 1 / 0;\n", "0003_broken")
INDEX = locked(
    "CREATE TABLE t (a int);\nCREATE INDEX CONCURRENTLY t_a ON t (a);\n", "0004_index", header=NO_TRANSACTION
)
PUBLIC = ObjectName(ObjectKind.SCHEMA, ("public",))
UNSELECTABLE = "unselectable"
GONE = SqlFailed(SqlFailure(kind=FailureKind.SQL, sqlstate="42P01", message="no such relation"))
DIVISION = SqlFailed(SqlFailure(kind=FailureKind.SQL, sqlstate="22012", message="division by zero"))


@pytest.fixture(params=["fake", "postgres"])
def database(request: pytest.FixtureRequest) -> Database:
    if request.param == "fake":
        return FakeDatabase(
            failures={BROKEN.patch.name: [DIVISION, DIVISION]},
            untrue=frozenset({"SELECT false"}),
            unselectable={UNSELECTABLE: GONE},
            schema=Schema({PUBLIC: {}}),
        )
    parsed = parse_database_url(request.getfixturevalue("database_url"))
    return PostgresDatabase(parsed.settings, GivenCredentials(parsed.user, parsed.password))


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session with the run lock on a database with a ledger."""
    opened = database.connect(RUN)
    assert opened.try_run_lock() is None
    opened.create_ledger()
    yield opened
    opened.close()


def model(table: str, *columns: str) -> MappedModel:
    return MappedModel(model=table.title(), table=RelationName(schema=None, name=table), columns=columns)


def names(ledger: Ledger) -> list[str]:
    return [row.patch_id for row in ledger.applied]


def kind_of_failure(session: Session, patch: LockedPatch) -> FailureKind:
    with pytest.raises(SqlFailed) as caught:
        session.apply_patch(patch, run=RUN, limits=LIMITS)
    return caught.value.failure.kind


def test_the_server_says_what_preflight_asks(session: Session) -> None:
    facts = session.server_facts()
    assert facts.version >= 140_000
    assert not facts.in_recovery
    assert facts.user
    assert facts.can_create_ledger


def test_a_database_that_was_never_patched_has_no_ledger(database: Database) -> None:
    session = database.connect(RUN)
    assert session.read_ledger() == Ledger(exists=False)
    session.close()


def test_a_new_ledger_is_empty_and_creating_it_again_loses_nothing(session: Session) -> None:
    assert session.read_ledger() == Ledger(exists=True)
    session.apply_patch(ONE, run=RUN, limits=LIMITS)
    session.create_ledger()
    assert names(session.read_ledger()) == ["0001_one"]


def test_an_applied_patch_has_a_row_that_says_what_ran_when_and_in_which_run(session: Session) -> None:
    session.apply_patch(ONE, run=RUN, limits=LIMITS)
    row = session.read_ledger().find("0001_one")
    assert row is not None
    assert (row.checksum, row.run_id, row.run_started_at) == (ONE.patch.checksum, RUN.id, RUN.started_at)
    assert row.applied_at.utcoffset() is not None
    assert row.applied_by == session.server_facts().user
    assert not row.audited


def test_rows_come_in_the_order_in_which_patches_were_applied(session: Session) -> None:
    session.apply_patch(TWO, run=RUN, limits=LIMITS)
    session.apply_patch(ONE, run=RUN, limits=LIMITS)
    assert names(session.read_ledger()) == ["0002_two", "0001_one"]


def test_a_patch_that_is_recorded_is_refused_and_runs_no_second_time(session: Session) -> None:
    session.apply_patch(ONE, run=RUN, limits=LIMITS)
    assert kind_of_failure(session, ONE) is FailureKind.ALREADY_RECORDED
    assert names(session.read_ledger()) == ["0001_one"]


def test_a_patch_that_fails_leaves_no_row_and_a_session_that_goes_on(session: Session) -> None:
    assert kind_of_failure(session, BROKEN) is FailureKind.SQL
    session.apply_patch(ONE, run=RUN, limits=LIMITS)
    assert names(session.read_ledger()) == ["0001_one"]


def test_a_replay_writes_no_row_and_succeeds_however_often(session: Session) -> None:
    made = ObjectName(ObjectKind.TABLE, ("public", "one"))
    again = locked("CREATE TABLE IF NOT EXISTS one (id int);\n", "0001_one")
    parts = {made, ObjectName(ObjectKind.COLUMN, ("public", "one", "id"))}
    for _ in range(2):
        session.replay_patch(again, heals=parts, limits=LIMITS)
        session.replay_statement(again, 0, heals=parts, limits=LIMITS)
    assert session.read_ledger() == Ledger()


def test_a_replay_that_fails_leaves_a_session_that_goes_on(session: Session) -> None:
    for send in (session.replay_patch, lambda patch, **more: session.replay_statement(patch, 0, **more)):
        with pytest.raises(SqlFailed) as caught:
            send(BROKEN, heals=(), limits=LIMITS)
        assert caught.value.failure.kind is FailureKind.SQL
    assert session.read_ledger() == Ledger()


def test_a_row_is_audited_when_it_is_marked(session: Session) -> None:
    session.apply_patch(ONE, run=RUN, limits=LIMITS)
    session.apply_patch(TWO, run=RUN, limits=LIMITS)
    session.mark_audited(["0001_one", "0009_unknown"])
    ledger = session.read_ledger()
    assert [row.patch_id for row in ledger.unaudited] == ["0002_two"]
    session.mark_audited(["0002_two"])
    assert session.read_ledger().unaudited == ()


def test_the_run_lock_names_who_holds_it_and_is_free_when_that_session_ends(
    database: Database, session: Session
) -> None:
    other = database.connect(OTHER_RUN)
    holder = other.try_run_lock()
    assert holder is not None
    assert holder.application == f"rdspatch:{RUN.id}"
    assert session.try_run_lock() is None
    session.close()
    for _ in range(200):  # the server notices a closed connection a moment later
        if other.try_run_lock() is None:
            break
    assert other.try_run_lock() is None
    other.close()


def test_nothing_is_changed_while_another_session_holds_the_run_lock(database: Database, session: Session) -> None:
    zombie = database.connect(OTHER_RUN)
    assert kind_of_failure(zombie, ONE) is FailureKind.RUN_LOCK_LOST
    with pytest.raises(SqlFailed):
        zombie.replay_patch(ONE, heals=(), limits=LIMITS)
    with pytest.raises(SqlFailed):
        zombie.mark_audited(["0001_one"])
    with pytest.raises(SqlFailed):
        zombie.record_intent(INDEX, 1, run=OTHER_RUN)
    assert session.read_ledger() == Ledger()
    assert session.read_progress(INDEX).marks == {}
    zombie.close()


def test_a_statements_marks_are_kept_until_its_patch_is_recorded(session: Session) -> None:
    session.apply_statement(INDEX, 0, run=RUN, limits=LIMITS)
    session.record_intent(INDEX, 1, run=RUN)
    progress = session.read_progress(INDEX)
    assert progress.is_done(0)
    assert progress.is_intended(1)
    assert not progress.is_done(1)
    session.record_done(INDEX, 1, run=RUN)
    assert session.read_progress(INDEX).is_done(1)
    session.record_patch(INDEX, run=RUN)
    assert session.read_progress(INDEX).marks == {}
    assert names(session.read_ledger()) == ["0004_index"]


def test_a_row_can_be_written_before_others(session: Session) -> None:
    for patch in (ONE, TWO):
        session.apply_patch(patch, run=RUN, limits=LIMITS)
    session.record_patch(INDEX, run=RUN, before=(TWO.patch.name,))
    assert names(session.read_ledger()) == [ONE.patch.name, "0004_index", TWO.patch.name]


def test_marks_belong_to_one_patch(session: Session) -> None:
    session.record_intent(INDEX, 1, run=RUN)
    assert session.read_progress(ONE).marks == {}


def test_an_index_is_there_once_it_is_built_and_gone_once_it_is_dropped(session: Session) -> None:
    statement = INDEX.statements[1]
    session.apply_statement(INDEX, 0, run=RUN, limits=LIMITS)
    assert not session.index_facts(statement).exists
    session.execute_alone(INDEX, 1, limits=LIMITS)
    facts = session.index_facts(statement)
    assert (facts.exists, facts.is_index, facts.is_valid, facts.same_definition) == (True, True, True, True)
    session.drop_index(statement, limits=LIMITS)
    assert not session.index_facts(statement).exists


@pytest.mark.parametrize(("query", "expected"), [("SELECT true", True), ("SELECT false", False)])
def test_a_query_is_true_or_it_is_not(session: Session, query: str, expected: bool) -> None:  # noqa: FBT001 - a case
    (answer,) = session.answers([query], limits=LIMITS)
    assert (truth_of(answer) is Truth.TRUE) is expected


def test_queries_are_answered_in_their_order(session: Session) -> None:
    answers = session.answers(["SELECT true", "SELECT false", "SELECT true"], limits=LIMITS)
    assert [truth_of(answer) for answer in answers] == [Truth.TRUE, Truth.FALSE, Truth.TRUE]
    assert session.answers([], limits=LIMITS) == ()


def test_models_are_selected_unless_one_of_them_cannot_be(session: Session) -> None:
    session.apply_patch(ONE, run=RUN, limits=LIMITS)
    session.select_nothing([model("one", "id")], limits=LIMITS)
    with pytest.raises(SqlFailed) as caught:
        session.select_nothing([model("one", "id"), model(UNSELECTABLE, "id")], limits=LIMITS)
    assert caught.value.failure.sqlstate == "42P01"
    session.select_nothing([], limits=LIMITS)


def test_a_relation_that_nobody_locks_has_no_blockers(session: Session) -> None:
    assert session.blockers([RelationName(schema=None, name="one")]) == ()


def test_a_schema_without_objects_of_ours_has_none_of_the_ledgers(session: Session) -> None:
    assert not any("rdspatch" in name.path for name in session.read_schema().objects)


@pytest.mark.parametrize(("schemas", "expected"), [((), True), (("public", "other"), True), (("other",), False)])
def test_a_schema_is_read_as_a_whole_or_in_the_parts_that_are_named(
    session: Session,
    schemas: tuple[str, ...],
    expected: bool,  # noqa: FBT001 - a case
) -> None:
    assert (PUBLIC in session.read_schema(schemas).objects) is expected


def test_a_closed_session_is_closed_again_without_a_word_and_answers_nothing(session: Session) -> None:
    session.close()
    session.close()
    with pytest.raises(OutcomeUnknown):
        session.read_ledger()
    with pytest.raises(OutcomeUnknown):
        session.apply_patch(ONE, run=RUN, limits=LIMITS)


def test_a_definition_that_is_read_again_is_printed_and_nothing_is_made(session: Session) -> None:
    session.apply_patch(ONE, run=RUN, limits=LIMITS)
    before = session.read_schema()
    check = ObjectName(ObjectKind.CONSTRAINT, ("public", "one", "positive"))
    printed = {"definition": "CHECK ((id > 0))"}
    assert session.read_again([(check, printed), (check, printed)]) == (printed, printed)
    assert session.read_schema() == before
