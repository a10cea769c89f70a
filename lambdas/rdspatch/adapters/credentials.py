"""A database login that is there already."""

from __future__ import annotations

from rdspatch.ports import Login


class GivenCredentials:
    """A login that the caller has: the command line's database URL, or a local socket."""

    def __init__(self, user: str, password: str | None) -> None:
        self._login = Login(user=user, password=password)

    def fetch(self) -> Login:
        return self._login
