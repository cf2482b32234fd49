"""The settings: read once, refused when they make no sense."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import pytest

from service.config import (
    SETTINGS,
    SHIPPED_BUILD,
    SHIPPED_RELEASES,
    Config,
    ConfigError,
    Setting,
    from_env,
)


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    """Nothing has to be set."""
    limits = (16, 256, 10_000)

    sparql = (2, 2, 5, 10_000, 10, 1536)
    folders = (SHIPPED_BUILD, SHIPPED_RELEASES)
    documented = Config(*limits, *folders, (), *sparql, "", "", None, 30, 50, 16)
    assert from_env({}) == documented


def test_every_setting_reaches_its_field(tmp_path: Path) -> None:
    """A setting that changes nothing would be dead."""
    config = from_env(
        {
            "DPO_MAX_BODY_MIB": "2",
            "DPO_MAX_NDJSON_MIB": "3",
            "DPO_MAX_ENTRIES": "4",
            "DPO_BUILD": str(tmp_path),
            "DPO_RELEASES": str(tmp_path.parent),
            "DPO_TRUSTED_HOSTS": "a.example, b.example",
            "DPO_SPARQL_WORKERS": "5",
            "DPO_SPARQL_QUEUED": "0",
            "DPO_SPARQL_SECONDS": "6",
            "DPO_SPARQL_ROWS": "7",
            "DPO_SPARQL_MIB": "8",
            "DPO_SPARQL_MEMORY_MIB": "256",
            "DPO_FHIR_BASE_URL": "https://fhir.example/r4/",
            "DPO_FHIR_TOKEN": "abc.def-ghi",
            "DPO_FHIR_CA": __file__,
            "DPO_FHIR_SECONDS": "9",
            "DPO_FHIR_PAGES": "10",
            "DPO_FHIR_MIB": "11",
            "DPO_VERIFY_SECONDS": "12",
        }
    )

    hosts = ("a.example", "b.example")
    server = ("https://fhir.example/r4", "abc.def-ghi", Path(__file__), 9, 10, 11)
    folders, sparql = (tmp_path, tmp_path.parent), (5, 0, 6, 7, 8, 256)
    assert astuple(config) == (2, 3, 4, *folders, hosts, *sparql, *server, 12)


@pytest.mark.parametrize(
    "value",
    [
        "fhir.example/r4",
        "ftp://fhir.example",
        "http://",
        "http://user:secret@fhir.example",
        "http://fhir.example/?x=1",
        "http://fhir.example/#x",
        "http://fhir.example:99999/",
        "http://fhir.example/a b",
    ],
)
def test_the_base_of_a_fhir_server_is_a_plain_address(value: str) -> None:
    """What could lead elsewhere, or hold a secret that gets logged, is refused."""
    with pytest.raises(ConfigError, match="without a user, a query and a fragment"):
        from_env({"DPO_FHIR_BASE_URL": value})


def test_a_token_is_never_shown() -> None:
    """Neither by the settings nor by the error about them."""
    assert "sesame" not in repr(from_env({"DPO_FHIR_TOKEN": "sesame"}))
    with pytest.raises(ConfigError) as fault:
        from_env({"DPO_FHIR_TOKEN": "sesame street"})
    assert "sesame" not in str(fault.value)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
@pytest.mark.parametrize("value", ["", " ", ",", "no/such,,place"])
def test_nonsense_stops_the_start(setting: Setting, value: str) -> None:
    """A value of no sense is refused, with the name of its setting."""
    with pytest.raises(ConfigError, match=setting.name):
        from_env({setting.name: value})


@pytest.mark.parametrize(
    "value", ["0", "-1", "0x10", "1.5", "1e3", "1_0", "\u0661", "1025"]
)
def test_a_number_is_whole_and_within_bounds(value: str) -> None:
    """Nothing is rounded, guessed or read in another script."""
    with pytest.raises(ConfigError, match="a whole number from 1 to 1024"):
        from_env({"DPO_MAX_BODY_MIB": value})


def test_a_misspelt_setting_stops_the_start() -> None:
    """A variable that is passed over in silence would be believed to work."""
    with pytest.raises(ConfigError, match="DPO_MAX_BODY is no setting"):
        from_env({"DPO_MAX_BODY": "5"})


def test_all_faults_come_in_one_message() -> None:
    """An operator mends a configuration once."""
    with pytest.raises(ConfigError, match=r"DPO_MAX_BODY_MIB.*; DPO_MAX_ENTRIES"):
        from_env({"DPO_MAX_ENTRIES": "none", "DPO_MAX_BODY_MIB": "none"})


def test_variables_of_others_are_left_alone() -> None:
    """Only names with our prefix are read."""
    assert from_env({"PATH": "/bin", "dpo_build": "x"}) == Config()
