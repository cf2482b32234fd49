"""Writes `build/`, or checks that it is what `edit/` gives, byte for byte."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
from pathlib import Path

import pyhornedowl
import pyoxigraph
from rdflib import Graph
from rdflib.namespace import RDFS
from rdflib.term import BNode, Literal, Node, URIRef

from ontology.compiler.classify import (
    Hierarchy,
    ReasonerError,
    classify,
    direct_parents,
    functional_syntax,
)
from ontology.compiler.edit import Edit, input_files, read_edit
from ontology.compiler.generate import generate
from ontology.compiler.graph import DPO, build_graph, new_graph
from ontology.compiler.lint import check
from ontology.compiler.names import Names, read_names
from ontology.compiler.rules import compile_rules, ontology
from ontology.compiler.syntax import Axiom

TOOLS = ("owlready2", "py-horned-owl", "pyoxigraph", "rdflib")
LICENSE = "https://creativecommons.org/licenses/by/4.0/"


def compile_folder(edit_folder: Path) -> dict[str, bytes]:
    """Everything that belongs in `build/`: file name to bytes.

    Raises LintError for what `edit/` may not say, ReasonerError when a reasoner is
    missing, finds a fault, or the two disagree.
    """
    edit = read_edit(edit_folder)
    names = read_names(edit)
    axioms = generate(edit, names)
    check(edit, names, axioms)
    hierarchy = classify(axioms)
    _check_parsers(axioms)
    graph = build_graph(edit, names, axioms)
    files = {
        "dpo.owl": rdf_xml(graph),
        "dpo.ttl": turtle(graph),
        "dpo-inferred.ttl": turtle(_inferred(hierarchy)),
        "rules.json": compile_rules(edit, names, axioms),
    }
    counts = _counts(edit, names, axioms)
    files["MANIFEST.json"] = _manifest(edit, edit_folder, files, counts)
    return files


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
    there = {path.name: path.read_bytes() for path in build.iterdir()}
    names = sorted(there.keys() | files.keys())
    return [name for name in names if there.get(name) != files.get(name)]


def turtle(graph: Graph) -> bytes:
    """The graph in Turtle; rdflib sorts it."""
    text: bytes = graph.serialize(format="turtle", encoding="utf-8")
    return text


def rdf_xml(graph: Graph) -> bytes:
    """The graph in RDF/XML, triples sorted.

    By pyoxigraph: rdflib writes subjects in the order of a hash table, which differs
    from run to run.
    """
    triples = sorted((_triple(*t) for t in graph), key=str)
    prefixes = {p or "dpo": str(n) for p, n in graph.namespaces() if p != "rdf"}
    kind = pyoxigraph.RdfFormat.RDF_XML
    text = pyoxigraph.serialize(triples, format=kind, prefixes=prefixes)
    assert text is not None
    return text


def _triple(s: Node, p: Node, o: Node) -> pyoxigraph.Triple:
    subject = pyoxigraph.BlankNode(s) if isinstance(s, BNode) else None
    return pyoxigraph.Triple(
        subject or pyoxigraph.NamedNode(str(s)), pyoxigraph.NamedNode(str(p)), _term(o)
    )


def _term(
    node: Node,
) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal:
    if isinstance(node, URIRef):
        return pyoxigraph.NamedNode(str(node))
    if isinstance(node, BNode):
        return pyoxigraph.BlankNode(str(node))
    assert isinstance(node, Literal)
    if node.language:
        return pyoxigraph.Literal(str(node), language=node.language)
    if node.datatype:
        kind = pyoxigraph.NamedNode(str(node.datatype))
        return pyoxigraph.Literal(str(node), datatype=kind)
    return pyoxigraph.Literal(str(node))


def _inferred(hierarchy: Hierarchy) -> Graph:
    graph = new_graph()
    for name, parents in direct_parents(hierarchy).items():
        for parent in parents:
            graph.add((DPO[name], RDFS.subClassOf, DPO[parent]))
    return graph


def _check_parsers(axioms: tuple[Axiom, ...]) -> None:
    """py-horned-owl must read back exactly the axioms that were generated."""
    read = pyhornedowl.open_ontology_from_string(functional_syntax(axioms), "ofn")
    found = sum(
        type(item.component).__name__ == "SubClassOf" for item in read.get_axioms()
    )
    if found != len(axioms):
        message = f"py-horned-owl reads {found} axioms of {len(axioms)}"
        raise ReasonerError(message)


def _counts(edit: Edit, names: Names, axioms: tuple[Axiom, ...]) -> dict[str, int]:
    by_origin = {a.by: 0 for a in sorted(axioms, key=lambda a: a.by)}
    for axiom in axioms:
        by_origin[axiom.by] += 1
    return {
        "terms": len(edit.terms),
        "hypotheses": len(names.hypotheses),
        "criteria_rows": len(edit.criteria),
        "evidence_rows": len(edit.evidence),
        "mappings": len(edit.mappings),
        "axioms": len(axioms),
        **{f"axioms_{key}": count for key, count in by_origin.items()},
    }


def _manifest(
    edit: Edit, folder: Path, files: dict[str, bytes], counts: dict[str, int]
) -> bytes:
    inputs = {
        str(path.relative_to(folder)): _sha256(path.read_bytes())
        for path in input_files(folder)
    }
    document = {
        "ontology": ontology(edit),
        "license": LICENSE,
        "files": {name: _sha256(content) for name, content in sorted(files.items())},
        "inputs": inputs,
        "tools": {name: importlib.metadata.version(name) for name in TOOLS},
        "counts": counts,
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
