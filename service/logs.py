"""What is logged: one JSON object a line, of ids, counts and our own words only.

Never a body, a value, a name, a date or an address with its query: the logger is
given nothing that came from a patient, so that nothing has to be filtered.
"""

from __future__ import annotations

import json
import logging
import traceback
from datetime import UTC, datetime
from pathlib import Path

# How much of a traceback is told.
FRAMES = 8
LOGGER = logging.getLogger("service")


class JsonLines(logging.Formatter):
    """Formats a record as JSON, which also keeps line breaks from forging lines."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its time in UTC and the facts that came with it."""
        facts = getattr(record, "facts", {})
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "event": record.getMessage().partition(":")[0],
            **facts,
        }
        return json.dumps(line, ensure_ascii=True)


def log_request(request_id: str, route: str, status: int, seconds: float) -> None:
    """One answered request: the name of the route, not its address."""
    facts = {"id": request_id, "route": route, "status": status}
    facts["ms"] = round(seconds * 1000, 1)
    LOGGER.info("request", extra={"facts": facts})


def log_defect(request_id: str, defect: BaseException) -> None:
    """A defect of ours: the kind of error and where, never its text.

    The text of an exception may quote what a patient's record holds.
    """
    frames = traceback.extract_tb(defect.__traceback__)[-FRAMES:]
    places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
    facts = {"id": request_id, "error": type(defect).__qualname__, "at": places}
    LOGGER.error("defect: %s", facts, extra={"facts": facts})


def write_json_logs() -> None:
    """Send the log of this process to standard error; called by `dpo serve` only."""
    stream = logging.StreamHandler()
    stream.setFormatter(JsonLines())
    LOGGER.handlers[:] = [stream]
    LOGGER.setLevel(logging.INFO)
    LOGGER.propagate = False
