"""What the application expects of its database: users, their projects and the meshes computed for them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

# PostgreSQL's own names, so that models and hand-written SQL speak of the same constraints.
POSTGRESQL_NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_name)s_fkey",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}


class Base(DeclarativeBase):
    """The declarative base of every model."""

    metadata = MetaData(naming_convention=POSTGRESQL_NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy declares it as a plain class attribute
        int: BigInteger,
        str: Text,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[dict[str, Any]]: JSONB(none_as_null=True),
    }


class User(Base):
    """Somebody who owns projects."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    display_name: Mapped[str | None]
    # 0: the standard quota of the service; NULL: no limit.
    storage_quota_bytes: Mapped[int | None] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    projects: Mapped[list[Project]] = relationship(back_populates="owner")


class Project(Base):
    """A geometry and the meshes computed for it."""

    __tablename__ = "projects"
    __table_args__ = (
        UniqueConstraint("owner_id", "name"),
        CheckConstraint("visibility IN ('private', 'team', 'public')", name="visibility"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    visibility: Mapped[str] = mapped_column(server_default="private")
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    owner: Mapped[User] = relationship(back_populates="projects")
    results: Mapped[list[MeshResult]] = relationship(
        back_populates="project", order_by="MeshResult.id", passive_deletes=True
    )

    def to_dict(self, *, include_results: bool = False) -> dict[str, Any]:
        """Return the project as JSON-ready values.

        Args:
            include_results: Also read the mesh results, oldest first, under `results`.
        """
        project: dict[str, Any] = {
            "id": self.id,
            "owner_id": self.owner_id,
            "name": self.name,
            "visibility": self.visibility,
            "archived_at": self.archived_at.isoformat() if self.archived_at else None,
            "created_at": self.created_at.isoformat(),
        }
        if include_results:
            project["results"] = [result.to_dict() for result in self.results]
        return project


class MeshResult(Base):
    """One mesh: where it lies, what it consists of and which job computed it."""

    __tablename__ = "mesh_results"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'running', 'succeeded', 'failed')", name="status"),
        Index(None, "project_id"),
        Index(None, "job_id"),
    )

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    project_id: Mapped[int] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    status: Mapped[str]
    job_id: Mapped[str | None]
    output_path: Mapped[str | None]
    preview_path: Mapped[str | None]
    # Each zone has a name and the count of its faces: {"name": "inlet", "faces": 412}.
    boundary_zones: Mapped[list[dict[str, Any]] | None]
    cell_count: Mapped[int] = mapped_column(server_default=text("0"))
    statistics: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    project: Mapped[Project] = relationship(back_populates="results")

    def to_dict(self) -> dict[str, Any]:
        """Return the mesh result as JSON-ready values."""
        return {
            "id": self.id,
            "status": self.status,
            "job_id": self.job_id,
            "output_path": self.output_path,
            "preview_path": self.preview_path,
            "boundary_zones": self.boundary_zones,
            "cell_count": self.cell_count,
            "statistics": self.statistics,
            "created_at": self.created_at.isoformat(),
        }
