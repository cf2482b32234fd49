"""clingo, an oracle of another kind: the ontology and its choices as one logic program.

An axiom becomes a rule over individuals, an option of a choice a rule with "not", and
an assertion a fact. The choices are stratified, so the program has exactly one answer
set and no order of steps has to be written down: clingo finds the values by itself.
A batch holds many cases with individuals of their own, which no rule can connect.
Answer sets know whole numbers only: each decimal becomes its rank among all that occur.
Decimals are compared by nothing but order, so the ranks decide as the decimals do.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib import import_module
from itertools import groupby
from pathlib import Path
from typing import Any

from service.model import Finding
from service.verify.judging import disjoint, set_aside
from service.verify.terminology import Line
from tests.oracle.abox import CASE, Words, asserted, read_words
from tests.oracle.judge import (
    ANY_CONFLICT,
    Findings,
    Run,
    Verdict,
)
from tests.oracle.machine import OracleError
from tests.oracle.owl import Sufficient, read_axioms
from tests.oracle.table import read_table

BATCH = 500
COMPARED = {
    "minInclusive": ">=",
    "minExclusive": ">",
    "maxInclusive": "<=",
    "maxExclusive": "<",
}
ASSERTION = re.compile(r'\w+\(:(\w+) :(\w+)(?: (?::(\w+)|"([^"]+)"\^\^xsd:decimal))?\)')
ATOM = re.compile(r"(\w+)\((\w+)(?:,([\w,]+))?\)")
REPORTS = "reports"


@dataclass(frozen=True, slots=True)
class Solver:
    """The logic program of one build, with the words of its assertions."""

    program: str
    limits: frozenset[Decimal]
    words: Words
    table: tuple[Line, ...]
    # what a finding says by itself, asked once
    said: dict[Finding, frozenset[str]] = field(default_factory=dict, repr=False)

    def judge(self, cases: Sequence[Findings]) -> list[Verdict]:
        """The verdicts, in the order of the cases."""
        apart = [disjoint(findings) for findings in cases]
        told = [(ANY_CONFLICT,) if places else () for places in apart]
        first = self.runs(cases, told)
        disputed = [i for i, run in enumerate(first) if ANY_CONFLICT in run.classes]
        alone = self._alone([cases[i] for i in disputed])
        aside = {
            i: set_aside(first[i].classes, own) | apart[i]
            for i, own in zip(disputed, alone, strict=True)
        }
        kept = [
            tuple(f for place, f in enumerate(cases[i]) if place not in aside[i])
            for i in disputed
        ]
        again = self.runs(kept, [(ANY_CONFLICT,)] * len(kept))
        second = dict(zip(disputed, again, strict=True))
        return [
            Verdict(run, second.get(i, run), tuple(sorted(aside.get(i, ()))))
            for i, run in enumerate(first)
        ]

    def runs(
        self, cases: Sequence[Findings], told: Sequence[tuple[str, ...]]
    ) -> list[Run]:
        """One pass over each of the cases, with what else it is told."""
        found: list[Run] = []
        for start in range(0, len(cases), BATCH):
            end = start + BATCH
            found += self._batch(cases[start:end], told[start:end])
        return found

    def _alone(self, cases: Sequence[Findings]) -> list[list[frozenset[str]]]:
        """Of each case: what each of its findings says alone."""
        every = {f for findings in cases for f in findings} - self.said.keys()
        new = sorted(every, key=str)
        runs = self.runs([(f,) for f in new], [()] * len(new))
        self.said.update((f, run.classes) for f, run in zip(new, runs, strict=True))
        return [[self.said[f] for f in findings] for findings in cases]

    def _batch(
        self, cases: Sequence[Findings], told: Sequence[tuple[str, ...]]
    ) -> list[Run]:
        lines = [
            line
            for i, (findings, given) in enumerate(zip(cases, told, strict=True))
            for line in asserted(findings, given, self.words, f"c{i}")
        ]
        found = self._solve(lines)
        return [
            self._run(findings, given, found[f"c{i}"])
            for i, (findings, given) in enumerate(zip(cases, told, strict=True))
        ]

    def _run(
        self,
        findings: Findings,
        told: tuple[str, ...],
        holds: Iterable[tuple[str, str]],
    ) -> Run:
        """What the answer set says of one case, as a run."""
        classes: set[str] = set()
        values: dict[str, str] = {}
        for name, what in holds:
            if name == REPORTS:
                choice, value = what.split(",")
                if values.setdefault(choice, value) != value:
                    raise OracleError(f"{choice} is undecided")
            else:
                classes.add(name)
        lines = self.table
        given = {x.asserts for x in lines if values.get(x.choice) == x.reports}
        return Run(findings, (*told, *sorted(given - {""})), frozenset(classes), values)

    def _solve(self, assertions: Iterable[str]) -> Mapping[str, list[tuple[str, str]]]:
        """By case: the names that hold of it, with what they say."""
        control = _clingo().Control(["--warn=none"])
        control.add("base", [], self.program)
        control.add("base", [], "\n".join(self._facts(assertions)))
        control.ground([("base", [])])
        found: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        answers = 0
        control.configuration.solve.models = 2
        with control.solve(yield_=True) as handle:
            for model in handle:
                answers += 1
                # one text is read faster than a hundred thousand symbols
                for name, who, what in ATOM.findall(str(model)):
                    found[who].append((name, what))
        if answers != 1:
            raise OracleError(f"{answers} answer sets, where exactly one is meant")
        return found

    def _facts(self, assertions: Iterable[str]) -> Iterator[str]:
        """The assertions, and the ranks of the limits among all decimals."""
        read = [_parts(line) for line in assertions]
        values = {Decimal(text) for *_, text in read if text}
        ordered = sorted(self.limits | values)
        rank = {value: place for place, value in enumerate(ordered)}
        for limit in self.limits:
            yield f"{_rank(str(limit), str(rank[limit]))}."
        for name, individual, other, text in read:
            said = [other] if other else []
            said += [str(rank[Decimal(text)])] if text else []
            yield f"{name}({','.join([individual, *said])})."


def _parts(assertion: str) -> tuple[str, str, str, str]:
    """Name, individual, and the other individual or the decimal that it names."""
    match = ASSERTION.fullmatch(assertion)
    if match is None:
        raise OracleError(f"not an assertion: {assertion}")
    name, individual, other, text = match.groups(default="")
    return name, individual, other, text


@cache
def solver_of(build: Path) -> Solver:
    """The solver of a build folder, once per process."""
    rules = json.loads((build / "rules.json").read_bytes())
    words, table = read_words(rules), read_table(rules)
    axioms = read_axioms(build / "dpo.owl")
    limits = frozenset(Decimal(a.value) for a in axioms if a.value)
    program = [
        *(_rule(axiom) for axiom in axioms if axiom.head not in words.tops),
        *_choices(table),
        *(f"#show {name}/1." for name in rules["classes"]),
        f"#show {REPORTS}/3.",
    ]
    return Solver("\n".join(program), limits, words, table)


def _rule(axiom: Sufficient) -> str:
    """One axiom: whoever meets its left side has its head."""
    body = [f"{name}(X)" for name in axiom.names]
    if axiom.related[0]:
        relation, filler = axiom.related
        body += [f"{relation}(X,Y)", f"{filler}(Y)"]
    if axiom.bound:
        passes = COMPARED[axiom.facet]
        body += [f"{axiom.bound}(X,V)", _rank(axiom.value, "L"), f"V {passes} L"]
    return f"{axiom.head}(X) :- {', '.join(body)}."


def _rank(value: str, rank: str) -> str:
    # 6 and 6.0 are one number
    return f'rank("{Decimal(value).normalize():f}",{rank})'


def _choices(table: Iterable[Line]) -> Iterator[str]:
    """The choices: an option decides if it is active and none of a lower order is."""
    for choice, group in groupby(sorted(table, key=_order), key=lambda x: x.choice):
        lower: list[str] = []
        for _, lines in groupby(group, key=lambda line: line.order):
            same: list[str] = []
            for line in lines:
                active = f"active_{len(lower) + len(same)}_{choice}"
                needs = line.needs or CASE
                refuted = "".join(f", not {name}(X)" for name in sorted(line.unless))
                yield f"{active}(X) :- {needs}(X){refuted}."
                before = "".join(f", not {name}(X)" for name in lower)
                decides = f"{active}(X){before}"
                yield f"{REPORTS}(X,{choice},{line.reports}) :- {decides}."
                if line.asserts:
                    yield f"{line.asserts}(X) :- {decides}."
                same.append(active)
            lower += same


def _order(line: Line) -> tuple[str, float, str]:
    return line.choice, line.order, line.needs


def _clingo() -> Any:  # an optional package: collecting the tests must not need it
    return import_module("clingo")
