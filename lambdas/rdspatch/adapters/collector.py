"""Python's garbage collector, kept out of a start: what is imported then stays, so that none of it is garbage."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def loading() -> Iterator[None]:
    """Import without looking for garbage meanwhile, and never look through what is there then.

    For the start of a process: garbage that is there already stays as well.
    See https://docs.python.org/3/library/gc.html#gc.freeze.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
