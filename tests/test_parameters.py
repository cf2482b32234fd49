"""The parameters of `$interpret`: known, once, without contradiction."""

from __future__ import annotations

import pytest

from service.errors import InvalidParameter, NotServed, UnsupportedContent
from service.fhir.identity import Form
from service.parameters import check_release, choose_form, read_parameters


def test_an_unknown_parameter_is_refused() -> None:
    """Passing over it would answer another question."""
    with pytest.raises(InvalidParameter, match="_contained"):
        read_parameters([("_containd", "true")])


def test_a_repeated_parameter_is_refused() -> None:
    """Even twice the same: which one was meant is not ours to guess."""
    with pytest.raises(InvalidParameter, match="_type"):
        read_parameters([("_type", "transaction"), ("_type", "transaction")])


@pytest.mark.parametrize("name", ["subject", "write"])
def test_what_needs_a_fhir_server_is_not_served(name: str) -> None:
    """501 says that it may come."""
    with pytest.raises(NotServed):
        read_parameters([(name, "Patient/1")])


@pytest.mark.parametrize(
    ("parameters", "one_subject", "form"),
    [
        ({}, False, Form.COLLECTION),
        ({"_type": "collection"}, False, Form.COLLECTION),
        ({"_type": "transaction"}, False, Form.TRANSACTION),
        ({"_type": "transaction", "_contained": "false"}, False, Form.TRANSACTION),
        ({"_contained": "true"}, False, Form.CONTAINED),
        ({"_contained": "false"}, False, Form.COLLECTION),
        ({}, True, Form.CONTAINED),
        ({"_contained": "true"}, True, Form.CONTAINED),
    ],
)
def test_a_form_is_chosen(
    parameters: dict[str, str], one_subject: bool, form: Form
) -> None:
    """Three forms; the operation on DiagnosticReport has one."""
    assert choose_form(parameters, one_subject=one_subject) is form


@pytest.mark.parametrize(
    ("parameters", "one_subject"),
    [
        ({"_type": "batch"}, False),
        ({"_type": ""}, False),
        ({"_contained": "yes"}, False),
        ({"_type": "transaction", "_contained": "true"}, False),
        ({"_type": "transaction"}, True),
        ({"_contained": "false"}, True),
    ],
)
def test_a_form_that_contradicts_itself_is_refused(
    parameters: dict[str, str], one_subject: bool
) -> None:
    """Nobody is given another form than the one asked for."""
    with pytest.raises(InvalidParameter):
        choose_form(parameters, one_subject=one_subject)


def test_an_ontology_that_is_not_shipped_is_refused_with_the_list() -> None:
    """A pinned release is a promise."""
    with pytest.raises(UnsupportedContent, match="2026-11-25"):
        check_release({"ontology": "1999-01-01"}, ["2026-11-25"])


def test_proofs_on_demand_are_not_served() -> None:
    """`verify=dl` needs a reasoner at run time."""
    with pytest.raises(NotServed):
        check_release({"verify": "dl"}, ["2026-11-25"])


def test_another_verification_is_refused() -> None:
    """Only `dl` is defined."""
    with pytest.raises(InvalidParameter):
        check_release({"verify": "yes"}, ["2026-11-25"])


def test_the_shipped_ontology_may_be_named() -> None:
    """Naming what is there changes nothing."""
    check_release({"ontology": "2026-11-25"}, ["2026-11-25"])
