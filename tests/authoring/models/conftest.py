"""A directory for modules that define models."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from rdspatch.authoring.models import ExportedModels, export_models

if TYPE_CHECKING:
    from pathlib import Path

    from rdspatch.authoring.proof import ScratchServer
    from rdspatch.core.schema import Schema

BASE = """
from sqlalchemy import *
from sqlalchemy.dialects.postgresql import *
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
class Base(DeclarativeBase): ...
"""
USER = """
class User(Base):
    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
"""


class Project:
    """An application's source directory."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def model(self, text: str, name: str = "app.py") -> None:
        """A module with a declarative `Base`, and this below it."""
        self.write(name, BASE + dedent(text))

    def export(self, source: str = "app:Base", **options: object) -> ExportedModels:
        return export_models(source, self.root, **options)  # type: ignore[arg-type] # a test's shorthand


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "src").mkdir()
    return Project(tmp_path / "src")


def schema_of(scratch: ScratchServer, sql: str) -> Schema:
    """What some SQL leads to in an empty database."""
    with scratch.database(for_patches=False) as database:
        with database.connect_as_given() as connection:
            connection.execute(f"SET search_path = public; {sql}")
        return database.read_schema()
