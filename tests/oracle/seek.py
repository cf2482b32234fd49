"""`python -m tests.oracle.seek`: search the cases of every rule again, and keep them.

Takes about three minutes; needed when a rule of the ontology has changed.
"""

from __future__ import annotations

import json
from itertools import chain
from pathlib import Path

from service.reasoning.knowledge import load
from service.regression.generated import read_vocabulary
from tests.oracle.corpus import ready_corpora
from tests.oracle.exhaustive import Search, rule_cases, unlike
from tests.oracle.stored import SOUGHT, write_cases
from tests.oracle.telling import telling_cases

BUILD = Path(__file__).parents[2] / "ontology" / "build"


def main() -> None:
    """Write the file of searched cases."""
    rules = json.loads((BUILD / "rules.json").read_bytes())
    knowledge, words = load(BUILD), read_vocabulary(rules)
    search = Search(words, rules, knowledge.compiled)
    ready = ready_corpora(words, knowledge).values()
    known = [*chain.from_iterable(cases.values() for cases in ready)]
    found = unlike(rule_cases(search), known)
    telling = telling_cases(search, [*known, *found.values()])
    text = write_cases({"rules": found, "telling": telling})
    SOUGHT.write_text(text, encoding="utf-8")
    print(f"{len(found)} cases of rules, {len(telling)} that tell a fault")


if __name__ == "__main__":
    main()
