"""What `dpo verify` rests on, with HermiT itself: certificates hold, damage does not.

Every question is also put to a forward chainer, which must give the same classes; a
reasoner that is missing fails these tests. Source: ontology.md 4.3, 5 and 7.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from service.config import SHIPPED_BUILD
from service.reasoning.knowledge import Knowledge
from service.regression.generated import random_case, read_vocabulary
from service.verify.assertions import assert_facts
from service.verify.outcome import Verdict, Verification
from service.verify.reading import read_reports
from service.verify.reasoner import Assertion, OutOfTime, Reasoner, ReasonerFailed
from service.verify.released import read_ontology
from service.verify.terminology import Subsumption, Terminology
from service.verify.verification import verify_issued
from tests.shorthand import read_findings
from tests.verifying.chainer import chain
from tests.verifying.damage import DAMAGES, Damage
from tests.verifying.leaves import accepted, changed
from tests.verifying.reports import Json, bundles, report_of, report_on, written

pytestmark = pytest.mark.reasoner
CASES = Path(__file__).parent / "cases"
# Seconds for one report on a machine that is busy.
PATIENCE = 300
# more on request: DPO_VERIFY_CASES=1000
RANDOM_CASES = int(os.environ.get("DPO_VERIFY_CASES", "20"))
Verify = Callable[[Json], tuple[Verification, ...]]


@pytest.fixture(scope="module")
def terminology() -> Terminology:
    """The released ontology, read once."""
    return read_ontology(SHIPPED_BUILD / "dpo.owl")


@pytest.fixture(scope="module")
def reasoner() -> Iterator[Reasoner]:
    """One warm HermiT for all tests."""
    reasoner = Reasoner()
    yield reasoner
    reasoner.close()


@pytest.fixture(scope="module")
def verify(
    knowledge: Knowledge, terminology: Terminology, reasoner: Reasoner
) -> Verify:
    """Verifies every report of a document; the chainer must agree on every answer."""

    def ask(
        axioms: Iterable[Subsumption], assertions: Iterable[Assertion]
    ) -> frozenset[str]:
        known, told = [*axioms], [*assertions]
        types = reasoner.types(known, told, time.monotonic() + PATIENCE)
        assert types == chain(known, told)
        return types

    def verify(document: Json) -> tuple[Verification, ...]:
        reports = read_reports(written(document), knowledge)
        return tuple(verify_issued(r, knowledge, terminology, ask) for r in reports)

    return verify


@pytest.mark.parametrize("path", bundles(), ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_hermit_derives_every_value_again(
    path: Path, knowledge: Knowledge, verify: Verify
) -> None:
    """Of all worked and published cases."""
    outcomes = verify(report_of(path.read_bytes(), knowledge))

    assert [outcome.faults for outcome in outcomes if outcome.faults] == []
    assert {outcome.verdict for outcome in outcomes} == {Verdict.VERIFIED}


@pytest.mark.parametrize("seed", range(1000, 1000 + RANDOM_CASES))
def test_hermit_verifies_a_random_case(
    seed: int, knowledge: Knowledge, verify: Verify
) -> None:
    """Conflicts, bounds and overriders that no written case has."""
    words = read_vocabulary(json.loads((SHIPPED_BUILD / "rules.json").read_bytes()))
    (outcome,) = verify(report_on(random_case(seed, words), knowledge))

    assert outcome.faults == ()
    assert outcome.verdict is Verdict.VERIFIED


@pytest.mark.parametrize("way", DAMAGES, ids=lambda way: way.name)
def test_hermit_refuses_a_damaged_report(
    way: Damage, knowledge: Knowledge, verify: Verify
) -> None:
    """And the broken step is named."""
    content = (CASES / "contradicting-data/bundle.json").read_bytes()
    damaged = next(way.apply(report_of(content, knowledge), knowledge))
    (outcome,) = verify(damaged)

    assert outcome.verdict is Verdict.REFUSED
    assert {fault.kind for fault in outcome.faults} & way.kinds


def test_no_value_at_all_can_be_changed(
    knowledge: Knowledge, terminology: Terminology
) -> None:
    """Every value that verification vouches for, one after the other (no Java here)."""
    content = (CASES / "contradicting-data/bundle.json").read_bytes()
    document = report_of(content, knowledge)

    assert accepted(changed(document), knowledge, terminology) == []


def test_the_chainer_verifies_many_random_cases(
    knowledge: Knowledge, terminology: Terminology
) -> None:
    """Five times as many as HermiT gets (no Java here either)."""
    words = read_vocabulary(json.loads((SHIPPED_BUILD / "rules.json").read_bytes()))
    faults = {}
    for seed in range(5000, 5000 + 5 * RANDOM_CASES):
        document = report_on(random_case(seed, words), knowledge)
        (issued,) = read_reports(written(document), knowledge)
        faults[seed] = verify_issued(issued, knowledge, terminology, chain).faults

    assert {seed: found for seed, found in faults.items() if found} == {}


PLANTED = """
import json, sys
from service.verify.engine.hermit import Unreliable, open_hermit
from service.verify.engine.machine import start_java

start_java()
hermit = open_hermit("urn:x:")
axioms = [[["a"], "b", None, ""], [["b", "d"], "e", None, ""]]
logic = [hermit.axiom(row) for row in axioms]
logic.append(hermit.assertion(["class", "a", "c"]))
for found, others in (("ab", "de"), ("a", "bde"), ("abd", "e"), ("ad", "be")):
    try:
        hermit.prove(logic, set(found), set(others))
    except Unreliable:
        print("refused")
    else:
        print("proved")
"""


def test_a_planted_error_of_hermit_is_noticed() -> None:
    """A class that is lost, one that is added, and both at once (ontology.md 4.3)."""
    done = subprocess.run(
        [sys.executable, "-c", PLANTED],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )

    assert done.stdout.split() == ["proved", "refused", "refused", "refused"]


def question(
    knowledge: Knowledge, terminology: Terminology
) -> tuple[tuple[Subsumption, ...], tuple[Assertion, ...]]:
    """Something to ask."""
    rows = assert_facts(read_findings("E", knowledge), (), terminology)
    return terminology.module(row[1] for row in rows), rows


def test_a_late_reasoner_is_ended_and_another_one_started(
    knowledge: Knowledge, terminology: Terminology
) -> None:
    """No request waits beyond its time, and the next one is answered."""
    reasoner, asked = Reasoner(), question(knowledge, terminology)
    with pytest.raises(OutOfTime):
        reasoner.types(*asked, time.monotonic() + 0.05)
    answer = reasoner.types(*asked, time.monotonic() + PATIENCE)
    reasoner.close()

    assert answer == chain(*asked)


def test_a_lost_reasoner_is_noticed_and_another_one_started(
    knowledge: Knowledge, terminology: Terminology
) -> None:
    """A process that was killed gives no answer, and no wrong one."""
    reasoner, asked = Reasoner(), question(knowledge, terminology)
    first = reasoner.types(*asked, time.monotonic() + PATIENCE)
    assert reasoner.child is not None
    os.killpg(reasoner.child.process.pid, signal.SIGKILL)
    reasoner.child.process.wait()
    with pytest.raises(ReasonerFailed):
        reasoner.types(*asked, time.monotonic() + PATIENCE)
    again = reasoner.types(*asked, time.monotonic() + PATIENCE)
    reasoner.close()

    assert first == again
