"""What the values were measured on."""

from __future__ import annotations

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

from bench.setting import PROGRAMS

_PROCESSOR = ("/proc/cpuinfo", r"model name\s*: (.*)")
_KIBIBYTES = ("/proc/meminfo", r"MemTotal:\s*(\d+)")
_DURABLE = "on disk, waiting for it at every commit as a server in production does"


def describe() -> dict[str, str]:
    """Facts about this machine and the versions in use, for the report."""
    postgres = subprocess.run([PROGRAMS / "postgres", "--version"], capture_output=True, text=True, check=True).stdout
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("SQLAlchemy", "pg8000", "boto3", "typer"))
    return {
        "date": f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC",
        "processor": f"{_first(*_PROCESSOR) or platform.machine()}, {os.cpu_count()} cores",
        "memory": f"{int(_first(*_KIBIBYTES) or 0) / 1_048_576:.0f} GiB",
        "system": f"{platform.system()} {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.1f}",
        "PostgreSQL": f"{postgres.split()[-1]}, embedded, on a Unix socket, {_DURABLE}",
        "Python": f"{platform.python_version()}; {versions}",
    }


def _first(file: str, pattern: str) -> str:
    path = Path(file)
    found = re.search(pattern, path.read_text()) if path.exists() else None
    return found[1] if found else ""
