"""The choices: the one step that is not monotone (design of the ontology, 2.8)."""

from __future__ import annotations

from dataclasses import dataclass

from ontology.compiler.edit import Edit
from ontology.compiler.names import Names

# of each stance, in the order in which it decides: the grade that it gives
GRADE_OF_STANCE = (
    ("ruled_out", "grade_excluded"),
    ("weakened", "grade_possible"),
    ("established", "grade_likely"),
    ("contradicted", "grade_unlikely"),
    ("supported", "grade_possible"),
)
EACH_OTHER = "_each_other_cause"


@dataclass(frozen=True, slots=True)
class Option:
    """A class that makes a choice report a value, unless an overrider is derived."""

    name: str
    reports: str
    asserts: str
    order: int
    overridden_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """A question with options; `default` is the value when none is active."""

    name: str
    stratum: int
    default: str
    options: tuple[Option, ...]

    def asserted(self) -> tuple[str, ...]:
        """The classes that the choice can assert."""
        values = [option.asserts for option in self.options]
        return tuple(dict.fromkeys([*values, *filter(None, [self.default])]))


def read_choices(edit: Edit, names: Names) -> tuple[Choice, ...]:
    """The written choices, and one of grades for each hypothesis, by stratum."""
    written = [_written(edit, names, name) for name in sorted(names.choices)]
    taken = {choice.name for choice in written}
    graded = [
        _graded(h, 2 if h in names.mimics else 3)
        for h in names.hypotheses
        if f"grade_{h}" not in taken
    ]
    return tuple(sorted([*written, *graded], key=lambda c: (c.stratum, c.name)))


def _written(edit: Edit, names: Names, name: str) -> Choice:
    options = [
        _option(edit, names, item.subject, name)
        for item in edit.assertions
        if item.property == "optionOf" and item.value == name
    ]
    return Choice(
        name=name,
        stratum=int(edit.annotation("stratum", name)),
        default=edit.annotation("default", name),
        options=tuple(sorted(options, key=lambda o: (o.order, o.name))),
    )


def _option(edit: Edit, names: Names, name: str, choice: str) -> Option:
    reports = asserts = edit.annotation("reports", name)
    if choice.startswith("grade_"):
        asserts = f"{reports}_{choice.removeprefix('grade_')}"
    return Option(
        name=name,
        reports=reports,
        asserts=asserts,
        order=int(edit.annotation("order", name)),
        overridden_by=_overriders(edit, names, name, choice),
    )


def _overriders(edit: Edit, names: Names, option: str, choice: str) -> tuple[str, ...]:
    found: list[str] = []
    for item in edit.annotations("overriddenBy", option):
        if item.value.endswith(EACH_OTHER):
            prefix = item.value.removesuffix(EACH_OTHER)
            found += [f"{prefix}_{c}" for c in names.causes if f"grade_{c}" != choice]
        else:
            found.append(item.value)
    return tuple(sorted(found))


def _graded(hypothesis: str, stratum: int) -> Choice:
    return Choice(
        name=f"grade_{hypothesis}",
        stratum=stratum,
        default="",
        options=tuple(
            Option(f"{stance}_{hypothesis}", grade, f"{grade}_{hypothesis}", order, ())
            for order, (stance, grade) in enumerate(GRADE_OF_STANCE, 1)
        ),
    )
