from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from aws_cdk import aws_lambda as lambda_

from infra.asset import UnusableAsset, code_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def patches(tmp_path: Path) -> Path:
    """A patch directory of another project."""
    directory = tmp_path / "db"
    directory.mkdir()
    (directory / "0001_first.sql").write_text("SELECT 1;\n", encoding="utf-8")
    (directory / "README.md").write_text("not shipped\n", encoding="utf-8")
    return directory


@pytest.fixture
def built(tmp_path: Path, patches: Path) -> Path:
    """What `rdspatch bundle` writes from them, small."""
    asset = tmp_path / "asset"
    (asset / "rdspatch" / "handlers").mkdir(parents=True)
    (asset / "rdspatch" / "handlers" / "patcher.py").touch()
    (asset / "patches").mkdir()
    for file in patches.glob("*.sql"):
        (asset / "patches" / file.name).write_bytes(file.read_bytes())
    return asset


def test_an_asset_of_these_patches_is_taken(built: Path, patches: Path) -> None:
    assert isinstance(code_of(built, patches=patches), lambda_.Code)


def test_code_is_taken_as_it_is(tmp_path: Path) -> None:
    code = lambda_.Code.from_asset(str(tmp_path))
    assert code_of(code, patches=tmp_path / "absent") is code


def test_an_asset_from_before_a_new_patch_is_refused(built: Path, patches: Path) -> None:
    """Catches a deployment of yesterday's patches."""
    (patches / "0002_second.sql").write_text("SELECT 2;\n", encoding="utf-8")
    with pytest.raises(UnusableAsset, match=r"0002_second\.sql.*rdspatch bundle --patches .*db --out .*asset"):
        code_of(built, patches=patches)


def test_an_asset_from_before_a_change_is_refused(built: Path, patches: Path) -> None:
    (patches / "0001_first.sql").write_text("SELECT 11;\n", encoding="utf-8")
    with pytest.raises(UnusableAsset, match="0001_first"):
        code_of(built, patches=patches)


def test_an_asset_with_a_patch_that_is_gone_is_refused(built: Path, patches: Path) -> None:
    (built / "patches" / "0009_gone.sql").touch()
    with pytest.raises(UnusableAsset, match="0009_gone"):
        code_of(built, patches=patches)


def test_an_asset_that_is_not_there_is_answered_with_the_command_that_makes_it(patches: Path, tmp_path: Path) -> None:
    with pytest.raises(UnusableAsset, match="run `rdspatch bundle"):
        code_of(tmp_path / "absent", patches=patches)


def test_no_patches_are_no_patches(built: Path, tmp_path: Path) -> None:
    with pytest.raises(UnusableAsset, match="no patches in"):
        code_of(built, patches=tmp_path / "absent")
