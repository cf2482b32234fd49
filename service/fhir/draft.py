"""What every builder of one report shares, and the elements all parts have alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import MAXYEAR, datetime

from service.fhir.codes import AI_ASSERTED, Resource, coding, present, unique
from service.fhir.identity import REPORT, Form, Names, Part
from service.fhir.terminology.header import canonical
from service.model import Case, Conclusions, LedgerRow, When
from service.reasoning.knowledge import Knowledge
from service.wording import Wording

STRUCTURE = "StructureDefinition"


@dataclass(frozen=True, slots=True)
class Draft:
    """One report in the making.

    `issued` is a FHIR instant; `ledger` holds the rows that concern this subject and
    `ledger_url` is the fullUrl of the one ledger of a collection; `time` is the
    effective time that every resource of the report has.
    """

    case: Case
    conclusions: Conclusions
    ledger: tuple[LedgerRow, ...]
    knowledge: Knowledge
    names: Names
    wording: Wording
    issued: str
    ledger_url: str
    time: Resource

    @property
    def language(self) -> str:
        """The language of all text (en, fr)."""
        return self.wording.language


def open_resource(
    part: Part,
    draft: Draft,
    *,
    profile: str = "",
    asserted: bool = True,
    restricted: bool = True,
) -> Resource:
    """The first elements of a part: type, id, profile, security labels, language.

    `profile` is the id of a StructureDefinition of ours. A contained resource must
    carry no security label (invariant dom-5): there the report that contains it
    carries them for all.
    """
    profiles = [canonical(STRUCTURE, profile)] if profile else []
    is_labelled = draft.names.form is not Form.CONTAINED or part == REPORT
    labels = [dict(AI_ASSERTED)] if asserted else []
    labels += restrictions(draft.case) if restricted else []
    return present(
        {
            "resourceType": part.type,
            "id": draft.names.id_of(part) if has_id(part, draft) else "",
            "meta": present(
                {"profile": profiles, "security": labels if is_labelled else []}
            ),
            "language": draft.language,
        }
    )


def has_id(part: Part, draft: Draft) -> bool:
    """The containing report of the contained form has no id of its own."""
    return draft.names.form is not Form.CONTAINED or part != REPORT


def restrictions(case: Case) -> list[Resource]:
    """The labels of restricted input, which what follows from it must carry."""
    labels = [
        coding(label.system, label.code, label.display) for label in case.security
    ]
    return unique(label for label in labels if label["code"] != AI_ASSERTED["code"])


def subject(draft: Draft) -> Resource:
    """The subject's reference as the sender wrote it; empty for an anonymous one."""
    if not draft.names.subject:
        return {}
    return {"reference": draft.names.subject}


def effective(case: Case) -> Resource:
    """The time of the imaging evidence: one dateTime, a Period, or nothing.

    The sender's own texts are kept. Evidence at several times gives the Period from
    the earliest to the latest; the time of reasoning never takes their place.
    """
    times = [finding.when for finding in case.findings if finding.is_imaging]
    dated = sorted({when for when in times if when is not None}, key=in_time)
    if not dated:
        return {}
    if len({(when.text, when.end_text) for when in dated}) == 1:
        first = dated[0]
        if not (first.end_text or is_open(first)):
            return {"effectiveDateTime": first.text}
    latest = max(dated, key=lambda when: (when.end, when.end_text or when.text))
    end = "" if is_open(latest) else latest.end_text or latest.text
    return {"effectivePeriod": present({"start": dated[0].text, "end": end})}


def in_time(when: When) -> tuple[datetime, datetime, str, str]:
    """An order of times that does not depend on the order of the request."""
    return when.start, when.end, when.text, when.end_text


def is_open(when: When) -> bool:
    """Whether it is a Period that has not ended."""
    return when.end.year == MAXYEAR
