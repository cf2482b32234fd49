"""`tests/edit-small`: an `edit/` folder that is whole enough to be compiled.

Small enough to be read, too. A test changes a few words of a file and writes the folder
somewhere else.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent / "edit-small"


def small_edit() -> dict[str, str]:
    """The texts of the folder, by path."""
    return {
        path.relative_to(FOLDER).as_posix(): path.read_text("utf-8")
        for path in sorted(FOLDER.rglob("*.*"))
    }


def write_edit(files: dict[str, str], folder: Path) -> Path:
    """Write the texts below `folder`, and return it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder
