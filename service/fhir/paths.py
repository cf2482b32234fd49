"""FHIRPath expressions that select exactly one node of the posted document.

JSON and FHIRPath name an element alike but for choices: `valueQuantity` is `value` in
FHIRPath. A place that FHIRPath cannot name (a null, a key that is no element) is told
by its nearest ancestor that can be named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

Step = str | int

_STEP = re.compile(r"([A-Za-z_]\w*)(\[x\])?|\[(\d+)\]")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9]{0,63}")
# The choice elements of the resources that are read, and of Extension.
_CHOICE = re.compile(
    "(value|effective|performed|occurrence|occurence|onset|abatement|deceased"
    "|multipleBirth|medication|born|age|item|reported)"
    "(Quantity|CodeableConcept|String|Boolean|Integer|Range|Ratio|SampledData|Time"
    "|DateTime|Date|Period|Reference|Age|Timing|Instant|Identifier|Coding|Uri|Url"
    "|Canonical|Code|Id|Oid|Uuid|Decimal|Markdown|Base64Binary|PositiveInt"
    "|UnsignedInt|Attachment|Annotation|HumanName|Address|ContactPoint|Signature"
    "|Meta|Dosage|Money|Count|Distance|Duration)"
)


def element_path(steps: Sequence[Step]) -> str:
    """The FHIRPath of JSON steps, cut before the first that FHIRPath cannot name.

    >>> element_path(("Bundle", "entry", 3, "resource", "valueQuantity", "value"))
    'Bundle.entry[3].resource.value.value'
    """
    path = ""
    for step in steps:
        if isinstance(step, int):
            path += f"[{step}]"
        elif _NAME.fullmatch(step):
            path += f".{fhirpath_name(step)}" if path else step
        else:
            break
    return path


@lru_cache(maxsize=1024)
def fhirpath_name(name: str) -> str:
    """The name of an element in FHIRPath: a choice without its type."""
    choice = _CHOICE.fullmatch(name)
    return choice[1] if choice else name


def steps_of(path: str) -> tuple[Step, ...]:
    """The steps of a path as fhirkit writes it; `value[x]` ends before the choice."""
    steps: list[Step] = []
    for name, choice, index in _STEP.findall(path):
        if choice:
            break
        steps.append(int(index) if index else name)
    return tuple(steps)


def locate(root: Any, steps: Sequence[Step]) -> str:
    """The FHIRPath of the nearest node on the way that is there and is one node.

    The first step is the type of the root; "" when there is no such root.
    """
    node, found = root, tuple(steps[:1])
    for place, step in enumerate(steps[1:], start=1):
        node = _child(node, step)
        if node is None:
            break
        if not isinstance(node, list):
            found = tuple(steps[: place + 1])
    return element_path(found)


def _child(node: Any, step: Step) -> Any:
    if isinstance(node, dict) and isinstance(step, str):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return None
