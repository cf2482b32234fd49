"""What a report says, in words: Conclusions and Knowledge in, sentences out.

Sentences come from the criteria table, the labels and the phrase rows of the
ontology; Python only fills places. Every text output is made from `Wording`.
"""

from service.wording.compose import word_report
from service.wording.shape import Wording

__all__ = ["Wording", "word_report"]
