"""The server: its version, what it has to give, and what is set on it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rdspatch.core.counted import counted
from rdspatch.core.doctor.finding import Finding, ok, problem, skipped, warning
from rdspatch.core.newer_syntax import all_read_otherwise
from rdspatch.core.proven_on import majors, other_version
from rdspatch.core.session_settings import PINNED, PINNED_LATER, SET_BY_EACH_RUN, trouble_with

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.lockfile import LockFile
    from rdspatch.core.sessions import Holder

END_OF_LIFE = {
    14: date(2026, 11, 12),
    15: date(2027, 11, 11),
    16: date(2028, 11, 9),
    17: date(2029, 11, 8),
    18: date(2030, 11, 14),
}
"""When each version gets its last minor release: https://www.postgresql.org/support/versioning/"""
ENDS_SOON = timedelta(days=180)
FEW_CONNECTIONS = 5
OLD_TRANSACTION_IDS = 1_000_000_000
"""The server refuses writes at about 2.1 billion; vacuuming a large database takes days."""
LAST_TRANSACTION_IDS = 1_900_000_000
_GRANTS_HAVE_OPTIONS_SINCE = 160_000
UNBOUND_SETTINGS = frozenset({"role", "session_preload_libraries"})
"""What a database or a role can set, no other check is about, and rdspatch's own settings do not go before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connections:
    """How many connections the server takes."""

    most: int
    reserved: int
    used: int

    @property
    def left(self) -> int:
        return self.most - self.reserved - self.used


@dataclass(frozen=True, slots=True, kw_only=True)
class IdleSession:
    """A session that has been doing nothing within a transaction for longer than a minute."""

    pid: int
    application: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSeen:
    """What the server says about itself."""

    version: int
    """`server_version_num`, for example 160004."""
    in_recovery: bool
    read_only: bool
    """`default_transaction_read_only` of a new session."""
    ahead: timedelta
    """How far the server's clock is ahead of ours; negative when it is behind."""
    round_trip: timedelta
    connections: Connections
    transaction_age: int
    autovacuum: bool
    transaction_timeout: str
    session: Mapping[str, str]
    """What a new session of ours has of the settings that were sent with its start."""
    other_settings: Mapping[str, str]
    """What it has of the settings that decide what a patch means, where that is not what rdspatch asks for."""
    overrides: tuple[str, ...]
    """`<setting> of the database` or `… of the role`."""
    idle: tuple[IdleSession, ...]
    sees_sessions: bool
    """Whether the login sees what other users' sessions do."""
    login: str
    login_inherits: bool
    """Whether it has the privileges of roles that it is a member of."""


def judge_version(version: int, *, today: date) -> Finding:
    """Whether the server is one that gets fixes; older ones than 14 refuse the login."""
    major = version // 10_000
    ends = END_OF_LIFE.get(major)
    name = f"PostgreSQL {major}.{version % 10_000}"
    if ends is None:
        instead = "prove the patches on a server of this version: `rdspatch lock --scratch URL`"
        return warning("version", f"{name} is newer than this rdspatch", instead)
    if ends < today:
        return warning("version", f"{name} has had its last release on {ends}", "plan the upgrade to a newer version")
    if ends - today < ENDS_SOON:
        return warning("version", f"{name} gets its last release on {ends}", "plan the upgrade to a newer version")
    return ok("version", f"{name}, with releases until {ends}")


def judge_proof(lock: LockFile, version: int) -> Finding:
    """Whether the patches were proven on the server's major version, and mean there what they were proven to."""
    major = version // 10_000
    otherwise = all_read_otherwise(lock.patches, major)
    if otherwise:
        places = "; ".join(map(str, otherwise))
        return problem("proof", f"the server is PostgreSQL {major} and reads patches otherwise: {places}")
    note = other_version(lock, version)
    if note:
        return warning("proof", note.what, note.instead)
    if lock.server is None:
        return skipped("proof", "the patches were not proven")
    return ok("proof", f"the patches were proven on PostgreSQL {majors(lock.servers)}, like this server")


def judge_writable(seen: ServerSeen) -> Finding:
    """Whether the server takes writes at all."""
    if seen.in_recovery:
        instead = "use the instance's own endpoint, or the cluster's writer endpoint"
        return problem("writable", "the server is a read-only standby", instead)
    if seen.read_only:
        where = next((name for name in seen.overrides if name.startswith("default_transaction_read_only")), "")
        what = "default_transaction_read_only is on" + (f" ({where})" if where else " (parameter group)")
        return problem("writable", what, "reset it where patches are meant to run: ALTER DATABASE … RESET …")
    return ok("writable", "the server takes writes")


def judge_settings(seen: ServerSeen, *, expected: Mapping[str, str]) -> Finding:
    """Whether the settings that a session starts with arrive, and what is set beside them."""
    lost = [f"{name} is {value}" for name, value in seen.session.items() if value != expected[name]]
    if lost:
        what = f"settings of a session's start do not arrive: {', '.join(lost)}"
        return problem("settings", what, "connect to the server itself, not to a pooler")
    trouble = trouble_with(seen.other_settings)
    if trouble:
        return problem("settings", trouble.what, trouble.instead)
    if seen.transaction_timeout != "0":
        what = f"transaction_timeout is {seen.transaction_timeout}: it ends longer patches whatever they say"
        return warning("settings", what, "reset it for this role: ALTER ROLE … SET transaction_timeout = 0")
    unbound = [name for name in seen.overrides if name.partition(" ")[0] in UNBOUND_SETTINGS]
    if unbound:
        what = f"set on the server, and in force in patches: {', '.join(unbound)}"
        return warning("settings", what, "check that this is meant for patches too")
    own = [name for name in seen.overrides if _is_own(name.partition(" ")[0])]
    kept = [name for name in seen.overrides if name not in own]
    beside = f"; rdspatch's own go before {', '.join(own)}" if own else ""
    in_force = f"; in force in patches too: {', '.join(kept)}" if kept else ""
    return ok("settings", f"timeouts, connection checks and what decides the meaning of SQL arrive{beside}{in_force}")


def _is_own(setting: str) -> bool:
    known = {name.lower() for name in (*PINNED, *PINNED_LATER, *SET_BY_EACH_RUN)}
    return setting.lower() in known


def judge_connections(connections: Connections) -> Finding:
    """Whether a run will get its connection."""
    what = (
        f"{counted(connections.left, 'connection', 'connections')} left of {connections.most} "
        f"({connections.reserved} of them reserved)"
    )
    if connections.left < FEW_CONNECTIONS:
        return warning("connections", what, "raise max_connections, or shrink the applications' pools")
    return ok("connections", what)


def judge_transaction_ids(age: int) -> Finding:
    """Whether the server is about to refuse writes."""
    what = f"the oldest database is {age:,} transactions old"
    if age >= LAST_TRANSACTION_IDS:
        return problem("transaction ids", what, "run VACUUM FREEZE now: the server refuses writes at about 2.1 billion")
    if age >= OLD_TRANSACTION_IDS:
        return warning("transaction ids", what, "find what holds vacuum up: old transactions, replication slots")
    return ok("transaction ids", what)


def judge_autovacuum(*, switched_on: bool) -> Finding:
    if switched_on:
        return ok("autovacuum", "autovacuum is on")
    return warning("autovacuum", "autovacuum or track_counts is off", "switch both on: patches that rewrite need it")


def judge_sessions(seen: ServerSeen) -> Finding:
    """Who would make patches wait, and whether a message could name them."""
    if seen.idle:
        longest = ", ".join(f"pid {one.pid} ({one.application!r}) for {one.seconds:.0f} s" for one in seen.idle[:3])
        count = counted(len(seen.idle), "session is", "sessions are")
        instead = "end them before a run: they hold locks that patches wait for"
        return warning("sessions", f"{count} idle in transaction: {longest}", instead)
    if not seen.sees_sessions:
        what = "this login does not see what other sessions do, so messages cannot say who holds a lock and since when"
        return warning("sessions", what, _to_see_sessions(seen))
    return ok("sessions", "nobody is idle in a transaction")


def _to_see_sessions(seen: ServerSeen) -> str:
    """A login that does not inherit gets nothing from a plain GRANT, and gets no other one before PostgreSQL 16."""
    grant = f"GRANT pg_read_all_stats TO {seen.login}"
    if seen.login_inherits:
        return grant
    if seen.version >= _GRANTS_HAVE_OPTIONS_SINCE:
        return f"{grant} WITH INHERIT TRUE"
    return f"nothing: {seen.login} is NOINHERIT, and before PostgreSQL 16 such a role uses no privilege of another"


def judge_run_lock(holder: Holder | None) -> Finding:
    if holder is None:
        return ok("run lock", "no run is active")
    return warning("run lock", f"a run is active: {holder}", "wait for it; the lock ends with its session")
