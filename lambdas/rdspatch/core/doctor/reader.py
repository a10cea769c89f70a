"""A login that only looks for drift: whether it sees what it needs, and can do nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from rdspatch.core.doctor.finding import Finding, ok, problem, warning

_SCRIPT = "run docs/roles.sql again, which grants it"
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderSeen:
    """What the catalog says of the login."""

    login: str
    temporary: bool
    """TEMPORARY on the database."""
    unusable_schemas: tuple[str, ...]
    """Schemas of the search path without USAGE."""
    missing_schemas: tuple[str, ...]
    has_ledger: bool
    reads_ledger: bool
    may_write: tuple[str, ...]
    """Tables that it may write to, qualified."""


def judge_reading(seen: ReaderSeen) -> Finding:
    """Whether it may read the ledger, by which drift is judged."""
    if not seen.has_ledger:
        return ok("ledger", "there is none yet; the reader is let into it after the first run, by docs/roles.sql")
    if not seen.reads_ledger:
        return problem("ledger", f"{seen.login} may not read rdspatch.ledger", _SCRIPT)
    return ok("ledger", f"{seen.login} may read it")


def judge_comparing(seen: ReaderSeen) -> Finding:
    """Whether it may compare definitions in other words, which takes an empty temporary copy of a table."""
    if seen.missing_schemas:
        names = ", ".join(seen.missing_schemas)
        return problem("schemas", f"the search path names what does not exist: {names}", "correct the search path")
    lacking = [f"USAGE on the schema {schema}" for schema in seen.unusable_schemas]
    lacking += [] if seen.temporary else ["TEMPORARY on the database"]
    if lacking:
        what = f"{seen.login} lacks {', '.join(lacking)}: a definition in other words counts as a difference"
        return warning("schemas", what, _SCRIPT)
    return ok("schemas", f"{seen.login} may compare definitions in other words")


def judge_harmlessness(seen: ReaderSeen) -> Finding:
    """Whether it can change no row."""
    if not seen.may_write:
        return ok("reader", f"{seen.login} may write to no table")
    named = ", ".join(seen.may_write[:_MOST_NAMED]) + (", …" if len(seen.may_write) > _MOST_NAMED else "")
    what = f"{seen.login} may write to {named}"
    return warning("reader", what, "make a login of its own for it, as docs/roles.sql does")
