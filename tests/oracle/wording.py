"""The rules of `rules.json` as axioms again: each made from what the rule says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any


def written_rules(rules: Mapping[str, Any]) -> set[str]:
    """The ids of all rules; each must be the hash of the axiom that the rule is."""
    texts = [
        f"SubClassOf({both(f':{name}' for name in rule['body'])} :{rule['head']})"
        for key in ("rules", "finding_rules")
        for rule in rules[key]
    ]
    texts += [cut_text(cut) for cut in rules["cuts"]]
    kinds = {name: concept["kind"] for name, concept in rules["concepts"].items()}
    texts += [
        f"SubClassOf({both([':case', related])} :present_{name})"
        for name in rules["asserting"]
        for related in [
            f"ObjectSomeValuesFrom(:{rules['relations'][kinds[name]]} :{name})"
        ]
    ]
    ids = {
        rule["id"] for key in ("rules", "finding_rules", "cuts") for rule in rules[key]
    }
    ids |= set(rules["asserting"].values())
    if ids != {sha256(text.encode()).hexdigest()[:12] for text in texts}:
        raise ValueError("an id of rules.json is not the hash of its axiom")
    return ids


def cut_text(cut: Mapping[str, str]) -> str:
    """The axiom of a cut."""
    facet = f'xsd:{cut["facet"]} "{cut["value"]}"^^xsd:decimal'
    test = f"DatatypeRestriction(xsd:decimal {facet})"
    bound = f"DataSomeValuesFrom(:{cut['bound']} {test})"
    return f"SubClassOf({both([':' + cut['quantity'], bound])} :{cut['class']})"


def both(parts: Iterable[str]) -> str:
    """One name, or an intersection of several."""
    listed = [*parts]
    return (
        listed[0] if len(listed) == 1 else f"ObjectIntersectionOf({' '.join(listed)})"
    )
