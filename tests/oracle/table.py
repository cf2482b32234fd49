"""The choice step a second time, straight from the table (ontology.md 2.8).

An option is active if its class is derived and no class that overrides it is; the
active option of lowest order is reported, else the default.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

from service.verify.terminology import LAST, Line


def read_table(rules: Mapping[str, Any]) -> tuple[Line, ...]:
    """Every option and default of the parsed `rules.json`."""
    lines: list[Line] = []
    for choice in rules["choices"]:
        name, stratum = choice["id"], choice["stratum"]
        lines += [
            Line(
                name,
                stratum,
                option["order"],
                option["class"],
                frozenset(option["overridden_by"]),
                option["reports"],
                option["asserts"],
            )
            for option in choice["options"]
        ]
        default = choice["default"]
        if default:
            last = (LAST, "", frozenset[str]())
            lines.append(
                Line(name, stratum, *last, default["reports"], default["asserts"])
            )
    return tuple(sorted(lines, key=lambda line: (line.stratum, line.choice)))


def decide(stratum: Sequence[Line], classes: AbstractSet[str]) -> dict[str, Line]:
    """The line that decides each choice of one stratum; some have none.

    Two active options of the lowest order must agree: else the table itself is wrong.
    """
    decided: dict[str, Line] = {}
    for line in stratum:
        if line.needs and line.needs not in classes:
            continue
        if line.unless & classes:
            continue
        best = decided.get(line.choice)
        if best is None or line.order < best.order:
            decided[line.choice] = line
        elif line.order == best.order and line.reports != best.reports:
            raise ValueError(f"{line.choice} is undecided")
    return decided
