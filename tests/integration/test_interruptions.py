"""One report, though the service is killed, an answer is lost or HAPI FHIR restarts."""

from __future__ import annotations

import http.client
import os
import signal
from collections.abc import Callable

import pytest
import requests

from tests.integration.between import standing_between
from tests.integration.loading import load_case
from tests.integration.reports import reports_of
from tests.integration.servers import Hapi
from tests.served import Answer, Served, descendants, serving, wait_until_gone

CASE = "gerd-36m"


def settings(base: str) -> dict[str, str]:
    """The service with that server."""
    return {"DPO_FHIR_BASE_URL": base, "DPO_FHIR_SECONDS": "120"}


def write(served: Served, patient: str) -> Answer:
    """Interpret a patient by reference and write the report."""
    return served.send("POST", f"/fhir/{patient}/$interpret?write=true")


def killing(served: Served) -> Callable[[], bool]:
    """Kill the service with all its processes; the proxy then gives no answer."""

    def kill() -> bool:
        pids = [served.process.pid, *descendants(served.process.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
        # The master is our child: it stays until we ask for its exit code.
        served.process.wait()
        assert wait_until_gone(pids) == []
        return False

    return kill


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_around_the_writing_leaves_one_report(
    hapi: Hapi, session: requests.Session, moment: str
) -> None:
    """Between reading and writing, or between the effect and its answer."""
    patient = load_case(session, hapi.base, CASE, suffix=f"-killed-{moment}")
    with standing_between(hapi.base) as between:
        with serving(settings(between.base)) as first:
            setattr(between, moment, killing(first))
            with pytest.raises((http.client.HTTPException, OSError)):
                write(first, patient)
        with serving(settings(between.base)) as second:
            answers = [write(second, patient) for _ in range(2)]

    assert [answer.status for answer in answers] == [200, 200]
    assert len(between.transactions) == 1
    (report,) = reports_of(session, hapi.base, patient)
    assert report["meta"]["versionId"] == "1"


def test_a_lost_answer_is_no_second_report(
    hapi: Hapi, session: requests.Session
) -> None:
    """The transaction stands; the service reads that, and says so, in the same call."""
    patient = load_case(session, hapi.base, CASE, suffix="-lost")
    with standing_between(hapi.base) as between:
        between.after = lambda: False
        with serving(settings(between.base)) as served:
            answer = write(served, patient)

    assert answer.status == requests.codes.ok
    assert b"The report was written" in answer.body
    assert len(between.transactions) == 1
    (report,) = reports_of(session, hapi.base, patient)
    assert report["meta"]["versionId"] == "1"


def test_a_server_that_is_down_loses_nothing(
    hapi: Hapi, session: requests.Session
) -> None:
    """502 with a time to repeat; after the restart the call succeeds, once."""
    patient = load_case(session, hapi.base, CASE, suffix="-down")
    with serving(settings(hapi.base)) as served:
        before = write(served, patient)
        hapi.stop()
        try:
            down = write(served, patient)
        finally:
            hapi.start()
        after = write(served, patient)

    assert (before.status, down.status, after.status) == (200, 502, 200)
    assert int(down.headers["Retry-After"]) > 0
    (report,) = reports_of(session, hapi.base, patient)
    assert report["meta"]["versionId"] == "1"
