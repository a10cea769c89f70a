"""How findings are printed: for people, for programs, for code scanning, for annotations of a pull request."""

from __future__ import annotations
