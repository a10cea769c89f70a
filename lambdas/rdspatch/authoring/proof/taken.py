"""What two moments of a database differ in, as far as somebody may miss it."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rdspatch.authoring.proof.taken_words import BY_NAME_ONLY, GONE, IN_THE_SNAPSHOT, PRIVILEGES, WITH_VALUES
from rdspatch.core.proof import HazardKind
from rdspatch.core.schema import effects_between
from rdspatch.core.taking import Taken, is_kept_by_not_null, taken_by

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rdspatch.authoring.proof.inventory import Inventory, Key, Thing
    from rdspatch.core.schema import Effect, Properties

_OFF = frozenset("DR")
_EXPRESSIONS = ("check", "default", "definition", "generated", "using")


def taken_between(first: Inventory, last: Inventory) -> tuple[Taken, ...]:
    """What was there at the first moment and is gone, renamed, narrower or refused at the last, in no certain order."""
    change = _Change(first=first, last=last)
    parts = (
        change.gone(),
        change.renamed(),
        change.switched(),
        change.access(),
        change.defaults(),
        change.unidentified(),
        change.properties(),
    )
    return tuple(dict.fromkeys(itertools.chain.from_iterable(parts)))


def taken_together(moments: Sequence[Inventory]) -> tuple[tuple[Taken, ...], ...]:
    """What the whole way takes, by the step that leads to it; what a later step gives back, nobody ever misses.

    Args:
        moments: Before the first step, and after each.
    """
    last = set(taken_between(moments[0], moments[-1]))
    return (
        tuple(tuple(fact for fact in facts if fact in last) for facts in taken_step_by_step(moments))
        if last
        else (((),) * (len(moments) - 1))
    )


def taken_step_by_step(moments: Sequence[Inventory]) -> tuple[tuple[Taken, ...], ...]:
    """What each step takes of what was there before the first one, where others see the moments in between."""
    known: set[Taken] = set()
    steps: list[tuple[Taken, ...]] = []
    for before, after in itertools.pairwise(moments):
        facts = () if after is before else taken_between(moments[0], after)
        steps.append(tuple(fact for fact in facts if fact not in known))
        known.update(facts)
    return tuple(steps)


@dataclass(frozen=True, slots=True)
class _Change:
    first: Inventory
    last: Inventory

    def gone(self) -> Iterator[Taken]:
        """Objects that are not there any more, without what went along with another one."""
        gone = self.first.things.keys() - self.last.things.keys()
        successors = self._successors()
        for key in gone:
            thing = self.first.things[key]
            if thing.kind in WITH_VALUES or thing.derived or not gone.isdisjoint(thing.wholes):
                continue
            successor = successors.get((thing.kind, thing.identity))
            if successor is not None:
                if thing.kind not in IN_THE_SNAPSHOT:
                    yield _restricts(thing, f"replaces the {thing.shown}: what used it gets the new one")
                continue
            name = self.first.names.get(key)
            if name is None or not is_kept_by_not_null(name, self.first.schema, self.last.schema):
                yield self._loss(thing)

    def _loss(self, thing: Thing) -> Taken:
        if thing.kind == "policy":
            what = f"drops the policy {thing.identity}: rows that it let through are hidden or refused"
            return Taken(kind=HazardKind.ACCESS, on=thing.on, sentence=what)
        if thing.kind == "default acl":
            what = f"drops the default privileges {thing.identity}: what is made later lacks them"
            return Taken(kind=HazardKind.ACCESS, on=thing.on, sentence=what)
        if thing.kind == "composite type column":
            what = f"drops the attribute {thing.identity} with its values"
            return Taken(kind=HazardKind.DESTRUCTIVE, on=thing.on, sentence=what)
        end = GONE.get(thing.kind, "whoever names it is refused")
        return _removes(thing, f"drops the {thing.shown}: {end}")

    def renamed(self) -> Iterator[Taken]:
        """Objects that are found by another name, without those that follow another one."""
        moved = {key for key, was, now in self._kept() if was.place != now.place}
        for key, was, now in self._kept():
            if now.derived or (was.name == now.name and (key not in moved or not moved.isdisjoint(_wholes(was)))):
                continue
            who = "a statement that" if was.kind in BY_NAME_ONLY else "whoever"
            what = f"renames the {was.shown} to {now.short}"
            if was.name == now.name:
                what = f"moves the {was.shown} to {now.identity}"
            yield _removes(was, f"{what}: {who} names it is refused")

    def switched(self) -> Iterator[Taken]:
        """Triggers and rules that do not fire any more, materialized views that cannot be read."""
        for _, was, now in self._kept():
            if now.switch not in _OFF or was.switch in _OFF:
                continue
            if was.kind == "materialized view":
                yield _restricts(was, f"empties the {was.shown}: whoever reads it is refused until it is refreshed")
            elif was.derived:
                of = ", ".join(sorted(self.first.things[whole].identity for whole in was.wholes))
                yield _removes(was, f"disables the {was.kind} of {of}: what it checked is not checked")
            else:
                yield _removes(was, f"disables the {was.shown}: what it did is no longer done")

    def access(self) -> Iterator[Taken]:
        """Owners and privileges."""
        successors = self._successors()
        pairs = [(was, now) for _, was, now in self._kept()]
        for key in self.first.things.keys() - self.last.things.keys():
            was = self.first.things[key]
            successor = successors.get((was.kind, was.identity))
            if successor is not None:
                pairs.append((was, self.last.things[successor]))
        given = {id(now) for was, now in pairs if was.owner != now.owner}
        for was, now in pairs:
            follows = now.derived or any(id(self.last.things[whole]) in given for whole in _wholes(now))
            if was.owner != now.owner and not follows:
                what = f"gives the {was.shown} to {now.owner}: {was.owner} keeps only what it is granted"
                yield Taken(kind=HazardKind.ACCESS, on=was.on, sentence=what)
            if not now.derived:
                yield from self._revoked(was, now)

    def _revoked(self, was: Thing, now: Thing) -> Iterator[Taken]:
        lost: dict[str, list[str]] = {}
        for grantee, letter in sorted(was.grants):
            is_owners = grantee in _spellings(was.owner) and was.owner != now.owner
            if is_owners or (grantee, letter) in now.grants:
                continue
            right = PRIVILEGES.get(letter[0], letter[0])
            if (grantee, letter[0]) in now.grants:
                right = f"the right to grant {right}"
            elif (grantee, letter + "*") in now.grants:
                continue
            lost.setdefault(grantee or "everybody", []).append(right)
        for grantee, rights in lost.items():
            what = f"takes {', '.join(rights)} on {was.shown} from {grantee}: statements that need it are refused"
            yield Taken(kind=HazardKind.ACCESS, on=was.on, sentence=what)

    def defaults(self) -> Iterator[Taken]:
        """Default privileges that are new and take what everybody has by birth."""
        for key in self.last.things.keys() - self.first.things.keys():
            now = self.last.things[key]
            born = {" on functions": ("", "X"), " on types": ("", "U")}
            lost = any(now.identity.endswith(of) and grant not in now.grants for of, grant in born.items())
            if now.kind == "default acl" and now.place == 0 and lost:
                what = f"takes default privileges {now.identity} from everybody: what is made later has to be granted"
                yield Taken(kind=HazardKind.ACCESS, on=now.on, sentence=what)

    def unidentified(self) -> Iterator[Taken]:
        """Tables that are published now and cannot say which row was changed."""
        for key in self.last.unidentified - self.first.unidentified:
            if key in self.first.things:
                was = self.first.things[key]
                yield _restricts(
                    was, f"publishes {was.identity} without a replica identity: UPDATE and DELETE are refused"
                )

    def properties(self) -> Iterator[Taken]:
        """What the snapshot tells of objects that are there."""
        before, after = self.first.named, self.last.named
        for effect in effects_between(self.first.schema, self.last.schema):
            was, now = before.get(effect.object), after.get(effect.object)
            if was is not None and now is not None and not self._is_another(was, now):
                yield from taken_by(replace(effect, after=_without_expressions(effect)), self.first.schema)
            elif was is not None or now is None or not self._is_no_news(now):
                yield from taken_by(effect, self.first.schema)

    def _is_another(self, was: Key, now: Key) -> bool:
        """Whether an object was replaced, and does not merely read otherwise since something was renamed or retyped."""
        if was == now:
            return any(
                self.first.things[key].version != self.last.things[key].version for key in self.last.rows_of(now)
            )
        columns = [key for key in self.last.things[now].wholes if key.column]
        return not any(key in self.first.things and self.first.things[key].type != self.last.things[key].type
                       for key in columns)  # fmt: skip

    def _is_no_news(self, new: Key) -> bool:
        """Whether a constraint or index refuses nothing that could be written before."""
        if new in self.first.things:
            return True
        thing = self.last.things[new]
        columns = [whole for whole in thing.wholes if whole.column]
        on_new_columns = bool(columns) and not any(column in self.first.things for column in columns)
        table = next((column._replace(column=0) for column in columns), None)
        detached = table in self.first.partitions and table not in self.last.partitions
        indexes = (key for key, it in self.last.things.items() if it.kind == "index" and new in it.wholes)
        return on_new_columns or detached or any(key in self.first.things for key in indexes)

    def _kept(self) -> Iterator[tuple[Key, Thing, Thing]]:
        for key, was in self.first.things.items():
            now = self.last.things.get(key)
            if now is not None and now != was:
                yield key, was, now

    def _successors(self) -> dict[tuple[str, str], Key]:
        new = self.last.things.keys() - self.first.things.keys()
        return {(self.last.things[key].kind, self.last.things[key].identity): key for key in new}


def _spellings(role: str) -> tuple[str, str]:
    return role, '"' + role.replace('"', '""') + '"'


def _removes(thing: Thing, sentence: str) -> Taken:
    return Taken(kind=HazardKind.REMOVES, on=thing.on, sentence=sentence)


def _restricts(thing: Thing, sentence: str) -> Taken:
    return Taken(kind=HazardKind.RESTRICTS, on=thing.on, sentence=sentence)


def _wholes(thing: Thing) -> frozenset[Key]:
    return frozenset(whole._replace(column=0) for whole in thing.wholes)


def _without_expressions(effect: Effect) -> Properties:
    """What is there afterwards, with the expressions from before."""
    before, after = effect.before or {}, effect.after or {}
    rest = {name: value for name, value in after.items() if name not in _EXPRESSIONS}
    return rest | {name: before[name] for name in _EXPRESSIONS if name in before}


def made_since(first: Inventory, now: Inventory) -> frozenset[str]:
    """The names of what was not there and stands on its own; without those that something else has had."""
    new = {now.things[key].name for key in now.things.keys() - first.things.keys() if not now.things[key].links}
    return frozenset(new - {thing.name for thing in first.things.values() if not thing.links})
