"""Every contestant that is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.peers.alembic import alembic
from bench.peers.sqitch import sqitch
from bench.peers.sql_files import dbmate, node_pg_migrate, rdspatch, yoyo

if TYPE_CHECKING:
    from bench.peers.tool import Tool
    from bench.setting import Setting


def tools(setting: Setting) -> tuple[Tool, ...]:
    """rdspatch first."""
    found = (make(setting) for make in (rdspatch, dbmate, node_pg_migrate, alembic, yoyo, sqitch))
    return tuple(tool for tool in found if tool is not None)
