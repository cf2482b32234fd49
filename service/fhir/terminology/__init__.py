"""FHIR terminology: CodeSystem, ValueSets, ConceptMaps and the questions to them.

Everything is made from Knowledge at its first use and kept with it. What a resource
says stands in both languages in the one resource (designations, and HL7's extension
`translation`); an operation answers in the language that was asked for.
Source: http://hl7.org/fhir/R4/terminology-module.html and the definitions of R4 4.0.1.
"""
