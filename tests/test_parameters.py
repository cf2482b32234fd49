"""The parameters of `$interpret`: known, once, without contradiction."""

from __future__ import annotations

import pytest

from service.errors import InvalidParameter, UnsupportedContent
from service.fhir.identity import Form
from service.parameters import (
    check_release,
    choose_form,
    choose_verify,
    choose_write,
    read_parameters,
)


def test_an_unknown_parameter_is_refused() -> None:
    """Passing over it would answer another question."""
    with pytest.raises(InvalidParameter, match="_contained"):
        read_parameters([("_containd", "true")])


def test_a_repeated_parameter_is_refused() -> None:
    """Even twice the same: which one was meant is not ours to guess."""
    with pytest.raises(InvalidParameter, match="_type"):
        read_parameters([("_type", "transaction"), ("_type", "transaction")])


def test_a_subject_stands_in_the_body() -> None:
    """A Reference is no value that an address can hold."""
    with pytest.raises(InvalidParameter, match="send Parameters"):
        read_parameters([("subject", "Patient/1")])


@pytest.mark.parametrize(("value", "wanted"), [("true", True), ("false", False)])
def test_writing_back_is_asked_for(value: str, wanted: bool) -> None:
    """Nothing is written unless somebody says so."""
    assert choose_write({"write": value}, Form.COLLECTION) is wanted


def test_nothing_is_written_unasked() -> None:
    """Reading a record leaves it as it was."""
    assert not choose_write({}, Form.COLLECTION)


@pytest.mark.parametrize(
    ("value", "form"),
    [
        ("yes", Form.COLLECTION),
        ("true", Form.CONTAINED),
        ("true", Form.TRANSACTION),
    ],
)
def test_a_wish_to_write_that_makes_no_sense_is_refused(value: str, form: Form) -> None:
    """What is written is shown as it stands on the server, in one form."""
    with pytest.raises(InvalidParameter):
        choose_write({"write": value}, form)


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


def test_an_answer_is_verified_if_asked_for() -> None:
    """By a description-logic reasoner, and only then."""
    assert choose_verify({"verify": "dl"})
    assert not choose_verify({})


def test_another_verification_is_refused() -> None:
    """Only `dl` is defined."""
    with pytest.raises(InvalidParameter):
        choose_verify({"verify": "yes"})


def test_the_shipped_ontology_may_be_named() -> None:
    """Naming what is there changes nothing."""
    check_release({"ontology": "2026-11-25"}, ["2026-11-25"])
