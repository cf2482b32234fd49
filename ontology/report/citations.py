"""From a statement to axioms, by what the tables of `ontology/edit` cite.

A link rests on a row that names both ends: a row of criteria.tsv for a hypothesis and a
criterion, an axiom written out in criteria.md, a claim of evidence.tsv whose words
stand in the statement, a term. Nothing is linked by likeness.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ontology.compiler.edit import Edit, Row
from ontology.report.statements import CLINICAL, CRITERIA, Statement, plain
from service.reasoning.compiled import HALVES
from service.reasoning.terms import Json, read_map
from service.regression.axioms import CUT, ReadAxiom, read_axioms

NAME = re.compile(r"`(?:not )?(\w+)`")
AXIOM_ID = re.compile(r"[0-9a-f]{12}")
SOURCE = re.compile(r"\[(F\d+|U-[HML]|D)\b")
BY_CRITERIA = "G7"
STOP, STOP_FACT = "stop", "stop fact "
RANKING_RULE = "ranking rule "
# Of claims: the roles that an axiom can say, and the stance that it can take.
SAID, SEPARATING, FOR = ("definition", "threshold"), "discriminator", "SUPPORT"
POSITION = re.compile(r"D\d+ [AB]")


@dataclass(slots=True)
class Link:
    """The axioms of a statement, and the rows through which they were found."""

    axioms: set[str] = field(default_factory=set)
    through: list[str] = field(default_factory=list)

    def add(self, through: str, axioms: Iterable[str]) -> None:
        """Note a row that cites the statement, with the axioms that it leads to."""
        self.through.append(through)
        self.axioms |= set(axioms)


@dataclass(frozen=True, slots=True)
class Citations:
    """The axioms of the build by what they are about, and the tables that cite."""

    edit: Edit
    rules: Mapping[str, ReadAxiom]
    asserting: Mapping[str, str]
    about: Mapping[str, tuple[ReadAxiom, ...]]
    concluding: Mapping[str, tuple[ReadAxiom, ...]]

    def of(self, statement: Statement) -> Link:
        """Every axiom that a row which cites the statement leads to."""
        link = Link()
        _link_claims(statement, self, link)
        ways = _WAYS.get((statement.file, statement.section), ())
        for way in ways:
            way(statement, self, link)
        return link

    def named(self, name: str) -> set[str]:
        """The axioms that a name of coverage.tsv means; KeyError for a stranger.

        An axiom is named by its id; a criterion or a class by those that conclude it.
        """
        if AXIOM_ID.fullmatch(name):
            return {self.rules[name].id}
        found = {rule.id for rule in self.concluding.get(name, ())}
        if not found:
            raise KeyError(name)
        return found


def read_citations(edit: Edit, rules: Mapping[str, Json]) -> Citations:
    """The tables, and the axioms of the parsed `rules.json`."""
    found = {axiom.id: axiom for axiom in read_axioms(rules)}
    about: defaultdict[str, list[ReadAxiom]] = defaultdict(list)
    concluding: defaultdict[str, list[ReadAxiom]] = defaultdict(list)
    for axiom in found.values():
        for name in names_of(axiom):
            about[name].append(axiom)
        for name in {axiom.head, bare(axiom.head)}:
            concluding[name].append(axiom)
    return Citations(
        edit,
        found,
        read_map(rules["asserting"]),
        {name: tuple(each) for name, each in about.items()},
        {name: tuple(each) for name, each in concluding.items()},
    )


def names_of(axiom: ReadAxiom) -> frozenset[str]:
    """The concepts and criteria that an axiom is about."""
    return frozenset(bare(name) for name in (*axiom.names, axiom.head))


def bare(name: str) -> str:
    """A class of cases without its half."""
    for half in HALVES:
        name = name.removeprefix(half)
    return name


# --- the ways, by section ---------------------------------------------------------


def _link_claims(statement: Statement, known: Citations, link: Link) -> None:
    """Claims whose words stand in the statement, or that name it.

    Of a definition or a threshold, an axiom about its subject that cites its source
    says it. What separates hypotheses is said by the stances of the hypothesis whose
    row it is. A frequency, a mechanism, a prognosis or a claim against leads nowhere.
    """
    own = statement.id.split(" ", 2)[2].split(" (")[0]
    for row in known.edit.evidence:
        if not _cites(row, statement):
            continue
        axioms = set()
        for rule in known.about.get(row["subject"], ()):
            is_stance = rule.by == BY_CRITERIA and rule.head.endswith(f"_{own}")
            is_said = row["quote_role"] in SAID or (
                row["quote_role"] == SEPARATING and is_stance
            )
            if is_said and row["stance"] == FOR and row["source"] in rule.sources:
                axioms.add(rule.id)
        link.add(row["id"], axioms)


def _cites(row: Row, statement: Statement) -> bool:
    section, _, name = row["knowledge_ref"].partition(" ")
    if statement.file != CLINICAL or statement.section != section:
        return False
    own = statement.id.split(" ", 2)[2]
    for kind in (STOP_FACT, RANKING_RULE):
        if name.startswith(kind):
            return own == f"({name.removeprefix(kind)})"
    if section in ("b", "c") and name.startswith(("cause_", "mimic_")):
        # the row as a whole; its elements are cited by criteria.md
        return own == name or own.startswith(f"{name} (")
    if POSITION.fullmatch(name):
        return own == name
    if row["snippet"]:
        return row["snippet"] in statement.line
    return bool(name) and name.casefold() in own.casefold()


def _of_hypothesis(
    hypothesis: str, criterion: str, known: Citations, link: Link
) -> None:
    """A row of criteria.tsv, or an alternative inside a criterion of the hypothesis."""
    rows = [row for row in known.edit.criteria if row["hypothesis"] == hypothesis]
    mine = {row["criterion"].removeprefix("not ") for row in rows}
    if criterion in mine:
        stances = {
            rule.id
            for rule in known.about.get(criterion, ())
            if rule.by == BY_CRITERIA and rule.head.endswith(f"_{hypothesis}")
        }
        link.add(f"criteria.tsv {hypothesis} {criterion}", stances)
        return
    inside = {
        rule.id
        for rule in known.about.get(criterion, ())
        if bare(rule.head) in mine and criterion != bare(rule.head)
    }
    if inside:
        link.add(f"{criterion} in a criterion of {hypothesis}", inside)


def _element(statement: Statement, known: Citations, link: Link) -> None:
    """An element of a cell: criteria.md 6 says which criteria model it."""
    if len(statement.cells) == len(("row", "cell", "element", "modelled by")):
        hypothesis = plain(statement.cells[0])
        for name in NAME.findall(statement.cells[3]):
            _of_hypothesis(hypothesis, name, known, link)


def _row_of_hypothesis(statement: Statement, known: Citations, link: Link) -> None:
    """A row of the tables b and c: the stances that cite a source of the row."""
    name = statement.id.split(" ", 2)[2].split(" (")[0]
    if name not in known.edit.terms or not statement.cells:
        return
    sources = set(SOURCE.findall(statement.cells[-1]))
    stances = {
        rule.id
        for rule in known.rules.values()
        if rule.by == BY_CRITERIA
        and rule.head.endswith(f"_{name}")
        and sources.intersection(rule.sources)
    }
    if stances:
        link.add(f"criteria.tsv {name}", stances)


def _criteria_row(statement: Statement, known: Citations, link: Link) -> None:
    """A row of criteria.md 1: the hypothesis, and each criterion that it names."""
    names = NAME.findall(" ".join(statement.cells[:1]))
    for hypothesis in names:
        for criterion in NAME.findall(" ".join(statement.cells[1:])):
            _of_hypothesis(hypothesis, criterion, known, link)


def _stop_row(statement: Statement, known: Citations, link: Link) -> None:
    """A stop fact: criteria.md 1.4 names the hypotheses and their criteria."""
    if not statement.cells:
        return
    hypotheses, criteria = (NAME.findall(cell) for cell in statement.cells[1:3])
    for hypothesis in hypotheses:
        for row in known.edit.criteria:
            is_stop = (row["hypothesis"], row["role"]) == (hypothesis, STOP)
            if is_stop and row["criterion"] in criteria:
                _of_hypothesis(hypothesis, row["criterion"], known, link)


def _composite(statement: Statement, known: Citations, link: Link) -> None:
    """A composite: the axioms that conclude either half of it."""
    for name in NAME.findall(" ".join(statement.cells[:1])):
        found = {rule.id for rule in known.concluding.get(name, ())}
        if found:
            link.add(name, found)


def _written_out(statement: Statement, known: Citations, link: Link) -> None:
    """An axiom in functional syntax, if the build has it."""
    text = _canonical(statement.text)
    id = hashlib.sha256(text.encode()).hexdigest()[:12]
    if id in known.rules:
        link.add("written out", {id})


def _canonical(text: str) -> str:
    """The conjuncts in the order of the build."""
    both = re.fullmatch(r"SubClassOf\(ObjectIntersectionOf\((.*?)\) (:\w+)\)", text)
    if not both:
        return text
    parts = sorted(both[1].split())
    return f"SubClassOf(ObjectIntersectionOf({' '.join(parts)}) {both[2]})"


def _cut_row(statement: Statement, known: Citations, link: Link) -> None:
    """A quantity with its cuts, by their numbers."""
    if len(statement.cells) < len(("quantity", "cuts", "unit")):
        return
    (quantity,) = NAME.findall(statement.cells[0])
    for sign, number in re.findall(r"(>=|<=|>|<) ([\d.]+)", statement.cells[1]):
        operator = {">=": "ge", "<=": "le", ">": "gt", "<": "lt"}[sign]
        name = f"{quantity}_{operator}_{number.replace('.', '_')}"
        found = {rule.id for rule in known.concluding.get(name, ()) if rule.by == CUT}
        if found:
            link.add(name, found)


def _concept_row(statement: Statement, known: Citations, link: Link) -> None:
    """A finding concept: the axioms by which a case presents it and its values."""
    names = [plain(cell) for cell in statement.cells[1:2]]
    names += NAME.findall(" ".join(statement.cells[2:]))
    for name in names:
        if name in known.asserting:
            link.add(f"terms.tsv {name}", {known.asserting[name]})


_WAYS = {
    (CLINICAL, "b"): (_element, _row_of_hypothesis),
    (CLINICAL, "c"): (_element, _row_of_hypothesis),
    (CLINICAL, "e"): (_concept_row,),
    (CRITERIA, "1.1"): (_criteria_row,),
    (CRITERIA, "1.2"): (_criteria_row,),
    (CRITERIA, "1.3"): (_criteria_row,),
    (CRITERIA, "1.4"): (_stop_row,),
    (CRITERIA, "2.1"): (_composite,),
    (CRITERIA, "2.2"): (_composite,),
    (CRITERIA, "2.3"): (_written_out,),
    (CRITERIA, "2.4"): (_written_out,),
    (CRITERIA, "3"): (_cut_row,),
    (CRITERIA, "5"): (_written_out,),
}
