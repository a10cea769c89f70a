"""From drafts to the files of the patch directory."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rdspatch.core.header import MAX_SENTENCE_CHARACTERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rdspatch.authoring.closing.draft import Draft

MAX_SLUG_CHARACTERS = 80


def patch_files(
    drafts: Sequence[Draft], *, slug: str, sentence: str, name_of: Callable[[int, str], str]
) -> dict[str, str]:
    """The texts of the patches, by the names of their files.

    Args:
        drafts: In order.
        slug: What all of them are about, as in a file's name.
        sentence: The same for people; it ends with a full stop.
        name_of: The name of the n-th file from now on, from 0, with this slug.
    """
    alone = len(drafts) == 1
    return {
        name_of(number, slug if alone else _slug(slug, draft)): _text(
            draft, sentence if alone else _sentence(sentence, draft)
        )
        for number, draft in enumerate(drafts)
    }


def _slug(slug: str, draft: Draft) -> str:
    words = re.sub(r"[^a-z0-9]+", "_", f"{slug}_{draft.slug}".lower()).strip("_")
    return words[:MAX_SLUG_CHARACTERS].rstrip("_")


def _sentence(sentence: str, draft: Draft) -> str:
    whole = f"{sentence.removesuffix('.')}: {draft.about}."
    if len(whole) <= MAX_SENTENCE_CHARACTERS:
        return whole
    about = f"{draft.about[0].upper()}{draft.about[1:]}."
    return about if len(about) <= MAX_SENTENCE_CHARACTERS else f"{about[: MAX_SENTENCE_CHARACTERS - 1]}…"


def _text(draft: Draft, sentence: str) -> str:
    header = [f"-- patch: {sentence}", *(f"-- {directive}" for directive in draft.directives)]
    return "\n".join([*header, "", ""]) + "\n\n".join(f"{sql};" for sql in draft.statements) + "\n"
