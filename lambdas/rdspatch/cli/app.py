"""The commands, and what an error becomes: its message on stderr and its exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from rdspatch.cli import apply, bundle, demo, explain, lint, lock, new, plan, rehearse, status, verify
from rdspatch.core.errors import RdspatchError

EXIT_CODES = """
Exit codes: 0 done; 1 a patch failed; 2 bad input or configuration; 3 findings, drift or a stale lock file;
4 busy, locked or unreachable; 5 applied but unhealthy.
"""

BAD_INPUT = 2

app = typer.Typer(
    name="rdspatch",
    help="Ordered, idempotent SQL patches for RDS PostgreSQL.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)

AUTHORING, DATABASE, MACHINE = "Patches", "A database", "This machine"

app.command("new", rich_help_panel=AUTHORING)(new.new)
app.command("lint", rich_help_panel=AUTHORING)(lint.lint)
app.command("lock", rich_help_panel=AUTHORING)(lock.lock)
app.command("explain", rich_help_panel=AUTHORING)(explain.explain)
app.command("bundle", rich_help_panel=AUTHORING)(bundle.bundle)
app.command("plan", rich_help_panel=DATABASE)(plan.plan)
app.command("apply", rich_help_panel=DATABASE)(apply.apply)
app.command("verify", rich_help_panel=DATABASE)(verify.verify)
app.command("status", rich_help_panel=DATABASE)(status.status)
app.command("rehearse", rich_help_panel=MACHINE)(rehearse.rehearse)
app.command("demo", rich_help_panel=MACHINE)(demo.demo)


def run(arguments: Sequence[str]) -> int:
    """Run one command.

    Returns:
        The exit code, as listed in `EXIT_CODES`.
    """
    try:
        app(list(arguments), prog_name="rdspatch", standalone_mode=True)
    except RdspatchError as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return error.exit_code
    except OSError as error:
        sys.stderr.write(f"rdspatch: {error}\n")
        return BAD_INPUT
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else 1
    return 0
