"""What DPO Reasoner does with real FHIR servers."""
