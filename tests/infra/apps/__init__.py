"""Apps that other people may have: each puts the construct into a layout of its own.

Every app is a function of a `Layout`; `GOOD` can be deployed, of `REFUSED` the construct says what to write.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tests.infra.apps.deliveries import DELIVERIES
from tests.infra.apps.layouts import LAYOUTS
from tests.infra.apps.refused import REFUSED

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tests.infra.apps.layout import Layout

__all__ = ["GOOD", "REFUSED"]

GOOD: Final[Mapping[str, Callable[[Layout], None]]] = {made.__name__: made for made in (*LAYOUTS, *DELIVERIES)}
