"""What a hostile pull request could reach, and how that is seen."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rdspatch.authoring.postgres_server import EmbeddedPostgres

_OF_THE_SERVER: Final = (
    "SELECT rolname, rolsuper, rolcreaterole, rolconfig::text, rolvaliduntil::text FROM pg_roles ORDER BY 1",
    "SELECT rolname, rolpassword FROM pg_authid ORDER BY 1",
    "SELECT roleid::regrole::text, member::regrole::text FROM pg_auth_members ORDER BY 1, 2",
    "SELECT datname, datacl::text FROM pg_database ORDER BY 1",
    "SELECT setdatabase, setrole::regrole::text, setconfig FROM pg_db_role_setting ORDER BY 1, 2",
    "SELECT spcname FROM pg_tablespace ORDER BY 1",
    "SELECT subname FROM pg_subscription",
    "SELECT slot_name FROM pg_replication_slots",
    "SELECT gid FROM pg_prepared_xacts",
    "SELECT name, setting FROM pg_file_settings ORDER BY 1",
)
_OF_A_DATABASE: Final = (
    "SELECT oid::regprocedure::text, proowner::regrole::text, prosecdef, proacl::text FROM pg_proc ORDER BY 1",
    "SELECT oid::regclass::text, relowner::regrole::text, relacl::text FROM pg_class ORDER BY 1",
    "SELECT evtname FROM pg_event_trigger",
    "SELECT oid FROM pg_largeobject_metadata",
)


class Listener:
    """Counts who connects."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.met = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self._socket.accept()[0].close()
            except OSError:
                return
            self.met += 1

    def close(self) -> None:
        self._socket.close()


def left_on(server: EmbeddedPostgres) -> list[object]:
    """What a later proof on the server would meet."""
    found: list[object] = []
    for database in ("postgres", "template1"):
        with server.connect(database) as connection:
            found += [connection.run(query) for query in (*_OF_THE_SERVER, *_OF_A_DATABASE)]
    return found
