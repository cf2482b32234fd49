"""The page of the proof, and its rows as the tests count them.

A test that counts asks for the rows that the page lacks: what it prints then is what
the page has to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.oracle.blocks import runs_of
from tests.oracle.mutants import Mutant
from tests.oracle.record import Record
from tests.oracle.trial import Trial, hermit_names, konclude_runs

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "proof.md"
BEGIN, END = "<!-- long run: begin -->", "<!-- long run: end -->"


def lacking(rows: Iterable[str]) -> list[str]:
    """The rows that the page does not have."""
    there = set(PAGE.read_text(encoding="utf-8").splitlines())
    return [text for text in rows if text not in there]


def row(*cells: str | int) -> str:
    """A row of a table; numbers with commas."""
    texts = [f"{cell:,}" if isinstance(cell, int) else cell for cell in cells]
    return f"| {' | '.join(texts)} |"


def corpus_row(trial: Trial, corpus: str) -> str:
    """Cases, passes and entailments of a corpus, and what HermiT and Konclude judge."""
    verdicts = trial.verdicts[corpus]
    runs = [run for verdict in verdicts.values() for run in runs_of(verdict)]
    entailments = sum(len(run.classes) + len(run.values) for run in runs)
    shares = len(hermit_names(trial, corpus)), len(konclude_runs(trial, corpus))
    return row(f"`{corpus}`", len(verdicts), len(runs), entailments, *shares)


def fault_rows(part: str, mutants: list[Mutant], equal: list[Mutant]) -> list[str]:
    """Of each kind of fault in a part of the logic: planted, noticed, no effect."""
    kinds = sorted({mutant.kind for mutant in mutants})
    counts = [
        (sum(m.kind == kind for m in mutants), sum(m.kind == kind for m in equal))
        for kind in kinds
    ]
    return [
        row(part, kind, planted, planted - same, same)
        for kind, (planted, same) in zip(kinds, counts, strict=True)
    ]


def record_block(record: Record, rules: str) -> str:
    """The long run as the page tells it; `rules` are those of the build."""
    counts = record.counts
    rows = [
        row("last day", record.date),
        row("rules", f"`{record.rules}`"),
        row("first seed", str(record.seed)),
        row("cases", counts["cases"]),
        row("passes", counts["runs"]),
        row("entailments", counts["entailments"]),
        row("cases with a conflict", counts["conflicts"]),
        row("cases that HermiT judged", counts["hermit"]),
        row("passes that Konclude judged", counts["konclude"]),
        row("of these, asked alone", counts["konclude_again"]),
        row("disagreements", 0),
        *(row(name, version) for name, version in record.oracles.items()),
    ]
    same = "those" if record.rules == rules else "not those"
    lines = ["| Of the long run | |", "|---|--:|", *rows, ""]
    return "\n".join([BEGIN, *lines, f"Its rules are {same} of this build.", END])


def told_block(page: str) -> str:
    """What the page says of the long run."""
    start, end = page.index(BEGIN), page.index(END)
    return page[start : end + len(END)]


def keep(record: Record, rules: str) -> None:
    """Write the record down, and on the page."""
    record.write()
    page = PAGE.read_text(encoding="utf-8")
    told = page.replace(told_block(page), record_block(record, rules))
    PAGE.write_text(told, encoding="utf-8")
