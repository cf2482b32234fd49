"""Whether a report can be believed: a description-logic reasoner derives it again.

From a report only what it certifies is taken (the facts of the case, and of each value
the axioms and facts cited for it), from us only the released ontology. `released` reads
the axioms, `reading` the report; `judging` asks HermiT what follows of all facts,
`certificates` what follows of the cited ones; `comparing` names each step that does not
hold. HermiT needs Java and the optional extra `verify`; nothing outside this package
imports it, and the evaluator is not asked here.
"""
