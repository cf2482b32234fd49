"""What reports and imaging studies say of the resources that they contain."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from service.fhir.bundle import Entry
from service.fhir.references import Found, Index, literal_of, references_in
from service.fhir.resources import Surroundings

Key = tuple[int, int]
# Panels of panels are followed so far: what a report lists itself is never cut.
MAX_MEMBERS, NEAR_MEMBERS = 200, 16


def survey(index: Index, entries: Iterable[Entry]) -> Surroundings:
    """Which resources stand together, and which of them are about images.

    Observations are together with the report that has them as its result (directly or
    as members of a panel) and with the study that they are derived from or part of.
    """
    together: defaultdict[Key, set[str]] = defaultdict(set)
    imaging: set[Key] = set()
    for entry in entries:
        found = Found(entry, entry.resource or {})
        if found.type == "DiagnosticReport":
            _survey_report(found, index, together, imaging)
        elif found.type == "Observation":
            for name in _studies(found, index):
                together[found.key].add(name)
                imaging.add(found.key)
        elif found.type == "ImagingStudy":
            for procedure in index.linked(found, "procedureReference"):
                imaging.add(procedure.key)
    names = {key: frozenset(group) for key, group in together.items()}
    return Surroundings(index, names, frozenset(imaging))


def _survey_report(
    report: Found,
    index: Index,
    together: defaultdict[Key, set[str]],
    imaging: set[Key],
) -> None:
    names = {report.entry.reference or f"#{report.entry.index}"}
    studies = [*_names(report, index, "imagingStudy"), *_names(report, index, "study")]
    names.update(studies)
    members = {report.key, *(each.key for each in members_of(report, index))}
    for key in members:
        together[key] |= names
    if studies:
        imaging |= members


def members_of(holder: Found, index: Index, limit: int = MAX_MEMBERS) -> list[Found]:
    """The results of a report and members of a panel, each one time; cycles end."""
    waiting = [*index.linked(holder, "result"), *index.linked(holder, "hasMember")]
    seen = {found.key: found for found in waiting}
    while waiting and len(seen) < limit:
        for found in index.linked(waiting.pop(), "hasMember"):
            if found.key not in seen:
                seen[found.key] = found
                waiting.append(found)
    return list(seen.values())


def contains_itself(holder: Found, index: Index) -> bool:
    """Whether the near members of a panel lead back to it (row D3)."""
    if "hasMember" not in holder.resource:
        return False
    members = members_of(holder, index, limit=NEAR_MEMBERS)
    return any(found.key == holder.key for found in members)


def _names(found: Found, index: Index, element: str) -> Iterator[str]:
    """The names of what the element refers to, in the request or not."""
    for reference in references_in(found.resource, element):
        targets = index.resolve(reference, found)
        name = targets[0].entry.reference if targets else literal_of(reference)
        if name:
            yield name


def _studies(found: Found, index: Index) -> Iterator[str]:
    """The imaging studies that an Observation comes from."""
    for element in ("derivedFrom", "partOf"):
        for reference in references_in(found.resource, element):
            targets = index.resolve(reference, found)
            if any(target.type == "ImagingStudy" for target in targets):
                yield targets[0].entry.reference or f"#{targets[0].entry.index}"
            elif not targets and "ImagingStudy/" in literal_of(reference):
                yield literal_of(reference)
