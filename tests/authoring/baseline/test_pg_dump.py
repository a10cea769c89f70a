"""`pg_dump`: how it is called, which one is chosen, and what is kept of what it prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.baseline.clean import clean
from rdspatch.authoring.baseline.pg_dump import Dumper, DumpFailed, dump, find_dumper
from rdspatch.core.database_url import parse_database_url
from rdspatch.core.settings import Tls

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.slow

PASSWORD = "Xs3cret/X"
TELLS = "import os, sys; print(sys.argv[1:]); print(sorted(os.environ.items()))"


def program(directory: Path, text: str) -> Path:
    """A `pg_dump` of our own."""
    path = directory / "pg_dump"
    path.write_text(f"#!{sys.executable}\n{text}\n")
    path.chmod(0o755)
    return path


def printed(directory: Path, url: str) -> tuple[str, str]:
    """The arguments and the environment that it sees."""
    arguments, environment = dump(
        Dumper(path=program(directory, TELLS), major=18), parse_database_url(url)
    ).splitlines()
    return arguments, environment


def test_the_login_is_in_its_environment_and_never_among_its_arguments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGOPTIONS", "-c search_path=elsewhere")
    url = "postgresql://ann:Xs3cret%2FX@db.example.com:6432/shop?owner_role=shop_owner&sslrootcert=/ca.pem"
    arguments, environment = printed(tmp_path, url)
    assert PASSWORD not in arguments
    assert "'--role=shop_owner'" in arguments
    for pair in (
        ("PGPASSWORD", PASSWORD),
        ("PGUSER", "ann"),
        ("PGHOST", "db.example.com"),
        ("PGPORT", "6432"),
        ("PGDATABASE", "shop"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "/ca.pem"),
    ):
        assert str(pair) in environment
    assert "PGOPTIONS" not in environment


def test_a_url_without_password_takes_none_from_a_file(tmp_path: Path) -> None:
    _, environment = printed(tmp_path, "postgresql://ann@/shop?host=/tmp")
    assert "PGPASSWORD" not in environment
    assert "('PGPASSFILE', '/nonexistent')" in environment
    assert "('PGSSLMODE', 'disable')" in environment


def test_the_bundle_of_authorities_is_the_one_that_connections_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = tmp_path / "rds-ca.pem"
    bundle.touch()
    monkeypatch.setattr("rdspatch.authoring.baseline.pg_dump.ASSET_CA_BUNDLE", bundle)
    _, environment = printed(tmp_path, "postgresql://ann:x@db.example.com/shop")
    assert f"('PGSSLROOTCERT', '{bundle}')" in environment


def test_what_it_says_when_it_fails_is_the_message(tmp_path: Path) -> None:
    path = program(tmp_path, 'import sys; sys.stderr.write("pg_dump: error: no\\npg_dump: hint: yes\\n"); sys.exit(1)')
    with pytest.raises(DumpFailed, match=r"^pg_dump: error: no / pg_dump: hint: yes$"):
        dump(Dumper(path=path, major=18), parse_database_url("postgresql://ann:x@localhost/shop?sslmode=disable"))


@pytest.mark.parametrize(
    ("tls", "server", "version", "chosen"),
    [
        (Tls.LOCAL_SOCKET, 15, "17.1", "embedded"),
        (Tls.LOOPBACK, 18, "18.0", "embedded"),
        (Tls.VERIFY_FULL, 15, "15.12 (Debian 15.12-0)", "own"),
        (Tls.VERIFY_FULL, 16, "15.12", "none"),
        (Tls.LOCAL_SOCKET, 19, "19beta1", "own"),
        (Tls.LOCAL_SOCKET, 20, "19beta1", "none"),
    ],
)
def test_the_one_that_is_chosen_is_no_older_than_the_server_and_can_reach_it(
    tmp_path: Path, tls: Tls, server: int, version: str, chosen: str
) -> None:
    own = program(tmp_path, f"print('pg_dump (PostgreSQL) {version}')")
    found = find_dumper(tls, server, str(tmp_path))
    kind = "none" if found is None else "own" if found.path == own else "embedded"
    assert kind == chosen


def test_without_any_on_the_path_there_is_none_for_tls(tmp_path: Path) -> None:
    assert find_dumper(Tls.VERIFY_FULL, 14, str(tmp_path)) is None


def test_only_what_makes_the_schema_is_kept_of_what_it_prints() -> None:
    body = "'BEGIN\n-- keep\n\\restrict KEY\n\\unrestrict KEY\nSET a = 1;\nEND'"
    function = f"CREATE FUNCTION public.f() RETURNS void\n    AS {body} LANGUAGE plpgsql"
    text = (
        "--\n-- PostgreSQL database dump\n--\n\n\\restrict KEY\n\n-- Dumped from database version 18.6\n\n"
        "SET statement_timeout = 0;\nSELECT pg_catalog.set_config('search_path', '', false);\n\n"
        f"--\n-- Name: f(); Type: FUNCTION\n--\n\n{function};\n\n"
        "--\n-- PostgreSQL database dump complete\n--\n\n\\unrestrict KEY\n\n"
    )
    assert clean(text) == (function,)


def test_what_an_older_one_prints_is_read_without_its_fence() -> None:
    assert clean("--\n-- Dump\n--\n\nSET a = 1;\nCREATE TABLE public.t (\n    a integer\n);\n\n--\n-- End\n--\n") == (
        "CREATE TABLE public.t (\n    a integer\n)",
    )
