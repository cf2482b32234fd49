"""Second opinions on the evaluator, each from the published OWL alone.

Oracles: `answer_sets` (clingo, all cases), `hermit` with `judge` (one case at a time),
`konclude` (small batches); `strict` asks HermiT about the strict companion.
Cases: `corpus`, from `exhaustive`, `telling` and `stored` (searched by `seek`),
`generator` (cuts) and `drawing` (random).
Faults: `mutants` and `faults` plant them, `equivalence` shows which change nothing.
`trial` asks the oracles once for CI, `python -m tests.oracle` about many random cases;
`page` and `record` hold docs/reference/proof.md to the counts.

The evaluator is asked where it is judged (`compare`, `faults`) and where cases are
searched (`exhaustive`, `telling`); no oracle uses it, or the compiler.
"""
