"""The settings: read once, refused when they make no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.config import (
    SETTINGS,
    SHIPPED_BUILD,
    Config,
    ConfigError,
    Setting,
    from_env,
)


def test_an_empty_environment_gives_the_documented_defaults() -> None:
    """Nothing has to be set."""
    limits = (16, 256, 10_000)

    assert from_env({}) == Config(*limits, SHIPPED_BUILD, (), 2, 2, 5, 10_000, 10, 1536)


def test_every_setting_reaches_its_field(tmp_path: Path) -> None:
    """A setting that changes nothing would be dead."""
    config = from_env(
        {
            "DPO_MAX_BODY_MIB": "2",
            "DPO_MAX_NDJSON_MIB": "3",
            "DPO_MAX_ENTRIES": "4",
            "DPO_BUILD": str(tmp_path),
            "DPO_TRUSTED_HOSTS": "a.example, b.example",
            "DPO_SPARQL_WORKERS": "5",
            "DPO_SPARQL_QUEUED": "0",
            "DPO_SPARQL_SECONDS": "6",
            "DPO_SPARQL_ROWS": "7",
            "DPO_SPARQL_MIB": "8",
            "DPO_SPARQL_MEMORY_MIB": "256",
        }
    )

    hosts = ("a.example", "b.example")
    assert config == Config(2, 3, 4, tmp_path, hosts, 5, 0, 6, 7, 8, 256)


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
