from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest

from rdspatch.authoring.bundle import CERTIFICATES_FILE, bundle, copy_patches, pem_from_javascript, settle
from rdspatch.core.errors import BadInput, BadPatches, LockFileStale


def told(directory: Path) -> dict[str, tuple[str, int, float]]:
    """Digest, mode and time of every file."""
    return {
        path.relative_to(directory).as_posix(): (
            hashlib.sha256(path.read_bytes()).hexdigest(),
            stat.S_IMODE(path.stat().st_mode),
            path.stat().st_mtime,
        )
        for path in directory.rglob("*")
        if path.is_file()
    }


def test_a_strict_umask_hides_nothing_from_the_function(tmp_path: Path) -> None:
    """Catches an asset that deploys and then cannot be imported: Lambda reads it as somebody else."""
    (tmp_path / "package").mkdir(mode=0o700)
    module = tmp_path / "package" / "module.py"
    module.touch(mode=0o600)
    settle(tmp_path)
    assert stat.S_IMODE(module.stat().st_mode) == 0o644
    assert stat.S_IMODE(module.parent.stat().st_mode) == 0o755


def test_the_time_of_the_build_leaves_no_trace(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.touch()
    settle(tmp_path)
    first = module.stat().st_mtime
    os.utime(module, None)
    settle(tmp_path)
    assert module.stat().st_mtime == first


def test_certificates_are_found_among_the_javascript() -> None:
    source = (
        "module.exports = [\n"
        "  '-----BEGIN CERTIFICATE-----\\n' +\n    'MIID\\n' +\n    '-----END CERTIFICATE-----\\n',\n"
        "  'something else',\n];\n"
    )
    assert pem_from_javascript(source) == "-----BEGIN CERTIFICATE-----\nMIID\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("name", [".", "work", "work/notes.txt"])
def test_what_no_bundle_made_is_not_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path("work").mkdir()
    Path("work/notes.txt").write_text("mine")
    with pytest.raises(BadInput, match="holds something else than a bundle; name a new directory"):
        bundle(patches=tmp_path, out=Path(name))
    assert Path("work/notes.txt").read_text() == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["work"]


def test_patches_baseline_and_lock_file_are_copied_and_nothing_else(tmp_path: Path) -> None:
    patches = tmp_path / "patches"
    (patches / "folder").mkdir(parents=True)
    for name in ("0001_a.sql", "baseline.sql", "patches.lock.json", "README.md", ".env", "folder/0002_b.sql"):
        (patches / name).write_bytes(b"one\r\ntwo")
    copy_patches(patches, tmp_path / "copy")
    copied = {path.name: path.read_bytes() for path in (tmp_path / "copy").iterdir()}
    assert copied == dict.fromkeys(("0001_a.sql", "baseline.sql", "patches.lock.json"), b"one\r\ntwo")


@pytest.mark.parametrize("name", ["0001_a.sql", "baseline.sql", "patches.lock.json"])
def test_no_link_among_the_patches_is_followed(tmp_path: Path, name: str) -> None:
    patches = tmp_path / "patches"
    patches.mkdir()
    secret = tmp_path / "credentials"
    secret.write_text("canary")
    (patches / name).symlink_to(secret)
    with pytest.raises((BadPatches, LockFileStale), match="a symbolic link"):
        copy_patches(patches, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


@pytest.mark.slow
def test_the_same_patches_give_the_same_bytes(tmp_path: Path) -> None:
    """Needs the package registries."""
    patches = tmp_path / "db"
    patches.mkdir()
    (patches / "0001_first.sql").write_text("SELECT 1;\n", encoding="utf-8")
    first = bundle(patches=patches, out=tmp_path / "one")
    earlier = os.umask(0o077)
    try:
        second = bundle(patches=patches, out=tmp_path / "two")
    finally:
        os.umask(earlier)
    files = told(first.directory)
    assert files == told(second.directory)
    assert {"rdspatch/handlers/patcher.py", "patches/0001_first.sql", CERTIFICATES_FILE} <= files.keys()
    assert "-----BEGIN CERTIFICATE-----" in (first.directory / CERTIFICATES_FILE).read_text(encoding="ascii")
