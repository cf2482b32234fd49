"""Pages for people: the ontology as linked data, its overview, its releases."""
