"""A report is believed when a reasoner derives it again, and refused when it is not.

Here a forward chainer stands in for HermiT, so that no Java is needed; in
`test_verify_hermit` HermiT itself is asked, and the two must agree. Source: ontology.md
4.3 and 5.
"""

from __future__ import annotations

import copy
import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from service.config import SHIPPED_BUILD
from service.errors import NotServed, Unjustified
from service.fhir.identity import Form
from service.reasoning.knowledge import Knowledge
from service.reasoning.problems import ManifestMismatch
from service.regression.generated import random_case, read_vocabulary
from service.verify import reasoner as reasoner_module
from service.verify.assertions import UnknownName, assert_facts
from service.verify.claims import Issued
from service.verify.command import write_certificates
from service.verify.judging import Ask, decide
from service.verify.marking import VERIFICATION, mark
from service.verify.outcome import Verdict, Verification
from service.verify.reading import UnreadableReport, read_reports
from service.verify.reasoner import (
    OutOfTime,
    Reasoner,
    ReasonerFailed,
    ReasonerMissing,
)
from service.verify.released import UnreadableOntology, read_ontology
from service.verify.showing import exit_code, render_outcome
from service.verify.terminology import Line, Subsumption, Terminology
from service.verify.verification import hash_of, verify_issued
from service.verify.verifier import Verifier
from tests.shorthand import read_findings
from tests.verifying.chainer import chain
from tests.verifying.damage import DAMAGES, Damage
from tests.verifying.leaves import accepted, changed
from tests.verifying.reports import (
    Json,
    as_stored,
    bundles,
    report_of,
    report_on,
    reports_in,
    resources_in,
    written,
)

CASES = Path(__file__).parent / "cases"
# Cases that between them have every thing that can be damaged.
DAMAGED = ("contradicting-data", "idiopathic-51m", "mpc-21m")
# Of each way of damage and each case: the first places, here and for HermiT.
PLACES = 2
# Of all values that can be changed, every so many.
STEP = 11
FORMS = [*Form, "stored"]
WORKED = [path for path in bundles() if path.is_relative_to(CASES)]
Verify = Callable[[Json], Verification]


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    """The released ontology, read once."""
    return read_ontology(SHIPPED_BUILD / "dpo.owl")


@pytest.fixture(scope="module")
def verify(knowledge: Knowledge, terminology: Terminology) -> Verify:
    """Verifies the one report of a document by forward chaining."""

    def verify(document: Json) -> Verification:
        (issued,) = read_reports(written(document), knowledge)
        return verify_issued(issued, knowledge, terminology, chain)

    return verify


@pytest.fixture(scope="module")
def reports(knowledge: Knowledge) -> dict[str, Json]:
    """The reports that get damaged."""
    return {
        name: report_of((CASES / name / "bundle.json").read_bytes(), knowledge)
        for name in DAMAGED
    }


def read_one(document: Json, knowledge: Knowledge) -> Issued:
    """The one report of a document."""
    (issued,) = read_reports(written(document), knowledge)
    return issued


# --- what is accepted --------------------------------------------------------------


@pytest.mark.parametrize("path", WORKED, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_a_report_of_ours_is_verified(
    path: Path, knowledge: Knowledge, verify: Verify
) -> None:
    """Every value of every worked case follows of what its report certifies."""
    outcome = verify(report_of(path.read_bytes(), knowledge))

    assert outcome.faults == ()
    assert outcome.verdict is Verdict.VERIFIED


@pytest.mark.parametrize("form", FORMS)
def test_a_report_is_verified_in_every_form(
    form: Form | str, knowledge: Knowledge, verify: Verify
) -> None:
    """Collection, transaction, contained, and as a FHIR server gives it back."""
    content = (CASES / "contradicting-data/bundle.json").read_bytes()
    is_stored = form == "stored"
    wire = Form.TRANSACTION if is_stored else Form(form)
    document = report_of(content, knowledge, wire)
    outcome = verify(as_stored(document) if is_stored else document)

    assert outcome.faults == ()
    assert len(outcome.steps) > 5


@pytest.mark.parametrize("seed", range(12))
def test_a_random_case_is_verified(
    seed: int, knowledge: Knowledge, verify: Verify
) -> None:
    """Conflicts, bounds and overriders that no written case has."""
    words = read_vocabulary(json.loads((SHIPPED_BUILD / "rules.json").read_bytes()))
    outcome = verify(report_on(random_case(seed, words), knowledge))

    assert outcome.faults == ()
    assert outcome.verdict is Verdict.VERIFIED


def test_a_step_tells_entailment_from_what_was_looked_for(
    reports: dict[str, Json], verify: Verify, knowledge: Knowledge
) -> None:
    """An option is entailed by what is cited; that nothing overrides it is not."""
    steps = {
        step.claim.split(" ")[0]: step for step in verify(reports["mpc-21m"]).steps
    }
    step = steps[knowledge.results.assessment]
    lines = {line.needs: line for line in read_lines(knowledge)}

    assert step.entailed in lines
    assert lines[step.entailed].unless <= {*step.not_entailed}


def read_lines(knowledge: Knowledge) -> list[Line]:
    """The table of choices of `rules.json`."""
    return [
        Line(
            choice.id,
            choice.stratum,
            option.order,
            option.name,
            frozenset(option.overridden_by),
            option.reports,
            option.asserts,
        )
        for choice in knowledge.choices.values()
        for option in choice.options
    ]


# --- what is refused ---------------------------------------------------------------


@pytest.mark.parametrize("way", DAMAGES, ids=lambda way: way.name)
def test_a_damaged_report_is_refused(
    way: Damage, reports: dict[str, Json], knowledge: Knowledge, verify: Verify
) -> None:
    """Whatever is changed: the report is refused and the broken step is named."""
    outcomes = [
        verify(damaged)
        for document in reports.values()
        for damaged in islice(way.apply(document, knowledge), PLACES)
    ]

    assert outcomes != []
    assert [o.verdict for o in outcomes if o.verdict is not Verdict.REFUSED] == []
    assert [
        o.faults for o in outcomes if not {f.kind for f in o.faults} & way.kinds
    ] == []


def test_no_value_that_is_vouched_for_can_be_changed(
    reports: dict[str, Json], knowledge: Knowledge, terminology: Terminology
) -> None:
    """One value after the other; some of them here, all in `test_verify_hermit`."""
    every = changed(reports["contradicting-data"])
    kept = accepted(islice(every, 0, None, STEP), knowledge, terminology)

    assert kept == []


def test_the_broken_step_is_named(
    reports: dict[str, Json], knowledge: Knowledge, verify: Verify
) -> None:
    """The claim, and the class that nothing cited gives any more."""
    way = next(way for way in DAMAGES if way.name == "a_fact_is_left_out")
    damaged = next(way.apply(reports["mpc-21m"], knowledge))
    (fault,) = verify(damaged).faults[:1]

    assert fault.place.startswith(knowledge.results.assessment)
    assert fault.text.startswith("the cited axioms and facts do not give ")
    assert fault.text.split(" ")[-1] in knowledge.concepts


def test_an_axiom_left_out_breaks_at_its_head(
    reports: dict[str, Json], knowledge: Knowledge, verify: Verify
) -> None:
    """The class that the axiom gave is the one that is missing."""
    way = next(way for way in DAMAGES if way.name == "an_axiom_is_left_out")
    document = reports["idiopathic-51m"]
    heads = {rule.axiom.id: rule.head for rule in knowledge.rules}
    left = {*read_one(document, knowledge).claims[0].certificate.axioms}
    named = {}
    for damaged in islice(way.apply(document, knowledge), len(left)):
        claim = read_one(damaged, knowledge).claims[0]
        (gone,) = left - {*claim.certificate.axioms}
        faults = [f for f in verify(damaged).faults if f.place == claim.name]
        named[gone] = faults[0].text.split(" ")[-1]

    assert {gone: named[gone] for gone in named if gone in heads} == {
        gone: heads[gone] for gone in named if gone in heads
    }


def test_a_document_without_a_report_is_no_report(knowledge: Knowledge) -> None:
    """A report of somebody else has no certificate to take."""
    other = {"resourceType": "DiagnosticReport", "id": "x", "status": "final"}

    with pytest.raises(UnreadableReport, match="no report of this service"):
        read_reports(written(other), knowledge)


def test_a_report_without_its_results_is_not_whole(
    reports: dict[str, Json], knowledge: Knowledge
) -> None:
    """What the report refers to must be there."""
    damaged = copy.deepcopy(reports["mpc-21m"])
    damaged["entry"] = damaged["entry"][:1]

    with pytest.raises(UnreadableReport, match="result that is not there"):
        read_reports(written(damaged), knowledge)


def test_a_report_without_its_case_is_not_whole(
    reports: dict[str, Json], knowledge: Knowledge
) -> None:
    """Without all facts nothing can be said of what does not follow."""
    damaged = copy.deepcopy(reports["mpc-21m"])
    del reports_in(damaged)[0]["extension"]

    with pytest.raises(UnreadableReport, match="no case extension"):
        read_reports(written(damaged), knowledge)


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        "{",
        "[" * 100_000,
        '["x"]',
        '["a","present","",[],"","",["x","y"]]',
        '["a","b","",[],"","",[]]',
        '[["a"],"present","",[],"","",[]]',
        '["a","present","",["1E999999999","","False","False"],"","",[]]',
        '["a","present","",["NaN","","False","False"],"","",[]]',
    ],
)
def test_a_fact_that_is_none_is_not_read(
    text: str, reports: dict[str, Json], knowledge: Knowledge
) -> None:
    """No damage to a text of the case ends in anything but a refusal."""
    damaged = copy.deepcopy(reports["mpc-21m"])
    parts = reports_in(damaged)[0]["extension"][-1]["extension"]
    next(p for p in parts if p["url"] == "fact")["valueString"] = text

    with pytest.raises(UnreadableReport):
        read_reports(written(damaged), knowledge)


def test_two_reports_are_told_apart(
    reports: dict[str, Json], knowledge: Knowledge, terminology: Terminology
) -> None:
    """One of them damaged: the other one still holds."""
    one, other = (copy.deepcopy(reports[name]) for name in DAMAGED[:2])
    way = next(way for way in DAMAGES if way.name == "a_grade_is_changed")
    other = next(way.apply(other, knowledge))
    both = {**one, "entry": [*one["entry"], *other["entry"]]}
    verdicts = [
        verify_issued(issued, knowledge, terminology, chain).verdict
        for issued in read_reports(written(both), knowledge)
    ]

    assert verdicts == [Verdict.VERIFIED, Verdict.REFUSED]


# --- certificates ------------------------------------------------------------------


def test_no_fact_of_a_certificate_can_be_dropped(
    reports: dict[str, Json], knowledge: Knowledge, verify: Verify
) -> None:
    """Without any one of its facts the conclusion does not follow any more."""
    way = next(way for way in DAMAGES if way.name == "a_fact_is_left_out")
    outcomes = [verify(d) for r in reports.values() for d in way.apply(r, knowledge)]

    assert {o.verdict for o in outcomes} == {Verdict.REFUSED}


def test_no_axiom_of_a_certificate_can_be_dropped(
    reports: dict[str, Json], knowledge: Knowledge, verify: Verify
) -> None:
    """Without any one of its axioms the conclusion does not follow any more."""
    way = next(way for way in DAMAGES if way.name == "an_axiom_is_left_out")
    outcomes = [verify(d) for r in reports.values() for d in way.apply(r, knowledge)]

    assert {o.verdict for o in outcomes} == {Verdict.REFUSED}


def test_the_identifier_can_be_made_by_hand(
    reports: dict[str, Json], knowledge: Knowledge
) -> None:
    """A hash over the subject, the facts and the versions, with nothing of ours."""
    (report,) = reports_in(reports["idiopathic-51m"])
    parts = report["extension"][-1]["extension"]
    named = {name: [p["valueString"] for p in parts if p["url"] == name] for name in
             ("subject", "fact", "gap", "ontology", "software")}  # fmt: skip
    facts = [*sorted(named["fact"]), *sorted(named["gap"])]
    versions = [*named["ontology"], *named["software"]]
    text = json.dumps([*named["subject"], facts, *versions], ensure_ascii=False)

    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == report["identifier"][0]["value"]
    assert digest == hash_of(read_one(reports["idiopathic-51m"], knowledge))


def test_a_certificate_is_an_ontology_of_its_own(
    reports: dict[str, Json], verify: Verify
) -> None:
    """Axioms and assertions in functional syntax, for whoever trusts other tools."""
    (step, *_) = [s for s in verify(reports["idiopathic-51m"]).steps if s.entailed]

    assert step.document.count("SubClassOf(") == step.axioms
    assert "ClassAssertion(:case :c)" in step.document
    assert step.document.startswith(f"# {step.claim}: is :c a :{step.entailed}?\n")


def test_a_decimal_of_json_may_have_lost_digits(
    knowledge: Knowledge, verify: Verify
) -> None:
    """What is judged is the exact value of the case, and not the number shown."""
    long = read_findings("E + ct_nodule_max_diameter=3.00000000000000000001", knowledge)
    document = report_on(long, knowledge)

    assert "3.00000000000000000001" in json.dumps(document)
    assert verify(document).verdict is Verdict.VERIFIED


# --- the ontology ------------------------------------------------------------------


def test_the_released_axioms_are_the_compiled_rules(
    terminology: Terminology, knowledge: Knowledge
) -> None:
    """Ids, bodies, heads and choices, read from `dpo.owl` without the compiler."""
    rules = [*knowledge.rules, *knowledge.finding_rules]
    released = {line for line in terminology.table if line.needs}

    assert [
        rule.axiom.id
        for rule in rules
        if terminology.axioms.get(rule.axiom.id)
        != Subsumption(tuple(sorted(rule.body)), rule.head)
    ] == []
    assert set(read_lines(knowledge)) == released


def test_a_choice_takes_the_first_that_is_not_overridden() -> None:
    """By order; the default comes last."""
    rows = [
        Line("c", 1, 1, "a", frozenset({"veto"}), "A", "A"),
        Line("c", 1, 2, "b", frozenset(), "B", "B"),
        Line("c", 1, 3, "", frozenset(), "D", "D"),
    ]

    assert decide(rows, {"a", "b"})["c"].reports == "A"
    assert decide(rows, {"a", "b", "veto"})["c"].reports == "B"
    assert decide(rows, {"a", "veto"})["c"].reports == "D"


@pytest.mark.parametrize("text", ["<rdf", "<a/>", ""])
def test_another_file_is_no_ontology(text: str, tmp_path: Path) -> None:
    """It raises, and is not read as one without axioms."""
    path = tmp_path / "dpo.owl"
    path.write_text(text, "utf-8")

    with pytest.raises(UnreadableOntology):
        read_ontology(path)


def test_a_fact_that_the_release_does_not_know_is_refused(
    terminology: Terminology, knowledge: Knowledge
) -> None:
    """Its name asserts nothing, whatever stands in it."""
    (finding,) = read_findings("ct_bilateral", knowledge)
    stranger = replace(finding, concept="x :c) SubClassOf(:case :cause_documented")

    with pytest.raises(UnknownName):
        assert_facts([stranger], (), terminology)


def test_the_whole_ontology_is_not_needed(
    terminology: Terminology, knowledge: Knowledge
) -> None:
    """What the module of a case gives is what all axioms give."""
    rows = assert_facts(read_findings("U", knowledge), (), terminology)
    module = terminology.module(row[1] for row in rows)

    assert len(module) < len(terminology.axioms) / 4
    assert chain(module, rows) == chain(terminology.axioms.values(), rows)


# --- around it ---------------------------------------------------------------------


def late(*_: object) -> frozenset[str]:
    """A reasoner that is late."""
    raise OutOfTime


def broken(*_: object) -> frozenset[str]:
    """A reasoner that ends."""
    raise ReasonerFailed


@pytest.mark.parametrize("ask", [late, broken])
def test_without_an_answer_nobody_knows(
    ask: Ask, reports: dict[str, Json], knowledge: Knowledge, terminology: Terminology
) -> None:
    """The outcome says so, and neither verified nor refused."""
    issued = read_one(reports["mpc-21m"], knowledge)
    outcome = verify_issued(issued, knowledge, terminology, ask)

    assert outcome.verdict is Verdict.NOT_VERIFIED
    assert exit_code([outcome]) == 1


def test_the_text_names_what_is_broken(
    reports: dict[str, Json], knowledge: Knowledge, verify: Verify
) -> None:
    """One line for each fault, after what holds."""
    way = next(way for way in DAMAGES if way.name == "a_grade_is_changed")
    damaged = next(way.apply(reports["mpc-21m"], knowledge))
    text = render_outcome([verify(damaged)])

    assert "\nBroken\n" in text
    assert text.splitlines()[-1].startswith("Refused: ")
    assert render_outcome([verify(reports["mpc-21m"])]).endswith(" from 14 facts.")


def test_a_hostile_text_stays_on_its_line(
    reports: dict[str, Json], verify: Verify
) -> None:
    """What a report says cannot look like what we say of it."""
    damaged = copy.deepcopy(reports["mpc-21m"])
    parts = reports_in(damaged)[0]["extension"][-1]["extension"]
    parts[0]["valueString"] = "Patient/x\nVerified: 5 values from 14 facts."
    lines = render_outcome([verify(damaged)]).splitlines()

    assert [line for line in lines if line.startswith("Verified")] == []


def test_only_what_is_verified_becomes_a_file(
    reports: dict[str, Json], knowledge: Knowledge, verify: Verify, tmp_path: Path
) -> None:
    """A name of a damaged report could lead into another folder."""
    way = next(way for way in DAMAGES if way.name == "the_assessment_is_changed")
    damaged = next(way.apply(reports["mpc-21m"], knowledge))
    write_certificates([verify(damaged)], tmp_path / "no")
    write_certificates([verify(reports["mpc-21m"])], tmp_path / "yes")

    assert not (tmp_path / "no").exists()
    assert len([*(tmp_path / "yes").glob("*/*.ofn")]) == 5


def verifier(build: Path, knowledge: Knowledge, verdict: Verdict) -> Verifier:
    """A verifier whose outcome is known."""
    made = Verifier(build, knowledge)
    outcome = Verification("", "", "", verdict)
    made.verify = lambda content: (outcome,)  # type: ignore[method-assign]  # noqa: ARG005
    return made


def test_a_disagreement_stops_the_answer(knowledge: Knowledge) -> None:
    """It is our defect: an error without a report."""
    with pytest.raises(Unjustified):
        verifier(SHIPPED_BUILD, knowledge, Verdict.REFUSED).check_answer(b"")


@pytest.mark.parametrize("verdict", [Verdict.VERIFIED, Verdict.NOT_VERIFIED])
def test_other_outcomes_do_not(knowledge: Knowledge, verdict: Verdict) -> None:
    """The answer leaves, and says which of them it was."""
    made = verifier(SHIPPED_BUILD, knowledge, verdict)

    assert made.check_answer(b"") is verdict


def test_without_the_extra_it_is_not_served(
    reports: dict[str, Json], knowledge: Knowledge, monkeypatch: pytest.MonkeyPatch
) -> None:
    """501, and the message says what to install."""

    def missing(*_: object, **__: object) -> frozenset[str]:
        raise ReasonerMissing

    monkeypatch.setattr(Reasoner, "types", missing)
    made = Verifier(SHIPPED_BUILD, knowledge)

    with pytest.raises(NotServed, match="optional extra"):
        made.check_answer(written(reports["mpc-21m"]))


def test_a_machine_without_the_extra_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The process that should hold HermiT tells what it lacks."""
    without = 'import sys; sys.modules["jpype"] = None; '
    monkeypatch.setattr(reasoner_module, "PROGRAM", without + reasoner_module.PROGRAM)

    with pytest.raises(ReasonerMissing, match="jpype1 and owlready2"):
        Reasoner().types((), (), time.monotonic() + 60)


def test_an_ontology_that_the_manifest_does_not_name_is_not_used(
    knowledge: Knowledge, tmp_path: Path
) -> None:
    """A changed `dpo.owl` could prove anything."""
    content = (SHIPPED_BUILD / "dpo.owl").read_bytes()
    (tmp_path / "dpo.owl").write_bytes(content + b"\n")

    with pytest.raises(ManifestMismatch):
        Verifier(tmp_path, knowledge).terminology()


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("verdict", [Verdict.VERIFIED, Verdict.NOT_VERIFIED])
def test_an_answer_says_whether_it_was_verified(
    form: Form, verdict: Verdict, knowledge: Knowledge
) -> None:
    """In each report and in each ledger, and nowhere else."""
    content = (CASES / "mpc-21m/bundle.json").read_bytes()
    document = report_of(content, knowledge, form)
    words = {"note_verified": "yes", "note_not_verified": "no"}
    marked = mark(document, verdict, with_phrases(words, knowledge), "en")
    changed = [
        r["resourceType"]
        for r in resources_in(marked)
        if VERIFICATION in json.dumps(r.get("extension", []))
        or r.get("issue", [{}])[0].get("details", {}).get("text") in words.values()
    ]

    assert sorted(changed) == ["DiagnosticReport", "OperationOutcome"]


def with_phrases(words: dict[str, str], knowledge: Knowledge) -> Knowledge:
    """Knowledge with two more phrases."""
    text = next(iter(knowledge.phrases.values()))
    more = {name: replace(text, en=word, fr=word) for name, word in words.items()}
    return replace(knowledge, phrases={**knowledge.phrases, **more})
