"""A report as RDF, for its own client: PROV-O and the ontology's own terms.

Reports leave by this door and enter nothing: no store, no query, no dataset.
"""
