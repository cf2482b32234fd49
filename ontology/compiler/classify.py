"""Classifies the ontology with two reasoners that share no code, and compares.

HermiT runs through owlready2 (a JVM of its own), Konclude as a native program. Both
see the logical axioms only. A missing reasoner is an error, never a skipped step.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import owlready2
import pyhornedowl
from pyhornedowl.model import (
    Class,
    ClassExpression,
    DeclareClass,
    EquivalentClasses,
    SubClassOf,
)

from ontology.compiler.axiom import BASE, Axiom, functional_syntax
from ontology.compiler.edit import RELATIONS
from ontology.compiler.hierarchy import (
    Hierarchy,
    ReasonerError,
    check_distinct,
    close,
)

DEADLINE = 300  # seconds for Konclude, which takes one


def classify(axioms: tuple[Axiom, ...]) -> Hierarchy:
    """All named superclasses of each class; both reasoners must say the same."""
    text = functional_syntax(axioms, RELATIONS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "logic.ofn").write_text(text, "utf-8")
        by_hermit = _hermit(folder, text)
        by_konclude = _konclude(folder)
    differ = sorted(
        key
        for key in by_hermit.keys() | by_konclude.keys()
        if by_hermit.get(key) != by_konclude.get(key)
    )
    if differ:
        message = f"HermiT and Konclude differ on {len(differ)} classes: {differ[:5]}"
        raise ReasonerError(message)
    check_distinct(by_hermit)
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
    try:
        subprocess.run(
            command, cwd=folder, check=True, timeout=DEADLINE, capture_output=True
        )
    except subprocess.SubprocessError as error:
        raise ReasonerError(f"Konclude failed: {error}") from error
    return close(_read_konclude(folder / "out.owx"))


def _read_konclude(path: Path) -> dict[str, set[str]]:
    """The nearest superclasses of each class of ours; owl:Thing is left out."""
    direct: dict[str, set[str]] = {}
    for item in pyhornedowl.open_ontology(str(path)).get_axioms():
        axiom = item.component
        if isinstance(axiom, DeclareClass):
            direct.setdefault(_local(axiom.first), set())
        elif isinstance(axiom, SubClassOf):
            direct.setdefault(_local(axiom.sub), set()).add(_local(axiom.sup))
        elif isinstance(axiom, EquivalentClasses):
            raise ReasonerError(f"equivalent by accident: {axiom}")
    return {
        name: {above for above in parents if above}
        for name, parents in direct.items()
        if name
    }


def _local(item: Class | ClassExpression) -> str:
    iri = str(item.first if isinstance(item, Class) else item)
    return iri.removeprefix(BASE) if iri.startswith(BASE) else ""
