"""The FHIR door: resources come in and go out here, and nowhere else."""
