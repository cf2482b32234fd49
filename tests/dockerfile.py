"""A Dockerfile read as data, and its steps carried out without a docker engine.

Of the format only what ours uses is known: one instruction a line, commands in exec
form. Anything else is a ValueError, never passed over.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

MADE = frozenset({"ENV", "WORKDIR", "RUN", "COPY", "LABEL"})
TOLD = frozenset({"FROM", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"})
COMMANDS = frozenset({"RUN", "CMD"})
OPTION = re.compile(r"--([a-z-]+)=(\S+)\s+")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One line: its word, its options (`--from=build`) and what follows."""

    word: str
    options: dict[str, str]
    rest: str

    @property
    def command(self) -> list[str]:
        """The words of a command in exec form; ValueError for a shell's."""
        try:
            words = json.loads(self.rest.removeprefix("CMD "))
        except json.JSONDecodeError as problem:
            raise ValueError(f"{self.word} is not in exec form") from problem
        return [str(word) for word in words]


@dataclass(frozen=True, slots=True)
class Stage:
    """What stands between one FROM and the next."""

    image: str
    name: str
    instructions: tuple[Instruction, ...]

    def last(self, word: str) -> Instruction:
        """The instruction that holds, of those with that word."""
        return [each for each in self.instructions if each.word == word][-1]


def read_stages(text: str) -> list[Stage]:
    """The stages of a Dockerfile, in order."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    stages: list[Stage] = []
    for instruction in map(read_instruction, lines):
        if instruction.word == "FROM":
            image, _, name = instruction.rest.partition(" AS ")
            stages.append(Stage(image, name, ()))
        else:
            last = stages.pop()
            known = (*last.instructions, instruction)
            stages.append(Stage(last.image, last.name, known))
    return stages


def read_instruction(line: str) -> Instruction:
    """One line as an instruction."""
    word, _, rest = line.partition(" ")
    if word not in MADE | TOLD or line.endswith("\\"):
        raise ValueError(f"{word} is not known here")
    options = {}
    while found := OPTION.match(rest):
        options[found[1]] = found[2]
        rest = rest[found.end() :]
    instruction = Instruction(word, options, rest)
    if word in COMMANDS:
        assert instruction.command
    return instruction


def read_ignored(text: str) -> list[tuple[re.Pattern[str], bool]]:
    """The patterns of a .dockerignore: what each matches, and whether it excludes."""
    lines = [line.strip() for line in text.splitlines()]
    return [
        (as_expression(line.removeprefix("!")), not line.startswith("!"))
        for line in lines
        if line and not line.startswith("#")
    ]


def as_expression(pattern: str) -> re.Pattern[str]:
    """A pattern with `*` (within a name) and `**/` (any folders) as an expression."""
    parts = re.split(r"(\*\*/|\*)", pattern)
    spoken = {"**/": "(?:.*/)?", "*": "[^/]*"}
    return re.compile("".join(spoken.get(part, re.escape(part)) for part in parts))


def is_ignored(path: str, patterns: Sequence[tuple[re.Pattern[str], bool]]) -> bool:
    """Whether a file stays out: the last pattern for it or a folder of it decides."""
    parts = path.split("/")
    names = ["/".join(parts[: end + 1]) for end in range(len(parts))]
    decided = False
    for expression, excludes in patterns:
        if any(expression.fullmatch(name) for name in names):
            decided = excludes
    return decided


def sent_files(root: Path) -> Iterator[str]:
    """The files of a checkout that an engine is given, as paths below it."""
    patterns = read_ignored((root / ".dockerignore").read_text("utf-8"))
    for top, folders, files in os.walk(root):
        # What no exception reaches need not be walked (.git, .venv).
        folders[:] = [name for name in folders if name not in {".git", ".venv"}]
        for name in files:
            path = (Path(top) / name).relative_to(root).as_posix()
            if not is_ignored(path, patterns):
                yield path


@dataclass(slots=True)
class Rehearsal:
    """The steps of one stage, in a folder that stands for the root of the image."""

    context: Path
    root: Path
    others: dict[str, Path] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    labels: dict[str, str] = field(default_factory=dict)

    def carry_out(self, stage: Stage) -> None:
        """Every step that makes the file system; the rest is read from the Stage."""
        for each in stage.instructions:
            if each.word in MADE:
                getattr(self, f"do_{each.word.lower()}")(each)

    def do_env(self, instruction: Instruction) -> None:
        """Set variables; those that hold paths of the image are mapped when used."""
        for pair in instruction.rest.split():
            name, _, value = pair.partition("=")
            self.environment[name] = value

    def do_label(self, instruction: Instruction) -> None:
        """Keep a label."""
        name, _, value = instruction.rest.partition("=")
        self.labels[name] = value.strip('"')

    def do_workdir(self, instruction: Instruction) -> None:
        """Make a folder and work there."""
        self.folder = instruction.rest
        self.place(self.folder).mkdir(parents=True, exist_ok=True)

    def do_copy(self, instruction: Instruction) -> None:
        """Copy from the context, or from the root of an earlier stage."""
        *sources, target = instruction.rest.split()
        origin = self.others.get(instruction.options.get("from", ""), self.context)
        into = len(sources) > 1 or target.endswith("/")
        for source in sources:
            found = origin / source.lstrip("/")
            place = self.place(target)
            place = place / found.name if into and found.is_file() else place
            place.parent.mkdir(parents=True, exist_ok=True)
            if found.is_dir():
                shutil.copytree(found, place, symlinks=True, dirs_exist_ok=True)
            else:
                shutil.copy2(found, place)

    def do_run(self, instruction: Instruction) -> None:
        """Run a command; its own words are shown when it fails."""
        done = subprocess.run(
            self.as_words(instruction.command),
            cwd=self.place(self.folder),
            env=self.as_environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def place(self, path: str) -> Path:
        """Where a path of the image is, on this machine."""
        folder = "" if path.startswith("/") else self.folder
        return self.root / f"{folder}/{path}".lstrip("/")

    def as_words(self, command: Sequence[str]) -> list[str]:
        """A command with the paths of the image mapped; `python` is this Python."""
        words = [
            str(self.place(word)) if word.startswith("/") else word for word in command
        ]
        if words[0] == "python" and "PATH" not in self.environment:
            words[0] = getattr(sys, "_base_executable", sys.executable)
        return words

    def as_environment(self) -> dict[str, str]:
        """The image's variables, with what the machine needs to reach its index."""
        kept = {
            name: value
            for name, value in os.environ.items()
            if name.startswith(("PIP_", "SSL_")) or name in ("HOME", "PATH")
        }
        mapped = {
            name: self.mapped(value, kept["PATH"])
            for name, value in self.environment.items()
        }
        return {**kept, **mapped}

    def mapped(self, value: str, path: str) -> str:
        """A value with the paths of the image mapped, and `$PATH` as it is here."""
        parts = [
            str(self.place(part)) if part.startswith("/") else part
            for part in value.split(":")
        ]
        return ":".join(parts).replace("$PATH", path)


def relocate(folder: Path, before: Path, after: Path) -> None:
    """Tell the scripts of an environment that it moved.

    In an image it does not: there both stages have it at the same path.
    """
    for path in (*folder.glob("bin/*"), folder / "pyvenv.cfg"):
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes()
            path.write_bytes(text.replace(bytes(before), bytes(after)))
