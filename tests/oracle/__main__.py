"""`python -m tests.oracle --cases 100000`: the long run of random cases.

Prints a progress bar, and each disagreement as soon as its block is done; returns 1 if
there was one. With --record a clean run is written down, as far as it has come, in
`long-run.json` and in docs/reference/proof.md.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path

from tests.oracle.blocks import Shares, Tally, judge_block
from tests.oracle.page import keep
from tests.oracle.record import Record, counts_of, logic_hash, oracles

BUILD = Path(__file__).parents[2] / "ontology" / "build"
BLOCK = 1000
KEPT = 5  # blocks from one record to the next
WIDTH = 30


def main(arguments: list[str] | None = None) -> int:
    """Return 0 when nobody disagrees, 1 when somebody does."""
    options = _read(arguments)
    shares = Shares(options.hermit, options.konclude)
    rules = logic_hash(json.loads((BUILD / "rules.json").read_bytes()))
    started = time.monotonic()
    total = Tally()
    with ProcessPoolExecutor(options.processes, get_context("spawn")) as pool:
        asked: list[Future[Tally]] = [
            pool.submit(
                judge_block, BUILD, start, min(BLOCK, options.cases - i), shares
            )
            for i in range(0, options.cases, BLOCK)
            for start in [options.seed + i * 10]
        ]
        _show(total, options.cases, started)
        for number, done in enumerate(as_completed(asked), 1):
            total += done.result()
            for line in done.result().disagreements:
                print(f"\n{line}")
            _show(total, options.cases, started)
            is_due = number % KEPT == 0 or number == len(asked)
            if options.record and is_due and not total.disagreements:
                _record(total, options, rules)
    print()
    return 1 if total.disagreements else 0


def _read(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.oracle")
    parser.add_argument("--cases", type=int, default=2000, help="how many cases")
    parser.add_argument("--seed", type=int, default=1, help="other cases, another seed")
    share = "every n-th case is judged by %s too; 0 for none"
    parser.add_argument("--hermit", type=int, default=20, help=share % "HermiT")
    parser.add_argument("--konclude", type=int, default=20, help=share % "Konclude")
    processes = os.cpu_count() or 1
    parser.add_argument("--processes", type=int, default=processes)
    parser.add_argument("--record", action="store_true", help="for the proof page")
    return parser.parse_args(arguments)


def _show(total: Tally, wanted: int, started: float) -> None:
    """One line, written over itself: a bar, the counts, the time left."""
    share = total.cases / wanted
    bar = "#" * int(share * WIDTH)
    elapsed = time.monotonic() - started
    left = f"{elapsed / share * (1 - share):.0f} s left" if share else "starting"
    line = (
        f"\r[{bar:<{WIDTH}}] {total.cases} of {wanted} cases, "
        f"{total.entailments} entailments, HermiT {total.hermit}, "
        f"Konclude {total.konclude}, {len(total.disagreements)} disagreements, {left} "
    )
    print(line, end="", flush=True)


def _record(total: Tally, options: argparse.Namespace, rules: str) -> None:
    record = Record(
        date=datetime.now(UTC).date().isoformat(),
        rules=rules,
        seed=options.seed,
        hermit_share=options.hermit,
        konclude_share=options.konclude,
        oracles=oracles(),
        counts=counts_of(total),
    )
    keep(record, rules)


if __name__ == "__main__":
    sys.exit(main())
