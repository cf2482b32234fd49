"""Reports about the knowledge, generated from the ontology and the worked cases."""
