"""A `Database` that passes everything on to a real one, remembers it, and lets a test interfere at a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from rdspatch.core.run import Run
    from rdspatch.ports import Database, Limits, Session


@dataclass
class RecordingDatabase:
    """Every session that it opens records its calls here."""

    database: Database
    calls: list[tuple[str, Limits | None]] = field(default_factory=list)
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What happens before a call with this name."""
    after: dict[str, Callable[[], None]] = field(default_factory=dict)
    sessions: int = 0

    def connect(self, run: Run) -> Any:
        self.sessions += 1
        return _RecordingSession(self, self.database.connect(run))

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]

    def limits_of(self, name: str) -> list[Limits]:
        found = [limits for called, limits in self.calls if called == name and limits is not None]
        assert found, f"{name} was never called with limits: {self.names()}"
        return found


class _RecordingSession:
    def __init__(self, record: RecordingDatabase, session: Session) -> None:
        self._record = record
        self._session = session

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._session, name)

        def call(*arguments: Any, **options: Any) -> Any:
            self._record.calls.append((name, options.get("limits")))
            self._record.before.get(name, _nothing)()
            result = method(*arguments, **options)
            self._record.after.get(name, _nothing)()
            return result

        return call


def _nothing() -> None:
    pass


class Died(BaseException):
    """Stands for the end of the process: nothing catches it."""


def die() -> None:
    raise Died
