"""The commands, and what an error becomes: its message on stderr and its exit code."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType, ModuleType

import typer

from rdspatch.cli.render import Documents, error_to_json, print_json, tell
from rdspatch.core.errors import InputError, RdspatchError

EXIT_CODES = """
Exit codes: 0 done; 1 a patch failed; 2 bad input or configuration; 3 findings, drift or a stale lock file;
4 busy, locked, unreachable, or patches lost; 5 applied but unhealthy.
"""

BAD_INPUT = 2

AUTHORING, DATABASE, AUDIT, MACHINE = "Patches", "A database", "The audit", "This machine"

COMMANDS: Mapping[str, str] = MappingProxyType(
    {
        "baseline": AUTHORING,
        "new": AUTHORING,
        "lint": AUTHORING,
        "lock": AUTHORING,
        "explain": AUTHORING,
        "bundle": AUTHORING,
        "plan": DATABASE,
        "apply": DATABASE,
        "verify": DATABASE,
        "drift": DATABASE,
        "repair": DATABASE,
        "status": DATABASE,
        "doctor": DATABASE,
        "history": AUDIT,
        "report": AUDIT,
        "audit": AUDIT,
        "approve": AUDIT,
        "reject": AUDIT,
        "rehearse": MACHINE,
        "demo": MACHINE,
    }
)
"""Each is a function, or a group of them, in a module of its own, both of this name; the help shows it below the
heading."""


def load(arguments: Sequence[str]) -> None:
    """Import the command that `run` would run with these arguments, and what that imports first."""
    for name in _needed(arguments):
        _module(name)


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        The exit code, as listed in `EXIT_CODES`.
    """
    Documents.printed = 0
    try:
        _app(_needed(arguments))(list(arguments), prog_name="rdspatch", standalone_mode=True)
    except RdspatchError as error:
        message = error.whole if isinstance(error, InputError) else str(error)
        tell(f"{type(error).__name__}: {message}")
        _answer(arguments, error, error.exit_code)
        return error.exit_code
    except OSError as error:
        tell(f"rdspatch: {error}")
        _answer(arguments, error, BAD_INPUT)
        return BAD_INPUT
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return 0


def _answer(arguments: Sequence[str], error: Exception, exit_code: int) -> None:
    """Print the error for a program that reads documents, unless the command has printed its own."""
    wants_json = "--format=json" in arguments or ("--format", "json") in itertools.pairwise(arguments)
    if wants_json and not Documents.printed:
        print_json(error_to_json(error, exit_code))


def _needed(arguments: Sequence[str]) -> Iterable[str]:
    """The command that is meant, or all of them for the help: importing all takes longer than most commands do."""
    return arguments[:1] if arguments and arguments[0] in COMMANDS else COMMANDS


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"rdspatch.cli.{name}")


def _app(names: Iterable[str]) -> typer.Typer:
    app = typer.Typer(
        name="rdspatch",
        help="Ordered, idempotent SQL patches for RDS PostgreSQL.",
        epilog=EXIT_CODES,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="markdown",
    )
    app.callback()(_nothing)
    for name in names:
        found = getattr(_module(name), name)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, rich_help_panel=COMMANDS[name])
        else:
            app.command(name, rich_help_panel=COMMANDS[name])(found)
    return app


def _nothing() -> None:
    """Keeps the name of a command in front of its options even where only that one is there."""
