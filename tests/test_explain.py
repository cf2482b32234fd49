"""Why, why not, what next, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from service.explain import render_explanation
from service.layout import WIDTH
from service.model import Case, Interpretation, State
from service.reasoning.evaluation import evaluate
from service.reasoning.justification import justify
from tests import samples

FINDINGS = (
    samples.BILATERAL,
    samples.BRANCHING,
    samples.IPF,
    replace(samples.COUNT, concept="ct_nodule_max_diameter", unit="mm", sent="12 mm"),
    samples.stated("ct_honeycombing", 20, State.ABSENT),
)


def interpretation() -> Interpretation:
    """A case that is really reasoned."""
    case = Case(subject=samples.PATIENT, findings=FINDINGS)
    knowledge = samples.knowledge()
    entailments = evaluate(case.findings, knowledge)
    return Interpretation(case, justify(case, entailments, knowledge))


def explanation(concept: str, language: str = "en") -> str:
    """The explanation of a concept in that case."""
    return render_explanation(interpretation(), concept, samples.knowledge(), language)


def test_it_says_why() -> None:
    """The facts with their origin and the axioms with their sources."""
    found = explanation("cause_uip_ipf")

    assert "In this case: likely." in found
    assert "Idiopathic pulmonary fibrosis: present [Condition 0000000a]" in found
    assert "Axioms: " in found


def test_it_says_why_not() -> None:
    """A need that fails and needs that are unknown are told apart."""
    found = " ".join(explanation("cause_idiopathic").split())

    assert "Must be absent, but is present: Interstitial lung disease" in found
    assert "must be explicitly excluded (unknown, not on record)" in found


def test_it_says_what_is_in_the_way_of_a_definition() -> None:
    """Unknown is not denied."""
    found = " ".join(explanation("definition_egashira_1").split())

    assert "10 dense nodules or more (unknown, not on record)" in found


def test_it_says_what_next() -> None:
    """Unknowns that would change it, and tests."""
    found = explanation("biopsy_advice")

    assert "What next" in found
    assert "would mean" in found


def test_a_concept_without_rules_has_its_definition() -> None:
    """A test says what it would decide; nothing is an error."""
    found = explanation("test_echocardiography")

    assert found.startswith("Explanation: Echocardiography (test)\n")
    assert "Proposal of an echocardiogram" in found


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_concept_can_be_explained(language: str) -> None:
    """No id of the ontology leads to an error or a long line."""
    case = interpretation()
    for concept in sorted(samples.knowledge().concepts)[::23]:
        found = render_explanation(case, concept, samples.knowledge(), language)

        assert max(map(len, found.splitlines())) <= WIDTH
