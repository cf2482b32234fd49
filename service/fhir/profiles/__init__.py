"""StructureDefinitions: what each resource of a report must and may hold.

The JSON files say what is ours: names in both languages and the differential, its
elements in the order of the base definition. `definitions` adds what follows from the
release. An Observation's profile has the id of its code, with hyphens.
"""
