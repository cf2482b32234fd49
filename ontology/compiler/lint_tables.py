"""What the tables of `edit/` may not say; checked before any axiom is generated."""

from __future__ import annotations

from collections.abc import Iterator

from ontology.compiler.axiom import LintError
from ontology.compiler.edit import Edit, Row
from ontology.compiler.names import DEPRECATED, GENERATED, ROLES, Names, cut_parts
from ontology.compiler.roles import READER, RESULTS, STATES
from ontology.compiler.rules import PREDICATES

PROPERTIES = ("annotationProperty", "dataProperty", "objectProperty")
# kinds of terms that have no top class of their own
OTHER_KINDS = frozenset({"class", "cut", "definition", "derived", "pair", *PROPERTIES})
TEXTS = ("label_en", "label_fr", "definition_en", "definition_fr")
REFERENCES = (
    "parents",
    "allowed_values",
    "derived_from",
    "family_history_of",
    "suspicion_of",
)
ABOUT_HYPOTHESES = ("evidenceLevel", "structuralLungEvidence", "gate")
STANCES_OF_CLAIMS = frozenset({"SUPPORT", "REFUTE", "NO_EVIDENCE"})
# the one of SSSOM's that this project uses
JUSTIFICATIONS = frozenset({"semapv:ManualMappingCuration"})
GRAPHS = ("asserted", "default", "evidence", "inferred", "mappings", "release", "tests")
HEADER = frozenset(
    {"iri", "version", "title_en", "title_fr", "description_en"}
    | {"description_fr", "license", "creator"}
    | {f"graph_{name}_{language}" for name in GRAPHS for language in ("en", "fr")}
)


def check_tables(edit: Edit, names: Names) -> None:
    """Raise a LintError with file and line for the first broken rule."""
    _check_header(edit)
    for at, sources in _cited(edit):
        _check_sources(edit, at, sources)
    for name, row in edit.terms.items():
        _check_term(edit, name, row)
    _check_hypotheses(edit, names)
    for name, row in edit.tests.items():
        _check_test(edit, names, name, row)
    _check_data(edit)
    _check_roles(edit)
    _check_phrases(edit)


def _check_header(edit: Edit) -> None:
    for key in sorted(HEADER):
        if not edit.header.get(key):
            raise LintError("header.tsv:1", f"{key} is missing")


def _cited(edit: Edit) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from ((axiom.at, axiom.sources) for axiom in edit.axioms)
    yield from ((note.at, note.sources) for note in edit.assertions if note.sources)
    for rows in (
        edit.terms.values(),
        edit.criteria,
        edit.limits,
        edit.plausible.values(),
        edit.tests.values(),
        edit.evidence,
    ):
        yield from ((row.at, row.list("source")) for row in rows)


def _check_sources(edit: Edit, at: str, sources: tuple[str, ...]) -> None:
    if not sources:
        raise LintError(at, "a source is missing")
    for source in sources:
        if source not in edit.sources:
            raise LintError(at, f"{source} is not in sources.tsv")


def _check_term(edit: Edit, name: str, row: Row) -> None:
    for column in TEXTS:
        if not row[column]:
            raise LintError(row.at, f"{name} has no {column}")
    if row["kind"] not in OTHER_KINDS and edit.kind(row["kind"]) != "class":
        raise LintError(row.at, f"{row['kind']} is no kind")
    _check_cells(edit, name, row)


def _check_cells(edit: Edit, name: str, row: Row) -> None:
    for other in (name for column in REFERENCES for name in row.list(column)):
        if other not in edit.terms:
            raise LintError(row.at, f"{other} is no term")
    if (row["value_type"] == "quantity") != bool(row["unit"]):
        raise LintError(row.at, f"{name}: a quantity, and only it, has a unit")
    if row["kind"] == "cut" and cut_parts(name) is None:
        raise LintError(row.at, f"{name} is no name of a cut")
    status, _, successor = row["status"].partition(":")
    if status not in ("", DEPRECATED) or (successor and successor not in edit.terms):
        raise LintError(row.at, f"{row['status']} is no status")
    against = row["exclusive"].removeprefix("against:")
    if against not in ("", "all") and against not in row.list("allowed_values"):
        raise LintError(row.at, f"{against} is no allowed value of {name}")


def _check_hypotheses(edit: Edit, names: Names) -> None:
    for row in edit.criteria:
        _check_criterion(row, names)
    for name in names.hypotheses:
        _check_hypothesis(edit, name)


def _check_data(edit: Edit) -> None:
    for row in (*edit.limits, *edit.plausible.values()):
        _check_limits(edit, row)
    for row in edit.evidence:
        _check_claim(edit, row)
    for row in edit.mappings:
        _check_mapping(edit, row)


def _check_limits(edit: Edit, row: Row) -> None:
    concept = edit.terms.get(row["concept"])
    if concept is None:
        raise LintError(row.at, f"{row['concept']} is no term")
    if concept["unit"] != row["unit"]:
        raise LintError(row.at, "limits are written in the unit of the concept")


def _check_criterion(row: Row, names: Names) -> None:
    if row["hypothesis"] not in names.hypotheses:
        raise LintError(row.at, f"{row['hypothesis']} is no hypothesis")
    if row["role"] not in ROLES:
        raise LintError(row.at, f"{row['role']} is no role")
    _check_state(row.at, row["criterion"].removeprefix("not "), names)
    if (row["role"] == "supporting") != (row["strength"] in ("1", "2", "3")):
        raise LintError(row.at, "supporting rows, and only they, have a strength")
    if not (row["sentence_en"] and row["sentence_fr"]):
        raise LintError(row.at, "a sentence is missing")


def _check_state(at: str, name: str, names: Names) -> None:
    if name not in names.stateful | names.criteria:
        raise LintError(at, f"{name} is no criterion")


def _check_hypothesis(edit: Edit, name: str) -> None:
    at = edit.terms[name].at
    needs = [
        row
        for row in edit.criteria
        if row["hypothesis"] == name and row["role"] == "needed"
    ]
    if not needs and not edit.annotation("withoutNeeds", name):
        raise LintError(at, f"{name} has no needed row and says no reason")
    for key in ABOUT_HYPOTHESES:
        if not edit.annotation(key, name):
            raise LintError(at, f"{name} has no {key}")


def _check_test(edit: Edit, names: Names, name: str, row: Row) -> None:
    if edit.kind(name) != "test":
        raise LintError(row.at, f"{name} is no test")
    for criterion in row.list("decides"):
        _check_state(row.at, criterion, names)
    if row["burden"] not in ("0", "1", "2", "3", "4"):
        raise LintError(row.at, "a burden is a number from 0 to 4")


def _check_claim(edit: Edit, row: Row) -> None:
    if row["subject"] not in edit.terms:
        raise LintError(row.at, f"{row['subject']} is no term")
    if row["stance"] not in STANCES_OF_CLAIMS:
        raise LintError(row.at, f"{row['stance']} is no stance")


def _check_mapping(edit: Edit, row: Row) -> None:
    subject = row["subject_id"].removeprefix("dpo:")
    prefix, _, code = row["object_id"].partition(":")
    if subject not in edit.terms:
        raise LintError(row.at, f"{subject} is no term")
    if row["predicate_id"] not in PREDICATES:
        raise LintError(row.at, f"{row['predicate_id']} is no predicate")
    if not code or prefix not in {system["prefix"] for system in edit.systems}:
        raise LintError(row.at, f"{row['object_id']} has no prefix of systems.tsv")
    if row["mapping_justification"] not in JUSTIFICATIONS:
        raise LintError(row.at, f"{row['mapping_justification']} is no justification")
    if not row["comment"]:
        raise LintError(row.at, "a mapping says where the code was seen")


def _check_roles(edit: Edit) -> None:
    for name in (*READER.values(), *RESULTS.values(), *STATES.values()):
        if name not in edit.terms:
            raise LintError("terms.tsv:1", f"roles.py needs {name}")


def _check_phrases(edit: Edit) -> None:
    for prefix in (*GENERATED, "grade"):
        for key in (f"label_{prefix}", f"definition_{prefix}"):
            if key not in edit.phrases:
                raise LintError("derived.tsv:1", f"there is no phrase {key}")
