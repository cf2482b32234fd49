"""The Java virtual machine of this process, with HermiT on its class path.

jpype is imported when it is asked for: the dependency group `oracle` is not part of
the default set-up, and collecting the tests must not need it. Running them does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypeAlias

# jpype ships no types: a module of it, or an object of the virtual machine
Java: TypeAlias = Any
OPTIONS = ("-XX:+UseSerialGC", "-Xmx2g")


class OracleError(Exception):
    """The oracle cannot be asked; the proof has failed, it is not skipped."""


def run_java() -> None:
    """Start the virtual machine, once; raises when there is none."""
    jpype = _jpype()
    if not jpype.isJVMStarted():
        jpype.startJVM(*OPTIONS, classpath=[_jar()], convertStrings=True)


def java_type(name: str) -> Java:
    """A class of the virtual machine."""
    return _jpype().JClass(name)


@contextmanager
def java_errors() -> Iterator[None]:
    """Turn a Java exception, which cannot travel to another process, into ours."""
    try:
        yield
    except _jpype().JException as problem:
        raise OracleError(str(problem)) from None


def _jpype() -> Java:
    return import_module("jpype")


def _jar() -> str:
    """The HermiT that owlready2 brings along: version 1.3.8 with the OWL API 3."""
    spec = find_spec("owlready2")
    if spec is None or spec.origin is None:
        raise OracleError("owlready2 is not installed (dependency group oracle)")
    jar = Path(spec.origin).parent / "hermit" / "HermiT.jar"
    if not jar.is_file():
        raise OracleError("this owlready2 has no HermiT.jar")
    return str(jar)
