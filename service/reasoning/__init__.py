"""The knowledge door: pure Python over `ontology/build`, no JVM, no clinical word."""
