"""A difference as text for people, and as JSON for programs."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence

from service.regression.axioms import LABEL, TEXT
from service.regression.cases import GENERATED
from service.regression.conclusions import Turn
from service.regression.difference import Difference
from service.regression.tables import AXIOMS, Change

NOTHING = "nothing"
# The field of a term that people know it by.
ENGLISH = "label.en"
# What a line of text begins with.
ADDED, REMOVED, CHANGED = "+", "-", "~"
KINDS = {ADDED: "added", REMOVED: "removed", CHANGED: "changed"}


def render_text(difference: Difference) -> str:
    """Axioms and tables, then the conclusions that changed."""
    lines = [f"ontology {difference.old} -> {difference.new}", ""]
    tables = dict.fromkeys(change.table for change in difference.changes)
    for table in tables:
        changes = [c for c in difference.changes if c.table == table]
        lines += [_title(table, changes), *(_line(change) for change in changes), ""]
    if not tables:
        lines += ["No axiom, term, threshold or other row differs.", ""]
    lines += _conclusions(difference)
    return "\n".join(lines) + "\n"


def render_json(difference: Difference) -> str:
    """The same, complete, as one object."""
    document = {
        "old": difference.old,
        "new": difference.new,
        "changes": [
            {
                "table": change.table,
                "kind": KINDS[kind_of(change)],
                "key": change.key,
                "before": change.before or None,
                "after": change.after or None,
            }
            for change in difference.changes
        ],
        "cases": dict(difference.compared),
        "conclusions": [
            {
                "corpus": turn.corpus,
                "case": turn.case,
                "result": turn.result,
                "before": turn.before or None,
                "after": turn.after or None,
            }
            for turn in difference.turns
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def kind_of(change: Change) -> str:
    """Added, removed or changed, as the sign of a line."""
    if not change.before:
        return ADDED
    return CHANGED if change.after else REMOVED


def _title(table: str, changes: Sequence[Change]) -> str:
    counts = Counter(kind_of(change) for change in changes)
    told = [f"{n} {KINDS[sign]}" for sign, n in sorted(counts.items())]
    return f"{table}: {', '.join(told)}"


def _line(change: Change) -> str:
    sign = kind_of(change)
    row = change.after or change.before
    if sign == CHANGED:
        fields = [
            f"{name}: {change.before[name] or NOTHING} -> "
            f"{change.after[name] or NOTHING}"
            for name in change.after
        ]
        return f"  {sign} {change.key}  {'; '.join(fields)}"
    if change.table == AXIOMS:
        return f"  {sign} {change.key}  {row[TEXT]}\n      {row[LABEL]}"
    return f"  {sign} {change.key}  {row.get(ENGLISH, '')}".rstrip()


def _conclusions(difference: Difference) -> list[str]:
    """Each written case by name; of those made up, how many turn alike."""
    cases = dict(difference.compared)
    told = ", ".join(f"{number} {corpus}" for corpus, number in cases.items())
    turned = Counter(turn.corpus for turn in _first_turns(difference.turns))
    changed = sum(turned.values())
    if not changed:
        return [f"No conclusion changes in the cases compared ({told or 'none'})."]
    parts = [
        f"{turned[corpus]} of {number} {corpus}" for corpus, number in cases.items()
    ]
    written = [turn for turn in difference.turns if turn.corpus != GENERATED]
    made_up = [turn for turn in difference.turns if turn.corpus == GENERATED]
    return [
        f"conclusions change in {', '.join(parts)}",
        *_of_written(written),
        *_of_made_up(made_up),
    ]


def _first_turns(turns: Sequence[Turn]) -> list[Turn]:
    """One turn of each case."""
    return list({(turn.corpus, turn.case): turn for turn in turns}.values())


def _of_written(turns: Sequence[Turn]) -> Iterator[str]:
    case = ""
    for turn in turns:
        name = f"{turn.corpus}/{turn.case}"
        if name != case:
            case = name
            yield f"  {name}"
        yield f"    {_turn(turn.result, turn.before, turn.after)}"


def _of_made_up(turns: Sequence[Turn]) -> Iterator[str]:
    groups: dict[tuple[str, str, str], list[str]] = {}
    for turn in turns:
        key = (turn.result, turn.before, turn.after)
        groups.setdefault(key, []).append(turn.case)
    for key, cases in sorted(groups.items(), key=lambda group: -len(group[1])):
        yield f"  {GENERATED}, {len(cases)} x, first {cases[0]}"
        yield f"    {_turn(*key)}"


def _turn(result: str, before: str, after: str) -> str:
    return f"{result}: {before or NOTHING} -> {after or NOTHING}"
