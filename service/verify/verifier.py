"""The verifier of one build: its ontology, read when it is first needed, and HermiT.

The service asks it before an answer leaves (`verify=dl`), the command line about a
report that was kept.
"""

from __future__ import annotations

import hashlib
import logging
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from threading import Lock

from service.errors import NotServed, Unjustified
from service.reasoning.knowledge import Knowledge
from service.reasoning.problems import ManifestMismatch
from service.reasoning.terms import as_object
from service.verify.outcome import Verdict, Verification
from service.verify.reasoner import Reasoner, ReasonerMissing
from service.verify.released import read_ontology
from service.verify.terminology import Terminology
from service.verify.verification import SECONDS, verify_report

LOGGER = logging.getLogger("service")
OWL = "dpo.owl"
MISSING = (
    "verify=dl needs Java and the optional extra `verify`: "
    "install them, or leave the parameter out."
)


class Verifier:
    """Verifies reports by one build. Threads may share it; `close` it at last.

    The reasoner knows no build, so that verifiers of several releases may share one.
    """

    def __init__(
        self,
        build: Path,
        knowledge: Knowledge,
        seconds: float = SECONDS,
        reasoner: Reasoner | None = None,
    ) -> None:
        self.build, self.knowledge, self.seconds = build, knowledge, seconds
        self.reasoner = reasoner or Reasoner()
        self.lock = Lock()
        self.read: Terminology | None = None

    def terminology(self) -> Terminology:
        """The released ontology; raises ManifestMismatch for another file."""
        with self.lock:
            if self.read is None:
                path = self.build / OWL
                check_hash(path, self.knowledge)
                self.read = read_ontology(path)
            return self.read

    def verify(self, content: bytes) -> tuple[Verification, ...]:
        """The outcome for each report of a document.

        Raises UnreadableReport, MalformedDocument and ReasonerMissing.
        """
        terminology = self.terminology()
        return verify_report(
            content, self.knowledge, terminology, self.reasoner, self.seconds
        )

    def check_answer(self, content: bytes) -> Verdict:
        """Whether an answer that is about to leave was verified, or not in time.

        Raises NotServed (501) without the extra, and Unjustified (500) when the
        reasoner does not derive what the answer says: that is our defect.
        """
        try:
            outcomes = self.verify(content)
        except ReasonerMissing:
            raise NotServed(MISSING) from None
        if any(each.verdict is Verdict.REFUSED for each in outcomes):
            alert(outcomes)
            raise Unjustified("the reasoner does not derive what the report says")
        verdicts = {each.verdict for each in outcomes}
        return (
            Verdict.NOT_VERIFIED if verdicts - {Verdict.VERIFIED} else Verdict.VERIFIED
        )

    def close(self) -> None:
        """End the reasoner."""
        self.reasoner.close()


def check_hash(path: Path, knowledge: Knowledge) -> None:
    """Raise ManifestMismatch unless this is the file that the manifest names."""
    expected = as_object(knowledge.manifest.get("files")).get(path.name)
    if hashlib.sha256(path.read_bytes()).hexdigest() != expected:
        raise ManifestMismatch(f"{path.name} is not the file that the manifest names")


def alert(outcomes: Sequence[Verification]) -> None:
    """Log how many steps of which kind are broken, and nothing of the patient."""
    kinds = Counter(fault.kind for each in outcomes for fault in each.faults)
    facts = {"error": "verification", "steps": dict(kinds)}
    LOGGER.error("verify: %s", facts, extra={"facts": facts})
