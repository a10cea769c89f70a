from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_demo_observes_every_step_of_its_story() -> None:
    command = [sys.executable, "-c", "from rdspatch.cli import main; main()", "demo"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, "✗" in done.stdout) == (0, False), done.stdout + done.stderr
    assert "From UndefinedColumn to healthy; every step observed." in done.stdout
    assert "503" in done.stdout
    assert done.stdout.count("run_ended") == 2
