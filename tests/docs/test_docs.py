"""What the documents say is there, and the commands that they show work."""

from __future__ import annotations

import difflib
import inspect
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from rdspatch.core import errors
from rdspatch.core.errors import InputError, RdspatchError

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("*/README.md")])
LINK = re.compile(r"\]\((?!https?://)([^)#]+)")
PATH = re.compile(r"`((?:tests|docs|infra|lambdas|patches|examples|core|requirements)/[\w/.-]*)`")
SHELL_BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
# Lines that this test does not run, each for its reason.
NOT_RUN = {
    "make demo": "its command, rdspatch demo, has its own test",
    "make setup": "it made the interpreter that runs this",
    "make asset": "it downloads; `make check` builds the asset",
    ". .venv/bin/activate": "it changes a shell, and nothing else",
}
# Programs that need an account, or a database in one.
IN_AN_ACCOUNT = ("aws ", "npx aws-cdk ", "psql ")


def shell_lines(document: str) -> list[str]:
    blocks = SHELL_BLOCK.findall((ROOT / document).read_text())
    return [line.partition(" #")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def error_names() -> list[str]:
    classes = [value for value in vars(errors).values() if inspect.isclass(value) and issubclass(value, RdspatchError)]
    return [found.__name__ for found in classes if found not in (RdspatchError, InputError)]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_and_paths_lead_somewhere(document: Path) -> None:
    text = document.read_text()
    missing = [link for link in LINK.findall(text) if not (document.parent / link).exists()]
    places = (ROOT, ROOT / "lambdas" / "rdspatch")
    missing += [path for path in PATH.findall(text) if not any((place / path).exists() for place in places)]
    assert missing == []


def test_the_runbook_has_a_heading_for_every_error_and_no_other() -> None:
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "runbook.md").read_text(), re.MULTILINE)
    assert headings == ["When it is not clear what is wrong", *error_names()]


def test_every_command_in_the_readme_is_run_or_has_a_reason_not_to_be() -> None:
    lines = [line for line in shell_lines("README.md") if not line.startswith(IN_AN_ACCOUNT)]
    unknown = [line for line in lines if line not in NOT_RUN and "rdspatch" not in line]
    assert unknown == []
    assert NOT_RUN.keys() <= set(lines)


def test_the_readmes_commands_for_a_new_patch_work(tmp_path: Path) -> None:
    project = tmp_path / "project"
    ignored = shutil.ignore_patterns(".venv", ".git", "build", "cdk.out", "__pycache__", ".*_cache", "tests")
    shutil.copytree(ROOT, project, ignore=ignored)
    ran = 0
    for line in shell_lines("README.md"):
        if line.startswith(".venv/bin/rdspatch"):
            words = shlex.split(line)[1:]
            done = run_rdspatch(words, project)
            assert done.returncode == 0, done.stderr + done.stdout
            ran += 1
            if words[0] == "new":
                created = Path(done.stdout.strip())
                sql = "ALTER TABLE mesh_results ADD COLUMN IF NOT EXISTS priority integer;\n"
                created.write_text(created.read_text() + sql)
    assert ran == 4


def test_the_readmes_commands_for_a_database_work(tmp_path: Path, database_url: str) -> None:
    patches = tmp_path / "patches"
    patches.mkdir()
    (patches / "baseline.sql").write_text("-- empty\n")
    (patches / "0001_jobs.sql").write_text("-- patch: Jobs.\nCREATE TABLE IF NOT EXISTS jobs (id int);\n")
    assert run_rdspatch(["lock"], tmp_path).returncode == 0
    ran = []
    for line in shell_lines("README.md"):
        if line.startswith("rdspatch "):
            words = [database_url if word.startswith("postgresql://") else word for word in shlex.split(line)[1:]]
            done = run_rdspatch(words, tmp_path)
            assert done.returncode == 0, done.stderr + done.stdout
            ran.append(words[0])
    assert ran == ["doctor", "plan", "apply", "verify", "status", "drift", "repair"]


def test_the_review_examples_say_what_the_lock_file_says(tmp_path: Path) -> None:
    text = (ROOT / "docs" / "reviewing.md").read_text()
    patches = tmp_path / "patches"
    shutil.copytree(ROOT / "patches", patches)
    assert run_rdspatch(["lock", "--patches", str(patches)], tmp_path).returncode == 0  # models, which differ, left out
    before = (patches / "patches.lock.json").read_text().splitlines()
    for name, sql in re.findall(r"`(\w+\.sql)`:\n\n```sql\n(.*?)```", text, re.DOTALL):
        (patches / name).write_text(sql)
    assert run_rdspatch(["lock", "--patches", str(patches)], tmp_path).returncode == 0
    after = (patches / "patches.lock.json").read_text().splitlines()
    changes = difflib.unified_diff(before, after, n=0, lineterm="")
    added = [line for line in changes if line.startswith("+") and not line.startswith("+++") and '"digest"' not in line]
    (shown,) = re.findall(r"```diff\n(.*?)```", text, re.DOTALL)
    assert shown.splitlines() == added


@pytest.mark.slow
def test_the_picture_is_drawn_from_its_text() -> None:
    """Needs the npm registry."""
    folder = ROOT / "docs" / "architecture"
    draw = runpy.run_path(str(folder / "draw.py"))["draw"]
    assert draw((folder / "architecture.dot").read_text()) == (folder / "architecture.svg").read_text()


def run_rdspatch(words: list[str], directory: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from rdspatch.cli import main; main()", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "lambdas")}
    return subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, check=False)
