"""A live schema in the words of what is expected, where the server says that two texts are one expression."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rdspatch.core.wording import meet, reworded, worded_apart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rdspatch.core.schema import ObjectName, Properties, Schema
    from rdspatch.ports import Session

READINGS = 2
"""How often a text is read again; what is printed then stays as it is."""


def in_expected_words(wanted: Mapping[ObjectName, Properties], live: Schema, session: Session) -> Schema:
    """The live schema with the wanted text of every expression that it has in other words.

    The server is only asked when texts differ, and changes nothing. What it cannot say stays a difference: on a
    standby, or to a login without the privilege TEMPORARY.

    Args:
        wanted: What is expected of each object; what it says nothing of is as it is found.
        live: The schema of the session's database.
        session: To the database.

    Raises:
        ReadBlocked: A lock was in the way.
    """
    apart = worded_apart(wanted, live)
    ours = {name: [{**live.objects[name], **wanted[name]}] for name in apart}
    theirs = {name: [live.objects[name]] for name in apart}
    same: dict[ObjectName, list[str]] = {}
    for _ in range(READINGS):
        asked = [(name, side) for side in (ours, theirs) for name in apart if side[name][-1]]
        answers = session.read_again([(name, side[name][-1]) for name, side in asked]) if asked else ()
        for (name, side), texts in zip(asked, answers, strict=True):
            side[name].append({**side[name][-1], **texts} if texts is not None else {})
        for name, items in apart.items():
            same[name] = [
                item for item in items if meet(*([it.get(item) for it in side[name]] for side in (ours, theirs)))
            ]
        apart = {name: items for name, items in apart.items() if len(same[name]) < len(items)}
    return reworded(live, wanted, same)
