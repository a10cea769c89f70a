"""What a session asks and changes nothing by; a lock that keeps it from an answer is an error of its own."""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rdspatch.adapters.postgres.lock_holders import blockers_from, blockers_of_readers, read_blocked
from rdspatch.adapters.postgres.message import OWN_LIMITS
from rdspatch.adapters.postgres.reading import answered, copy_of, reading
from rdspatch.core.answer import BOOLEAN, Answer
from rdspatch.core.failure import SqlFailed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rdspatch.adapters.postgres.channel import Channel
    from rdspatch.adapters.postgres.message import Message, Surroundings
    from rdspatch.adapters.postgres.reading import Copy
    from rdspatch.adapters.postgres.recording import Returned
    from rdspatch.core.failure import SqlFailure
    from rdspatch.core.schema import ObjectName, Properties
    from rdspatch.core.sessions import Blocker
    from rdspatch.ports import Limits

_BOOLEAN_OID = 16


class Questions:
    """Asks over one channel.

    Every method raises ReadBlocked where a lock is in the way, and what `Channel.send` raises.
    """

    def __init__(self, channel: Channel, surroundings: Surroundings) -> None:
        self._channel = channel
        self._surroundings = surroundings

    def ask(self, query: str, *, as_login: bool = False) -> list[Any]:
        """The rows of a question of our own.

        Args:
            query: One statement, with the names of catalogs alone on its path.
            as_login: Without the owner role, which may see less of other sessions than the login, and may itself be
                what is wrong.
        """
        return self.read(self._question(query, as_login=as_login))

    def ask_own_tables(self, query: str, *, before: Sequence[str] = ()) -> list[Any]:
        """The rows of a question about our own tables; it is refused where a policy would hide some of them.

        Args:
            query: One statement.
            before: Statements of ours in the same message, without rows.
        """
        ours = self._surroundings.seeing_all_rows.of_our_own
        return self.read(ours.read_only(limits=OWN_LIMITS, before=before, sql=query))

    def read(self, message: Message) -> list[Any]:
        """The rows of the last statement of a message that changes nothing."""
        try:
            return self._channel.send(message)
        except SqlFailed as failed:
            self._require_no_lock_in_the_way(failed)
            raise

    def answers(self, queries: Sequence[str], *, limits: Limits) -> tuple[Answer | SqlFailure, ...]:
        """What queries of somebody else return, each up to the failure of its own."""
        found: list[Answer | SqlFailure] = []
        while len(found) < len(queries):
            rest = queries[len(found) :]
            # A query may end in a line comment, so the next one starts a line of its own.
            message = self._surroundings.seeing_all_rows.read_only(limits=limits, sql="\n;".join(rest))
            results, failed = self._channel.record(replace(message, foreign=len(rest) * limits.statement_timeout))
            if failed is not None:
                self._require_no_lock_in_the_way(failed)
            good = len(rest) if failed is None else failed.failure.statement or 0
            found += [self._answer(result) for result in results[:good]]
            if failed is None:
                continue
            if failed.failure.statement is None and len(rest) > 1:  # the server took none of them
                return (*found, *(answer for query in rest for answer in self.answers([query], limits=limits)))
            found.append(failed.failure)
        return tuple(found)

    def read_again(self, items: Sequence[tuple[ObjectName, Properties]]) -> tuple[Properties | None, ...]:
        """How the server prints definitions that it is given; None for what cannot be made once more."""
        copies = [copy_of(name, properties, number) for number, (name, properties) in enumerate(items)]
        texts: dict[int, Properties] = {}
        together: dict[tuple[str, int], dict[int, Copy]] = defaultdict(dict)
        times: Counter[ObjectName] = Counter()
        for number, copy in enumerate(copies):
            if copy is not None:
                # In one schema no two tables have one name; an object that is asked for twice is in two messages.
                together[copy.object.path[0], times[copy.object]][number] = copy
                times[copy.object] += 1
        for group in together.values():
            texts |= self._read_copies(group)
        return tuple(texts.get(number) for number in range(len(items)))

    def _read_copies(self, copies: Mapping[int, Copy]) -> dict[int, Properties]:
        """All in one message; when it fails, each half in its own, so that only what fails is left out."""
        try:
            sql = reading(list(copies.values()))
            rows = self.read(self._surroundings.of_our_own.rolled_back(limits=OWN_LIMITS, sql=sql))
        except SqlFailed:
            if len(copies) == 1:
                return {}
            numbers, middle = sorted(copies), len(copies) // 2
            halves = (numbers[:middle], numbers[middle:])
            return {
                number: texts
                for half in halves
                for number, texts in self._read_copies({number: copies[number] for number in half}).items()
            }
        return dict(zip(copies, answered(list(copies.values()), rows[0][0]), strict=True))

    def _answer(self, result: Returned) -> Answer:
        if result.types == (_BOOLEAN_OID,):
            return Answer(types=(BOOLEAN,), rows=result.rows, value=result.value)
        names = ", ".join(f"pg_catalog.format_type({oid}, NULL)" for oid in result.types)
        types = tuple(self.ask(f"SELECT {names}")[0]) if result.types else ()
        return Answer(types=types, rows=result.rows, value=result.value)

    def _question(self, query: str, *, as_login: bool) -> Message:
        ours = self._surroundings.of_our_own
        surroundings = replace(ours, owner_role=None) if as_login else ours
        return surroundings.read_only(limits=OWN_LIMITS, sql=query)

    def _require_no_lock_in_the_way(self, failed: SqlFailed) -> None:
        if not failed.failure.kind.passes_with_a_lock:
            return
        blockers: tuple[Blocker, ...] = ()
        with contextlib.suppress(SqlFailed):
            blockers = blockers_from(self._channel.send(self._question(blockers_of_readers(), as_login=True)))
        raise read_blocked(failed.failure, blockers) from failed
