"""The rules of `rules.json` as axioms again: each made from what the rule says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from service.regression.axioms import read_axioms


def written_rules(rules: Mapping[str, Any]) -> set[str]:
    """The ids of all rules; each must be the hash of the axiom that the rule is."""
    axioms = [*read_axioms(rules)]
    if any(axiom.id != axiom.says.id for axiom in axioms):
        raise ValueError("an id of rules.json is not the hash of its axiom")
    return {axiom.id for axiom in axioms}
