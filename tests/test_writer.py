"""The answer in FHIR R4: every row of section 3 and the forms of section 5."""

from __future__ import annotations

import importlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import fhirkit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service import __version__
from service.errors import AnonymousSubject, UnstableReference
from service.fhir.codes import JUSTIFICATION
from service.fhir.identity import Form, report_identifier
from service.fhir.profiles.definitions import definitions
from service.fhir.writer import WriteOptions, write_answer
from service.model import (
    Case,
    Coding,
    Conclusion,
    Interpretation,
    Justification,
    Source,
    When,
)
from tests import samples

Resource = dict[str, Any]
DPO = "https://w3id.org/pulmonary-ossification/CodeSystem/dpo"
AIAST = "AIAST"


def answer(
    *interpretations: Interpretation,
    form: Form = Form.COLLECTION,
    language: str = "en",
) -> Resource:
    """The answer for the sample, or for other interpretations."""
    return write_answer(
        interpretations or (samples.interpretation(),),
        samples.LEDGER,
        samples.knowledge(),
        samples.ISSUED,
        WriteOptions(form, language),
    )


def resources(document: Resource, type: str = "") -> list[Resource]:
    """The resources of an answer, of one type or all, contained ones too."""
    if document["resourceType"] == "Bundle":
        top = [entry["resource"] for entry in document["entry"]]
    else:
        top = [document]
    inner = [item for resource in top for item in resource.get("contained", [])]
    return [item for item in [*top, *inner] if type in ("", item["resourceType"])]


def report(**options: Any) -> Resource:
    """The first DiagnosticReport of an answer."""
    return resources(answer(**options), "DiagnosticReport")[0]


def observation(value: str, document: Resource | None = None) -> Resource:
    """The Observation with a value of CodeSystem dpo."""
    found = resources(document or answer(), "Observation")
    return next(
        item for item in found if code_of(item["valueCodeableConcept"]) == value
    )


def code_of(concept: Resource) -> str:
    """The first code of a CodeableConcept."""
    return str(concept["coding"][0]["code"])


def components(resource: Resource) -> list[tuple[str, str | int]]:
    """Code and value of each component."""
    return [
        (
            code_of(item["code"]),
            item["valueInteger"]
            if "valueInteger" in item
            else code_of(item["valueCodeableConcept"]),
        )
        for item in resource["component"]
    ]


def nodes(value: Any) -> Iterator[Resource]:
    """Every object of a JSON value."""
    if isinstance(value, dict):
        yield value
        for item in value.values():
            yield from nodes(item)
    elif isinstance(value, list):
        for item in value:
            yield from nodes(item)


def references(value: Any) -> list[str]:
    """Every literal reference of a JSON value."""
    return [
        node["reference"]
        for node in nodes(value)
        if isinstance(node.get("reference"), str)
    ]


FORMS = [
    pytest.param(form, language, id=f"{form.value}-{language}")
    for form in Form
    for language in ("en", "fr")
]


class TestValidity:
    """What leaves is valid by two libraries and by the invariants they do not know."""

    @pytest.mark.parametrize(("form", "language"), FORMS)
    def test_fhirkit_finds_nothing(self, form: Form, language: str) -> None:
        """R4 4.0.1 literally: no unknown, missing or doubled element."""
        document = answer(form=form, language=language)

        assert fhirkit.validate(json.dumps(document)) == []

    @pytest.mark.parametrize(("form", "language"), FORMS)
    def test_models_of_r4b_accept_each_resource(
        self, form: Form, language: str
    ) -> None:
        """The types that we write are the same in R4 and R4B."""
        for resource in resources(answer(form=form, language=language)):
            name = resource["resourceType"]
            module = importlib.import_module(f"fhir.resources.R4B.{name.lower()}")
            model = getattr(module, name)

            assert model.model_validate_json(json.dumps(resource)).get_resource_type()

    def test_an_empty_record_is_valid(self) -> None:
        """Nothing known gives empty lists nowhere."""
        document = answer(samples.nothing_known())

        assert fhirkit.validate(json.dumps(document)) == []

    def test_no_element_is_empty(self) -> None:
        """FHIR allows neither "", [], {} nor null."""
        for form in Form:
            for node in nodes(answer(form=form)):
                assert not [key for key, item in node.items() if item in ("", [], {})]
                assert None not in node.values()

    def test_contained_resources_meet_dom_3(self) -> None:
        """Each is referred to from elsewhere, or refers to the report as #."""
        document = answer(form=Form.CONTAINED)

        for item in document["contained"]:
            outside = [other for other in document["contained"] if other is not item]
            shell = {key: document[key] for key in document if key != "contained"}
            is_target = f"#{item['id']}" in references([outside, shell])
            assert is_target or "#" in references(item)

    def test_contained_resources_carry_no_label(self) -> None:
        """Invariants dom-2 and dom-5: nothing inside what is inside, no label."""
        document = answer(form=Form.CONTAINED)

        labelled = [item.get("meta", {}) for item in document["contained"]]
        assert not any("security" in meta for meta in labelled)
        assert not any("contained" in item for item in document["contained"])

    def test_ids_are_unique(self) -> None:
        """No two contained resources and no two entries have one name."""
        inside = [item["id"] for item in answer(form=Form.CONTAINED)["contained"]]
        urls = [entry["fullUrl"] for entry in answer()["entry"]]

        assert len(set(inside)) == len(inside)
        assert len(set(urls)) == len(urls)


class TestReport:
    """The DiagnosticReport, one test for each row of the contract."""

    def test_identifier_is_one_sha_256(self) -> None:
        """One identifier in the report system."""
        (identifier,) = report()["identifier"]

        assert identifier["system"] == "https://w3id.org/pulmonary-ossification/report"
        assert len(identifier["value"]) == 64

    def test_status_is_partial(self) -> None:
        """R4's word for unverified machine output."""
        assert report()["status"] == "partial"

    def test_category_is_radiology_twice(self) -> None:
        """v2-0074 RAD and LOINC LP29684-5."""
        codings = [item for group in report()["category"] for item in group["coding"]]

        assert {item["code"] for item in codings} == {"RAD", "LP29684-5"}

    def test_code_is_the_default_without_a_report_on_input(self) -> None:
        """18748-4 with LOINC's exact display and the fixed text, also in French."""
        found = report(language="fr")["code"]

        assert found["coding"] == [
            {
                "system": "http://loinc.org",
                "code": "18748-4",
                "display": "Diagnostic imaging study",
            }
        ]
        assert (
            found["text"] == "Suggested interpretation: diffuse pulmonary ossification"
        )

    def test_code_is_that_of_the_newest_report(self) -> None:
        """The first LOINC code of the input; a sender's display is not repeated."""
        codes = (
            Coding(samples.SCT, "169069000", "CT of chest", ""),
            Coding(samples.LOINC, "24627-2", "not LOINC's display", ""),
            Coding(samples.LOINC, "36643-5", "", ""),
        )
        case = samples.case(report_codes=codes)
        found = resources(answer(Interpretation(case, samples.CONCLUSIONS)))[0]

        assert found["code"]["coding"][0]["code"] == "24627-2"
        assert found["code"]["coding"][0].get("display") != "not LOINC's display"

    def test_subject_is_the_senders_reference(self) -> None:
        """The caller's own literal reference."""
        assert report()["subject"] == {"reference": samples.PATIENT}

    def test_an_anonymous_report_has_no_subject(self) -> None:
        """Nothing is invented."""
        found = answer(Interpretation(samples.case(subject=""), samples.CONCLUSIONS))

        assert not any("subject" in item for item in resources(found))

    def test_effective_is_the_time_of_the_imaging(self) -> None:
        """One time of imaging evidence, in the sender's words."""
        assert report()["effectiveDateTime"] == "2024-06-15"

    def test_effective_is_a_period_of_several_times(self) -> None:
        """From the earliest to the latest."""
        later = replace(samples.SIZE, when=samples.LATER)
        case = samples.case(findings=(later, samples.COUNT))
        found = resources(answer(Interpretation(case, samples.CONCLUSIONS)))[0]

        assert found["effectivePeriod"] == {
            "start": "2024-06-15",
            "end": "2024-09-01T10:00:00Z",
        }

    def test_effective_is_left_out_when_nothing_is_dated(self) -> None:
        """Never now."""
        case = samples.case(findings=(replace(samples.SIZE, when=None),))
        found = resources(answer(Interpretation(case, samples.CONCLUSIONS)))[0]

        assert not [key for key in found if key.startswith("effective")]

    def test_an_open_period_stays_open(self) -> None:
        """A Period that has not ended gets no end."""
        open_end = When(
            "2024-01", samples.CT_DAY.start, samples.LATER.end.replace(year=9999)
        )
        case = samples.case(findings=(replace(samples.SIZE, when=open_end),))
        found = resources(answer(Interpretation(case, samples.CONCLUSIONS)))[0]

        assert found["effectivePeriod"] == {"start": "2024-01"}

    def test_issued_is_the_argument(self) -> None:
        """The clock is an argument, kept with its offset."""
        assert report()["issued"] == "2026-03-04T11:22:33+05:45"

    def test_performer_is_the_device_by_extension(self) -> None:
        """No Device as performer in R4: alternate-reference to it."""
        document = answer()
        (performer,) = resources(document)[0]["performer"]
        (extension,) = performer["extension"]
        url = extension["valueReference"]["reference"]
        device = next(e for e in document["entry"] if e["fullUrl"] == url)["resource"]

        assert extension["url"].endswith("/alternate-reference")
        assert device["resourceType"] == "Device"

    def test_nobody_has_interpreted(self) -> None:
        """ResultsInterpreter is absent until a human signs."""
        assert "resultsInterpreter" not in report()

    def test_results_stand_in_order(self) -> None:
        """Assessment, criterion, pattern, differential, biopsy, tests."""
        document = answer()
        by_url = {e["fullUrl"]: e["resource"] for e in document["entry"]}
        targets = [by_url[r["reference"]] for r in resources(document)[0]["result"]]

        assert [code_of(item["code"]) for item in targets] == [
            "dpo_assessment",
            "dpo_criterion",
            "ossification_pattern",
            "suggested_cause",
            "suggested_cause",
            "suggested_mimic",
            "biopsy_advice",
            "recommended_test",
            "recommended_test",
            "recommended_test",
        ]

    def test_the_pattern_is_left_out_where_there_is_none(self) -> None:
        """No pattern when the assessment is not supported."""
        found = resources(answer(samples.interpretation(pattern=None)), "Observation")

        assert "ossification_pattern" not in [code_of(item["code"]) for item in found]

    def test_conclusion_has_at_most_five_sentences(self) -> None:
        """Two to five, the last of them the caveat."""
        for language in ("en", "fr"):
            sentences = report(language=language)["conclusion"].rstrip(".").split(". ")

            assert 2 <= len(sentences) <= 5

    def test_conclusion_codes_are_the_likely_ones(self) -> None:
        """The disease first, then likely candidates; no possible one."""
        codes = [code_of(item) for item in report()["conclusionCode"]]

        assert codes == ["diffuse_pulmonary_ossification", "cause_uip_ipf"]

    def test_nothing_is_concluded_of_an_empty_record(self) -> None:
        """No conclusionCode without a likely conclusion."""
        found = resources(answer(samples.nothing_known()))[0]

        assert "conclusionCode" not in found

    def test_what_is_asserted_says_that_an_ai_did_it(self) -> None:
        """AIAST on all but Device, Provenance and the ledger."""
        silent = {"Device", "Provenance", "OperationOutcome"}
        for item in resources(answer()):
            labels = item.get("meta", {}).get("security", [])
            is_labelled = AIAST in [label["code"] for label in labels]

            assert is_labelled == (item["resourceType"] not in silent)

    def test_restricted_input_restricts_the_report(self) -> None:
        """A label of the input stands on everything that follows from it."""
        label = Coding(
            "http://terminology.hl7.org/CodeSystem/v3-Confidentiality", "R", "", ""
        )
        case = samples.case(security=(label, label))
        found = resources(answer(Interpretation(case, samples.CONCLUSIONS)))
        labels = [item["code"] for item in found[0]["meta"]["security"]]

        assert labels == [AIAST, "R"]

    def test_only_our_own_profiles_are_claimed(self) -> None:
        """Report, Observations and Device; nothing that we cannot satisfy."""
        own = {each["url"] for each in definitions(samples.knowledge()).values()}
        claimed = {
            item["resourceType"]: item["meta"]["profile"]
            for item in resources(answer())
            if "profile" in item.get("meta", {})
        }

        assert set(claimed) == {"DiagnosticReport", "Observation", "Device"}
        assert all(set(profiles) <= own for profiles in claimed.values())


class TestObservations:
    """The Observations, by the table of the contract."""

    def test_all_are_preliminary_imaging_of_the_device(self) -> None:
        """Status, category, device, subject."""
        for item in resources(answer(), "Observation"):
            assert item["status"] == "preliminary"
            assert code_of(item["category"][0]) == "imaging"
            assert item["device"]["reference"].startswith("urn:uuid:")
            assert item["subject"] == {"reference": samples.PATIENT}

    def test_the_criterion_has_a_component_per_definition(self) -> None:
        """Each definition with its state."""
        assert components(observation("criterion_met")) == [
            ("definition_egashira_1", "state_present"),
            ("definition_egashira_2", "state_unknown"),
            ("definition_gruden", "state_unknown"),
            ("definition_histology", "state_unknown"),
            ("definition_nodular", "state_absent"),
        ]

    def test_a_candidate_has_rank_grade_counts_and_criteria(self) -> None:
        """One component per criterion id, though it has two roles here."""
        assert components(observation("cause_uip_ipf")) == [
            ("rank", 1),
            ("grade", "grade_likely"),
            ("criteria_met", 2),
            ("criteria_contradicted", 0),
            ("criteria_unknown", 0),
            ("crit_uip", "state_present"),
            ("ct_within_fibrotic_areas", "state_present"),
            ("ct_honeycombing", "state_absent"),
            ("age_gt_60", "state_unknown"),
        ]

    def test_a_mimic_is_a_suggested_mimic(self) -> None:
        """The code tells causes from mimics."""
        found = observation("mimic_metastatic_pulmonary_calcification")

        assert code_of(found["code"]) == "suggested_mimic"

    def test_a_test_says_what_it_would_decide(self) -> None:
        """Rank and criteria with their states."""
        assert components(observation("test_echocardiography")) == [
            ("rank", 1),
            ("crit_mitral_stenosis_ever", "state_unknown"),
        ]

    def test_a_contested_value_names_the_other(self) -> None:
        """One component for each other value."""
        pattern = observation("pattern_dendriform")
        cause = observation("cause_aspiration_gerd")

        assert components(pattern) == [("contested_value", "pattern_unspecified")]
        assert components(cause)[-1] == ("contested_value", "grade_likely")

    def test_observations_of_the_input_are_derived_from(self) -> None:
        """The Observations that the proof used, other evidence by extension."""
        found = observation("cause_uip_ipf")
        derived = [item["reference"] for item in found["derivedFrom"]]
        others = [
            item["valueReference"]["reference"]
            for item in found["extension"]
            if item["url"].endswith("/workflow-supportingInfo")
        ]

        assert derived == [samples.source(1).reference, samples.source(6).reference]
        assert others == [samples.source(10).reference]

    def test_the_justification_holds_axioms_with_sources(self) -> None:
        """Axiom ids, the sources that carry them, and their citations."""
        proof = justification(observation("cause_uip_ipf"))
        axioms = [item for item in proof if item["url"] == "axiom"]
        citations = [item for item in proof if item["url"] == "citation"]

        assert parts(axioms[0]) == [("id", "0123456789ab"), ("source", "F01")]
        assert parts(citations[0])[0] == ("id", "F01")

    def test_the_justification_holds_facts_with_references(self) -> None:
        """Concept, state, canonical value, sender's text, time, where it was read."""
        proof = justification(observation("criterion_met"))
        fact = [item for item in proof if item["url"] == "fact"][1]
        found = {item["url"]: item for item in fact["extension"]}

        assert found["concept"]["valueCoding"]["code"] == "ct_nodule_max_diameter"
        assert found["state"]["valueCoding"]["code"] == "state_present"
        assert found["low"]["valueQuantity"]["value"] == 3.5
        assert found["low"]["valueQuantity"]["code"] == "mm"
        assert found["sent"]["valueString"] == "0.35 cm"
        assert found["time"]["valueDateTime"] == "2024-06-15"
        assert (
            found["reference"]["valueReference"]["reference"]
            == samples.source(2).reference
        )

    def test_the_justification_says_what_was_looked_for(self) -> None:
        """Vetoes not found, and those that the record does not mention."""
        proof = justification(observation("biopsy_may_be_avoided"))
        looked = [p["valueString"] for p in proof if p["url"] == "lookedFor"]
        silent = [p["valueString"] for p in proof if p["url"] == "notOnRecord"]

        assert "present_malignant_neoplasm" in looked
        assert silent == ["present_fever"]

    def test_a_nameless_input_is_named_by_its_path(self) -> None:
        """Without fullUrl and id there is only the FHIRPath."""
        nameless = Source("", "Bundle.entry[1].resource", "Observation")
        finding = replace(samples.COUNT, sources=(nameless,))
        conclusion = Conclusion(
            "dpo_criterion", "criterion_met", Justification((finding,))
        )
        document = answer(samples.interpretation(criterion=conclusion))
        (proof,) = justification(observation("criterion_met", document))
        shown = proof["extension"][-1]["valueReference"]

        assert shown == {"display": "Bundle.entry[1].resource"}
        assert "derivedFrom" not in observation("criterion_met", document)


def justification(resource: Resource) -> list[Resource]:
    """The parts of the justification extension."""
    found = [item for item in resource["extension"] if item["url"] == JUSTIFICATION]
    assert len(found) == 1
    return list(found[0]["extension"])


def parts(extension: Resource) -> list[tuple[str, str]]:
    """The nested string parts of an extension."""
    return [
        (item["url"], item["valueString"])
        for item in extension["extension"]
        if "valueString" in item
    ]


class TestGuidance:
    """GuidanceResponse, DetectedIssue, Device, Provenance."""

    def test_an_open_case_requires_data(self) -> None:
        """No rule decided: data-required."""
        (found,) = resources(answer(samples.nothing_known()), "GuidanceResponse")

        assert found["status"] == "data-required"

    def test_a_decided_case_is_a_success(self) -> None:
        """Assessment, criterion and cause are settled."""
        (found,) = resources(answer(), "GuidanceResponse")

        assert found["status"] == "success"

    def test_data_requirements_name_what_can_be_stated(self) -> None:
        """Of a cut its quantity, of a pair its parts, of a disease a Condition."""
        (found,) = resources(answer(), "GuidanceResponse")
        asked = [
            (item["type"], item["codeFilter"][0]["code"][0]["code"])
            for item in found["dataRequirement"]
        ]

        assert set(asked) == {
            ("Condition", "malignant_neoplasm"),
            ("Observation", "pulmonary_wedge_pressure"),
            ("Observation", "serum_phosphate"),
            ("Observation", "serum_phosphate_status"),
        }

    def test_code_filters_hold_the_mapped_codes(self) -> None:
        """Every code that means exactly the concept, with its FHIR system."""
        (found,) = resources(answer(), "GuidanceResponse")
        codes = found["dataRequirement"][0]["codeFilter"][0]["code"]

        assert (samples.SCT, "363346000") in [(c["system"], c["code"]) for c in codes]

    def test_the_ledger_is_the_evaluation_message(self) -> None:
        """It names the module, the report, and the ledger."""
        document = answer()
        (found,) = resources(document, "GuidanceResponse")
        by_url = {e["fullUrl"]: e["resource"] for e in document["entry"]}
        (message,) = found["evaluationMessage"]
        (reason,) = found["reasonReference"]

        assert found["moduleUri"] == samples.knowledge().version_iri
        assert by_url[message["reference"]]["resourceType"] == "OperationOutcome"
        assert by_url[reason["reference"]]["resourceType"] == "DiagnosticReport"

    def test_a_conflict_is_a_detected_issue(self) -> None:
        """Both sources are implicated and what is contested is named."""
        (found,) = resources(answer(), "DetectedIssue")
        implicated = [item["reference"] for item in found["implicated"]]
        contested = [
            code_of(item["code"][0]) for item in found["evidence"] if "code" in item
        ]

        assert implicated == [samples.source(5).reference, samples.source(11).reference]
        assert contested == ["ossification_pattern", "cause_aspiration_gerd"]
        assert "pattern" in found["detail"]

    def test_two_conflicts_of_one_concept_have_two_names(self) -> None:
        """No two entries with one fullUrl."""
        conflicts = samples.CONCLUSIONS.conflicts * 2
        document = answer(samples.interpretation(conflicts=conflicts))
        urls = [entry["fullUrl"] for entry in document["entry"]]

        assert len(resources(document, "DetectedIssue")) == 2
        assert len(set(urls)) == len(urls)

    def test_the_device_says_what_it_is(self) -> None:
        """Artificial intelligence of three kinds, versions and hashes."""
        (device,) = resources(answer(), "Device")
        kinds = [
            item["valueCodeableConcept"]["coding"][0]["code"]
            for item in device["extension"]
        ]
        versions = [item["value"] for item in device["version"]]

        assert code_of(device["type"]) == "Artificial-Intelligence"
        assert kinds == [
            "Rule-Based-Systems",
            "Deterministic-AI",
            "AI-for-Structured-Clinical-Data",
        ]
        assert versions[:2] == [__version__, samples.knowledge().version]
        assert len(versions[-1]) == 64

    def test_provenance_names_only_inputs_that_a_proof_used(self) -> None:
        """Honeycombing was read and used by no proof."""
        (found,) = resources(answer(), "Provenance")
        sources = [
            item["what"]["reference"]
            for item in found["entity"]
            if item["role"] == "source"
        ]
        derivations = [
            item["what"]["identifier"]["value"]
            for item in found["entity"]
            if item["role"] == "derivation"
        ]

        assert samples.source(1).reference in sources
        assert samples.source(7).reference not in sources
        assert derivations == [samples.knowledge().version_iri]

    def test_provenance_has_every_asserted_resource_as_target(self) -> None:
        """All but the Device, itself and the ledger."""
        document = answer()
        (found,) = resources(document, "Provenance")
        targets = {item["reference"] for item in found["target"]}
        asserted = {
            entry["fullUrl"]
            for entry in document["entry"]
            if entry["resource"]["resourceType"]
            not in ("Device", "Provenance", "OperationOutcome")
        }

        assert targets == asserted


class TestForms:
    """The three forms of section 5."""

    def test_collection_begins_with_the_report(self) -> None:
        """One collection, every fullUrl a UUIDv5."""
        document = answer()

        assert document["type"] == "collection"
        assert document["entry"][0]["resource"]["resourceType"] == "DiagnosticReport"
        assert all(e["fullUrl"][9:].split("-")[2][0] == "5" for e in document["entry"])

    def test_references_resolve_in_the_collection(self) -> None:
        """Each is a fullUrl of the answer or the caller's own."""
        document = answer()
        own = {entry["fullUrl"] for entry in document["entry"]}
        callers = {source.reference for f in samples.FINDINGS for source in f.sources}
        callers.add(samples.PATIENT)

        assert set(references(document)) <= own | callers

    def test_the_senders_resources_are_not_repeated(self) -> None:
        """Referred to, never sent back."""
        assert "Patient" not in [item["resourceType"] for item in resources(answer())]

    def test_transaction_puts_under_deterministic_ids(self) -> None:
        """PUT-as-create: a retry writes the same ids."""
        first, second = (answer(form=Form.TRANSACTION) for _ in range(2))
        urls = [entry["request"]["url"] for entry in first["entry"]]

        assert first == second
        assert len(set(urls)) == len(urls)
        for entry in first["entry"]:
            resource = entry["resource"]
            assert entry["request"] == {
                "method": "PUT",
                "url": f"{resource['resourceType']}/{resource['id']}",
            }

    def test_references_resolve_in_the_transaction(self) -> None:
        """Relative ones only: to an entry, to `Type/id` of the caller, or inside."""
        document = answer(form=Form.TRANSACTION)
        own = {entry["request"]["url"] for entry in document["entry"]}

        for reference in references(document):
            assert "urn:" not in reference
            assert (
                reference in own
                or reference == "#ledger"
                or reference.split("/")[0] in ("Patient", "Observation", "Condition")
            )

    def test_the_transaction_has_no_entry_for_the_ledger(self) -> None:
        """Servers keep no OperationOutcome: it is contained in the guidance."""
        document = answer(form=Form.TRANSACTION)
        (guidance,) = resources(document, "GuidanceResponse")

        assert "OperationOutcome" not in [
            entry["resource"]["resourceType"] for entry in document["entry"]
        ]
        assert guidance["contained"][0]["resourceType"] == "OperationOutcome"
        assert guidance["evaluationMessage"] == [{"reference": "#ledger"}]

    def test_ids_of_a_transaction_do_not_depend_on_the_facts(self) -> None:
        """One subject and encounter has one report; its identifier changes."""
        other = samples.case(findings=(samples.COUNT,))
        before = answer(form=Form.TRANSACTION)["entry"][0]["resource"]
        after = answer(
            Interpretation(other, samples.CONCLUSIONS), form=Form.TRANSACTION
        )["entry"][0]["resource"]

        assert before["id"] == after["id"]
        assert before["identifier"] != after["identifier"]

    def test_ids_of_a_transaction_depend_on_the_encounter(self) -> None:
        """Another encounter is another report, several are none."""
        ids = {
            encounters: answer(
                Interpretation(
                    samples.case(encounters=encounters), samples.CONCLUSIONS
                ),
                form=Form.TRANSACTION,
            )["entry"][0]["resource"]["id"]
            for encounters in ((), ("Encounter/1",), ("Encounter/1", "Encounter/2"))
        }

        assert ids[()] == ids["Encounter/1", "Encounter/2"] != ids[("Encounter/1",)]

    def test_a_transaction_for_nobody_is_refused(self) -> None:
        """Nothing would say whose report it is."""
        anonymous = Interpretation(samples.case(subject=""), samples.CONCLUSIONS)

        with pytest.raises(AnonymousSubject):
            answer(anonymous, form=Form.TRANSACTION)

    def test_a_transaction_cannot_refer_to_what_has_no_id(self) -> None:
        """A urn:uuid: without an id of its own is refused with its FHIRPath."""
        lost = replace(samples.COUNT, sources=(replace(samples.source(1), id=""),))
        case = samples.case(findings=(lost,), statements=())

        with pytest.raises(UnstableReference) as caught:
            answer(Interpretation(case, samples.CONCLUSIONS), form=Form.TRANSACTION)

        assert caught.value.expression == "Bundle.entry[1].resource"

    def test_contained_is_the_report_itself(self) -> None:
        """One resource with everything inside and no id of its own."""
        document = answer(form=Form.CONTAINED)

        assert document["resourceType"] == "DiagnosticReport"
        assert "id" not in document
        assert document["meta"]["security"][0]["code"] == AIAST

    def test_references_resolve_in_the_contained_form(self) -> None:
        """Every # is the report or one of its contained resources."""
        document = answer(form=Form.CONTAINED)
        inside = {f"#{item['id']}" for item in document["contained"]}
        local = {item for item in references(document) if item.startswith("#")}

        assert local <= inside | {"#"}

    def test_several_subjects_have_a_report_each(self) -> None:
        """Never merged: each with its own parts and its own identifier."""
        document = answer(samples.interpretation(), second_patient())
        reports = resources(document, "DiagnosticReport")
        subjects = [item["subject"]["reference"] for item in reports]

        assert subjects == [samples.PATIENT, "Patient/other"]
        assert reports[0]["identifier"] != reports[1]["identifier"]
        assert len(resources(document, "OperationOutcome")) == 1
        assert fhirkit.validate(json.dumps(document)) == []

    def test_several_contained_reports_are_a_bundle(self) -> None:
        """A collection of reports, each whole."""
        document = answer(
            samples.interpretation(), second_patient(), form=Form.CONTAINED
        )

        assert document["type"] == "collection"
        assert len(document["entry"]) == 2

    def test_a_report_never_tells_of_another_subjects_entries(self) -> None:
        """The contained ledger leaves out the rows of somebody else."""
        document = answer(
            samples.interpretation(), second_patient(), form=Form.CONTAINED
        )
        (_, other) = (entry["resource"] for entry in document["entry"])
        (ledger,) = (
            item
            for item in other["contained"]
            if item["resourceType"] == "OperationOutcome"
        )
        paths = [path for issue in ledger["issue"] for path in issue["expression"]]

        assert "Bundle.entry[1].resource" not in paths
        assert "Bundle.entry[12].resource.status" in paths


def second_patient() -> Interpretation:
    """Another subject, whose facts are the same."""
    patient = Source("Patient/other", "Bundle.entry[20].resource", "Patient", "other")
    case = samples.case(subject="Patient/other", patient=patient, statements=())
    return Interpretation(case, samples.CONCLUSIONS)


class TestIdentity:
    """The same facts of the same subject give the same report."""

    def test_the_answer_is_deterministic(self) -> None:
        """Byte for byte, key order included."""
        first, second = (json.dumps(answer()) for _ in range(2))

        assert first == second

    @settings(max_examples=30)
    @given(order=st.permutations(samples.FINDINGS))
    def test_the_order_of_findings_does_not_matter(self, order: list[Any]) -> None:
        """No order of the request."""
        assert identifier(samples.case(findings=tuple(order))) == identifier(
            samples.case()
        )

    def test_ids_and_paths_do_not_matter(self) -> None:
        """The same finding read elsewhere."""
        moved = replace(samples.COUNT, sources=(samples.source(99),))
        case = samples.case(findings=(moved, *samples.FINDINGS[1:]))

        assert identifier(case) == identifier(samples.case())

    @pytest.mark.parametrize(
        "case",
        [
            samples.case(subject="Patient/2"),
            samples.case(findings=samples.FINDINGS[1:]),
            samples.case(
                findings=(
                    replace(samples.COUNT, when=samples.LATER),
                    *samples.FINDINGS[1:],
                )
            ),
        ],
        ids=["subject", "finding", "time"],
    )
    def test_other_facts_give_another_report(self, case: Case) -> None:
        """Subject, findings and times count."""
        assert identifier(case) != identifier(samples.case())

    def test_versions_count(self) -> None:
        """Another ontology or software is another report."""
        case = samples.case()
        values = {
            report_identifier(case, *versions)
            for versions in (("1", "1"), ("2", "1"), ("1", "2"))
        }

        assert len(values) == 3


def identifier(case: Case) -> str:
    """The identifier of a case under fixed versions."""
    return report_identifier(case, "ontology", "software")
