"""Loads the dataset, forks workers and ends them, as the web process says.

It has one thread, so that a fork copies a whole process. It alone ends and reaps its
workers, so that no other process can be hit by their number. When the web process
closes the control socket, by whatever death, it ends, and its workers with it.
"""

from __future__ import annotations

import gc
import os
import signal
import socket
from contextlib import suppress

from service.sparql.engine.dataset import Dataset, load_dataset
from service.sparql.engine.worker import die_with, work
from service.sparql.frames import BrokenFrame, read_frame, send_frame


def main(descriptor: int) -> None:
    """Serve the web process at the other end of a socket until it closes it."""
    # Ctrl-C and a service manager's SIGTERM reach the whole group: the web process
    # decides when its answers are finished, and closes the socket then.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with socket.socket(fileno=descriptor) as control, suppress(OSError):
        order, _ = read_frame(control.recv)
        try:
            dataset = load_dataset(order["files"])
        except (OSError, ValueError, SyntaxError) as problem:
            send_frame(control, {"fault": type(problem).__name__})
            return
        # What is kept for good is not touched by the collector of a worker, which
        # would copy its pages.
        gc.collect()
        gc.freeze()
        send_frame(control, {"ready": len(dataset.store)})
        supervise(control, dataset, int(str(order["memory"])))
    # Without tidying up, which the system does faster.
    os._exit(0)


def supervise(control: socket.socket, dataset: Dataset, memory: int) -> None:
    """Fork and end workers as told; returns when the web process is gone."""
    alive, ended = set[int](), set[int]()
    while True:
        try:
            order, _ = read_frame(control.recv)
        except BrokenFrame:
            return
        ended -= {number for number in ended if has_gone(number)}
        if "hire" in order:
            priority = int(str(order["hire"]))
            alive.add(hire(control, dataset, memory, priority))
            continue
        number, status = int(str(order["end"])), 0
        if number in alive:
            alive.remove(number)
            os.kill(number, signal.SIGKILL)
            if order["wait"]:
                status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
            else:
                # To give much memory back takes a while, for which nobody waits.
                ended.add(number)
        send_frame(control, {"status": status})


def has_gone(number: int) -> bool:
    """Whether a worker that was ended is gone, and so reaped."""
    return os.waitpid(number, os.WNOHANG)[0] == number


def hire(control: socket.socket, dataset: Dataset, memory: int, priority: int) -> int:
    """Fork a worker and pass its channel on; its process number."""
    ours, theirs = socket.socketpair()
    supervisor = os.getpid()
    number = os.fork()
    if number == 0:
        try:
            control.close()
            theirs.close()
            die_with(supervisor)
            work(ours, dataset, memory, priority)
        finally:
            os._exit(1)
    ours.close()
    with theirs:
        send_frame(control, {"worker": number})
        socket.send_fds(control, [b"+"], [theirs.fileno()])
    return number
