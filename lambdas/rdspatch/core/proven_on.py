"""Whether patches were proven on the version that a server has, and what is to be said where they were not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rdspatch.core.lockfile import LockFile


def other_version(lock: LockFile, server: int) -> Problem | None:
    """What is to be said where the patches were proven on another major version than a server's.

    Args:
        lock: What the proof found.
        server: The server's `server_version_num`.
    """
    major = server // 10_000
    if not lock.servers or major in lock.servers:
        return None
    what = (
        f"the patches were proven on PostgreSQL {majors(lock.servers)} and the server is PostgreSQL {major}, where "
        "they were not tried"
    )
    named = ", ".join(f'"{version}"' for version in sorted({*lock.servers, major}))
    instead = f"prove them on that version too: `server = [{named}]` in [tool.rdspatch], then `rdspatch lock`"
    return Problem(where="the server", what=what, instead=instead)


def majors(versions: Sequence[int]) -> str:
    """Major versions for people: `14`, `14 and 17`, `14, 16 and 17`."""
    *rest, last = map(str, versions)
    return f"{', '.join(rest)} and {last}" if rest else last
