"""`rdspatch new`: start a patch."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from rdspatch.adapters.patch_files import read_patch_files
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import PatchesOption
from rdspatch.cli.render import console
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.header import MAX_SENTENCE_CHARACTERS, parse_header
from rdspatch.core.patch import PatchId

MIN_DIGITS = 4


def new(
    slug: Annotated[str, typer.Argument(help="What it does, in a few words: add_job_id")],
    message: Annotated[str | None, typer.Option("--message", "-m", help="The sentence of its `patch` line.")] = None,
    patches: PatchesOption = None,
) -> None:
    """Create the next patch, with its header filled in."""
    directory = patch_directory(patches)
    ids = [found for file in read_patch_files(directory) if (found := PatchId.from_file_name(file.name))]
    number = max((found.number for found in ids), default=0) + 1
    width = max((len(found.stem.partition("_")[0]) for found in ids), default=MIN_DIGITS)
    words = re.sub(r"[^a-z0-9]+", "_", slug.lower()).strip("_")
    name = f"{number:0{width}d}_{words}.sql"
    if PatchId.from_file_name(name) is None:
        instead = "use a few words of a-z and 0-9, at most 80 characters"
        raise BadInput([Problem(where="SLUG", what=f"{slug!r} makes no name of a patch", instead=instead)])
    sentence = words.replace("_", " ").capitalize() + "." if message is None else message.strip()
    text = f"-- patch: {sentence}\n-- lock-timeout: 100ms\n\n"
    _, problems = parse_header(name, text)
    if problems or not sentence.isprintable():
        instead = f"write one sentence on one line, at most {MAX_SENTENCE_CHARACTERS} characters"
        raise BadInput([Problem(where="--message", what="makes no `patch` line", instead=instead)])
    with (directory / name).open("x", encoding="utf-8", newline="\n") as file:
        file.write(text)
    console().print(f"{directory / name}")
