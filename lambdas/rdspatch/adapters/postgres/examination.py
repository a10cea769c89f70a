"""What the doctor asks a database; every question is one read-only round trip on a connection of its own."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.message import LOCK_CLASS, LOCK_OBJECT
from rdspatch.adapters.postgres.pinned import other_values
from rdspatch.adapters.postgres.quoting import literal, literals
from rdspatch.adapters.postgres.shadows import creators_query, shadows_from, shadows_query
from rdspatch.adapters.postgres.strangers import intrusions_from, ledger_query
from rdspatch.adapters.postgres.texts import text_of
from rdspatch.core.doctor.ledger import LedgerSeen, TableSeen
from rdspatch.core.doctor.reader import ReaderSeen
from rdspatch.core.doctor.role import RoleSeen, SchemaSeen
from rdspatch.core.doctor.server import Connections, IdleSession, ServerSeen
from rdspatch.core.sessions import Holder
from rdspatch.core.strangers.creators import Creator

if TYPE_CHECKING:
    from rdspatch.adapters.postgres.database import PostgresDatabase
    from rdspatch.core.run import Run
    from rdspatch.core.settings import DatabaseSettings
    from rdspatch.core.strangers.shadowing import Shadow
    from rdspatch.ports import Clock

IDLE_SECONDS = 60
"""How long a session may do nothing within a transaction before it is named."""


class PostgresExamination:
    """Looks into one database, as the login that the settings name.

    Every method may raise what `Database.connect` raises, `SqlFailed` and `OutcomeUnknown`.
    """

    def __init__(self, database: PostgresDatabase, settings: DatabaseSettings, run: Run) -> None:
        self._database = database
        self._settings = settings
        self._run = run

    def log_in(self) -> None:
        """Log in, and out again."""
        self._database.connect(self._run).close()

    def become_worker(self) -> None:
        """Ask one question as the role that patches run as. Raises AccessDenied when it cannot be taken on."""
        with closing(self._database.connect(self._run)) as session:
            session.server_facts()

    def version(self) -> int:
        """The server's `server_version_num`."""
        with closing(self._database.connect(self._run)) as session:
            return session.server_version()

    def server(self, clock: Clock) -> ServerSeen:
        query = text_of("examine_server.sql").format_map({"idle_seconds": IDLE_SECONDS, "other_values": other_values()})
        with closing(self._database.connect(self._run)) as session:
            before = clock.now()
            facts = json.loads(session.ask_as_login(query)[0][0])
            round_trip = clock.now() - before
        return ServerSeen(
            version=facts["version"],
            in_recovery=facts["in_recovery"],
            read_only=facts["read_only"],
            ahead=datetime.fromtimestamp(facts["now"], UTC) - (before + round_trip / 2),
            round_trip=round_trip,
            connections=Connections(**facts["connections"]),
            transaction_age=facts["transaction_age"],
            autovacuum=facts["autovacuum"],
            transaction_timeout=facts["transaction_timeout"],
            session=facts["session"],
            other_settings=facts["other_settings"] or {},
            overrides=tuple(facts["overrides"] or ()),
            idle=tuple(
                IdleSession(pid=pid, application=application, seconds=age)
                for pid, application, age in facts["idle"] or ()
            ),
            sees_sessions=facts["sees_sessions"],
            login=facts["login"],
            login_inherits=facts["login_inherits"],
        )

    def role(self) -> RoleSeen:
        schemas = literals(self._settings.search_path)
        facts = self._ask("examine_role.sql", role=self._worker, schemas=schemas)
        until = facts.pop("valid_until")
        return RoleSeen(
            valid_until=None if until is None else datetime.fromtimestamp(until, UTC),
            schemas=tuple(
                SchemaSeen(name=name, exists=exists, may_create=may_create)
                for name, exists, may_create in facts.pop("schemas")
            ),
            foreign_names=tuple((name, owner) for name, owner in facts.pop("foreign_names") or ()),
            **facts,
        )

    def reader(self) -> ReaderSeen:
        """What a login that only looks for drift may do."""
        schemas = literals(self._settings.search_path)
        facts = self._ask("examine_reader.sql", schemas=schemas)
        lists = ("unusable_schemas", "missing_schemas", "may_write")
        return ReaderSeen(**facts | {name: tuple(facts[name] or ()) for name in lists})

    def creators(self) -> tuple[Creator, ...]:
        """Who else may create something in the schemas of the search path."""
        query = creators_query(self._settings.search_path, self._settings.trusted_roles, role=self._worker)
        return tuple(Creator(role=role, schema=schema) for role, schema in self._rows(query))

    def shadows(self) -> tuple[Shadow, ...]:
        """Code of others that names in patches may mean."""
        query = shadows_query(self._settings.search_path, self._settings.trusted_roles, role=self._worker)
        return shadows_from(self._rows(query))

    def ledger(self) -> LedgerSeen:
        strangers = ledger_query(self._settings.trusted_roles, role=self._worker)
        facts = self._ask("examine_ledger.sql", role=self._worker, strangers=strangers)
        tables = facts["tables"] or {}
        return LedgerSeen(
            schema_exists=facts["schema_exists"],
            may_use_schema=bool(facts["may_use_schema"]),
            keeps_rows=facts["keeps_rows"],
            intrusions=intrusions_from(facts["strangers"]),
            tables={
                name: TableSeen(
                    is_table=table["is_table"],
                    has_row_security=table["has_row_security"],
                    hides_rows=table["hides_rows"],
                    columns=table["columns"] or {},
                    missing_privileges=tuple(table["missing_privileges"] or ()),
                )
                for name, table in tables.items()
            },
        )

    def run_lock_holder(self) -> Holder | None:
        """Who holds the run lock; asking does not take it."""
        query = text_of("run_lock_holder.sql").format_map({"class": LOCK_CLASS, "object": LOCK_OBJECT})
        rows = self._rows(query)
        if not rows:
            return None
        pid, user, application, age = rows[0]
        return Holder(pid=pid, user=user, application=application, query_age_seconds=age)

    @property
    def _worker(self) -> str:
        owner = self._settings.owner_role
        return "session_user::text" if owner is None else literal(owner)

    def _ask(self, file: str, **parts: str) -> dict[str, Any]:
        facts: dict[str, Any] = json.loads(self._rows(text_of(file).format_map(parts))[0][0])
        return facts

    def _rows(self, query: str) -> list[Any]:
        with closing(self._database.connect(self._run)) as session:
            return session.ask_as_login(query)
