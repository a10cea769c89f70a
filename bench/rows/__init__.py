"""One module for each subject that is measured."""

from __future__ import annotations
