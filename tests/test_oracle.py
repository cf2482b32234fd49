"""The evaluator equals OWL: class by class, value by value, in both passes.

HermiT judges every case of six corpora from the published ontology alone, stratum by
stratum; Konclude judges what HermiT said. Written once, seen red: the planted errors.
A reasoner that is missing fails these tests. Source: ontology.md 5.
"""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from service.reasoning.knowledge import Knowledge, from_rules, load
from tests.oracle.abox import read_words
from tests.oracle.bench import Bench, open_bench
from tests.oracle.compare import answer_of, differences
from tests.oracle.corpus import Cases, read_corpora
from tests.oracle.judge import Run, Verdict
from tests.oracle.konclude import realise
from tests.oracle.table import decide, read_table

pytestmark = pytest.mark.reasoner
BUILD = Path(__file__).parent.parent / "ontology" / "build"
CORPORA = ("acceptance", "patients", "cases", "published", "cuts", "random")
# every n-th case is judged by the whole ontology too
SAMPLE = 40
OTHER_FACET = {
    "minInclusive": "minExclusive",
    "minExclusive": "minInclusive",
    "maxInclusive": "maxExclusive",
    "maxExclusive": "maxInclusive",
}
Rules: TypeAlias = dict[str, Any]
Cut: TypeAlias = dict[str, str]


@dataclass
class Trial:
    """All cases with their verdicts, judged once for all tests."""

    bench: Bench
    rules: Rules
    knowledge: Knowledge
    corpora: Mapping[str, Cases]

    @cached_property
    def verdicts(self) -> dict[str, dict[str, Verdict]]:
        """By corpus and name of the case."""
        keys = [(corpus, name) for corpus in CORPORA for name in self.corpora[corpus]]
        judged = self.bench.judge(self.corpora[corpus][name] for corpus, name in keys)
        found: dict[str, dict[str, Verdict]] = {corpus: {} for corpus in CORPORA}
        for (corpus, name), verdict in zip(keys, judged, strict=True):
            found[corpus][name] = verdict
        return found

    @cached_property
    def axioms(self) -> tuple[tuple[str, str], ...]:
        """Text and head of every axiom of the published ontology."""
        return self.bench.axioms()

    def runs(self) -> dict[str, Run]:
        """Every pass of every case."""
        return {
            f"{name}, {when}": run
            for verdicts in self.verdicts.values()
            for name, verdict in verdicts.items()
            for when, run in passes_of(verdict).items()
        }

    def disagreements(
        self, knowledge: Knowledge, *corpora: str
    ) -> dict[str, list[str]]:
        """What the evaluator with this knowledge says otherwise, by case."""
        found = {}
        for corpus in corpora:
            for name, verdict in self.verdicts[corpus].items():
                case = self.corpora[corpus][name]
                differ = differences(case, verdict, answer_of(case, knowledge))
                if differ:
                    found[name] = differ
        return found


def passes_of(verdict: Verdict) -> dict[str, Run]:
    """The passes that were run: one, or two of a case with a conflict."""
    if verdict.first is verdict.second or verdict.first == verdict.second:
        return {"pass 1": verdict.first}
    return {"pass 1": verdict.first, "pass 2": verdict.second}


@pytest.fixture(scope="module")
def trial() -> Iterator[Trial]:
    """The judges at work, for all tests of this file."""
    rules = json.loads((BUILD / "rules.json").read_bytes())
    knowledge = load(BUILD)
    with open_bench(BUILD) as bench:
        yield Trial(bench, rules, knowledge, read_corpora(BUILD, knowledge))


@pytest.fixture
def say(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Print a line in any case: the counts of the proof belong in the log."""
    plugins = request.config.pluginmanager
    reporter = plugins.get_plugin("terminalreporter")
    capture = plugins.get_plugin("capturemanager")
    assert reporter is not None
    assert capture is not None

    def write(line: str) -> None:
        with capture.global_and_fixture_disabled():
            reporter.write_line(f"\n  oracle: {line}")

    return write


@pytest.mark.parametrize("corpus", CORPORA)
def test_evaluator_agrees_with_hermit(
    trial: Trial, say: Callable[[str], None], corpus: str
) -> None:
    """Classes, values and findings set aside are the same in every case."""
    runs = [
        run
        for verdict in trial.verdicts[corpus].values()
        for run in passes_of(verdict).values()
    ]
    entailments = sum(len(run.classes) + len(run.values) for run in runs)
    cases = len(trial.corpora[corpus])
    say(f"{corpus}: {cases} cases, {len(runs)} runs, {entailments} entailments")

    assert cases > 0
    assert trial.disagreements(trial.knowledge, corpus) == {}


def test_konclude_agrees_with_hermit(trial: Trial, say: Callable[[str], None]) -> None:
    """A reasoner that shares no code with HermiT finds the same classes."""
    runs = trial.runs()
    axioms = [text for text, _ in trial.axioms]
    realised = realise([*runs.values()], axioms, read_words(trial.rules))
    say(f"Konclude: {len(runs)} runs, {sum(map(len, realised))} classes")

    pairs = zip(runs.items(), realised, strict=True)
    assert {
        name: run.classes ^ by for (name, run), by in pairs if run.classes != by
    } == {}


def test_part_of_the_ontology_is_enough(
    trial: Trial, say: Callable[[str], None]
) -> None:
    """HermiT with the whole ontology says what it says with the module of a case."""
    names = [(c, name) for c in CORPORA for name in trial.corpora[c]][::SAMPLE]
    cases = [trial.corpora[corpus][name] for corpus, name in names]
    say(f"whole ontology: {len(cases)} cases")

    by_module = [trial.verdicts[corpus][name] for corpus, name in names]
    assert trial.bench.judge(cases, whole=True) == by_module


def test_compiled_rules_are_the_axioms(trial: Trial) -> None:
    """Every rule is an axiom of the ontology, and every axiom about a case a rule."""
    tops = read_words(trial.rules).tops
    published = {id_of(text) for text, head in trial.axioms if head not in tops}

    assert written_rules(trial.rules) == published


def test_values_hold_on_the_final_classes(trial: Trial) -> None:
    """The table applied to all classes at the end gives the values of each stratum."""
    table = read_table(trial.rules)
    unstable = [
        name
        for name, run in trial.runs().items()
        if {c: line.reports for c, line in decide(table, run.classes).items()}
        != run.values
    ]

    assert unstable == []


def test_dropped_rule_is_noticed(trial: Trial) -> None:
    """Without one rule the evaluator misses what the ontology entails."""
    rules = copy.deepcopy(trial.rules)
    dropped = rules["rules"].pop(used_rule(trial))
    found = trial.disagreements(knowledge_of(rules), *CORPORA)

    assert any(
        f"the evaluator misses {dropped['head']}" in line
        for lines in found.values()
        for line in lines
    )


def test_added_class_is_noticed(trial: Trial) -> None:
    """A rule that no axiom backs makes the evaluator say too much."""
    rules = copy.deepcopy(trial.rules)
    option = rules["choices"][0]["options"][0]["class"]
    stated = rules["rules"][used_rule(trial)]["body"][:1]
    rules["rules"].append(
        {"id": "0" * 12, "body": stated, "head": option, "sources": [], "by": "hand"}
    )
    found = trial.disagreements(knowledge_of(rules), *CORPORA)

    assert any(
        f"the evaluator adds {option}" in line
        for lines in found.values()
        for line in lines
    )


def test_wrong_order_of_options_is_noticed(trial: Trial) -> None:
    """A choice that decides in another order reports another value somewhere."""
    rules = copy.deepcopy(trial.rules)
    for choice in rules["choices"]:
        for option in choice["options"]:
            option["order"] = -option["order"]

    assert trial.disagreements(knowledge_of(rules), *CORPORA) != {}


def test_bound_read_as_open_or_closed_is_noticed(trial: Trial) -> None:
    """Every cut has a case on its very value: including it or not is told apart."""
    by_quantity: dict[str, list[Cut]] = defaultdict(list)
    for cut in trial.rules["cuts"]:
        by_quantity[cut["quantity"]].append(cut)
    missed = [
        cut["id"]
        for cuts in zip_longest(*by_quantity.values())
        for cut in unnoticed(trial, [cut for cut in cuts if cut])
    ]

    assert missed == []


def unnoticed(trial: Trial, cuts: list[Cut]) -> list[Cut]:
    """Those of the cuts, of different quantities, whose other facet changes nothing."""
    ids = {cut["id"] for cut in cuts}
    changed = [
        {**cut, "facet": OTHER_FACET[cut["facet"]]} if cut["id"] in ids else cut
        for cut in trial.rules["cuts"]
    ]
    knowledge = knowledge_of({**trial.rules, "cuts": changed})
    found = trial.disagreements(knowledge, "cuts").values()
    noticed = {line.rpartition(" ")[2] for lines in found for line in lines}
    return [cut for cut in cuts if f"present_{cut['class']}" not in noticed]


def used_rule(trial: Trial) -> int:
    """The place of the first rule of two conditions that alone gives its head."""
    rules = trial.rules["rules"]
    rivals: dict[str, list[set[str]]] = defaultdict(list)
    for rule in rules:
        rivals[rule["head"]].append(set(rule["body"]))
    classes = [run.classes for run in trial.runs().values()]
    return next(
        place
        for place, rule in enumerate(rules)
        if len(rule["body"]) > 1
        and not rule["head"].startswith("excluded_")
        and any(
            set(rule["body"]) <= derived
            and sum(body <= derived for body in rivals[rule["head"]]) == 1
            for derived in classes
        )
    )


def knowledge_of(rules: Rules) -> Knowledge:
    """The knowledge of changed rules; the manifest is not asked."""
    return from_rules(rules, {})


def id_of(text: str) -> str:
    """The id of an axiom: the first 12 hex digits of its hash."""
    return sha256(text.encode()).hexdigest()[:12]


def written_rules(rules: Rules) -> set[str]:
    """The ids of all rules, each made again from what the rule says."""
    texts = [
        f"SubClassOf({both(f':{name}' for name in rule['body'])} :{rule['head']})"
        for key in ("rules", "finding_rules")
        for rule in rules[key]
    ]
    texts += [cut_text(cut) for cut in rules["cuts"]]
    kinds = {name: concept["kind"] for name, concept in rules["concepts"].items()}
    texts += [
        f"SubClassOf({both([':case', related])} :present_{name})"
        for name in rules["asserting"]
        for related in [
            f"ObjectSomeValuesFrom(:{rules['relations'][kinds[name]]} :{name})"
        ]
    ]
    ids = {
        rule["id"] for key in ("rules", "finding_rules", "cuts") for rule in rules[key]
    }
    assert ids | set(rules["asserting"].values()) == {id_of(text) for text in texts}
    return ids | set(rules["asserting"].values())


def cut_text(cut: Mapping[str, str]) -> str:
    """The axiom of a cut."""
    facet = f'xsd:{cut["facet"]} "{cut["value"]}"^^xsd:decimal'
    test = f"DatatypeRestriction(xsd:decimal {facet})"
    bound = f"DataSomeValuesFrom(:{cut['bound']} {test})"
    return f"SubClassOf({both([':' + cut['quantity'], bound])} :{cut['class']})"


def both(parts: Iterable[str]) -> str:
    """One name, or an intersection of several."""
    listed = [*parts]
    return (
        listed[0] if len(listed) == 1 else f"ObjectIntersectionOf({' '.join(listed)})"
    )
