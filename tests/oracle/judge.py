"""One case, judged by HermiT: per stratum, in both passes (ontology.md 2.8, 2.10).

Independent of the evaluator: it shares with it the findings and the table of choices,
and nothing else. How conflicting findings are set aside it has from `service.verify`,
which does not ask the evaluator either.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeAlias

from service.model import Finding
from service.verify.judging import disjoint, set_aside, strata
from service.verify.terminology import Line
from tests.oracle.abox import Words, asserted, read_words
from tests.oracle.hermit import Hermit, start
from tests.oracle.table import decide, read_table

ANY_CONFLICT = "data_conflict"
Findings: TypeAlias = tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One pass: what was asserted in the end, the classes that follow, the values.

    `given` are the choice values (and, where it is told, that the data conflict);
    `values` maps each choice to what it reports.
    """

    kept: Findings
    given: tuple[str, ...]
    classes: frozenset[str]
    values: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Both passes; without a conflict the second is the first.

    `aside` are the findings set aside between them, by position.
    """

    first: Run
    second: Run
    aside: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Judge:
    """HermiT with the words and the table of one build."""

    hermit: Hermit
    words: Words
    strata: tuple[tuple[Line, ...], ...]
    whole: bool = False
    # what a finding says by itself, and what an empty case is: asked once
    known: dict[tuple[str, ...], frozenset[str]] = field(default_factory=dict)

    def judge(self, findings: Findings, guess: Verdict | None = None) -> Verdict:
        """The verdict on one case.

        A guess saves time and nothing else: see `run`.
        """
        apart = disjoint(findings)
        told = (ANY_CONFLICT,) if apart else ()
        guesses = (guess.first.given, guess.second.given) if guess else (None, None)
        first = self.run(findings, told, guesses[0])
        if ANY_CONFLICT not in first.classes:
            return Verdict(first, first, ())
        alone = [self.types((finding,), ()) for finding in findings]
        aside = set_aside(first.classes, alone) | apart
        kept = tuple(f for place, f in enumerate(findings) if place not in aside)
        second = self.run(kept, (ANY_CONFLICT,), guesses[1])
        return Verdict(first, second, tuple(sorted(aside)))

    def run(
        self,
        findings: Findings,
        told: tuple[str, ...],
        guess: tuple[str, ...] | None = None,
    ) -> Run:
        """One pass: the values of a stratum are asserted before the next is asked.

        With a guess all values are asserted at once, and the guess stands if the table
        gives just these values on what HermiT then derives: since no option can be
        reached from a value of its own or a later stratum, there is one such set of
        values only. Else HermiT is asked stratum by stratum.
        """
        if guess is not None:
            run = self._all_at_once(findings, told, guess)
            if run is not None:
                return run
        given, values = [*told], dict[str, str]()
        classes = self.types(findings, given)
        for stratum in self.strata:
            decided = decide(stratum, classes)
            values |= {choice: line.reports for choice, line in decided.items()}
            new = {line.asserts for line in decided.values()} - {"", *given}
            if new:
                given += sorted(new)
                classes = self.types(findings, given)
        return Run(findings, (*told, *sorted({*given} - {*told})), classes, values)

    def _all_at_once(
        self, findings: Findings, told: tuple[str, ...], guess: tuple[str, ...]
    ) -> Run | None:
        """The pass, if the guess holds."""
        classes = self.types(findings, guess)
        decided = [
            line
            for stratum in self.strata
            for line in decide(stratum, classes).values()
        ]
        given = {line.asserts for line in decided} - {"", *told}
        if (*told, *sorted(given)) != guess:
            return None
        values = {line.choice: line.reports for line in decided}
        return Run(findings, guess, classes, values)

    def types(self, findings: Findings, given: Iterable[str]) -> frozenset[str]:
        """The classes of cases that follow from findings and given classes."""
        lines = asserted(findings, given, self.words)
        found = self.known.get(lines)
        if found is None:
            found = self.hermit.types(lines, whole=self.whole) - self.words.tops
            if len(findings) <= 1:
                self.known[lines] = found
        return found


@cache
def judge_of(build: Path, *, whole: bool = False) -> Judge:
    """The judge of a build folder, once per process."""
    rules = json.loads((build / "rules.json").read_bytes())
    table = read_table(rules)
    words = read_words(rules)
    return Judge(_hermit_of(build / "dpo.owl"), words, tuple(strata(table)), whole)


@cache
def _hermit_of(owl: Path) -> Hermit:
    return start(owl)


def judge_case(
    build: Path, findings: Findings, guess: Verdict | None, *, whole: bool = False
) -> Verdict:
    """The verdict on one case, by the judge of this process."""
    return judge_of(build, whole=whole).judge(findings, guess)


def axioms_of(build: Path) -> tuple[tuple[str, str], ...]:
    """The canonical text and the head of every axiom that the judge knows."""
    axioms = judge_of(build).hermit.terminology.axioms
    return tuple(sorted((axiom.text, axiom.head) for axiom in axioms))
