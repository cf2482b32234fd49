"""What differs between two releases of the ontology, and what that concludes."""
