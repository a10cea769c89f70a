"""Everything that a rehearsal needs, opened together: server, baseline, application, workflow."""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rdspatch.rehearsal.application import Application
from rdspatch.rehearsal.database import rehearsal_database
from rdspatch.rehearsal.rehearsal import Rehearsal
from rdspatch.rehearsal.synthesis import find_project, synthesize

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What is rehearsed, and how the application is started."""

    baseline: str
    """SQL of the schema before the first patch."""
    patches: Path
    app: str
    """The command that serves the application; see `Application`."""
    app_directory: Path
    health_path: str
    stage: str
    time_scale: float
    scratch: str | None = None
    """The URL of the server to rehearse on; None for one of our own."""
    major: int | None = None
    """The version of our own; None for the embedded one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A rehearsal that is ready to run, and the application in front of its database."""

    rehearsal: Rehearsal
    application_url: str


@contextlib.contextmanager
def open_scene(setting: Setting) -> Iterator[Scene]:
    """Synthesize the stack, start a server with the baseline and the application, and deploy the workflow here.

    Raises:
        SynthesisFailed, TemplateUnusable: There is no usable CDK app here.
        PostgresNotStarted, ApplicationNotStarted: A process did not come up.
        BadSettings: The server cannot be used, or does not take the baseline.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="rdspatch-")))
        template = synthesize(folder / "cdk.out", project=find_project(Path.cwd()), stage=setting.stage)
        url = stack.enter_context(
            rehearsal_database(setting.baseline, scratch=setting.scratch, major=setting.major),
        )
        application = stack.enter_context(
            Application(setting.app, database_url=url, directory=setting.app_directory),
        )
        rehearsal = stack.enter_context(
            Rehearsal(
                template,
                database_url=url,
                health_url=application.url + setting.health_path,
                patches=setting.patches,
                time_scale=setting.time_scale,
            ),
        )
        yield Scene(rehearsal=rehearsal, application_url=application.url)
