"""What others would take in place of our evaluator, on the same cases.

`race` starts each engine in a process of its own (`child`), hands it one task after the
other and ends it when its time is over. An engine that hangs or breaks costs a line of
the table, not the run.
"""
