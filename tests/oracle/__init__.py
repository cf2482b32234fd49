"""A second opinion on the evaluator: HermiT and Konclude over the published OWL.

Nothing here calls the evaluator or the compiler. `judge` answers one case from
`ontology/build/dpo.owl` alone, with a choice step of its own; `tests/test_oracle.py`
compares the answers.
"""
