"""A small mesh service whose models are ahead of its first schema: the example application."""

from __future__ import annotations
