"""One connection to the target database; what each port method sends."""

from __future__ import annotations

import contextlib
from datetime import timedelta
from importlib import resources
from typing import TYPE_CHECKING, Any

import pg8000.exceptions
from sqlalchemy.exc import DBAPIError, InvalidRequestError

from rdspatch.adapters.postgres import message as messages
from rdspatch.adapters.postgres.completed import CompletedStatements
from rdspatch.adapters.postgres.connection import response_of
from rdspatch.adapters.postgres.message import LOCK_CLASS, LOCK_OBJECT, Message, Surroundings
from rdspatch.adapters.postgres.quoting import literal, relation
from rdspatch.adapters.postgres.sqlstate import (
    INVALID_SCHEMA,
    LOCK_NOT_AVAILABLE,
    UNDEFINED_COLUMN,
    UNDEFINED_TABLE,
    classify,
)
from rdspatch.core.catalog import IndexFacts, PartitionFacts
from rdspatch.core.errors import AccessDenied, LedgerUnusable
from rdspatch.core.failure import FailureKind, OutcomeUnknown, SqlFailed
from rdspatch.core.ledger import AppliedPatch, Ledger
from rdspatch.core.progress import Mark, Progress
from rdspatch.core.sessions import Blocker, Holder, ServerFacts
from rdspatch.core.statement import RelationName, Statement, StatementKind
from rdspatch.ports import Limits

if TYPE_CHECKING:
    from collections.abc import Sequence

    import sqlalchemy

    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.run import Run

_OWN_LIMITS = Limits(lock_timeout=timedelta(seconds=5), statement_timeout=timedelta(seconds=30))
"""For statements on our own tables and on catalogs."""


def _sql(name: str) -> str:
    return resources.files("rdspatch.adapters.postgres").joinpath(name).read_text(encoding="utf-8")


class PostgresSession:
    """The `Session` port; see there for what each method promises."""

    def __init__(self, connection: sqlalchemy.Connection, surroundings: Surroundings) -> None:
        self._connection = connection
        self._completed = CompletedStatements(connection.connection.driver_connection)
        self._surroundings = surroundings

    def server_facts(self) -> ServerFacts:
        version, in_recovery, user, can_create = self._rows(_sql("server_facts.sql"))[0]
        return ServerFacts(version=version, in_recovery=in_recovery, user=user, can_create_ledger=can_create)

    def try_run_lock(self) -> Holder | None:
        if self._rows(f"SELECT pg_try_advisory_lock({LOCK_CLASS}, {LOCK_OBJECT})")[0][0]:
            return None
        rows = self._rows(_sql("run_lock_holder.sql"), (LOCK_CLASS, LOCK_OBJECT))
        if not rows:  # released between the two questions
            return Holder(pid=0, user="?", application="a session that has just ended", query_age_seconds=None)
        pid, user, application, age = rows[0]
        return Holder(pid=pid, user=user, application=application, query_age_seconds=age)

    def read_ledger(self) -> Ledger:
        try:
            rows = self._send(self._as_owner(_sql("read_ledger.sql")))
        except SqlFailed as failed:
            return self._ledger_trouble(failed)
        return Ledger(
            applied=tuple(
                AppliedPatch(
                    patch_id=patch_id,
                    checksum=checksum,
                    run_id=run_id,
                    run_started_at=run_started_at,
                    applied_at=applied_at,
                    applied_by=applied_by,
                    audited=audited,
                )
                for patch_id, checksum, run_id, run_started_at, applied_at, applied_by, audited in rows
            ),
        )

    def create_ledger(self) -> None:
        self._send_own(_sql("ledger.sql"))

    def apply_patch(self, locked: LockedPatch, *, run: Run, limits: Limits) -> None:
        row = self._ledger_row(locked, run)
        self._send(self._surroundings.transaction(limits=limits, before=(row,), sql=locked.patch.sql))

    def apply_statement(self, locked: LockedPatch, number: int, *, run: Run, limits: Limits) -> None:
        mark = self._mark(locked, number, Mark.DONE, run)
        sql = locked.text_of(locked.statements[number])
        self._send_part(locked, number, self._surroundings.transaction(limits=limits, before=(mark,), sql=sql))

    def execute_alone(self, locked: LockedPatch, number: int, *, limits: Limits) -> None:
        self._send_alone(locked.text_of(locked.statements[number]), limits, locked=locked, number=number)

    def read_progress(self, locked: LockedPatch) -> Progress:
        query = f"SELECT statement, mark FROM rdspatch.progress WHERE patch_id = {literal(locked.patch.name)}"
        return Progress({number: Mark(mark) for number, mark in self._send(self._as_owner(query))})

    def record_intent(self, locked: LockedPatch, number: int, *, run: Run) -> None:
        self._send_own(self._mark(locked, number, Mark.INTENT, run))

    def record_done(self, locked: LockedPatch, number: int, *, run: Run) -> None:
        self._send_own(self._mark(locked, number, Mark.DONE, run))

    def record_patch(self, locked: LockedPatch, *, run: Run) -> None:
        self._send_own(f"{self._ledger_row(locked, run)};\n{messages.delete_progress(locked.patch.name)}")

    def index_facts(self, statement: Statement) -> IndexFacts:
        existing = self._index_expression(statement)
        found = self._send(self._as_owner(_sql("index_facts.sql").replace("{oids}", existing)))
        if not found:
            return IndexFacts(exists=False)
        kind, is_valid, description, _, _ = found[0]
        if kind not in ("i", "I"):
            return IndexFacts(exists=True, found=description)
        same = statement.probe is not None and self._is_same_index(statement, existing)
        return IndexFacts(exists=True, is_index=True, is_valid=is_valid, same_definition=same, found=description)

    def drop_index(self, index: RelationName, *, limits: Limits) -> None:
        self._send_alone(f"DROP INDEX CONCURRENTLY IF EXISTS {relation(index)}", limits)

    def partition_facts(self, statement: Statement) -> PartitionFacts:
        parent, child = statement.relations[:2]
        rows = self._rows(_sql("partition_facts.sql"), (relation(parent), relation(child)))
        return PartitionFacts(attached=bool(rows), detach_pending=bool(rows and rows[0][0]))

    def finish_detach(self, statement: Statement, *, limits: Limits) -> None:
        parent, child = statement.relations[:2]
        self._send_alone(f"ALTER TABLE {relation(parent)} DETACH PARTITION {relation(child)} FINALIZE", limits)

    def is_true(self, query: str, *, limits: Limits) -> bool:
        rows = self._send(self._surroundings.read_only(limits=limits, sql=query))
        return len(rows) == 1 and len(rows[0]) == 1 and rows[0][0] is True

    def blockers(self, relations: Sequence[RelationName]) -> tuple[Blocker, ...]:
        schemas = [name.schema or "" for name in relations]
        names = [name.name for name in relations]
        rows = self._rows(_sql("blockers.sql"), (schemas, names, list(self._surroundings.search_path)))
        return tuple(
            Blocker(
                pid=pid,
                user=user,
                application=application,
                state=state,
                relation=name,
                mode=mode,
                transaction_age_seconds=age,
            )
            for pid, user, application, state, name, mode, age in rows
        )

    def mark_audited(self, patch_ids: Sequence[str]) -> None:
        names = ", ".join(literal(patch_id) for patch_id in patch_ids)
        self._send_own(f"UPDATE rdspatch.ledger SET audited = true WHERE patch_id IN ({names})")

    def close(self) -> None:
        with contextlib.suppress(Exception):
            self._connection.close()

    def _index_expression(self, statement: Statement) -> str:
        if statement.object is None:
            raise ValueError(f"the statement on line {statement.line} names no index")
        if statement.kind is StatementKind.CREATE_INDEX:
            table = literal(relation(statement.relations[0]))
            return (
                f"(SELECT x.oid FROM pg_catalog.pg_class AS x WHERE x.relname = {literal(statement.object.name)} AND "
                f"x.relnamespace = (SELECT y.relnamespace FROM pg_catalog.pg_class AS y "
                f"WHERE y.oid = to_regclass({table})))"
            )
        return f"to_regclass({literal(relation(statement.object))})"

    def _is_same_index(self, statement: Statement, existing: str) -> bool:
        """Build the patch's index on an empty copy of the table and compare what the server prints of both."""
        sql = (
            f"CREATE TEMP TABLE rdspatch_probe (LIKE {relation(statement.relations[0])});\n{statement.probe};\n"
            + _sql("index_facts.sql").replace("{oids}", f"{existing}, 'pg_temp.rdspatch_probe_index'::regclass")
        )
        built = self._surroundings.transaction(limits=_OWN_LIMITS, sql=sql, last="ROLLBACK")
        sides = [(unique, definition) for _, _, _, unique, definition in self._send(built)]
        return len(sides) == 2 and sides[0] == sides[1]  # noqa: PLR2004 - the index and its probe

    def _ledger_row(self, locked: LockedPatch, run: Run) -> str:
        return messages.insert_ledger_row(
            patch_id=locked.patch.name,
            checksum=locked.patch.checksum,
            run_id=run.id,
            run_started_at=run.started_at,
        )

    def _mark(self, locked: LockedPatch, number: int, mark: Mark, run: Run) -> str:
        return messages.upsert_mark(patch_id=locked.patch.name, number=number, mark=mark.value, run_id=run.id)

    def _as_owner(self, query: str) -> Message:
        return self._surroundings.read_only(limits=_OWN_LIMITS, sql=query)

    def _send_own(self, sql: str) -> None:
        self._send(self._surroundings.transaction(limits=_OWN_LIMITS, sql=sql))

    def _ledger_trouble(self, failed: SqlFailed) -> Ledger:
        failure = failed.failure
        if failure.kind is FailureKind.DENIED:
            raise AccessDenied(f"the ledger cannot be read: {failure.message}") from failed
        if failure.sqlstate == LOCK_NOT_AVAILABLE:
            raise LedgerUnusable("rdspatch.ledger is locked by another session; end that session") from failed
        if failure.sqlstate in (UNDEFINED_TABLE, INVALID_SCHEMA):
            if not self._rows("SELECT to_regnamespace('rdspatch') IS NOT NULL")[0][0]:
                return Ledger(exists=False)
            raise LedgerUnusable(
                "the schema rdspatch is there and its table ledger is not: restore the table from a backup; "
                "every patch would run again without it",
            ) from failed
        if failure.sqlstate == UNDEFINED_COLUMN:
            raise LedgerUnusable(f"rdspatch.ledger has another shape: {failure.message}") from failed
        raise LedgerUnusable(f"rdspatch.ledger cannot be read: {failure.message}") from failed

    def _send_part(self, locked: LockedPatch, number: int, message: Message) -> None:
        """Send one statement of a patch; positions and counts become those of the whole patch."""
        start = locked.statements[number].start
        moved = Message(message.text, skipped=message.skipped - start, prefix=message.prefix - number)
        self._send(moved)

    def _send_alone(
        self,
        sql: str,
        limits: Limits,
        *,
        locked: LockedPatch | None = None,
        number: int = 0,
    ) -> None:
        self._send(self._surroundings.session(limits=limits))
        start = locked.statements[number].start if locked else 0
        try:
            self._send(Message(sql, skipped=-start, prefix=-number))
        finally:
            with contextlib.suppress(OutcomeUnknown):
                self._send(Message("RESET ROLE; RESET ALL"))

    def _rows(self, sql: str, parameters: tuple[Any, ...] | None = None) -> list[Any]:
        return self._run(Message(sql), parameters)

    def _send(self, message: Message) -> list[Any]:
        """Send a message as it is: no parameters, so the driver leaves `%` and `:` alone."""
        return self._run(message, None)

    def _run(self, message: Message, parameters: tuple[Any, ...] | None) -> list[Any]:
        self._completed.reset()
        try:
            result = self._connection.exec_driver_sql(message.text, parameters)
            return list(result.all()) if result.returns_rows else []
        except DBAPIError as error:
            response = response_of(error.orig) if error.orig else {}
            if not response:
                raise OutcomeUnknown(type(error.orig).__name__) from None
            completed = self._completed.count
            self._roll_back()
            failure = classify(response, skipped=message.skipped, prefix=message.prefix, completed=completed)
            raise SqlFailed(failure) from None
        except (OSError, InvalidRequestError, pg8000.exceptions.Error) as error:
            raise OutcomeUnknown(type(error).__name__) from None

    def _roll_back(self) -> None:
        """Leave the failed transaction; when the connection is gone, the next message will say so."""
        with contextlib.suppress(DBAPIError, OSError, InvalidRequestError, pg8000.exceptions.Error):
            self._connection.exec_driver_sql("ROLLBACK")
