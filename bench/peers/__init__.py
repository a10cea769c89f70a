"""The other tools: how each is installed, given its migrations, and started with its own safe settings."""

from __future__ import annotations
