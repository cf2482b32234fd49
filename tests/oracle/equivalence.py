"""Faults that change nothing: shown to be so, never merely excused.

A case has a least model under the rules, and in it each class has a support: it was
put in, or all conditions of some rule for it hold. So a class follows from others if it
does so in every way in which these may have come about. With that, two sets of rules
that differ in one rule say the same of every case if whatever fires the rule of the
one has its head in the least model of the other, and the other way round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from service.reasoning.compiled import EXCLUDED, PRESENT
from tests.oracle.judge import ANY_CONFLICT
from tests.oracle.mutants import Mutant

# conditions and head of a rule
Clause: TypeAlias = tuple[frozenset[str], str]
# what is there when a class comes about in some way, and what cannot be there then
Way: TypeAlias = tuple[frozenset[str], frozenset[str]]
# how far supports are taken apart; the last costs seconds where there is no proof
DEPTHS = (0, 1, 2, 6)
QUICK = DEPTHS[:3]
NOTHING: frozenset[str] = frozenset()
DECIDED = "decided"


@dataclass(frozen=True)
class Theory:
    """The rules over a case, with all ways in which a class can be put in.

    `inputs` maps a class to what is there in any case when it is put in: with a
    finding its more general classes, with a value the option that was active, and
    none of the options that would have come before it.
    """

    clauses: Sequence[Clause]
    inputs: Mapping[str, tuple[Way, ...]]

    @cached_property
    def uses(self) -> Mapping[str, list[int]]:
        """Of each class: the clauses with it among their conditions."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, (body, _) in enumerate(self.clauses):
            for name in body:
                found[name].append(place)
        return found

    @cached_property
    def to(self) -> Mapping[str, list[int]]:
        """Of each class: the clauses that conclude it."""
        found: defaultdict[str, list[int]] = defaultdict(list)
        for place, (_, head) in enumerate(self.clauses):
            found[head].append(place)
        return found

    def is_equivalent(self, mutant: Mutant, depths: Sequence[int] = DEPTHS) -> bool:
        """Whether the faulty rules are shown to say the same of every case."""
        body, head = self.clauses[mutant.place]
        if mutant.faulty is None:
            return _Changed(self, mutant.place, None).always(body, head, depths)
        faulty = frozenset(mutant.faulty["body"]), str(mutant.faulty["head"])
        return _Changed(self, -1, None).always(*faulty, depths) and _Changed(
            self, mutant.place, faulty
        ).always(body, head, depths)

    def is_decided(self, names: frozenset[str], goals: Iterable[str]) -> bool:
        """Whether one of the goals is in every least model in which the names hold."""
        reached = [(frozenset({goal}), DECIDED) for goal in goals]
        theory = Theory([*self.clauses, *reached], self.inputs)
        return _Changed(theory, -1, None).always(names, DECIDED, DEPTHS)

    def entails(self, names: frozenset[str], heads: frozenset[str]) -> bool:
        """Whether all heads follow from the names by the clauses."""
        return heads <= _Changed(self, -1, None).closure(names)


@dataclass(frozen=True)
class _Changed:
    """A theory without one of its clauses, and with another one."""

    theory: Theory
    without: int
    added: Clause | None

    def always(self, body: frozenset[str], head: str, depths: Sequence[int]) -> bool:
        """Whether the head is in every least model in which the conditions hold."""
        return any(head in self.certain(body, head, depth) for depth in depths)

    def certain(
        self,
        names: frozenset[str],
        goal: str,
        depth: int,
        known: frozenset[str] = frozenset(),
    ) -> frozenset[str]:
        """What holds wherever the names and what is known hold, as far as it is found.

        Each name that is new is taken apart into its ways, these into theirs, and so
        on to the depth; the search ends as soon as the goal is there.
        """
        is_start = not known
        new = names - known
        known = self.closure(known | names)
        # twice: what one name brings can close a way of an earlier one
        names_apart = 2 * sorted(known if is_start else new) if depth else []
        for name in names_apart:
            if goal in known:
                break
            each = [
                self.certain(way, goal, depth - 1, known)
                for way, unless in self.ways(name)
                if not unless & known
            ]
            # without any way the class never holds, and neither do the names
            known |= frozenset.intersection(*each) if each else {goal}
            known = self.closure(known)
        return known

    def ways(self, name: str) -> Iterator[Way]:
        """Every way in which the class can have come about."""
        theory = self.theory
        for place in theory.to.get(name, ()):
            if place != self.without:
                yield theory.clauses[place][0], frozenset()
        if self.added and self.added[1] == name:
            yield self.added[0], frozenset()
        yield from theory.inputs.get(name, ())

    def closure(self, names: Iterable[str]) -> frozenset[str]:
        """What follows from the names by the clauses."""
        known, todo = set[str](), [*names]
        while todo:
            name = todo.pop()
            if name in known:
                continue
            known.add(name)
            for place in self.theory.uses.get(name, ()):
                body, head = self.theory.clauses[place]
                if place != self.without and body <= known:
                    todo.append(head)
            if self.added and self.added[0] <= known:
                todo.append(self.added[1])
        return frozenset(known)


def choice_is_equivalent(
    mutant: Mutant, rules: Mapping[str, Any], theory: Theory
) -> bool:
    """Whether a faulty option is shown to report what the right one does.

    They can differ only where the option holds and an overrider that one of them lacks.
    They do not, if the other has an overrider there as well, or if an option decides
    that nothing overrides: one before it, or one beside it that reports the same.
    """
    here = rules["choices"][mutant.place]["options"]
    there = (mutant.faulty or {})["options"]
    gone = [row for row in here if row not in there]
    new = [row for row in there if row not in here]
    if len(gone) != 1 or any(row["class"] != gone[0]["class"] for row in new):
        return False
    option = gone[0]
    anyway = {
        row["class"]
        for row in here
        if row is not option and not row["overridden_by"] and _is_ahead(row, option)
    }
    before = set(option["overridden_by"])
    if not new:
        return theory.is_decided(frozenset({option["class"]}), anyway | before)
    after = set(new[0]["overridden_by"])
    return all(
        theory.is_decided(frozenset({option["class"], name}), anyway | others)
        for mine, others in ((before, after), (after, before))
        for name in mine - others
    )


def _is_ahead(row: Mapping[str, Any], option: Mapping[str, Any]) -> bool:
    is_same = row["reports"] == option["reports"]
    return bool(row["order"] < option["order"] + is_same)


def theory_of(rules: Mapping[str, Any]) -> Theory:
    """The rules over a case, and what can be put in, from the parsed `rules.json`."""
    clauses = [(frozenset(r["body"]), str(r["head"])) for r in rules["rules"]]
    inputs: defaultdict[str, list[Way]] = defaultdict(list)
    for name in rules["asserting"]:
        inputs[PRESENT + name] += [(w, NOTHING) for w in _ways_stated(name, rules)]
    for name, concept in rules["concepts"].items():
        is_denied = concept["kind"] in rules["relations"]
        if is_denied and concept["kind"] not in ("cut", "pair"):
            inputs[EXCLUDED + name].append((NOTHING, NOTHING))
        for value in concept.get("allowed_values", ()):
            inputs[f"{EXCLUDED}{name}_{value}"].append((NOTHING, NOTHING))
    for choice in rules["choices"]:
        for value, way in _ways_chosen(choice):
            inputs[value].append(way)
    inputs[ANY_CONFLICT].append((NOTHING, NOTHING))
    return Theory(clauses, {name: tuple(ways) for name, ways in inputs.items()})


def _ways_chosen(choice: Mapping[str, Any]) -> Iterator[tuple[str, Way]]:
    """Of each value: the option, and the options before it that nothing overrides."""
    rows = [*choice["options"]]
    if choice["default"]:
        rows.append(choice["default"] | {"class": "", "order": float("inf")})
    for row in rows:
        before = {
            other["class"]
            for other in choice["options"]
            if other["order"] < row["order"] and not other["overridden_by"]
        }
        names = frozenset({row["class"]} - {""})
        unless = frozenset({*before, *row.get("overridden_by", ())})
        yield row["asserts"], (names, unless)


def _ways_stated(name: str, rules: Mapping[str, Any]) -> list[frozenset[str]]:
    """What a case presents beside a concept, when a finding is of that class.

    A class that no finding can have by itself, a cut or a pair, comes with all that
    the rules over findings ask for it.
    """
    concept = rules["concepts"].get(name, {})
    bodies = [r["body"] for r in rules["finding_rules"] if r["head"] == name]
    if concept.get("kind") == "cut":
        bodies = [*bodies, [name, concept["quantity"]]]
    elif concept.get("kind") != "pair":
        bodies = [[name]]
    ways = []
    for body in bodies:
        above = _above({name, *body}, rules)
        ways.append(frozenset(PRESENT + x for x in above if x in rules["asserting"]))
    return ways


def _above(names: set[str], rules: Mapping[str, Any]) -> set[str]:
    known = set(names)
    while True:
        new = {
            rule["head"]
            for rule in rules["finding_rules"]
            if known.issuperset(rule["body"])
        } - known
        if not new:
            return known
        known |= new
