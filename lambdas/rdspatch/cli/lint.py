"""`rdspatch lint`: what is wrong with the patches, and what to write instead."""

from __future__ import annotations

import dataclasses
import enum
import sys
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rdspatch.cli.configuration import patch_directory
from rdspatch.cli.options import PatchesOption
from rdspatch.cli.render import print_json, visible
from rdspatch.cli.since import SinceOption, require_unchanged
from rdspatch.cli.source import read_directory, require_authoring
from rdspatch.core.errors import BadInput, Problem

if TYPE_CHECKING:
    from rdspatch.authoring.lint.lint import LintReport

FINDINGS = 3


class LintFormat(enum.Enum):
    """How the findings are printed."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def lint(
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            help="Show only what is found in these files; all are read. Without any, show everything.",
        ),
    ] = None,
    patches: PatchesOption = None,
    since: SinceOption = None,
    form: Annotated[LintFormat, typer.Option("--format", help="How to print the findings.")] = LintFormat.TEXT,
) -> None:
    """Judge every patch by every rule, and say what to write instead.

    Exits with 3 when there is a finding of severity error; warnings are printed. A patch accepts a finding by
    `-- allow: RULE because …` in its header.
    """
    require_authoring("lint")
    from rdspatch.authoring.lint.lint import lint as lint_patches  # noqa: PLC0415 - needs the extra
    from rdspatch.authoring.lint.rule import Severity  # noqa: PLC0415 - needs the extra

    directory = patch_directory(patches)
    require_unchanged(directory, since)
    report = lint_patches(read_directory(directory))
    if files:
        report = _only(report, directory, files)
    _print(report, _shown(directory), form)
    if report.count(Severity.ERROR):
        raise typer.Exit(FINDINGS)


def _only(report: LintReport, directory: Path, files: list[Path]) -> LintReport:
    problems = [
        Problem(where=str(file), what=f"no patch of {directory}", instead="name files of the patch directory")
        for file in files
        if file.name not in report.texts or file.resolve().parent != directory.resolve()
    ]
    if problems:
        raise BadInput(problems)
    names = {file.name for file in files}
    kept = tuple(finding for finding in report.findings if finding.file_name in names)
    return dataclasses.replace(report, findings=kept)


def _print(report: LintReport, directory: str, form: LintFormat) -> None:
    from rdspatch.authoring.lint.formats.document import to_document  # noqa: PLC0415 - needs the extra
    from rdspatch.authoring.lint.formats.github import to_github  # noqa: PLC0415 - needs the extra
    from rdspatch.authoring.lint.formats.sarif import to_sarif  # noqa: PLC0415 - needs the extra
    from rdspatch.authoring.lint.formats.text import to_text  # noqa: PLC0415 - needs the extra

    match form:
        case LintFormat.JSON:
            print_json(to_document(report, directory=directory))
        case LintFormat.SARIF:
            print_json(to_sarif(report, directory=directory, version=metadata.version("rdspatch")))
        case LintFormat.GITHUB:
            sys.stdout.write(visible(to_github(report, directory=directory)))
        case LintFormat.TEXT:
            sys.stdout.write(visible(to_text(report, directory=directory)))


def _shown(directory: Path) -> str:
    """The directory relative to where the command runs, where it is below that."""
    here = Path.cwd().resolve()
    resolved = directory.resolve()
    return (resolved.relative_to(here) if resolved.is_relative_to(here) else resolved).as_posix()
