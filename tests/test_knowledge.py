"""The ontology build becomes Knowledge, or the process does not start."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from pathlib import Path

import pytest

from service.reasoning.knowledge import Knowledge, from_rules, load
from service.reasoning.problems import KnowledgeError, ManifestMismatch, RuleCycle
from tests.toy import toy_document, toy_knowledge


@pytest.fixture(scope="module")
def toy() -> Knowledge:
    return toy_knowledge()


def build_in(folder: Path, *, digest: str | None = None) -> Path:
    """A build folder with the toy in it."""
    content = json.dumps(toy_document()).encode()
    (folder / "rules.json").write_bytes(content)
    files = {"rules.json": digest or hashlib.sha256(content).hexdigest()}
    (folder / "MANIFEST.json").write_text(json.dumps({"files": files}))
    return folder


def test_build_with_the_right_hash_is_loaded(tmp_path: Path) -> None:
    """A file that the manifest names is read."""
    assert load(build_in(tmp_path)).version == "1"


def test_build_with_another_hash_is_refused(tmp_path: Path) -> None:
    """A file that is not the one of the manifest stops the start."""
    with pytest.raises(ManifestMismatch):
        load(build_in(tmp_path, digest="0" * 64))


def test_missing_build_is_refused(tmp_path: Path) -> None:
    """There is no silent degradation without a build."""
    with pytest.raises(KnowledgeError):
        load(tmp_path)


def test_unknown_format_is_refused() -> None:
    """A later format is not guessed at."""
    with pytest.raises(KnowledgeError):
        from_rules({**toy_document(), "format": 2}, {})


def test_class_that_depends_on_itself_is_refused() -> None:
    """Rules without an order cannot be evaluated in one sweep."""
    document = toy_document()
    rules = document["rules"]
    assert isinstance(rules, list)
    rules.append({"id": "x", "body": ["present_red"], "head": "present_crimson"})

    with pytest.raises(RuleCycle, match="present_crimson"):
        from_rules(document, {})


def test_label_comes_in_both_languages(toy: Knowledge) -> None:
    """French and its regions get French, everybody else English."""
    labels = [toy.label("size_ge_10", lang) for lang in ("en", "fr-CA", "de")]

    assert labels == ["size ge 10", "size_ge_10 (fr)", "size ge 10"]


def test_phrase_is_filled(toy: Knowledge) -> None:
    """The places of a phrase take the parameters."""
    assert toy.phrase("say_hello", "fr", name="A") == "Bonjour A"


def test_mapping_is_found_by_system_and_code(toy: Knowledge) -> None:
    """A code is looked up under every address of its system."""
    (row,) = toy.mappings_by_code["http://toy", "1"]

    assert (row.concept, row.object_id) == ("red", "TOY:1")


def test_bound_of_a_cut_is_a_decimal(toy: Knowledge) -> None:
    """Numbers travel as text and never become floats."""
    assert Decimal(10) == toy.concepts["size_ge_10"].bound


def test_shipped_build_is_complete(knowledge: Knowledge) -> None:
    """Every criterion and every test speaks of a known concept."""
    rows = [row for rows in knowledge.criteria.values() for row in rows]
    names = {row.criterion for row in rows}
    names |= {name for test in knowledge.tests.values() for name in test.decides}

    assert set() == names - knowledge.concepts.keys()
