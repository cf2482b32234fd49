"""Cases that were searched for, kept in a file: one line a case (`sought.tsv`).

A finding is written as `concept`, `concept=value` or `concept[low,high]`, a round
bracket where the bound itself does not belong, an empty bound where there is none;
`not` stands before what is denied, `!flag` behind a number with an interpretation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path

from service.model import Finding, Interval, State
from tests.oracle.judge import Findings

SOUGHT = Path(__file__).with_name("sought.tsv")
HEADER = "corpus\tname\tfindings"
BETWEEN = "; "
FINDING = re.compile(
    r"(?P<denied>not )?(?P<concept>\w+)(?:=(?P<value>\w+))?"
    r"(?:(?P<open>[\[(])(?P<low>[\d.]*),(?P<high>[\d.]*)(?P<close>[\])]))?"
    r"(?:!(?P<flag>\w+))?"
)


def write_cases(corpora: Mapping[str, Mapping[str, Findings]]) -> str:
    """The text of the file."""
    rows = [
        f"{corpus}\t{name}\t{BETWEEN.join(map(written, case))}"
        for corpus, cases in corpora.items()
        for name, case in cases.items()
    ]
    return "\n".join([HEADER, *rows]) + "\n"


def read_cases(text: str) -> dict[str, dict[str, Findings]]:
    """The cases by corpus and name; raises ValueError for what is no finding."""
    header, *rows = text.splitlines()
    if header != HEADER:
        raise ValueError(header)
    found: dict[str, dict[str, Findings]] = {}
    for row in rows:
        corpus, name, findings = row.split("\t")
        parts: Iterable[str] = findings.split(BETWEEN) if findings else ()
        found.setdefault(corpus, {})[name] = tuple(map(read, parts))
    return found


def written(finding: Finding) -> str:
    """One finding as text; what a searched case never has is refused."""
    denied = "not " if finding.state is State.ABSENT else ""
    value = f"={finding.value}" if finding.value else ""
    flag = f"!{finding.interpretation}" if finding.interpretation else ""
    text = f"{denied}{finding.concept}{value}{_between(finding.interval)}{flag}"
    if read(text) != finding:
        raise ValueError(f"cannot be kept: {finding}")
    return text


def _between(interval: Interval | None) -> str:
    if interval is None:
        return ""
    low, high = (
        "" if x is None else format(x, "f") for x in (interval.low, interval.high)
    )
    start, end = "(" if interval.low_open else "[", ")" if interval.high_open else "]"
    return f"{start}{low},{high}{end}"


def read(text: str) -> Finding:
    """The finding of a text."""
    match = FINDING.fullmatch(text)
    if match is None:
        raise ValueError(text)
    interval = None
    if match["open"]:
        interval = Interval(
            Decimal(match["low"]) if match["low"] else None,
            Decimal(match["high"]) if match["high"] else None,
            low_open=match["open"] == "(",
            high_open=match["close"] == ")",
        )
    return Finding(
        match["concept"],
        State.ABSENT if match["denied"] else State.PRESENT,
        (),
        value=match["value"] or "",
        interval=interval,
        interpretation=match["flag"] or "",
    )
