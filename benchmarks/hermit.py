"""One case through owlready2 and HermiT, as one would do without compiled rules."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import owlready2

from service.model import Finding, State
from service.reasoning.knowledge import Knowledge

BASE = "https://w3id.org/pulmonary-ossification/"


def reason_once(findings: Sequence[Finding], knowledge: Knowledge, owl: Path) -> float:
    """Seconds of one `sync_reasoner_hermit`, the JVM included, loading left out."""
    world = owlready2.World()
    ontology = world.get_ontology(owl.as_uri()).load()
    names = ontology.get_namespace(BASE)
    with ontology:
        case = names["case"]("the_case")
        for number, finding in enumerate(findings):
            if finding.state is State.ABSENT:
                case.is_a.append(names[f"excluded_{finding.concept}"])
                continue
            item = names[finding.concept](f"finding_{number}")
            for name in filter(None, (finding.value, finding.interpretation)):
                item.is_a.append(names[name])
            if finding.interval and finding.interval.low is not None:
                names["atLeast"][item].append(float(finding.interval.low))
            if finding.interval and finding.interval.high is not None:
                names["atMost"][item].append(float(finding.interval.high))
            relation = knowledge.relations[knowledge.concepts[finding.concept].kind]
            names[relation][case].append(item)
    start = time.perf_counter()
    owlready2.sync_reasoner_hermit(world, infer_property_values=False, debug=0)
    return time.perf_counter() - start
