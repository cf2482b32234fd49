"""The data in memory, and which of it is one query's dataset."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pyoxigraph as ox

# A graph for the time of one query; no query can name it, nor see it, since those that
# need it say which graphs they see.
MERGED = ox.NamedNode(f"urn:uuid:{uuid4()}")


@dataclass(frozen=True, slots=True)
class Dataset:
    """All that is loaded; the default graph is the union of the graphs.

    `sizes` is the number of statements of each graph; `prefixes` are for answers that
    people may read.
    """

    store: ox.Store
    sizes: Mapping[object, int]
    prefixes: dict[str, str]


def load_dataset(files: object) -> Dataset:
    """Load files, each given as path, graph and hash.

    Raises OSError, SyntaxError or ValueError for one that is not as it should be.
    """
    assert isinstance(files, list)  # noqa: S101  # our own message
    store, prefixes = ox.Store(), dict[str, str]()
    for path, graph, digest in files:
        prefixes |= load_file(store, Path(path), graph, digest)
    return Dataset(store, add_union(store), prefixes)


def load_file(store: ox.Store, path: Path, graph: str, digest: str) -> dict[str, str]:
    """Read one file into the store; the prefixes that it declares at its head.

    Raises ValueError when it is not the file that the manifest names.
    """
    content = path.read_bytes()
    if digest and hashlib.sha256(content).hexdigest() != digest:
        raise ValueError("not the file that the manifest names")
    form = ox.RdfFormat.from_extension(path.suffix[1:])
    if form is None:
        raise ValueError("no format of RDF")
    target = ox.NamedNode(graph) if graph else None
    store.load(content, form, to_graph=target)
    parser = ox.parse(content, form)
    next(parser, None)
    return parser.prefixes


def add_union(store: ox.Store) -> dict[object, int]:
    """Put every statement of a named graph into the default graph too.

    The engine's own flag for that would ignore FROM, and count a statement of two
    graphs twice. Returns the number of statements of each graph.
    """
    quads = list(store)
    store.bulk_extend(
        ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads
    )
    return Counter(quad.graph_name for quad in quads)


def merge(graphs: Iterable[ox.NamedNode], dataset: Dataset) -> list[ox.NamedNode]:
    """Graphs that have no statement in common, and together are those given.

    The engine would find a statement once in each graph that has it. So of all but the
    largest, what is new goes into a graph of its own, unless that is all of it.
    """
    merged: list[ox.NamedNode] = []
    for graph in sorted(set(graphs), key=lambda name: -dataset.sizes.get(name, 0)):
        merged.append(unshared(graph, merged, dataset.store) if merged else graph)
    return list(dict.fromkeys(merged))


def unshared(
    graph: ox.NamedNode, others: Iterable[ox.NamedNode], store: ox.Store
) -> ox.NamedNode:
    """The graph itself if no other one has a statement of it, else MERGED."""
    triples = [quad.triple for quad in store.quads_for_pattern(None, None, None, graph)]
    new = [
        triple
        for triple in triples
        if not any(within(triple, other) in store for other in others)
    ]
    if len(new) == len(triples):
        return graph
    store.extend(within(triple, MERGED) for triple in new)
    return MERGED


def within(triple: ox.Triple, graph: ox.NamedNode) -> ox.Quad:
    """The statement in a graph."""
    return ox.Quad(triple.subject, triple.predicate, triple.object, graph)
