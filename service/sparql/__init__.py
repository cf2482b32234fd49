"""The window beside the line: read-only SPARQL on the ontology, never on patients."""
