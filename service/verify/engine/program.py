"""The program of the process: questions in, classes out, until the socket closes.

It gets axioms and assertions and no name of a patient, and says nothing but its
answers: what Java prints goes nowhere, as a text of it could repeat the facts.
"""

from __future__ import annotations

import os
import socket
from importlib import import_module

from service.sparql.frames import BrokenFrame, Head, read_frame, send_frame
from service.verify.engine.hermit import Hermit, Unreliable, open_hermit
from service.verify.engine.machine import ExtraMissing, start_java


def main(descriptor: int, base: str) -> None:
    """Serve the socket of this descriptor; names of classes stand under `base`."""
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=descriptor)
    try:
        start_java()
        hermit = open_hermit(base)
    except ExtraMissing as problem:
        send_frame(channel, {"missing": str(problem)})
        return
    send_frame(channel, {"ready": True})
    try:
        while True:
            question, _ = read_frame(channel.recv)
            send_frame(channel, answer(question, hermit))
    except BrokenFrame:
        # the other side is gone; a virtual machine that works would be waited for
        os._exit(0)


def answer(question: Head, hermit: Hermit) -> Head:
    """The classes, or the kind of fault, without a text of Java."""
    problems = import_module("jpype").JException
    try:
        axioms, assertions = question["axioms"], question["assertions"]
        return {"types": hermit.types(axioms, assertions)}  # type: ignore[arg-type]
    except Unreliable as problem:
        return {"fault": str(problem)}
    except problems as problem:
        return {"fault": f"Java: {type(problem).__name__}"}
