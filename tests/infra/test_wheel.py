"""The wheel in another project: its own virtual environment, its own app, its own patches."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
APP = """
from rdspatch_cdk import PatchOrchestrator
import aws_cdk as cdk
from aws_cdk import aws_ec2 as ec2, aws_rds as rds

stack = cdk.Stack(cdk.App(outdir="cdk.out"), "Shop")
vpc = ec2.Vpc(stack, "Vpc")
postgres = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_17)
database = rds.DatabaseInstance(stack, "Database", vpc=vpc, engine=postgres, database_name="shop")
url = "https://shop.example.com/api/health"
PatchOrchestrator(stack, "Patches", vpc=vpc, database=database, health_url=url, patches="db", asset="asset")
cdk.App.of(stack).synth()
"""


def run(*command: str, cwd: Path) -> str:
    """A program without any path back to this checkout."""
    leave = ("PYTHONPATH", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if name not in leave}
    done = subprocess.run(command, cwd=cwd, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def python(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The interpreter of a new virtual environment that holds the wheel and nothing else of this project.

    Its third-party packages are those of the environment that runs the tests, by a line in a `.pth` file: files of
    that kind are read in an environment's own folder only, so the editable installation of this checkout stays out.
    """
    folder = tmp_path_factory.mktemp("wheel")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (wheel,) = folder.glob("*.whl")
    run(sys.executable, "-m", "venv", "--without-pip", str(folder / "venv"), cwd=folder)
    interpreter = folder / "venv" / "bin" / "python"
    install = ("install", "--quiet", "--no-index", "--no-deps", str(wheel))
    run(sys.executable, "-m", "pip", "--python", str(interpreter), *install, cwd=folder)
    site = Path(
        run(str(interpreter), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder).strip()
    )
    (site / "third_party.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return str(interpreter)


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """Another project: an app of ten lines and one patch."""
    (tmp_path / "app.py").write_text(APP, encoding="utf-8")
    (tmp_path / "db").mkdir()
    (tmp_path / "db" / "baseline.sql").write_text("-- Nothing yet.\n", encoding="utf-8")
    (tmp_path / "db" / "0001_orders.sql").write_text(
        "-- patch: Orders.\nCREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY);\n", encoding="utf-8"
    )
    return tmp_path


def synthesized(shop: Path) -> dict[str, Any]:
    template: dict[str, Any] = json.loads((shop / "cdk.out" / "Shop.template.json").read_text(encoding="utf-8"))
    return template


def test_the_wheel_holds_both_packages_and_neither_comes_from_the_checkout(python: str, shop: Path) -> None:
    script = "import rdspatch, rdspatch_cdk; print(rdspatch.__file__); print(rdspatch_cdk.__file__)"
    for line in run(python, "-c", script, cwd=shop).splitlines():
        assert Path(line).is_relative_to(Path(python).parents[1])


def test_another_app_synthesizes_with_patches_of_its_own(python: str, shop: Path) -> None:
    (shop / "asset" / "rdspatch" / "handlers").mkdir(parents=True)
    (shop / "asset" / "rdspatch" / "handlers" / "patcher.py").touch()
    shutil.copytree(shop / "db", shop / "asset" / "patches")
    run(python, "app.py", cwd=shop)
    assert "AWS::StepFunctions::StateMachine" in str(synthesized(shop))


@pytest.mark.slow
def test_another_project_bundles_its_patches_and_deploys_them(python: str, shop: Path) -> None:
    """Needs the package registries, and proves the patch on a scratch server."""
    for command in (("lock",), ("bundle", "--out", "asset")):
        run(python, "-c", "from rdspatch.cli import main; main()", *command, "--patches", "db", cwd=shop)
    run(python, "app.py", cwd=shop)
    shipped = [path.read_bytes() for path in shop.glob("cdk.out/asset.*/patches/0001_orders.sql")]
    assert shipped == [(shop / "db" / "0001_orders.sql").read_bytes()]
