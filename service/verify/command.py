"""`dpo verify`: what it reads, what it writes, what it says when it cannot."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from service.config import Config
from service.reasoning.knowledge import load
from service.verify.outcome import Verdict, Verification
from service.verify.reading import UnreadableReport
from service.verify.reasoner import ReasonerMissing
from service.verify.showing import exit_code, render_outcome
from service.verify.verifier import Verifier

# Nobody waits for an answer, and a Bundle may hold many reports.
SECONDS = 600


class Unverifiable(Exception):
    """It cannot be said whether the report holds; the message says what to change."""


def verify_file(content: bytes, config: Config, folder: str | None) -> tuple[str, bool]:
    """The outcome as text, and whether every report is verified.

    With a `folder` each certificate is written there as OWL. Raises Unverifiable, and
    MalformedDocument for what is no JSON.
    """
    verifier = Verifier(config.build, load(config.build), SECONDS)
    try:
        outcomes = verifier.verify(content)
    except UnreadableReport as problem:
        raise Unverifiable(str(problem)) from None
    except ReasonerMissing as problem:
        message = f"needs Java and the optional extra `verify`: {problem}"
        raise Unverifiable(message) from None
    finally:
        verifier.close()
    if folder is not None:
        try:
            write_certificates(outcomes, Path(folder))
        except OSError as problem:
            message = f"cannot write into {folder}: {problem.strerror}"
            raise Unverifiable(message) from None
    return f"{render_outcome(outcomes)}\n", not exit_code(outcomes)


def write_certificates(outcomes: Sequence[Verification], folder: Path) -> None:
    """One file in functional syntax for each value of each verified report.

    Only there do identifier and values name what they should, and no other folder.
    """
    for outcome in outcomes:
        if outcome.verdict is not Verdict.VERIFIED:
            continue
        place = folder / outcome.identifier[:12]
        place.mkdir(parents=True, exist_ok=True)
        for number, step in enumerate(outcome.steps, start=1):
            value = step.claim.split(" = ")[-1]
            (place / f"{number:02}-{value}.ofn").write_text(step.document, "utf-8")
