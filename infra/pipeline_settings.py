"""What a stage is that delivers another one: parsed from the same context."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .context import BadContext, Section
from .settings import STAGES, Settings, parse

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineSettings:
    """A pipeline from a repository to a patched database."""

    stage: str
    connection_arn: str
    """Of the CodeConnections connection to the host of the repository; somebody has to have accepted it."""
    repository: str
    """`owner/name`."""
    branch: str
    ask: bool
    """Whether a person approves before the run."""
    deploys: Settings
    """The stage that it deploys and patches."""


def is_pipeline(stages: Mapping[str, object], stage: str) -> bool:
    """Whether a stage delivers another one."""
    described = stages.get(stage)
    return isinstance(described, dict) and "deploys" in described


def parse_pipeline(stages: Mapping[str, object], stage: str) -> PipelineSettings:
    """Read the pipeline stage named `stage`, and the stage that it deploys.

    Raises:
        BadContext: With every problem of both.
    """
    problems: list[str] = []
    root = Section(stages[stage], where=f"{STAGES}.{stage}", problems=problems)
    arn = r"arn:[a-z-]+:(codestar-connections|codeconnections):[a-z0-9-]+:\d{12}:connection/[0-9a-f-]+"
    deploys = root.text("deploys")
    connection = root.text("connection_arn", pattern=arn)
    repository = root.text("repository", pattern=r"[\w.-]+/[\w./-]+")
    branch = root.text("branch", pattern=r"[\w./-]+", default="main")
    ask = root.flag("ask")
    root.refuse_unknown()
    delivered = None
    if is_pipeline(stages, deploys):
        root.note("deploys", f"{deploys} is a pipeline itself; name the stage with the database")
    elif deploys:
        try:
            delivered = parse(stages, deploys)
        except BadContext as error:
            problems.extend(error.problems)
    if problems or delivered is None:
        raise BadContext(problems)
    return PipelineSettings(
        stage=stage,
        connection_arn=connection,
        repository=repository,
        branch=branch,
        ask=ask,
        deploys=delivered,
    )
