"""The functions' code: the directory that `rdspatch bundle` wrote, with the patches that the app means."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from aws_cdk import aws_lambda as lambda_

DEFAULT_ASSET: Final = "build/lambda"
_HANDLERS = Path("rdspatch", "handlers", "patcher.py")
_LOCK_FILE = "patches.lock.json"


class UnusableAsset(ValueError):
    """The asset is missing, or holds other patches; the message names the command that makes it."""


def code_of(asset: str | Path | lambda_.Code, *, patches: str | Path) -> lambda_.Code:
    """The code of both functions.

    Nothing is built here: synthesis needs no network. What is looked at is whether the asset is there and was
    made from the very patches that are there now; yesterday's asset would deploy yesterday's patches in silence.

    Args:
        asset: The directory that `rdspatch bundle` wrote; a `Code` is taken as it is.
        patches: The patch directory.

    Raises:
        UnusableAsset: There is no such directory, or its patches differ.
    """
    if isinstance(asset, lambda_.Code):
        return asset
    command = f"run `rdspatch bundle --patches {patches} --out {asset}`"
    if not Path(asset, _HANDLERS).is_file():
        raise UnusableAsset(f"{asset} is no asset of rdspatch; {command}")
    shipped, wanted = _texts(Path(asset, "patches")), _texts(Path(patches))
    if not wanted:
        raise UnusableAsset(f"there are no patches in {patches}; give the directory as patches=")
    different = sorted(name for name in shipped.keys() | wanted.keys() if shipped.get(name) != wanted.get(name))
    if different:
        raise UnusableAsset(f"{asset} was made from other patches than {patches} holds ({different[0]}); {command}")
    return lambda_.Code.from_asset(str(asset))


def _texts(directory: Path) -> dict[str, bytes]:
    """Every file that the bundle ships, by its name; it ships no link."""
    return {
        path.name: path.read_bytes()
        for path in (directory.iterdir() if directory.is_dir() else ())
        if path.is_file() and not path.is_symlink() and (path.suffix.lower() == ".sql" or path.name == _LOCK_FILE)
    }
