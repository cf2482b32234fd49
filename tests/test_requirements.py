"""requirements.txt is what uv resolves: exported, with hashes, without addresses.

Where uv and its local uv.lock are at hand (always under `uv run`), a fresh export is
compared, without a network. Elsewhere the pins are compared with what is installed.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "requirements.txt"
UV = os.environ.get("UV") or shutil.which("uv") or ""
EXPORT = [
    "export",
    "--quiet",
    "--frozen",
    "--offline",
    "--no-emit-project",
    "--no-default-groups",
    "--no-header",
    "--format",
    "requirements-txt",
]
PIN = re.compile(r"^([a-z0-9._-]+)==([^ ;\\]+)([^\\]*)", re.MULTILINE)


def test_requirements_are_a_fresh_export() -> None:
    """The pins are those with which the tests run."""
    text = REQUIREMENTS.read_text(encoding="utf-8")

    if UV and (ROOT / "uv.lock").exists():
        done = subprocess.run(
            [UV, *EXPORT], cwd=ROOT, capture_output=True, text=True, check=True
        )
        assert text == done.stdout
    else:
        pins = {
            name: pin for name, pin, marker in PIN.findall(text) if ";" not in marker
        }
        assert pins == {name: version(name) for name in pins}


def test_requirements_hold_hashes_and_no_addresses() -> None:
    """What is installed is what was tested, from whichever index."""
    text = REQUIREMENTS.read_text(encoding="utf-8")

    blocks = re.split(r"\n(?=[a-z0-9])", text.strip())
    assert len(blocks) > 10
    assert [block for block in blocks if "--hash=sha256:" not in block] == []
    assert not re.search(r"https?://|--index|--find-links|-e |file:", text)


def test_the_right_fhirkit_is_installed() -> None:
    """Another package on the index has the name of the module."""
    assert version("fhirkit-rs")
    with pytest.raises(PackageNotFoundError):
        distribution("fhirkit")
