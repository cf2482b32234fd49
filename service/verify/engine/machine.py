"""The Java virtual machine of this process, with HermiT on its class path.

jpype and the jar come with the optional extra `verify`, so both are looked for when
they are asked for: nothing of the service needs them to be imported.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

# jpype ships no types: a module of it, or an object of the virtual machine
Java: TypeAlias = Any
OPTIONS = ("-XX:+UseSerialGC", "-Xmx1g")
API = "org.semanticweb.owlapi"
REASONER = "org.semanticweb.HermiT.Reasoner"


class ExtraMissing(Exception):
    """The optional extra, or Java, is not installed."""


def start_java() -> None:
    """Start the virtual machine; raises ExtraMissing when there is none."""
    jar = find_jar()
    jpype = import_module("jpype")
    try:
        jpype.startJVM(*OPTIONS, classpath=[str(jar)], convertStrings=True)
    except (OSError, jpype.JVMNotFoundException):
        raise ExtraMissing("Java is not installed: version 11 or later") from None


def find_jar() -> Path:
    """The HermiT that owlready2 brings along: 1.3.8 with the OWL API 3."""
    jpype, owlready = find_spec("jpype"), find_spec("owlready2")
    if jpype is None or owlready is None or owlready.origin is None:
        raise ExtraMissing("jpype1 and owlready2 are not installed")
    jar = Path(owlready.origin).parent / "hermit" / "HermiT.jar"
    if not jar.is_file():
        raise ExtraMissing("this owlready2 has no HermiT.jar")
    return jar


def java_type(name: str) -> Java:
    """A class of the virtual machine."""
    return import_module("jpype").JClass(name)
