"""Writes `build/`, or checks that it is what `edit/` gives, byte for byte."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyhornedowl
from rdflib import Graph
from rdflib.namespace import RDFS

from ontology.compiler.axiom import Axiom, functional_syntax
from ontology.compiler.dataset import name_graphs
from ontology.compiler.edit import RELATIONS, Edit, input_files, read_edit
from ontology.compiler.generate import generate
from ontology.compiler.graph import build_graphs, filled
from ontology.compiler.hierarchy import Hierarchy, ReasonerError, direct_parents
from ontology.compiler.lint_axioms import check_axioms, check_hand, check_notes
from ontology.compiler.lint_tables import check_tables
from ontology.compiler.names import Names, read_names
from ontology.compiler.rdf_axioms import DPO
from ontology.compiler.rules import compile_rules, ontology
from ontology.compiler.saved import query_prefixes, saved_queries
from ontology.compiler.serialise import rdf_xml, trig, turtle

TOOLS = ("owlready2", "py-horned-owl", "pyoxigraph", "rdflib")
LICENSE = "https://creativecommons.org/licenses/by/4.0/"
Classify = Callable[[tuple[Axiom, ...]], Hierarchy]


@dataclass(frozen=True, slots=True)
class Checked:
    """What people wrote, what follows by G1 to G7, and no rule broken."""

    edit: Edit
    names: Names
    axioms: tuple[Axiom, ...]


def compile_folder(folder: Path, classify: Classify) -> dict[str, bytes]:
    """Everything that belongs in `build/`: file name to bytes.

    Raises LintError for what `edit/` may not say, ReasonerError when a reasoner is
    missing, finds a fault, or the two disagree.
    """
    checked = read_checked(folder)
    files = contents(checked, folder, classify(checked.axioms))
    return {**files, "MANIFEST.json": _manifest(checked, folder, files)}


def contents(checked: Checked, folder: Path, hierarchy: Hierarchy) -> dict[str, bytes]:
    """Every file of `build/` but the manifest, which names the tools, too."""
    inferred = _inferred(hierarchy)
    graphs = build_graphs(checked.edit, checked.names, checked.axioms)
    files = {
        "dpo-inferred.ttl": turtle(inferred),
        "queries.json": saved_queries(folder),
        **documents(checked, graphs),
    }
    named = name_graphs(checked.edit, {**graphs, "inferred": inferred}, files)
    return {**files, "dpo.trig": trig(named, query_prefixes())}


def read_checked(folder: Path) -> Checked:
    """Read `edit/`, generate the axioms, and raise a LintError for any broken rule."""
    edit = read_edit(folder)
    names = read_names(edit)
    check_notes(edit, names)
    check_tables(edit, names)
    check_hand(edit, names)
    axioms = generate(edit, names)
    check_axioms(edit, names, axioms)
    return Checked(edit, names, axioms)


def documents(checked: Checked, graphs: Mapping[str, Graph]) -> dict[str, bytes]:
    """The files of `build/` that hold the ontology and need no reasoner."""
    _check_parsers(checked.axioms)
    graph = filled(chain.from_iterable(graphs.values()))
    return {
        "dpo.owl": rdf_xml(graph),
        "dpo.ttl": turtle(graph),
        "rules.json": compile_rules(checked.edit, checked.names, checked.axioms),
    }


def write(files: dict[str, bytes], build: Path) -> None:
    """Write every file, and remove what the build no longer makes."""
    build.mkdir(parents=True, exist_ok=True)
    for old in build.iterdir():
        if old.name not in files:
            old.unlink()
    for name, content in files.items():
        (build / name).write_bytes(content)


def differences(files: dict[str, bytes], build: Path) -> list[str]:
    """The names of files that are missing, surplus or different in `build`."""
    paths = build.iterdir() if build.is_dir() else ()
    there = {path.name: path.read_bytes() for path in paths}
    names = sorted(there.keys() | files.keys())
    return [name for name in names if there.get(name) != files.get(name)]


def _inferred(hierarchy: Hierarchy) -> Graph:
    return filled(
        (DPO[name], RDFS.subClassOf, DPO[parent])
        for name, parents in direct_parents(hierarchy).items()
        for parent in parents
    )


def _check_parsers(axioms: tuple[Axiom, ...]) -> None:
    """py-horned-owl must read back exactly the axioms that were generated."""
    text = functional_syntax(axioms, RELATIONS)
    read = pyhornedowl.open_ontology_from_string(text, "ofn")
    found = sum(
        type(item.component).__name__ == "SubClassOf" for item in read.get_axioms()
    )
    if found != len(axioms):
        message = f"py-horned-owl reads {found} axioms of {len(axioms)}"
        raise ReasonerError(message)


def _counts(checked: Checked) -> dict[str, int]:
    edit, origins = checked.edit, Counter(axiom.by for axiom in checked.axioms)
    return {
        "terms": len(edit.terms),
        "hypotheses": len(checked.names.hypotheses),
        "criteria_rows": len(edit.criteria),
        "evidence_rows": len(edit.evidence),
        "mappings": len(edit.mappings),
        "axioms": len(checked.axioms),
        **{f"axioms_{key}": origins[key] for key in sorted(origins)},
    }


def _manifest(checked: Checked, folder: Path, files: dict[str, bytes]) -> bytes:
    inputs = {
        str(path.relative_to(folder)): _sha256(path.read_bytes())
        for path in input_files(folder)
    }
    document = {
        "ontology": ontology(checked.edit),
        "license": LICENSE,
        "files": {name: _sha256(content) for name, content in sorted(files.items())},
        "inputs": inputs,
        "tools": {name: importlib.metadata.version(name) for name in TOOLS},
        "counts": _counts(checked),
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
