"""The application in front of the rehearsed database, as a process of its own."""

from __future__ import annotations

import contextlib
import select
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path

START_SECONDS = 30.0
STOP_SECONDS = 5.0
DATABASE = "{database}"
_ENDS_WITH_US = 'read -r _; kill "$0"'
"""A shell that waits for the end of its standard input, which is ours, and ends a process then."""


class ApplicationNotStarted(RuntimeError):
    """The command did not print its URL; the message says what happened instead."""


class Application:
    """Runs a command that prints the URL it serves as its first line, until it is closed or this process has ended."""

    def __init__(self, command: str, *, database_url: str, directory: Path) -> None:
        """Start the command and wait for its URL.

        Args:
            command: Words as a shell splits them; `{database}` becomes the database's URL, and a leading `python`
                this interpreter. No shell is involved.
            database_url: What `{database}` stands for.
            directory: Where the command runs.

        Raises:
            ApplicationNotStarted: It ended, or said nothing for 30 seconds.
        """
        words = [word.replace(DATABASE, database_url) for word in shlex.split(command)]
        if words[:1] == ["python"]:
            words[0] = sys.executable
        try:
            self._process = subprocess.Popen(  # noqa: S603 - the project's own configuration names the command
                words, cwd=directory, stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise ApplicationNotStarted(f"`{command}` in {directory}: {error}") from error
        self._watcher = subprocess.Popen(  # noqa: S603 - a text of our own and a number
            ["/bin/sh", "-c", _ENDS_WITH_US, str(self._process.pid)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        try:
            self.url = self._first_line(command)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process; one that does not listen is killed."""
        self._watcher.kill()
        self._watcher.communicate()
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            with contextlib.suppress(OSError):
                self._process.stdout.close()

    def _first_line(self, command: str) -> str:
        output = self._process.stdout
        ready = output is not None and select.select([output], [], [], START_SECONDS)[0]
        line = output.readline().strip() if output is not None and ready else ""
        if not line.startswith("http"):
            status = self._process.poll()
            happened = f"ended with status {status}" if status is not None else f"printed {line!r}, not its URL"
            raise ApplicationNotStarted(f"`{command}` {happened}")
        return line
