"""What can be wrong with the ontology build: the process must then not start.

These are no answers to a request, hence not part of the tree in `service.errors`.
"""

from __future__ import annotations


class KnowledgeError(Exception):
    """A file of `ontology/build` is missing, unreadable or not as it should be."""


class ManifestMismatch(KnowledgeError):
    """A file of `ontology/build` is not the one whose hash the manifest holds."""


class RuleCycle(KnowledgeError):
    """A class of cases depends on itself, so that no order of the rules exists."""
