"""One target with patches whose every effect leaves a trace, and what must hold of it whatever happened."""

from __future__ import annotations

import itertools
import json
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rdspatch.core.audit import AuditEvent, find_break
from rdspatch.core.errors import RdspatchError, UnexpectedFailure
from rdspatch.core.run import Run
from tests.faults.processes import apply_all, start
from tests.faults.scenario import CANARY, Scenario
from tests.faults.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess

    from rdspatch.core.audit import AuditRecord
    from tests.acceptance.proxy import Proxy
    from tests.handlers.function import Function

LONGEST_GOODBYE_SECONDS = 2.0
_PRINTS = {
    "rows": "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM things AS t",
    "victim": "SELECT md5(string_agg(v::text, ',' ORDER BY id)) FROM victim AS v",
    "tally": "SELECT json_agg(patch ORDER BY id)::text FROM tally",
    "columns": (
        "SELECT json_agg(concat_ws(' ', attrelid::regclass, attname, format_type(atttypid, atttypmod), attnotnull) "
        "ORDER BY attrelid::regclass::text, attnum)::text FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid "
        "WHERE relnamespace = 'public'::regnamespace AND attnum > 0 AND NOT attisdropped"
    ),
    "indexes": "SELECT json_agg(concat_ws(' ', indexrelid::regclass, indisvalid, indisready) "
    "ORDER BY indexrelid::regclass::text)::text FROM pg_index JOIN pg_class ON pg_class.oid = indrelid "
    "WHERE relnamespace = 'public'::regnamespace",
    "constraints": "SELECT json_agg(concat_ws(' ', conname, convalidated) ORDER BY conname)::text FROM pg_constraint "
    "WHERE connamespace = 'public'::regnamespace",
}
OURS = (
    "SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'rdspatch%' AND datname = current_database() "
    "AND backend_type = 'client backend'"
)
_LOCKED = (
    "SELECT l.pid FROM pg_locks AS l JOIN pg_database AS d ON d.oid = l.database "
    "WHERE l.locktype = 'advisory' AND d.datname = current_database()"
)
"""Whoever holds the run lock."""
_runs = itertools.count(1)


def prints(query: Callable[[str], Any]) -> dict[str, Any]:
    """What a database holds, as far as a patch may change it."""
    return {name: query(text)[0][0] for name, text in _PRINTS.items()}


@dataclass(slots=True, kw_only=True)
class World:
    """The patcher's real handler on a real database; a proxy between them does the damage."""

    function: Function
    proxy: Proxy
    scenario: Scenario

    def run(self, *, through: Proxy | None = None) -> RdspatchError | None:
        """A run as the workflow makes it: preflight, plan, apply until done, verify. The error that ended it."""
        if through is not None:
            self.function.setenv(DATABASE_HOST=str(through.directory))
        self.function.run = Run(id=f"trial-{next(_runs)}", started_at="2026-01-01T00:00:00Z")
        error = self._end_of_run()
        assert not isinstance(error, UnexpectedFailure), "a run ended without a name for what stopped it"
        return error

    def _end_of_run(self) -> RdspatchError | None:
        try:
            request = self.function.call("preflight", input={})
            work = self.function.call("plan", request=request)
            while work["status"] != "done":
                work = self.function.call("apply", request=request, work=work)
            self.function.call("verify", request=request)
        except RdspatchError as error:
            return error
        return None

    def start(self, *arguments: Any) -> BaseProcess:
        """The patches of a run, applied by a process of its own."""
        url = self.function.server.url(self.function.database)
        return start(apply_all, url, str(self.function.patches.path), *arguments)

    def sessions(self) -> list[Any]:
        """Our sessions on the database, and whoever holds the run lock."""
        return [*self.function.query(OURS), *self.function.query(_LOCKED)]

    def is_slow(self) -> bool:
        """Whether a session of ours is inside the statement of `slow_statement`."""
        return bool(self.function.query(f"{OURS} AND state = 'active' AND query LIKE '%slow(%'"))

    def wait_until_slow(self) -> None:
        until(self.is_slow, "a session of ours is inside the slow statement")

    def settle(self, expected: dict[str, Any]) -> None:
        """Run again, undisturbed and with what was slow made quick; then check what must hold after any trial.

        Args:
            expected: `prints` of a database where nothing was disturbed.
        """
        self._sessions_end()
        self._accounts_agree()
        if self.scenario.afterwards:
            self.function.query(self.scenario.afterwards)
        self.function.setenv(DATABASE_HOST=str(self.function.server.socket_directory))
        error = self.run()
        assert error is None, f"I8: a plain rerun is the recovery, but: {error}"
        found = prints(self.function.query)
        assert found["victim"] == expected["victim"], "I7: nothing but the patches' own objects is touched"
        assert json.loads(found["tally"]) == self._names, "I1: each patch exactly once, in order"
        assert found == expected, "I2: applied means that the effect is there"
        ledger = self.function.query("SELECT patch_id, audited FROM rdspatch.ledger ORDER BY patch_id")
        assert [tuple(row) for row in ledger] == [(name, True) for name in self._names], "I1"
        assert self.function.query("SELECT * FROM rdspatch.progress") == [], "I8: nothing is left half done"
        self._audit_is_whole()
        self._sessions_end()
        self._is_silent()

    @property
    def _names(self) -> list[str]:
        return list(self.scenario.effects)

    def _sessions_end(self) -> None:
        deadline = time.monotonic() + LONGEST_GOODBYE_SECONDS
        while left := self.sessions():
            assert time.monotonic() < deadline, f"I4: sessions or locks of ours are left: {left}"
            time.sleep(0.005)

    def _accounts_agree(self) -> None:
        """I9: what the audit says of each patch that the trial's run has touched agrees with the ledger."""
        is_there = self.function.query("SELECT to_regclass('rdspatch.ledger') IS NOT NULL")[0][0]
        rows = self.function.query("SELECT patch_id FROM rdspatch.ledger") if is_there else []
        ledger = {name for (name,) in rows}
        said = {event: {r.patch_id for r in self._records() if r.event == event.value} for event in AuditEvent}
        applied, failed = said[AuditEvent.PATCH_APPLIED], said[AuditEvent.PATCH_FAILED]
        assert applied <= ledger, "I9: recorded as applied, and not in the ledger"
        assert not failed & ledger, "I9: recorded as failed, and in the ledger"
        if failed:
            assert applied | failed | said[AuditEvent.PATCH_NOT_REACHED] == set(self._names), (
                "I9: some are not mentioned"
            )

    def _audit_is_whole(self) -> None:
        records = self._records()
        counts = Counter(r.patch_id for r in records if r.event == AuditEvent.PATCH_APPLIED.value)
        assert counts == dict.fromkeys(self._names, 1), "I3: each patch is recorded exactly once"
        for run_id in {record.run_id for record in records}:
            assert find_break([record for record in records if record.run_id == run_id]) is None, "I3"

    def _records(self) -> list[AuditRecord]:
        return sorted(self.function.table.everything(), key=lambda record: record.sort)

    def _is_silent(self) -> None:
        assert CANARY not in self.function.log.getvalue(), "I6: a canary in the log"
        assert CANARY not in repr(self._records()), "I6: a canary in the audit"
