"""A small `edit/` folder, whole enough to be compiled, small enough to be read.

Each file is a text; a test changes a few words of one and writes the folder.
"""

from __future__ import annotations

from pathlib import Path

from ontology.compiler.roles import READER, RESULTS, STATES

COLUMNS = (
    "id kind parents label_en label_fr synonyms_en synonyms_fr definition_en "
    "definition_fr source value_type unit allowed_values exclusive derived_from "
    "family_history_of suspicion_of molar_mass_g_per_mol tier status note"
).split()

# id, kind, parents, and of other columns what is not empty
TERMS = """
case class - -
category class - -
cause class hypothesis -
criterion class - -
disease class - -
drug class - -
exposure class - -
finding class - -
hypothesis class - -
lab class finding -
measure class finding -
mimic class hypothesis -
procedure class - -
result class - -
result_value class - -
status class - -
test class - -
value class - -
default annotationProperty - -
evidenceLevel annotationProperty - -
gate annotationProperty - -
byExclusion annotationProperty - -
mustNotDecide annotationProperty - -
optionOf annotationProperty - -
order annotationProperty - -
overriddenBy annotationProperty - -
policy annotationProperty - -
reports annotationProperty - -
stratum annotationProperty - -
structuralLungEvidence annotationProperty - -
studiedIn annotationProperty - -
withoutNeeds annotationProperty - -
bone finding finding value_type=boolean
branching finding bone value_type=boolean
old_scan finding finding value_type=boolean
count measure measure value_type=quantity;unit={count}
count_ge_5 cut count -
count_lt_5 cut count -
count_ge_10 cut count -
count_lt_10 cut count -
zone finding finding value_type=coded;allowed_values=upper|lower;exclusive=all
upper value zone -
lower value zone -
dust finding finding value_type=coded;allowed_values=stone|metal|no_dust;exclusive=against:no_dust
stone value dust -
metal value dust -
no_dust value dust -
calcium lab lab value_type=quantity;unit=mmol/L;molar_mass_g_per_mol=40.078
calcium_status lab lab value_type=coded;allowed_values=interpretation_low|interpretation_normal|interpretation_high;exclusive=all
phosphate_status lab lab value_type=coded;allowed_values=interpretation_normal|interpretation_high
calcium_status_interpretation_low pair calcium_status -
calcium_status_interpretation_normal pair calcium_status -
calcium_status_interpretation_high pair calcium_status -
stenosis disease disease value_type=boolean
rheumatic_stenosis disease stenosis value_type=boolean
failure disease disease value_type=boolean
crit_dual criterion criterion -
crit_given criterion criterion -
crit_none criterion criterion -
crit_principal criterion criterion -
cause_valve cause cause -
cause_fibrosis cause cause -
cause_smoke cause cause -
cause_unknown cause cause -
mimic_crystal mimic mimic -
met derived case -
failed derived case -
tier_possible derived case -
mimic_preferred derived case -
mimic_likely derived case -
cause_documented derived case -
cause_likely derived case -
cause_well_evidenced derived case -
data_conflict derived case -
criterion_indeterminate result_value result_value -
criterion_met result_value result_value -
criterion_not_met result_value result_value -
test_scan test test -
"""
OF_ROLES = {
    "age": "measure",
    "sex": "finding",
    "cause_undetermined": "cause",
    "diffuse_pulmonary_ossification": "disease",
    "biopsy_spared": "derived",
    "tier_mimic": "derived",
}
DERIVED = ("biopsy_spared", "tier_mimic")
VALUES = ("interpretation_", "grade_", "state_", "dpo_supported", "dpo_not_")

CORE = """\
# == Criteria
SubClassOf(Annotation(dcterms:source "F1") :present_bone :tier_possible)
SubClassOf(Annotation(dcterms:source "F1") :present_branching :present_crit_dual)
SubClassOf(Annotation(dcterms:source "F1") :present_count_ge_5 :present_crit_given)
SubClassOf(Annotation(dcterms:source "F1") :present_count_lt_5 :excluded_crit_given)
SubClassOf(Annotation(dcterms:source "F1") :present_old_scan :present_crit_none)
SubClassOf(Annotation(dcterms:source "F1") :present_stenosis :present_crit_principal)
SubClassOf(Annotation(dcterms:source "F1") :tier_possible :tier_mimic)
SubClassOf(Annotation(dcterms:source "F1") ObjectIntersectionOf(:present_bone :present_stenosis) :present_crit_dual)
# == Choices
SubClassOf(Annotation(dcterms:source "D") :criterion_met :established_cause_undetermined)
SubClassOf(Annotation(dcterms:source "D") :excluded_bone :failed)
SubClassOf(Annotation(dcterms:source "D") :grade_likely_cause_undetermined :listed_cause_undetermined)
SubClassOf(Annotation(dcterms:source "D") :present_crit_given :met)
# == Annotations
AnnotationAssertion(:default :dpo_criterion :criterion_indeterminate)
AnnotationAssertion(:mustNotDecide :upper "true"^^xsd:boolean)
AnnotationAssertion(:optionOf :established_cause_undetermined :grade_cause_undetermined)
AnnotationAssertion(:optionOf :failed :dpo_criterion)
AnnotationAssertion(:optionOf :met :dpo_criterion)
AnnotationAssertion(:order :established_cause_undetermined "1"^^xsd:integer)
AnnotationAssertion(:order :failed "2"^^xsd:integer)
AnnotationAssertion(:order :met "1"^^xsd:integer)
AnnotationAssertion(:overriddenBy :established_cause_undetermined :grade_likely_each_other_cause)
AnnotationAssertion(:overriddenBy :established_cause_undetermined :mimic_likely)
AnnotationAssertion(:overriddenBy :failed :present_branching)
AnnotationAssertion(:policy :crit_dual "dual")
AnnotationAssertion(:policy :crit_given "given")
AnnotationAssertion(:policy :crit_none "none")
AnnotationAssertion(:policy :crit_principal "principal:stenosis")
AnnotationAssertion(:reports :established_cause_undetermined :grade_likely)
AnnotationAssertion(:reports :failed :criterion_not_met)
AnnotationAssertion(:reports :met :criterion_met)
AnnotationAssertion(:stratum :dpo_criterion "1"^^xsd:integer)
AnnotationAssertion(:stratum :grade_cause_undetermined "4"^^xsd:integer)
AnnotationAssertion(Annotation(dcterms:source "F1") :studiedIn :crit_given "12 patients"@en)
# == Hypotheses
AnnotationAssertion(:byExclusion :cause_unknown "true"^^xsd:boolean)
AnnotationAssertion(:evidenceLevel :cause_fibrosis "moderate")
AnnotationAssertion(:evidenceLevel :cause_smoke "association")
AnnotationAssertion(:evidenceLevel :cause_undetermined "very_weak")
AnnotationAssertion(:evidenceLevel :cause_unknown "weak")
AnnotationAssertion(:evidenceLevel :cause_valve "weak")
AnnotationAssertion(:evidenceLevel :mimic_crystal "strong")
AnnotationAssertion(:gate :cause_fibrosis :tier_possible)
AnnotationAssertion(:gate :cause_smoke :tier_possible)
AnnotationAssertion(:gate :cause_undetermined :tier_possible)
AnnotationAssertion(:gate :cause_unknown :tier_possible)
AnnotationAssertion(:gate :cause_valve :tier_possible)
AnnotationAssertion(:gate :mimic_crystal :tier_mimic)
AnnotationAssertion(:structuralLungEvidence :cause_fibrosis "true"^^xsd:boolean)
AnnotationAssertion(:structuralLungEvidence :cause_smoke "false"^^xsd:boolean)
AnnotationAssertion(:structuralLungEvidence :cause_undetermined "false"^^xsd:boolean)
AnnotationAssertion(:structuralLungEvidence :cause_unknown "false"^^xsd:boolean)
AnnotationAssertion(:structuralLungEvidence :cause_valve "false"^^xsd:boolean)
AnnotationAssertion(:structuralLungEvidence :mimic_crystal "false"^^xsd:boolean)
AnnotationAssertion(:withoutNeeds :cause_undetermined "It is what is left."@en)
"""
FINDINGS = """\
SubClassOf(Annotation(dcterms:source "F1") ObjectIntersectionOf(:calcium :interpretation_high) :calcium_status_interpretation_high)
SubClassOf(Annotation(dcterms:source "F1") ObjectIntersectionOf(:calcium_status :interpretation_high) :calcium_status_interpretation_high)
SubClassOf(Annotation(dcterms:source "F1") ObjectIntersectionOf(:calcium_status :interpretation_low) :calcium_status_interpretation_low)
SubClassOf(Annotation(dcterms:source "F1") ObjectIntersectionOf(:calcium_status :interpretation_normal) :calcium_status_interpretation_normal)
"""
THRESHOLDS = """\
SubClassOf(Annotation(dcterms:source "F1") ObjectIntersectionOf(:count DataSomeValuesFrom(:atLeast DatatypeRestriction(xsd:decimal xsd:minInclusive "5"^^xsd:decimal))) :count_ge_5)
SubClassOf(Annotation(dcterms:source "F2") ObjectIntersectionOf(:count DataSomeValuesFrom(:atLeast DatatypeRestriction(xsd:decimal xsd:minInclusive "10"^^xsd:decimal))) :count_ge_10)
"""
# hypothesis, role, criterion, strength, source
CRITERIA = """
cause_valve needed crit_principal - F1
cause_valve supporting upper 1 F1
cause_valve contradicting crit_none - F1
cause_fibrosis needed crit_dual - F1|F2
cause_fibrosis needed failure - F2
cause_fibrosis excluding not crit_none - F1
cause_smoke needed dust - F1
cause_unknown needed not crit_dual - F1
mimic_crystal needed crit_given - F1
mimic_crystal supporting calcium_status_interpretation_high 3 F1
mimic_crystal stop old_scan - F2
"""
# prefix of the generated classes, with the two phrases that it has
PREFIXES = (
    "present excluded conflict ruled_out weakened established contradicted supported "
    "stop listed contributor grade_likely grade_possible grade_unlikely grade_excluded "
    "grade"
).split()


def _term(line: str) -> str:
    name, kind, parents, others = line.split(" ", 3)
    words = name.replace("_", " ")
    cells = dict.fromkeys(COLUMNS, "") | {
        "id": name,
        "kind": kind,
        "parents": "" if parents == "-" else parents,
        "label_en": f"The {words}",
        "label_fr": f"Le {words}",
        "definition_en": f"A thing that is called {words}.",
        "definition_fr": f"Chose appelée {words}.",
        "source": "F1",
        "value_type": "none",
    }
    if others != "-":
        cells |= dict(part.split("=", 1) for part in others.split(";"))
    return "\t".join(cells.values())


def _role_terms() -> list[str]:
    written = {line.split()[0] for line in TERMS.split("\n") if line}
    lines = []
    for name in {*READER.values(), *RESULTS.values(), *STATES.values()} - written:
        kind = OF_ROLES.get(name, "value" if name.startswith(VALUES) else "result")
        parent = "case" if name in DERIVED else kind
        others = "value_type=quantity;unit=a" if kind == "measure" else "-"
        lines.append(f"{name} {kind} {parent} {others}")
    return lines


def _terms() -> str:
    lines = sorted([*filter(None, TERMS.split("\n")), *_role_terms()])
    return "\n".join(["\t".join(COLUMNS), *map(_term, lines)]) + "\n"


def _criteria() -> str:
    rows = ["hypothesis\trole\tcriterion\tstrength\tsource\tsentence_en\tsentence_fr"]
    for line in filter(None, CRITERIA.split("\n")):
        hypothesis, role, *words, strength, source = line.split(" ")
        criterion, grade = " ".join(words), "" if strength == "-" else strength
        cells = (hypothesis, role, criterion, grade, source, "A sentence.", "Phrase.")
        rows.append("\t".join(cells))
    return "\n".join(rows) + "\n"


def _phrases() -> str:
    rows = ["id\ttext_en\ttext_fr\tsource"]
    for prefix in PREFIXES:
        rows += [
            f"definition_{prefix}\tA case of {prefix}: {{label}}.\tCas {prefix} : {{label}}.\tF1",
            f"label_{prefix}\t{{label}} ({prefix})\t{{label}} ({prefix}, fr)\tF1",
        ]
    return "\n".join(rows) + "\n"


def small_edit() -> dict[str, str]:
    """The texts of the folder, by path."""
    return {
        "core.ofn": CORE,
        "findings.ofn": FINDINGS,
        "thresholds.ofn": THRESHOLDS,
        "diseases.ofn": "",
        "causes.ofn": "",
        "mimics.ofn": "",
        "terms.tsv": _terms(),
        "criteria.tsv": _criteria(),
        "phrases/derived.tsv": _phrases(),
        "sources.tsv": (
            "id\tcitation\tpmid\tdoi\tdepth\tverified\n"
            "F1\tSomeone 2020\t123\t10.1/x\tabstract\tyes\n"
            "F2\tOther 2021\t\t\topening\tyes\n"
            "D\tDesign\t\t\tnone\tno\n"
            "M\tMeaning\t\t\tnone\tdefinition\n"
        ),
        "tests.tsv": (
            "test\tburden\tdecides\tlast_resort\tsurveillance\tfirst_without_lesion\tnote\tsource\n"
            "test_scan\t1\tbone|crit_given\t\t\tyes\t\tF1\n"
        ),
        "evidence.tsv": (
            "id\tsubject\tclaim_en\tclaim_fr\tsource\tstance\tdirectness\tstudy_kind\tquote_role\tsnippet\tdepth\tverified\tquestion\tknowledge_ref\n"
            "EV-1\tbone\tBone is bone.\tL'os est de l'os.\tF1\tSUPPORT\tdirect\treview\tdefinition\tbone\tabstract\tyes\t\ta.1\n"
        ),
        "limits.tsv": (
            "concept\tsex\tunit\tlow_below\tnormal_from\tnormal_to\thigh_above\tmin_age\tsource\n"
            "calcium\t\tmmol/L\t2.10\t2.20\t2.51\t2.60\t18\tF1\n"
        ),
        "header.tsv": (
            "key\tvalue\niri\thttps://w3id.org/pulmonary-ossification/dpo.owl\n"
            "version\t2026-01-01\ntitle_en\tSmall\ntitle_fr\tPetite\n"
            "description_en\tA small one.\ndescription_fr\tUne petite.\n"
            "license\thttps://creativecommons.org/licenses/by/4.0/\ncreator\tNobody\n"
        ),
        "mappings/systems.tsv": (
            "prefix\tfhir_system_uri\tiri_base\tmatch\tlicence_note\tcode_example\tother_system_uris\n"
            "SCTID\thttp://snomed.info/sct\thttp://snomed.info/id/\texact\tnote\t1\t\n"
        ),
        "mappings/sctid.sssom.tsv": (
            "# curie_map:\n"
            "subject_id\tsubject_label\tpredicate_id\tobject_id\tobject_label\tmapping_justification\tconfidence\tcomment\n"
            "dpo:stenosis\tStenosis\tskos:exactMatch\tSCTID:1\tStenosis\tsemapv:ManualMappingCuration\t0.9\tSeen in a browser\n"
        ),
    }


def write_edit(files: dict[str, str], folder: Path) -> Path:
    """Write the texts below `folder`, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder
