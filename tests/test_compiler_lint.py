"""What the compiler refuses: one small change of a sound folder for every message."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from ontology.compiler.axiom import LintError
from ontology.compiler.release import read_checked
from ontology.compiler.syntax import read_line
from tests.small_ontology import small_edit, write_edit

ROOT = Path(__file__).parents[1]

# a line, and why it is refused
LINES = [
    ("SubClassOf", "an axiom is expected"),
    ("SubClassOf(:a", "brackets do not match, or more than one axiom on the line"),
    ("SubClassOf(:a :b) SubClassOf(:b :c)", "more than one axiom on the line"),
    ("SubClassOf(:a :b))", "one bracket too many"),
    ("(:a :b)", "a bracket follows a word"),
    ('SubClassOf(:a :b "', "not functional syntax"),
    ("EquivalentClasses(:a :b)", "EquivalentClasses is outside the fragment"),
    ("DisjointClasses(:a :b)", "DisjointClasses is outside the fragment"),
    ("SubClassOf(:a)", "SubClassOf is outside the fragment"),
    ("SubClassOf(ObjectUnionOf(:a :b) :c)", "ObjectUnionOf is outside the fragment"),
    ("SubClassOf(ObjectComplementOf(:a) :c)", "is outside the fragment"),
    (
        "SubClassOf(ObjectSomeValuesFrom(:hasFinding :a) :c)",
        "ObjectSomeValuesFrom is outside the fragment",
    ),
    ("SubClassOf(:a ObjectComplementOf(:b))", "only a named class may stand here"),
    ("SubClassOf(owl:Thing :b)", "only a named class may stand here"),
    (
        "SubClassOf(ObjectIntersectionOf(:a ObjectUnionOf(:b :c) :d) :e)",
        "only a named class may stand here",
    ),
    (
        "SubClassOf(ObjectIntersectionOf(:a :a) :b)",
        "an intersection needs two or more different names",
    ),
    (
        "SubClassOf(ObjectIntersectionOf(:a) :b)",
        "an intersection needs two or more different names",
    ),
    (
        "SubClassOf(ObjectIntersectionOf(:a ObjectSomeValuesFrom(:r :b)) :c)",
        "only a decimal facet on a bound may stand here",
    ),
    (
        (
            "SubClassOf(ObjectIntersectionOf(:a DataSomeValuesFrom(:atLeast "
            'DatatypeRestriction(xsd:integer xsd:minInclusive "5"^^xsd:integer))) :b)'
        ),
        "only a decimal facet on a bound may stand here",
    ),
    (
        (
            "SubClassOf(ObjectIntersectionOf(:a DataSomeValuesFrom(:atLeast "
            'DatatypeRestriction(xsd:decimal xsd:maxInclusive "5"^^xsd:decimal))) :b)'
        ),
        "a lower bound takes a lower facet, an upper an upper one",
    ),
    (
        (
            "SubClassOf(ObjectIntersectionOf(:a DataSomeValuesFrom(:atLeast "
            'DatatypeRestriction(xsd:decimal xsd:minInclusive "5e1"^^xsd:decimal))) :b)'
        ),
        "a decimal is written without exponent",
    ),
    (
        'SubClassOf(Annotation(rdfs:comment "x") :a :b)',
        "only dcterms:source may annotate an axiom",
    ),
    (
        "AnnotationAssertion(:policy :a)",
        "an annotation is a property, a name and a value",
    ),
    (
        "AnnotationAssertion(:policy :a ObjectUnionOf(:b :c))",
        "an annotation is a property, a name and a value",
    ),
]

SOURCE = 'Annotation(dcterms:source "F1")'
# file, words in it, words instead, place and message
CHANGES = [
    # the files
    (
        "core.ofn",
        ":present_bone :tier_possible",
        ":present_zone :tier_possible",
        "core.ofn:3: lines of a section are sorted and written once",
    ),
    (
        "findings.ofn",
        "SubClassOf",
        (
            f"SubClassOf({SOURCE} :zone :finding)\n"
            f"SubClassOf({SOURCE} :zone :finding)\n"
            "SubClassOf"
        ),
        "findings.ofn:2: lines of a section are sorted and written once",
    ),
    ("criteria.tsv", "\tPhrase.", "", "criteria.tsv:2: 6 cells, 7 columns"),
    ("criteria.tsv", "\tstrength\t", "\tpower\t", "there is no column strength"),
    ("sources.tsv", "F2\t", "F1\t", "sources.tsv:3: F1 is there twice"),
    # sources
    (
        "diseases.ofn",
        "",
        "SubClassOf(:bone :finding)\n",
        "diseases.ofn:1: a source is missing",
    ),
    ("terms.tsv", "\tF1\tboolean", "\t\tboolean", "a source is missing"),
    ("criteria.tsv", "\t1\tF1", "\t1\tF9", "F9 is not in sources.tsv"),
    ("evidence.tsv", "\tF1\tSUPPORT", "\tF9\tSUPPORT", "F9 is not in sources.tsv"),
    ("limits.tsv", "\t18\tF1", "\t18\t", "limits.tsv:2: a source is missing"),
    ("tests.tsv", "\tF1\n", "\t\n", "tests.tsv:2: a source is missing"),
    # terms
    ("terms.tsv", "\tThe bone\t", "\t\t", "bone has no label_en"),
    ("terms.tsv", "\tChose appelée bone.\t", "\t\t", "bone has no definition_fr"),
    (
        "terms.tsv",
        "bone\tfinding\tfinding",
        "bone\tfindign\tfinding",
        "findign is no kind",
    ),
    (
        "terms.tsv",
        "branching\tfinding\tbone",
        "branching\tfinding\tbones",
        "bones is no term",
    ),
    ("terms.tsv", "upper|lower", "upper|middle|lower", "middle is no term"),
    (
        "terms.tsv",
        "quantity\tmmol/L",
        "quantity\t",
        "calcium: a quantity, and only it, has a unit",
    ),
    (
        "terms.tsv",
        "count_ge_5\tcut",
        "count_over_5\tcut",
        "count_over_5 is no name of a cut",
    ),
    (
        "terms.tsv",
        "against:no_dust",
        "against:bone",
        "bone is no allowed value of dust",
    ),
    (
        "terms.tsv",
        "criteria_met\tresult",
        "criteria_held\tresult",
        "roles.py needs criteria_met",
    ),
    # header, limits, phrases
    (
        "header.tsv",
        "title_fr\tPetite",
        "title_fr\t",
        "header.tsv:1: title_fr is missing",
    ),
    ("limits.tsv", "calcium\t", "calcuim\t", "limits.tsv:2: calcuim is no term"),
    (
        "limits.tsv",
        "mmol/L",
        "mg/dL",
        "limits.tsv:2: limits are written in the unit of the concept",
    ),
    (
        "plausible.tsv",
        "mmol/L",
        "mg/dL",
        "plausible.tsv:2: limits are written in the unit of the concept",
    ),
    (
        "phrases/derived.tsv",
        "label_stop",
        "label_halt",
        "there is no phrase label_stop",
    ),
    # criteria and hypotheses
    (
        "criteria.tsv",
        "cause_valve\tneeded",
        "cause_valv\tneeded",
        "criteria.tsv:2: cause_valv is no hypothesis",
    ),
    (
        "criteria.tsv",
        "cause_valve\tneeded",
        "cause_valve\tneed",
        "criteria.tsv:2: need is no role",
    ),
    (
        "criteria.tsv",
        "crit_principal",
        "crit_prinzipal",
        "criteria.tsv:2: crit_prinzipal is no criterion",
    ),
    (
        "criteria.tsv",
        "upper\t1",
        "upper\t4",
        "criteria.tsv:3: supporting rows, and only they, have a strength",
    ),
    (
        "criteria.tsv",
        "crit_principal\t\t",
        "crit_principal\t2\t",
        "criteria.tsv:2: supporting rows, and only they, have a strength",
    ),
    ("criteria.tsv", "\tPhrase.", "\t", "criteria.tsv:2: a sentence is missing"),
    (
        "criteria.tsv",
        "mimic_crystal\tneeded",
        "mimic_crystal\texcluding",
        "mimic_crystal has no needed row and says no reason",
    ),
    (
        "core.ofn",
        'AnnotationAssertion(:evidenceLevel :cause_valve "weak")\n',
        "",
        "cause_valve has no evidenceLevel",
    ),
    (
        "core.ofn",
        "AnnotationAssertion(:gate :cause_valve :tier_possible)\n",
        "",
        "cause_valve has no gate",
    ),
    # tests, evidence, mappings
    ("tests.tsv", "test_scan\t", "bone\t", "tests.tsv:2: bone is no test"),
    (
        "tests.tsv",
        "bone|crit_given",
        "bone|crit_givn",
        "tests.tsv:2: crit_givn is no criterion",
    ),
    (
        "tests.tsv",
        "\t1\tbone",
        "\tsome\tbone",
        "tests.tsv:2: a burden is a number from 0 to 4",
    ),
    ("evidence.tsv", "EV-1\tbone", "EV-1\tbones", "evidence.tsv:2: bones is no term"),
    ("evidence.tsv", "SUPPORT", "PERHAPS", "evidence.tsv:2: PERHAPS is no stance"),
    (
        "mappings/sctid.sssom.tsv",
        "dpo:stenosis",
        "dpo:stenose",
        "sctid.sssom.tsv:3: stenose is no term",
    ),
    (
        "mappings/sctid.sssom.tsv",
        "skos:exactMatch",
        "skos:related",
        "skos:related is no predicate",
    ),
    (
        "mappings/sctid.sssom.tsv",
        "SCTID:1",
        "SNOMED:1",
        "SNOMED:1 has no prefix of systems.tsv",
    ),
    (
        "mappings/sctid.sssom.tsv",
        "SCTID:1",
        "SCTID:",
        "SCTID: has no prefix of systems.tsv",
    ),
    (
        "mappings/sctid.sssom.tsv",
        "semapv:ManualMappingCuration",
        "semapv:Guess",
        "semapv:Guess is no justification",
    ),
    (
        "mappings/sctid.sssom.tsv",
        "Seen in a browser",
        "",
        "a mapping says where the code was seen",
    ),
    # axioms by hand
    (
        "findings.ofn",
        "SubClassOf",
        (
            f"SubClassOf({SOURCE} ObjectIntersectionOf(:count "
            "DataSomeValuesFrom(:atLeast "
            'DatatypeRestriction(xsd:decimal xsd:minInclusive "5"^^xsd:decimal))) '
            ":count_ge_5)\n# ==\nSubClassOf"
        ),
        "findings.ofn:1: cuts stand in thresholds.ofn only",
    ),
    (
        "thresholds.ofn",
        '"5"',
        '"6"',
        "thresholds.ofn:1: the name of a cut says quantity and value",
    ),
    (
        "thresholds.ofn",
        ":count_ge_5)",
        ":bone)",
        "thresholds.ofn:1: the name of a cut says quantity and value",
    ),
    (
        "thresholds.ofn",
        (
            "ObjectIntersectionOf(:count DataSomeValuesFrom(:atLeast "
            "DatatypeRestriction("
            'xsd:decimal xsd:minInclusive "5"^^xsd:decimal))) :count_ge_5)'
        ),
        (
            "ObjectIntersectionOf(:bone DataSomeValuesFrom(:atLeast "
            "DatatypeRestriction("
            'xsd:decimal xsd:minInclusive "5"^^xsd:decimal))) :bone_ge_5)'
        ),
        "thresholds.ofn:1: bone is no quantity with a unit",
    ),
    (
        "diseases.ofn",
        "",
        f"SubClassOf({SOURCE} :bone :tier_possible)\n",
        "diseases.ofn:1: an axiom is about a finding or about the case",
    ),
    (
        "diseases.ofn",
        "",
        (
            f"SubClassOf({SOURCE} "
            "ObjectIntersectionOf(:present_bone :present_stenosis) "
            ":present_failure)\n"
        ),
        "diseases.ofn:1: the state of a concept follows from one finding",
    ),
    (
        "diseases.ofn",
        "",
        f"SubClassOf({SOURCE} :present_bonne :tier_possible)\n",
        "diseases.ofn:1: present_bonne is no known name",
    ),
    (
        "diseases.ofn",
        "",
        (
            f"SubClassOf({SOURCE} ObjectIntersectionOf(:present_bone :tier_possible) "
            ":present_crit_dual)\n"
        ),
        "diseases.ofn:1: dual needs states: tier_possible has no other half",
    ),
    (
        "diseases.ofn",
        "",
        f"SubClassOf({SOURCE} :excluded_crit_none :tier_possible)\n",
        "diseases.ofn:1: nothing can derive excluded_crit_none",
    ),
    # policies
    (
        "core.ofn",
        'AnnotationAssertion(:policy :crit_none "none")\n',
        "",
        "crit_none has no policy",
    ),
    (
        "core.ofn",
        '"principal:stenosis"',
        '"principal:stenose"',
        "crit_principal has no policy",
    ),
    (
        "diseases.ofn",
        "",
        f"SubClassOf({SOURCE} :present_bone :excluded_crit_none)\n",
        "diseases.ofn:1: crit_none has policy none",
    ),
    (
        "core.ofn",
        ":present_count_lt_5 :excluded_crit_given",
        ":present_crit_dual :met",
        "crit_given has policy given and no excluded half",
    ),
    (
        "core.ofn",
        ":mustNotDecide :upper",
        ":mustNotDecide :old_scan",
        "stop_mimic_crystal rests on marked criteria only",
    ),
    # annotations and choices
    (
        "core.ofn",
        ":byExclusion :cause_unknown",
        ":beExclusion :cause_unknown",
        "core.ofn:38: beExclusion is no annotation property",
    ),
    (
        "core.ofn",
        ":byExclusion :cause_unknown",
        ":byExclusion :cause_unknwon",
        "core.ofn:38: cause_unknwon is no known name",
    ),
    (
        "core.ofn",
        '(:policy :crit_none "none")',
        '(:policy :crit_none "dual")\nAnnotationAssertion(:policy :crit_none "none")',
        "core.ofn:30: crit_none has two of policy",
    ),
    (
        "core.ofn",
        ":optionOf :failed :dpo_criterion",
        ":optionOf :failed :dpo_crit",
        "core.ofn:19: dpo_crit is no known name",
    ),
    (
        "core.ofn",
        "AnnotationAssertion(:reports :failed :criterion_not_met)\n",
        "",
        "failed reports nothing",
    ),
    ("core.ofn", ':order :failed "2"', ':order :failed "late"', "failed has no order"),
    (
        "core.ofn",
        'AnnotationAssertion(:stratum :dpo_criterion "1"^^xsd:integer)\n',
        "",
        "dpo_criterion has no stratum",
    ),
    (
        "core.ofn",
        ":overriddenBy :failed :present_branching",
        ":overriddenBy :failed :present_twig",
        "core.ofn:19: present_twig is no known name",
    ),
    (
        "core.ofn",
        ":overriddenBy :failed :present_branching",
        ":overriddenBy :failed :mimic_likely",
        "core.ofn:19: dpo_criterion depends on itself through mimic_likely",
    ),
    (
        "core.ofn",
        ":excluded_bone :failed)",
        ":criterion_met :failed)",
        "core.ofn:19: dpo_criterion depends on itself through failed",
    ),
]


def refusal(files: dict[str, str], folder: Path) -> str | None:
    """The message of the LintError, or None for a folder that is accepted."""
    try:
        read_checked(write_edit(files, folder))
    except LintError as error:
        return str(error)
    return None


def test_the_folder_is_sound_before_it_is_changed(tmp_path: Path) -> None:
    """Else every change below would be refused for another reason."""
    assert refusal(small_edit(), tmp_path) is None


@pytest.mark.parametrize(("line", "message"), LINES)
def test_line_is_refused_with_its_place(line: str, message: str) -> None:
    """Whatever the evaluator does not run must not be written."""
    with pytest.raises(LintError) as refused:
        read_line(line, "core.ofn:7")

    assert str(refused.value).startswith("core.ofn:7: ")
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("file", "words", "instead", "message"),
    CHANGES,
    ids=[f"{n}-{change[3]}" for n, change in enumerate(CHANGES)],
)
def test_change_is_refused(
    tmp_path: Path, file: str, words: str, instead: str, message: str
) -> None:
    """Each rule of the lint, broken once in an otherwise sound folder."""
    files = small_edit()
    assert words in files[file], "the change does not touch the file"
    files[file] = files[file].replace(words, instead, 1)

    assert message in (refusal(files, tmp_path) or "")


def test_an_unknown_status_is_refused(tmp_path: Path) -> None:
    """A term is deprecated or it is not."""
    files = small_edit()
    rows = files["terms.tsv"].splitlines()
    cells = rows[1].split("\t")
    rows[1] = "\t".join([*cells[:-2], "retired", ""])
    files["terms.tsv"] = "\n".join(rows) + "\n"

    assert refusal(files, tmp_path) == "terms.tsv:2: retired is no status"


def messages() -> set[str]:
    """Every message of a LintError in the compiler, as a regular expression."""
    found = set()
    for path in (ROOT / "ontology/compiler").glob("*.py"):
        if path.name == "saved.py":  # test_compiler_dataset sees its messages red
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "LintError":
                found.add(_pattern(node.args[1]))
    return found


def _pattern(text: ast.expr) -> str:
    match text:
        case ast.Constant(value=str(plain)):
            return re.escape(plain)
        case ast.JoinedStr(values=parts):
            return "".join(map(_pattern, parts))
        case _:
            return ".*?"


def test_every_message_of_the_lint_is_seen_red() -> None:
    """A rule that no change above breaks might be one that cannot fire."""
    tested = [message for _, message in LINES]
    tested += [message for *_, message in CHANGES] + ["retired is no status"]
    silent = {
        message
        for message in messages()
        if not any(re.search(f"{message}$", text) for text in tested)
    }

    assert silent == set()
