"""Releases of the ontology for tests: the build, changed and given another version."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from service.config import SHIPPED_BUILD

Document = dict[str, Any]
LATER = "2099-01-01"


def make_release(
    folder: Path, change: Callable[[Document], None], version: str = LATER
) -> Path:
    """A folder with `rules.json` and a manifest that fits it."""
    rules = json.loads((SHIPPED_BUILD / "rules.json").read_bytes())
    manifest = json.loads((SHIPPED_BUILD / "MANIFEST.json").read_bytes())
    rules["ontology"]["version"] = manifest["ontology"]["version"] = version
    change(rules)
    content = json.dumps(rules).encode()
    manifest["files"]["rules.json"] = hashlib.sha256(content).hexdigest()
    folder.mkdir(parents=True)
    (folder / "rules.json").write_bytes(content)
    (folder / "MANIFEST.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def nothing(rules: Document) -> None:
    """The rules as they are."""


def ask_for_thirteen(rules: Document) -> None:
    """The cut of ten nodules is one of thirteen; names and ids stay."""
    for cut in rules["cuts"]:
        if cut["quantity"] == "ct_nodule_count" and cut["value"] == "10":
            cut["value"] = "13"
    for name in ("ct_nodule_count_ge_10", "ct_nodule_count_lt_10"):
        rules["concepts"][name]["bound"] = "13"
