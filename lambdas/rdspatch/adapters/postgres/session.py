"""A session with the target database: what each port method sends, and what it makes of the answer."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres import message as messages
from rdspatch.adapters.postgres.indexes import comparison, facts_query, name_query
from rdspatch.adapters.postgres.ledger_trouble import TABLE_MISSING, ledger_trouble
from rdspatch.adapters.postgres.lock_holders import blockers_from, blockers_of_patch
from rdspatch.adapters.postgres.message import LOCK_CLASS, LOCK_OBJECT, OWN_LIMITS, Message, Surroundings
from rdspatch.adapters.postgres.pinned import other_values
from rdspatch.adapters.postgres.questions import Questions
from rdspatch.adapters.postgres.quoting import literal, literals, regclass, relation
from rdspatch.adapters.postgres.replay import guard
from rdspatch.adapters.postgres.schema import read_schema, schema_query
from rdspatch.adapters.postgres.shadows import creators_query, shadows_from, shadows_query
from rdspatch.adapters.postgres.sqlstate import INVALID_SCHEMA, UNDEFINED_TABLE
from rdspatch.adapters.postgres.strangers import (
    intrusions_from,
    ledger_fence,
    ledger_query,
    obstacles_from,
    obstacles_query,
)
from rdspatch.adapters.postgres.texts import text_of
from rdspatch.core.catalog import IndexFacts, PartitionFacts
from rdspatch.core.errors import LedgerUnusable
from rdspatch.core.failure import FailureKind, SqlFailed
from rdspatch.core.ledger import AppliedPatch, Ledger
from rdspatch.core.progress import Mark, Progress
from rdspatch.core.session_settings import version_number
from rdspatch.core.sessions import Holder, ServerFacts
from rdspatch.core.strangers.creators import Creator
from rdspatch.core.strangers.intrusion import IntrusionKind, ledger_not_ours
from rdspatch.core.table_size import TableSize

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from rdspatch.adapters.postgres.channel import Channel
    from rdspatch.core.answer import Answer
    from rdspatch.core.failure import SqlFailure
    from rdspatch.core.lockfile import LockedPatch
    from rdspatch.core.models import MappedModel
    from rdspatch.core.run import Run
    from rdspatch.core.schema import ObjectName, Properties, Schema
    from rdspatch.core.sessions import Blocker
    from rdspatch.core.statement import RelationName, Statement
    from rdspatch.core.strangers.in_the_way import Obstacle, Path
    from rdspatch.core.strangers.intrusion import Intrusion
    from rdspatch.core.strangers.shadowing import Shadow
    from rdspatch.ports import Limits


_SAYS_ENOUGH = (FailureKind.RUN_LOCK_LOST, FailureKind.ALREADY_RECORDED, FailureKind.NOT_OURS)
"""Other failures of statements on our own tables mean that these cannot be written."""


class PostgresSession:
    """The `Session` port; see there for what each method promises."""

    def __init__(self, channel: Channel, surroundings: Surroundings) -> None:
        self._channel = channel
        self._surroundings = surroundings
        self._questions = Questions(channel, surroundings)

    def server_version(self) -> int:
        return version_number(self._channel.server_version)

    def server_facts(self) -> ServerFacts:
        try:
            creators = creators_query(self._surroundings.search_path, self._surroundings.trusted_roles)
            query = text_of("server_facts.sql").format_map({"other_values": other_values(), "creators": creators})
            version, in_recovery, user, can_create, settings, others = self._questions.ask(query)[0]
        except SqlFailed as failed:
            raise ledger_trouble(failed.failure, owner_role=self._surroundings.owner_role) from failed
        return ServerFacts(
            version=version,
            in_recovery=in_recovery,
            user=user,
            can_create_ledger=can_create,
            other_settings=json.loads(settings),
            creators=tuple(Creator(role=role, schema=schema) for role, schema in json.loads(others)),
        )

    def try_run_lock(self) -> Holder | None:
        if self._channel.send(Message(f"SELECT pg_catalog.pg_try_advisory_lock({LOCK_CLASS}, {LOCK_OBJECT})"))[0][0]:
            return None
        query = text_of("run_lock_holder.sql").format_map({"class": LOCK_CLASS, "object": LOCK_OBJECT})
        rows = self._questions.ask(query, as_login=True)
        if not rows:  # released between the two questions
            return Holder(pid=0, user="?", application="a session that has just ended", query_age_seconds=None)
        pid, user, application, age = rows[0]
        return Holder(pid=pid, user=user, application=application, query_age_seconds=age)

    def read_ledger(self) -> Ledger:
        fence = ledger_fence(self._surroundings.trusted_roles)
        try:
            document = json.loads(self._questions.ask_own_tables(text_of("read_ledger.sql"), before=(fence,))[0][0])
        except SqlFailed as failed:
            if failed.failure.kind is FailureKind.NOT_OURS:
                raise ledger_not_ours(self._intrusions()[1]) from failed
            if failed.failure.kind is FailureKind.DENIED and (theirs := self._intrusions_if_asked()):
                raise ledger_not_ours(theirs) from failed
            if failed.failure.sqlstate not in (UNDEFINED_TABLE, INVALID_SCHEMA):
                raise ledger_trouble(failed.failure, owner_role=self._surroundings.owner_role) from failed
            exists, intrusions = self._intrusions()
            if exists:
                raise (ledger_not_ours(intrusions) if intrusions else LedgerUnusable(TABLE_MISSING)) from failed
            return Ledger(exists=False, intrusions=intrusions)
        return Ledger(
            applied=tuple(
                AppliedPatch(
                    patch_id=patch_id,
                    checksum=checksum,
                    run_id=run_id,
                    run_started_at=run_started_at,
                    applied_at=datetime.fromisoformat(applied_at),
                    applied_by=applied_by,
                    audited=audited,
                )
                for patch_id, checksum, run_id, run_started_at, applied_at, applied_by, audited in document["rows"]
            ),
            is_numbered=document["is_numbered"],
            intrusions=intrusions_from(document["strangers"]),
        )

    def create_ledger(self) -> None:
        # Under the schema's name stands ours from now on, or what somebody was quicker to make.
        fence = ledger_fence(self._surroundings.trusted_roles, kinds=IntrusionKind)
        try:
            self._send_own(text_of("ledger.sql"), before=("CREATE SCHEMA IF NOT EXISTS rdspatch", fence))
        except SqlFailed as failed:
            if failed.failure.kind is not FailureKind.NOT_OURS:
                raise
            raise ledger_not_ours(self._intrusions()[1]) from failed

    def apply_patch(self, locked: LockedPatch, *, run: Run, limits: Limits) -> None:
        row = self._ledger_row(locked, run)
        statements = len(locked.statements)
        self._channel.send(
            self._surroundings.patch(limits=limits, row=row, sql=locked.patch.sql, statements=statements)
        )

    def apply_statement(self, locked: LockedPatch, number: int, *, run: Run, limits: Limits) -> None:
        mark = self._mark(locked, number, Mark.DONE, run)
        sql = locked.text_of(locked.statements[number])
        message = self._surroundings.transaction(limits=limits, before=(mark,), sql=sql, statements=1)
        self._send_part(locked, number, message)

    def replay_patch(self, locked: LockedPatch, *, heals: Collection[ObjectName], limits: Limits) -> None:
        self._channel.send(self._guarded(locked, locked.patch.sql, len(locked.statements), heals, limits))

    def replay_statement(
        self, locked: LockedPatch, number: int, *, heals: Collection[ObjectName], limits: Limits
    ) -> None:
        sql = locked.text_of(locked.statements[number])
        self._send_part(locked, number, self._guarded(locked, sql, 1, heals, limits))

    def execute_alone(self, locked: LockedPatch, number: int, *, limits: Limits) -> None:
        statement = locked.statements[number]
        self._send_alone(locked.text_of(statement), limits, start=statement.start, number=number)

    def read_progress(self, locked: LockedPatch) -> Progress:
        query = f"SELECT statement, mark FROM rdspatch.progress WHERE patch_id = {literal(locked.patch.name)}"
        return Progress({number: Mark(mark) for number, mark in self._questions.ask_own_tables(query)})

    def record_intent(self, locked: LockedPatch, number: int, *, run: Run) -> None:
        self._send_own(self._mark(locked, number, Mark.INTENT, run))

    def record_done(self, locked: LockedPatch, number: int, *, run: Run) -> None:
        self._send_own(self._mark(locked, number, Mark.DONE, run))

    def record_patch(self, locked: LockedPatch, *, run: Run, before: Sequence[str] = ()) -> None:
        row, *others = self._ledger_row(locked, run), *map(messages.move_to_the_end, before)
        self._send_own(";\n".join([row, *others, messages.delete_progress(locked.patch.name)]))

    def index_facts(self, statement: Statement) -> IndexFacts:
        found = self._questions.ask(facts_query(statement, self._surroundings.search_path))
        if not found:
            return IndexFacts(exists=False)
        kind, is_valid, description, *_ = found[0]
        if kind not in ("i", "I"):
            return IndexFacts(exists=True, found=description)
        same = statement.probe is not None and self._is_same_index(statement)
        return IndexFacts(exists=True, is_index=True, is_valid=is_valid, same_definition=same, found=description)

    def drop_index(self, statement: Statement, *, limits: Limits) -> None:
        for (name,) in self._questions.ask(name_query(statement, self._surroundings.search_path)):
            self._send_alone(f"DROP INDEX CONCURRENTLY IF EXISTS {name}", limits)

    def partition_facts(self, statement: Statement) -> PartitionFacts:
        path = self._surroundings.search_path
        parent, child = (regclass(name, path) for name in statement.relations[:2])
        rows = self._questions.ask(text_of("partition_facts.sql").format_map({"parent": parent, "child": child}))
        return PartitionFacts(attached=bool(rows), detach_pending=bool(rows and rows[0][0]))

    def finish_detach(self, statement: Statement, *, limits: Limits) -> None:
        parent, child = statement.relations[:2]
        self._send_alone(f"ALTER TABLE {relation(parent)} DETACH PARTITION {relation(child)} FINALIZE", limits)

    def read_schema(self, schemas: Sequence[str] = ()) -> Schema:
        # With nothing else on the path, the server prints every name with its schema.
        message = self._surroundings.of_our_own.read_only(limits=OWN_LIMITS, sql=schema_query(schemas))
        return read_schema(self._questions.read(message)[0][0])

    def shadows(self) -> tuple[Shadow, ...]:
        query = shadows_query(self._surroundings.search_path, self._surroundings.trusted_roles)
        return shadows_from(self._questions.ask(query))

    def obstacles(self, paths: Sequence[Path]) -> tuple[Obstacle, ...]:
        return obstacles_from(self._questions.ask(obstacles_query(paths, self._surroundings.trusted_roles)))

    def read_again(self, items: Sequence[tuple[ObjectName, Properties]]) -> tuple[Properties | None, ...]:
        return self._questions.read_again(items)

    def answers(self, queries: Sequence[str], *, limits: Limits) -> tuple[Answer | SqlFailure, ...]:
        return self._questions.answers(queries, limits=limits)

    def select_nothing(self, models: Sequence[MappedModel], *, limits: Limits) -> None:
        sql = ";\n".join(messages.select_nothing(model) for model in models)
        # What is selected is planned and not run, so that a lock is all that it could wait for.
        waits = len(models) * (limits.lock_timeout or limits.statement_timeout)
        self._questions.read(replace(self._surroundings.read_only(limits=limits, sql=sql), foreign=waits))

    def blockers(self, relations: Sequence[RelationName]) -> tuple[Blocker, ...]:
        query = blockers_of_patch(relations, self._surroundings.search_path)
        return blockers_from(self._questions.ask(query, as_login=True))

    def table_sizes(self, names: Collection[str]) -> dict[str, TableSize]:
        if not names:
            return {}
        query = text_of("table_sizes.sql").format_map({"names": literals(names)})
        return {name: TableSize(bytes=size, rows=rows) for name, size, rows in self._questions.ask(query)}

    def mark_audited(self, patch_ids: Sequence[str]) -> None:
        names = literals(patch_ids)
        self._send_own(f"UPDATE rdspatch.ledger SET audited = true WHERE patch_id IN ({names})")

    def close(self) -> None:
        self._channel.close()

    def _intrusions(self) -> tuple[bool, tuple[Intrusion, ...]]:
        """Whether the schema of the ledger is there, and what strangers have at it."""
        query = ledger_query(self._surroundings.trusted_roles)
        exists, found = self._questions.ask(f"SELECT to_regnamespace('rdspatch') IS NOT NULL, ({query})::text")[0]
        return exists, intrusions_from(json.loads(found))

    def _intrusions_if_asked(self) -> tuple[Intrusion, ...]:
        """None where the login may not even become the role that asks."""
        with contextlib.suppress(SqlFailed):
            return self._intrusions()[1]
        return ()

    def _is_same_index(self, statement: Statement) -> bool:
        """Compare what the server prints of the index and of the same one on an empty copy of the table."""
        sql = comparison(statement, self._surroundings.search_path)
        built = self._surroundings.transaction(limits=OWN_LIMITS, sql=sql, last="ROLLBACK")
        sides = [row[3:] for row in self._questions.read(built)]
        return len(sides) == 2 and sides[0] == sides[1]  # noqa: PLR2004 - the index and its probe

    def _guarded(
        self, locked: LockedPatch, sql: str, statements: int, heals: Collection[ObjectName], limits: Limits
    ) -> Message:
        adds = (effect.object for effect in locked.effects or () if effect.before is None)
        guarding = guard(heals=heals, adds=adds)
        return self._surroundings.guarded(limits=limits, guard=guarding, sql=sql, statements=statements)

    def _ledger_row(self, locked: LockedPatch, run: Run) -> str:
        return messages.insert_ledger_row(
            patch_id=locked.patch.name,
            checksum=locked.patch.checksum,
            run_id=run.id,
            run_started_at=run.started_at,
        )

    def _mark(self, locked: LockedPatch, number: int, mark: Mark, run: Run) -> str:
        return messages.upsert_mark(patch_id=locked.patch.name, number=number, mark=mark.value, run_id=run.id)

    def ask_as_login(self, query: str) -> list[Any]:
        """The rows of a read-only question of our own; works without the owner role, which may be what is wrong."""
        return self._questions.ask(query, as_login=True)

    def _send_own(self, sql: str, *, before: Sequence[str] = ()) -> None:
        """Write to the ledger's tables."""
        ours = self._surroundings.seeing_all_rows.of_our_own
        try:
            self._channel.send(ours.transaction(limits=OWN_LIMITS, before=before, sql=sql))
        except SqlFailed as failed:
            if failed.failure.kind in _SAYS_ENOUGH:
                raise
            raise SqlFailed(replace(failed.failure, kind=FailureKind.LEDGER)) from failed

    def _send_part(self, locked: LockedPatch, number: int, message: Message) -> None:
        """Send one statement of a patch; positions and counts become those of the whole patch."""
        self._channel.send(replace(message, start=locked.statements[number].start, number=number))

    def _send_alone(self, sql: str, limits: Limits, *, start: int = 0, number: int = 0) -> None:
        """Send a statement that PostgreSQL takes only in a message of its own; the settings go ahead of it."""
        self._channel.send(self._surroundings.session(limits=limits))
        self._channel.send(Message(sql, start=start, number=number, foreign=limits.statement_timeout))
