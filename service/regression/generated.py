"""Cases made up by a seed, over the whole vocabulary of `rules.json`.

A case goes after a few classes of cases: it walks the rules backwards and states what
one derivation needs. Chance adds other findings, denials of what is stated, values on
and around every cut, values that exclude each other, and flags that several findings
share, so that conflicts and overriders meet. No name of the ontology stands here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from random import Random
from typing import Any

from service.model import Finding, Interval, State
from service.reasoning.compiled import EXCLUDED, PRESENT

DEPTH = 12
STEP = Decimal("0.001")
# How often chance takes a way: a way that is direct, one more, and either of two.
MOSTLY, SOMETIMES, EVENLY = 0.7, 0.3, 0.5
SIGNS: Mapping[str, Callable[[Decimal], Interval]] = {
    "=": lambda v: Interval(v, v),
    ">=": lambda v: Interval(low=v),
    ">": lambda v: Interval(low=v, low_open=True),
    "<=": lambda v: Interval(high=v),
    "<": lambda v: Interval(high=v, high_open=True),
}
TOWARDS = {"ge": ("=", ">="), "gt": (">",), "le": ("=", "<="), "lt": ("<",)}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What may be stated, and how each class of cases can be reached.

    `reached` maps a class to the bodies of its rules (a choice value: to its options);
    `bounds` a quantity to the bounds of its cuts; `flags` are the interpretations.
    `goals` are what a case may go after: classes in groups, each as likely as the next.
    """

    concepts: Mapping[str, Mapping[str, Any]]
    statable: tuple[str, ...]
    reached: Mapping[str, tuple[tuple[str, ...], ...]]
    pairs: Mapping[str, tuple[tuple[str, ...], ...]]
    bounds: Mapping[str, tuple[Decimal, ...]]
    flags: tuple[str, ...]
    goals: tuple[tuple[str, ...], ...]


def read_vocabulary(rules: Mapping[str, Any]) -> Vocabulary:
    """The vocabulary of the parsed `rules.json`."""
    concepts = rules["concepts"]
    derived = ("value", "cut", "pair")
    reached: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for rule in rules["rules"]:
        reached[rule["head"]].append(tuple(rule["body"]))
    for choice in rules["choices"]:
        for option in choice["options"]:
            reached[option["asserts"]].append((option["class"],))
    pairs: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    for rule in rules["finding_rules"]:
        pairs[rule["head"]].append(tuple(rule["body"]))
    bounds: defaultdict[str, set[Decimal]] = defaultdict(set)
    for cut in rules["cuts"]:
        bounds[cut["quantity"]].add(Decimal(cut["value"]))
    return Vocabulary(
        concepts=concepts,
        statable=tuple(
            name
            for name, concept in concepts.items()
            if concept["kind"] in rules["relations"] and concept["kind"] not in derived
        ),
        reached={head: tuple(bodies) for head, bodies in reached.items()},
        pairs={head: tuple(bodies) for head, bodies in pairs.items()},
        bounds={name: tuple(sorted(found)) for name, found in bounds.items()},
        flags=tuple(sorted(rules["reader"][key] for key in ("low", "normal", "high"))),
        goals=tuple(_goals(rules)),
    )


def _goals(rules: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """For each stratum the options of its choices, then every head of a rule.

    Not the conflicts: `against` makes enough of them.
    """
    options: defaultdict[int, list[str]] = defaultdict(list)
    for choice in rules["choices"]:
        options[choice["stratum"]] += [row["class"] for row in choice["options"]]
    yield from (tuple(names) for _, names in sorted(options.items()))
    yield tuple(sorted({row["head"] for row in rules["rules"] if row["by"] != "G6"}))


@dataclass(frozen=True, slots=True)
class Chance:
    """A vocabulary with the dice of one case."""

    words: Vocabulary
    dice: Random

    def case(self) -> tuple[Finding, ...]:
        """The findings of one case, in an order of their own."""
        groups = self.dice.choices(self.words.goals, k=self.dice.randint(1, 5))
        goals = [self.dice.choice(group) for group in groups]
        found = [f for goal in goals for f in self.towards(goal, DEPTH)]
        found += [self.anything() for _ in range(self.dice.randint(0, 8))]
        if found and self.dice.random() < SOMETIMES:
            found.append(self.against(self.dice.choice(found)))
        self.dice.shuffle(found)
        return tuple(dict.fromkeys(found))

    def towards(self, name: str, depth: int) -> Iterator[Finding]:
        """Findings from which the class may follow; choices can still override it."""
        state, _, concept = name.partition("_")
        direct = self.direct(state, concept)
        bodies = self.words.reached.get(name, ())
        if direct is not None and (not bodies or self.dice.random() < MOSTLY):
            yield direct
        elif bodies and depth:
            for part in self.dice.choice(bodies):
                yield from self.towards(part, depth - 1)

    def direct(self, state: str, concept: str) -> Finding | None:
        """The finding that is this state of a concept, if one finding can be."""
        row = self.words.concepts.get(concept)
        if row is None or f"{state}_" not in (PRESENT, EXCLUDED):
            return None
        if f"{state}_" == EXCLUDED:
            is_statable = concept in self.words.statable or row["kind"] == "value"
            return Finding(concept, State.ABSENT, ()) if is_statable else None
        return self.stated(concept, row)

    def stated(self, concept: str, row: Mapping[str, Any]) -> Finding | None:
        """A present finding for a concept, a coded value, a cut or a pair."""
        if row["kind"] == "cut":
            sign = self.dice.choice(TOWARDS[row["operator"]])
            interval = SIGNS[sign](Decimal(row["bound"]))
            return present(row["quantity"], interval=interval)
        if row["kind"] == "pair":
            names = self.dice.choice(self.words.pairs[concept])
            flags = [name for name in names if name in self.words.flags]
            (owner,) = set(names) - set(flags)
            is_coded = bool(self.words.concepts[owner].get("allowed_values"))
            flag = flags[0] if flags else ""
            if is_coded:
                return present(owner, value=flag)
            return replace(self.something(owner), interpretation=flag)
        if row["kind"] == "value":
            return present(row["value_of"][0], value=concept)
        return self.something(concept) if concept in self.words.statable else None

    def anything(self) -> Finding:
        """Any finding of the vocabulary, present or absent."""
        concept = self.dice.choice(self.words.statable)
        if self.dice.random() < SOMETIMES:
            values = self.words.concepts[concept].get("allowed_values", ())
            value = self.dice.choice(["", *values])
            return Finding(concept, State.ABSENT, (), value=value)
        return self.something(concept)

    def something(self, concept: str) -> Finding:
        """The concept as present, with some value of its kind."""
        row = self.words.concepts[concept]
        values = row.get("allowed_values", ())
        if values:
            return present(concept, value=self.dice.choice(values))
        if row.get("value_type") != "quantity":
            return present(concept)
        interval = self.dice.choice(around(self.words.bounds.get(concept, ())))
        flag = (
            self.dice.choice(self.words.flags) if self.dice.random() < SOMETIMES else ""
        )
        return present(concept, interval=interval, interpretation=flag)

    def against(self, finding: Finding) -> Finding:
        """A finding that denies another one, or gives another value of it."""
        if self.dice.random() < EVENLY and finding.state is State.PRESENT:
            return self.something(finding.concept)
        if finding.state is State.ABSENT:
            row = self.words.concepts[finding.concept]
            return self.stated(finding.concept, row) or finding
        return Finding(finding.concept, State.ABSENT, (), value=finding.value)


def present(
    concept: str,
    *,
    value: str = "",
    interval: Interval | None = None,
    interpretation: str = "",
) -> Finding:
    """A present finding without a source."""
    return Finding(
        concept,
        State.PRESENT,
        (),
        value=value,
        interval=interval,
        interpretation=interpretation,
    )


def around(bounds: tuple[Decimal, ...]) -> list[Interval]:
    """Every way to be on, or next to, one of the bounds; some number without any."""
    values = [
        value
        for bound in bounds or (Decimal(1),)
        for value in (bound - STEP, bound, bound + STEP)
        if value >= 0
    ]
    ends = [Interval(low, high) for low in bounds for high in bounds if low < high]
    return [make(value) for value in values for make in SIGNS.values()] + ends


def random_case(seed: int, words: Vocabulary) -> tuple[Finding, ...]:
    """The case of one seed."""
    return Chance(words, Random(seed)).case()  # noqa: S311  # dice, not secrets
