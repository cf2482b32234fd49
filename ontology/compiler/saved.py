"""The saved queries: what users may ask, and what the pages ask for themselves."""

from __future__ import annotations

import json
from itertools import zip_longest
from pathlib import Path

from ontology.compiler.axiom import LintError
from ontology.compiler.graph import PREFIXES

# The header lines of each kind: wording in both languages, and the group in which the
# page lists a question.
HEADS = {"competency": ("en", "fr", "group"), "page": ("en", "fr")}


def saved_queries(folder: Path) -> bytes:
    """The bytes of `queries.json`: the prefixes, and each query with its header."""
    queries = {
        path.stem.removesuffix(f"-{kind}"): {"kind": kind, **_read(path, heads)}
        for kind, heads in HEADS.items()
        for path in (folder / "queries").glob(f"*-{kind}.rq")
    }
    document = {"prefixes": query_prefixes(), "queries": dict(sorted(queries.items()))}
    return (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()


def query_prefixes() -> dict[str, str]:
    """The prefixes of the dataset; ours has a name here, as it needs one in a query."""
    return dict(sorted((prefix or "dpo", str(space)) for prefix, space in PREFIXES))


def _read(path: Path, heads: tuple[str, ...]) -> dict[str, str]:
    """What the first lines say, and the query below them."""
    lines = path.read_text("utf-8").split("\n", len(heads))
    found: dict[str, str] = {}
    for number, (key, line) in enumerate(zip_longest(heads, lines), 1):
        if key is None:
            return {**found, "text": line}
        before, mark, said = (line or "").partition(f"# {key}: ")
        if before or not mark or not said.strip():
            raise LintError(f"{path.name}:{number}", f"the line says # {key}: ...")
        found[key] = said.strip()
    raise LintError(f"{path.name}:{len(heads) + 1}", "there is no query")
