"""Classifies the ontology with two reasoners that share no code, and compares.

HermiT runs through owlready2 (a JVM of its own), Konclude as a native program. Both
see the logical axioms only. A missing reasoner is an error, never a skipped step.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import owlready2  # type: ignore[import-untyped]  # ships no types
import pyhornedowl
from pyhornedowl import model

from ontology.compiler.edit import STATEFUL
from ontology.compiler.syntax import LOWER, UPPER, Axiom

BASE = "https://w3id.org/pulmonary-ossification/"
DEADLINE = 300
Hierarchy = dict[str, frozenset[str]]


class ReasonerError(Exception):
    """A reasoner is missing, failed, or the two disagree."""


def functional_syntax(axioms: tuple[Axiom, ...], individuals: str = "") -> str:
    """The logical axioms as an OWL document in functional syntax."""
    names = sorted({name for axiom in axioms for name in (*axiom.body, axiom.head)})
    lines = [
        f"Prefix(:=<{BASE}>)",
        "Prefix(xsd:=<http://www.w3.org/2001/XMLSchema#>)",
        f"Ontology(<{BASE}logic>",
        *(f"Declaration(Class(:{name}))" for name in names),
        *(f"Declaration(ObjectProperty(:{p}))" for p in sorted(set(STATEFUL.values()))),
        *(f"Declaration(DataProperty(:{p}))" for p in sorted(LOWER | UPPER)),
        *(axiom.canonical for axiom in axioms),
        individuals,
        ")",
    ]
    return "\n".join(lines) + "\n"


def classify(axioms: tuple[Axiom, ...]) -> Hierarchy:
    """All named superclasses of each class; both reasoners must say the same."""
    text = functional_syntax(axioms)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "logic.ofn").write_text(text, "utf-8")
        by_hermit = _hermit(folder, text)
        by_konclude = _konclude(folder)
    if by_hermit != by_konclude:
        differ = sorted(
            key
            for key in by_hermit.keys() | by_konclude.keys()
            if by_hermit.get(key) != by_konclude.get(key)
        )
        message = f"HermiT and Konclude differ on {len(differ)} classes: {differ[:5]}"
        raise ReasonerError(message)
    _check_distinct(by_hermit)
    return by_hermit


def _hermit(folder: Path, text: str) -> Hierarchy:
    ontology = pyhornedowl.open_ontology_from_string(text, "ofn")
    path = folder / "logic.owl"
    ontology.save_to_file(str(path), "owl")
    world = owlready2.World()
    world.get_ontology(path.as_uri()).load()
    try:
        owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    except owlready2.OwlReadyInconsistentOntologyError as error:
        raise ReasonerError("HermiT finds the ontology inconsistent") from error
    empty = [c.name for c in world.inconsistent_classes()]
    if empty:
        raise ReasonerError(f"HermiT finds unsatisfiable classes: {empty[:5]}")
    return {
        c.name: frozenset(a.name for a in c.ancestors() if a.iri.startswith(BASE))
        - {c.name}
        for c in world.classes()
    }


def _konclude(folder: Path) -> Hierarchy:
    program = shutil.which("Konclude")
    if program is None:
        raise ReasonerError("Konclude is not installed (Debian package konclude)")
    # with its default single worker Konclude hangs in "Precomputing"
    command = [
        program, "classification", "-w", "2", "-i", "logic.ofn", "-o", "out.owx"
    ]  # fmt: skip
    subprocess.run(
        command, cwd=folder, check=True, timeout=DEADLINE, capture_output=True
    )
    ontology = pyhornedowl.open_ontology(str(folder / "out.owx"))
    direct: dict[str, set[str]] = {}
    for component in ontology.get_axioms():
        axiom = component.component
        if isinstance(axiom, model.DeclareClass):
            direct.setdefault(_local(axiom.first), set())
        elif isinstance(axiom, model.SubClassOf):
            direct.setdefault(_local(axiom.sub), set()).add(_local(axiom.sup))
        elif isinstance(axiom, model.EquivalentClasses):
            raise ReasonerError(f"equivalent by accident: {axiom}")
    direct.pop("", None)
    return {name: _above(name, direct) - {""} for name in direct}


def _local(item: model.Class | model.ClassExpression) -> str:
    iri = str(item.first if isinstance(item, model.Class) else item)
    return iri.removeprefix(BASE) if iri.startswith(BASE) else ""


def _above(name: str, direct: dict[str, set[str]]) -> frozenset[str]:
    found: set[str] = set()
    todo = [*direct[name]]
    while todo:
        above = todo.pop()
        if above not in found:
            found.add(above)
            todo += direct.get(above, ())
    return frozenset(found)


def _check_distinct(hierarchy: Hierarchy) -> None:
    for name, above in hierarchy.items():
        twins = [other for other in above if name in hierarchy[other]]
        if twins:
            raise ReasonerError(f"{name} equals {twins[0]} by accident")


def direct_parents(hierarchy: Hierarchy) -> dict[str, list[str]]:
    """The transitive reduction: only the nearest superclasses of each class."""
    return {
        name: sorted(
            a for a in above if not any(a in hierarchy[b] for b in above if b != a)
        )
        for name, above in sorted(hierarchy.items())
    }
