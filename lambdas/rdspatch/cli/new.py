"""`rdspatch new`: start a patch, or have patches written from the models."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rdspatch.adapters.patch_files import read_patch_files, write_new_files
from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.from_models import write_from_models
from rdspatch.cli.options import PatchesOption, ScratchOption, ServerOption
from rdspatch.cli.render import show, tell
from rdspatch.cli.source import require_authoring
from rdspatch.core.counted import counted
from rdspatch.core.errors import BadInput, Problem
from rdspatch.core.header import MAX_SENTENCE_CHARACTERS, parse_header
from rdspatch.core.patch import PatchId

if TYPE_CHECKING:
    from rdspatch.authoring.closing import Proposal

MIN_DIGITS = 4
TO_DECIDE = 3

FromModelsOption = Annotated[
    bool,
    typer.Option("--from-models", help="Write what the configured models have and the patches do not lead to."),
]


def new(
    slug: Annotated[
        str, typer.Argument(metavar="SLUG", help="What it does, in a few words: add_job_id", show_default=False)
    ],
    message: Annotated[str | None, typer.Option("--message", "-m", help="The sentence of its `patch` line.")] = None,
    from_models: FromModelsOption = False,  # noqa: FBT002 - a flag
    patches: PatchesOption = None,
    *,
    scratch: ScratchOption = None,
    major: ServerOption = None,
) -> None:
    """Create the next patch, with its header filled in.

    With `--from-models` the patches are written whole, each proven: tables, columns, constraints, indexes and enum
    values that are missing, so that a live database takes them without making anybody wait. What would drop, narrow,
    rename or guess is listed for you to decide; the command then exits with 3.
    """
    directory = patch_directory(patches)
    name_of = _numbering(directory)
    words = re.sub(r"[^a-z0-9]+", "_", slug.lower()).strip("_")
    if PatchId.from_file_name(name_of(0, words)) is None:
        instead = "use a few words of a-z and 0-9, at most 80 characters"
        raise BadInput([Problem(where="SLUG", what=f"{slug!r} makes no name of a patch", instead=instead)])
    sentence = words.replace("_", " ").capitalize() + "." if message is None else message.strip()
    text = f"-- patch: {sentence}\n-- lock-timeout: 100ms\n\n"
    _, problems = parse_header(name_of(0, words), text)
    if problems or not sentence.isprintable():
        instead = f"write one sentence on one line, at most {MAX_SENTENCE_CHARACTERS} characters"
        raise BadInput([Problem(where="--message", what="makes no `patch` line", instead=instead)])
    if from_models:
        require_authoring("new --from-models")
        from rdspatch.authoring.closing import Wording  # noqa: PLC0415 - needs the extra

        wording = Wording(slug=words, sentence=sentence, name_of=name_of)
        _show(directory, write_from_models(patches, wording, scratch=scratch, major=major))
        return
    write_new_files(directory, {name_of(0, words): text})
    show(f"{directory / name_of(0, words)}")


def _numbering(directory: Path) -> Callable[[int, str], str]:
    """How the new files of a directory are called: the n-th one, from 0, with a slug."""
    ids = [found for file in read_patch_files(directory) if (found := PatchId.from_file_name(file.name))]
    first = max((found.number for found in ids), default=0) + 1
    width = max((len(found.stem.partition("_")[0]) for found in ids), default=MIN_DIGITS)
    return lambda number, slug: f"{first + number:0{width}d}_{slug}.sql"


def _show(directory: Path, proposal: Proposal) -> None:
    for name in proposal.files:
        show(f"{directory / name}")
    if proposal.decisions:
        count = counted(len(proposal.decisions), "thing is", "things are")
        lines = [f"{count} left for you to decide:", *(f"  {problem}" for problem in proposal.decisions)]
        for line in lines:
            tell(line)
        raise typer.Exit(TO_DECIDE)
    if not proposal.files:
        show("nothing to do: the patches lead to everything that the models have")
