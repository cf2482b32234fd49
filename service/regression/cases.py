"""The cases on which two releases are compared: written ones, and ones made up.

A written case is read with the vocabulary of each release, so that a new mapping shows.
A case is made up of the words of one release, of the old and of the new in turn; what
the other has no word for is left out there, as a document would lose it, too.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from service.fhir.reader import ReadOptions, read_cases
from service.model import Case, Finding
from service.reasoning.grounding import ground
from service.reasoning.knowledge import Knowledge
from service.regression.generated import Vocabulary, random_case, read_vocabulary
from service.regression.release import Release

GENERATED = "generated"
BUNDLES = "*/bundle*.json"


@dataclass(frozen=True, slots=True)
class Compared:
    """A case of a corpus: written (`case`), or made up (`findings`)."""

    corpus: str
    name: str
    case: Case | None = None
    findings: tuple[Finding, ...] = ()

    def findings_for(self, knowledge: Knowledge) -> tuple[Finding, ...]:
        """What is stated of the case in the words of a release."""
        if self.case is not None:
            return ground(self.case, knowledge)[0].findings
        return tuple(
            finding for each in self.findings for finding in _fitted(each, knowledge)
        )


def written_cases(folders: Sequence[Path]) -> Iterator[Compared]:
    """Every subject of every Bundle in the case folders below these folders."""
    for folder in folders:
        for path in sorted(folder.glob(BUNDLES)):
            for case in read_cases(path.read_bytes(), ReadOptions()).cases:
                name = f"{path.parent.name}/{path.name} {case.subject}".rstrip()
                yield Compared(folder.name, name, case=case)


def made_up_cases(
    old: Release, new: Release, number: int, first_seed: int
) -> Iterator[Compared]:
    """Cases by seed; the same releases and seeds give the same cases."""
    words: list[Vocabulary] = [read_vocabulary(r.document) for r in (old, new)]
    for seed in range(first_seed, first_seed + number):
        findings = random_case(seed, words[seed % 2])
        yield Compared(GENERATED, f"seed {seed}", findings=findings)


def _fitted(finding: Finding, knowledge: Knowledge) -> Iterator[Finding]:
    """The finding without what the release has no word for; nothing of a stranger."""
    words = (finding.concept, finding.value)
    if all(not word or word in knowledge.concepts for word in words):
        is_known = finding.interpretation in knowledge.concepts
        yield finding if is_known else replace(finding, interpretation="")
