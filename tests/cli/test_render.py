"""Tables and styled lines: one line a row in a file or a pipe, folded and coloured on a terminal."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from rdspatch.cli.render import show_styled, show_table

if TYPE_CHECKING:
    import pytest

HEAD = ("patch", "why")
ROWS = [("0001_a", "one " * 30), ("0002_longer", "two\nlines  [bold]:smile:")]


class Terminal(io.StringIO):
    """One of 40 columns."""

    def isatty(self) -> bool:
        return True


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What is printed from now on."""
    made = Terminal()
    monkeypatch.setattr(sys, "stdout", made)
    for name, value in {"COLUMNS": "40", "TERM": "xterm"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return made


def test_in_a_pipe_a_row_is_one_line_whatever_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(HEAD, ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "patch        why",
        "0001_a       " + ("one " * 30).rstrip(),
        "0002_longer  two lines  [bold]:smile:",
    ]


def test_a_table_without_rows_shows_its_head(capsys: pytest.CaptureFixture[str]) -> None:
    show_table(HEAD, [])
    assert capsys.readouterr().out == "patch  why\n"


def test_on_a_terminal_the_widest_column_folds_and_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    show_table(HEAD, ROWS)
    printed = terminal.getvalue()
    assert printed.count("one") == 30
    assert "[bold]:smile:" in printed
    assert max(map(len, printed.splitlines()[1:])) <= 40


def test_styles_are_left_out_of_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    show_styled(("applied", "green"), (" 0001_a", ""))
    assert capsys.readouterr().out == "applied 0001_a\n"


def test_styles_show_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = on_terminal(monkeypatch)
    show_styled(("applied", "green"), (" [0001_a] in 5 ms", ""))
    assert terminal.getvalue() == "\x1b[32mapplied\x1b[0m [0001_a] in 5 ms\n"
