from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


EXAMPLES = Path(__file__).parents[2] / "examples"


@contextlib.contextmanager
def meshapp(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    # A suite that was started in the background ignores SIGINT, and its children would inherit that.
    disposition = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(
        [sys.executable, "-m", "meshapp", *arguments],
        env={**os.environ, "PYTHONPATH": str(EXAMPLES), "PYTHONUNBUFFERED": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    signal.signal(signal.SIGINT, disposition)
    out_of_patience = threading.Timer(30, process.kill)
    out_of_patience.start()
    with process:
        try:
            yield process
        finally:
            out_of_patience.cancel()
            process.kill()


def can_listen_on(host: str) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        try:
            listener.bind((host, 0))
        except OSError:
            return False
    return True


@pytest.mark.usefixtures("patched")
@pytest.mark.parametrize(("host", "bound"), [("127.0.0.1", "http://127.0.0.1:"), ("::1", "http://[::1]:")])
def test_the_first_line_is_the_url_that_answers(database_url: str, host: str, bound: str) -> None:
    if not can_listen_on(host):
        pytest.skip(f"this machine has no {host}")
    with meshapp("--database", database_url, "--host", host) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        assert url.startswith(bound)
        with urlopen(f"{url}/api/health", timeout=20) as response:  # noqa: S310 - the URL is our own
            assert json.load(response) == {"status": "healthy"}
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0


@pytest.mark.parametrize(
    "url", ["mysql://mesh:hunter2@localhost/mesh", "mesh:hunter2", "postgresql://mesh@localhost:hunter2/mesh"]
)
def test_a_wrong_url_ends_the_command_without_repeating_the_password(url: str) -> None:
    with meshapp("--database", url) as process:
        output, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert output == ""
    assert "postgresql://" in errors
    assert "hunter2" not in errors
