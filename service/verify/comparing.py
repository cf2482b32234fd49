"""What a report says, against what was judged of its facts: every difference is named.

Values, the list of candidates with grades, ranks and counts, states of criteria, what
is contested, and the contradictions: what is missing is a difference, too. Which tests
are advised is not derived again, only what is said of each.
"""

from __future__ import annotations

from collections.abc import Iterator

from service.model import State
from service.reasoning.knowledge import Knowledge
from service.verify.claims import Claim, Issued
from service.verify.judging import Judged, Run
from service.verify.outcome import Fault
from service.verify.recounting import GRADE, LISTED, Recount

UNDECIDED = (State.UNKNOWN, State.CONFLICTING)


def compare(issued: Issued, judged: Judged, knowledge: Knowledge) -> Iterator[Fault]:
    """Every difference between a report and the judgement on its facts."""
    recount = Recount(judged, knowledge)
    yield from compare_values(issued, judged, knowledge)
    yield from compare_candidates(issued, recount, knowledge)
    yield from compare_components(issued, recount, knowledge)
    yield from compare_tests(issued, knowledge)
    yield from compare_contested(issued, judged, knowledge)
    yield from compare_conflicts(issued, judged, knowledge)
    yield from compare_codes(issued, recount, knowledge)


def choice_of(claim: Claim, knowledge: Knowledge) -> str:
    """The choice that a claim is about, "" for a recommended test."""
    results = knowledge.results
    if claim.code in (results.cause, results.mimic):
        return GRADE + claim.value
    return "" if claim.code == results.test else claim.code


def compare_values(
    issued: Issued, judged: Judged, knowledge: Knowledge
) -> Iterator[Fault]:
    """Each result once, with the value that its choice has."""
    wanted = sent_values(judged.second, knowledge)
    for code, value in wanted.items():
        told = [claim.value for claim in issued.claims if claim.code == code]
        if value and told != [value]:
            what = f"{value} follows, the report says {', '.join(told) or 'nothing'}"
            yield Fault(code, "value", what)
        elif told and not value:
            yield Fault(code, "value", "nothing is to be reported")
    results = knowledge.results
    known = {*wanted, results.cause, results.mimic, results.test}
    for claim in issued.claims:
        if claim.code not in known:
            yield Fault(claim.name, "value", "this service reports no such thing")


def sent_values(run: Run, knowledge: Knowledge) -> dict[str, str]:
    """The four values of a report; no pattern where the assessment is negative."""
    results = knowledge.results
    values = {code: run.reports(code) for code in results.answers}
    if values[results.assessment] == results.not_supported:
        values[results.pattern] = ""
    return values


def compare_candidates(
    issued: Issued, recount: Recount, knowledge: Knowledge
) -> Iterator[Fault]:
    """The candidates that are listed, each as cause or mimic, with grade and rank."""
    results = knowledge.results
    kinds = {results.cause: "cause", results.mimic: "mimic"}
    told = {claim.value: claim for claim in issued.claims if claim.code in kinds}
    count = sum(claim.code in kinds for claim in issued.claims)
    if count != len(told):
        yield Fault("differential", "differential", "a candidate stands there twice")
    listed = recount.listed()
    for name in sorted(told.keys() ^ {*listed}):
        what = "is listed, and missing" if name in listed else "is not to be listed"
        yield Fault("differential", "differential", f"{name} {what}")
    for rank, name in enumerate(listed, start=1):
        if name not in told:
            continue
        claim = told[name]
        if kinds[claim.code] != knowledge.hypotheses[name].kind:
            yield Fault(claim.name, "differential", "it is of the other kind")
        counts = zip(
            (results.met, results.contradicted, results.unknown),
            map(str, recount.counts(name)),
            strict=True,
        )
        wanted = {
            results.rank: str(rank),
            results.grade: recount.grade(name),
            **dict(counts),
        }
        for code, value in wanted.items():
            if claim.components.get(code) != (value,):
                said = ", ".join(claim.components.get(code, ())) or "nothing"
                what = f"{code} is {value}, the report says {said}"
                yield Fault(claim.name, "value", what)


def compare_components(
    issued: Issued, recount: Recount, knowledge: Knowledge
) -> Iterator[Fault]:
    """The state of each criterion: none is left out, none is there besides."""
    results = knowledge.results
    for claim in issued.claims:
        numbers = {results.contested}
        if claim.code in (results.cause, results.mimic):
            numbers |= {results.rank, results.grade, results.met}
            numbers |= {results.contradicted, results.unknown}
        if claim.code == results.test:
            numbers |= {results.rank}
        told = claim.components.keys() - numbers
        wanted = criteria_of(claim, recount, knowledge)
        if is_surveillance(claim, knowledge) and not told:
            continue
        for code in sorted(told ^ wanted):
            what = "missing" if code in wanted else "not one of its criteria"
            yield Fault(claim.name, "component", f"{code} is {what}")
        for code in sorted(told & wanted):
            state = results.states[recount.state(code).value]
            if claim.components[code] != (state,):
                said = ", ".join(claim.components[code])
                what = f"{code} is {state}, the report says {said}"
                yield Fault(claim.name, "component", what)


def criteria_of(claim: Claim, recount: Recount, knowledge: Knowledge) -> set[str]:
    """The criteria whose states a claim reports."""
    results = knowledge.results
    if claim.code == results.criterion:
        return {*knowledge.of_kind("definition")}
    if claim.code in (results.cause, results.mimic):
        return {row.criterion for row in knowledge.criteria.get(claim.value, ())}
    if claim.code == results.test and claim.value in knowledge.tests:
        decides = knowledge.tests[claim.value].decides
        return {name for name in decides if recount.state(name) in UNDECIDED}
    return set()


def is_surveillance(claim: Claim, knowledge: Knowledge) -> bool:
    """Whether it is a test of the further course, which need not decide anything."""
    test = knowledge.tests.get(claim.value)
    return test is not None and test.is_surveillance


def compare_tests(issued: Issued, knowledge: Knowledge) -> Iterator[Fault]:
    """That tests are tests, and their ranks without a gap; not which are advised."""
    results = knowledge.results
    told = [claim for claim in issued.claims if claim.code == results.test]
    for rank, claim in enumerate(told, start=1):
        if claim.value not in knowledge.tests:
            yield Fault(claim.name, "value", "there is no such test")
        if claim.components.get(results.rank) != (str(rank),):
            yield Fault(claim.name, "value", f"{results.rank} is {rank}")


def compare_contested(
    issued: Issued, judged: Judged, knowledge: Knowledge
) -> Iterator[Fault]:
    """The other value that each result would have with all findings."""
    results = knowledge.results
    for claim in issued.claims:
        choice = choice_of(claim, knowledge)
        if not choice:
            continue
        wanted = contested(choice, judged, knowledge)
        told = claim.components.get(results.contested, ())
        if told != wanted:
            what = f"contested is {', '.join(wanted) or 'nothing'}"
            what += f", the report says {', '.join(told) or 'nothing'}"
            yield Fault(claim.name, "conflict", what)


def contested(choice: str, judged: Judged, knowledge: Knowledge) -> tuple[str, ...]:
    """The value before findings were set aside, where it is another one."""
    if choice.startswith(GRADE):
        hypothesis = LISTED + choice.removeprefix(GRADE)
        runs = (judged.first, judged.second)
        if not any(hypothesis in run.classes for run in runs):
            return ()
        before, after = (run.reports(choice) for run in runs)
    else:
        before, after = (
            sent_values(run, knowledge).get(choice, "")
            for run in (judged.first, judged.second)
        )
    return (before,) if before and before != after else ()


def compare_conflicts(
    issued: Issued, judged: Judged, knowledge: Knowledge
) -> Iterator[Fault]:
    """The facts that contradict each other, all of them told."""
    states = knowledge.results.states
    wanted = {(f.concept, states[f.state.value]) for f in judged.aside}
    for concept, state in sorted(wanted - issued.contradictions):
        what = f"{concept} ({state}) is contradicted, and no DetectedIssue says so"
        yield Fault("conflicts", "conflict", what)
    for concept, state in sorted(issued.contradictions - wanted):
        yield Fault("conflicts", "conflict", f"nothing contradicts {concept} ({state})")


def compare_codes(
    issued: Issued, recount: Recount, knowledge: Knowledge
) -> Iterator[Fault]:
    """conclusionCode: the likely candidates, after the disease if it is supported."""
    results = knowledge.results
    wanted = [h for h in recount.listed() if recount.grade(h) == results.likely]
    values = sent_values(recount.judged.second, knowledge)
    if values[results.assessment] == results.supported:
        wanted.insert(0, results.disease)
    if [*issued.codes] != wanted:
        what = f"the codes are {', '.join(wanted) or 'none'}"
        yield Fault("conclusionCode", "value", what)
