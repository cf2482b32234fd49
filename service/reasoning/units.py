"""UCUM units: is this a unit of the quantity, and by what factor.

Conversion is exact (rational numbers, rounded once to 28 digits). What UCUM leaves open
is refused, never guessed: an arbitrary unit, an annotation or an equivalent is only the
unit of a quantity that is declared with it. Source: https://ucum.org/ucum; reliability
rows E6 to E10.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from functools import lru_cache
from math import prod
from threading import Lock

from lark.exceptions import LarkError
from pint import Unit as PintUnit
from pint.errors import PintError
from ucumvert.parser import get_ucum_parser, parse_ucum
from ucumvert.ucum_pint import PintUcumRegistry, UcumToPintTransformer

MAX_LENGTH, MAX_NESTING, MAX_OPERATORS = 64, 8, 6
DIGITS = 28

_ANNOTATION = re.compile(r"\{[^{}]*\}")
_NUMERALS = re.compile(r"\d+")
_POWERS_OF_TEN = re.compile(r"10[*^]-?\d{1,2}")
_PERCENT = {"%": Fraction(1, 100), "1": Fraction(1)}
_PURE_NUMBERS = frozenset({"percent", "_10"})
_SUBSTANCE, _MASS = "[substance]", "[mass]"


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit text taken apart: its size in base units and what it measures.

    `annotations` are the texts in braces; `is_pure` is a unit of annotations only
    (`{count}`) or `1`.
    """

    size: Fraction
    dimensions: tuple[tuple[str, Fraction], ...]
    annotations: tuple[str, ...]
    is_pure: bool = False


def factor(
    sent: str, wanted: str, molar_masses: Sequence[Decimal] = ()
) -> Fraction | None:
    """What a value in the sent unit is multiplied with to be in the wanted one.

    `molar_masses` (g/mol) are those of the factors of the quantity, one for a plain
    concentration. None: the sent unit is not a unit of this quantity.
    """
    if sent == wanted:
        return Fraction(1)
    if not _may_parse(sent):
        return None
    return _factor(sent, wanted, tuple(molar_masses))


def convert(value: Decimal, by: Fraction) -> Decimal:
    """The value times the factor, exact where 28 digits suffice.

    >>> convert(Decimal("0.57"), Fraction(10))
    Decimal('5.7')
    """
    product = Fraction(value) * by
    with localcontext(Context(prec=DIGITS)):
        number = Decimal(product.numerator) / Decimal(product.denominator)
        return _plain(number)


def _plain(number: Decimal) -> Decimal:
    """Without trailing zeros, and without the exponent that 1E+2 would keep."""
    number = number.normalize()
    is_whole = number == number.to_integral_value()
    return Decimal(int(number)) if is_whole else number


def is_count(unit: str) -> bool:
    """Whether the canonical unit counts whole things."""
    return unit == "{count}"


def warm() -> None:
    """Build the registry now (about a second) instead of at the first odd unit."""
    _registry()


@lru_cache(maxsize=4096)
def _factor(
    sent: str, wanted: str, molar_masses: tuple[Decimal, ...]
) -> Fraction | None:
    if is_count(wanted):
        return Fraction(1) if _is_countable(sent) else None
    if wanted == "%":
        ratio = _PERCENT.get(sent)
        return ratio / _PERCENT["%"] if ratio else None
    here, there = _parse(sent), _parse(wanted)
    if here and there and there.is_pure:
        # {score}, {SUV}: only the same words, or a plain 1
        return Fraction(1) if sent == "1" else None
    if not (here and there and _annotations_agree(here, there, wanted)):
        return None
    if here.dimensions == there.dimensions:
        return here.size / there.size
    return _molar(here, there, molar_masses)


def _is_countable(sent: str) -> bool:
    return sent == "1" or bool(re.fullmatch(r"(\{[^{}]*\})+", sent))


def _annotations_agree(here: Unit, there: Unit, wanted: str) -> bool:
    """A number of things per volume may name the things; nothing else may add words."""
    if here.annotations == there.annotations:
        return True
    return wanted.startswith("/") and len(here.annotations) == 1


def _molar(here: Unit, there: Unit, masses: tuple[Decimal, ...]) -> Fraction | None:
    """Mass to amount or back, by the molar mass of each factor of the quantity."""
    if not masses:
        return None
    # the root unit of mass is the gram, as in a molar mass
    weight = prod(map(Fraction, masses), start=Fraction(1))
    power = Fraction(len(masses))
    for mine, other, by in ((here, there, 1 / weight), (there, here, weight)):
        dimensions = dict(mine.dimensions)
        if dimensions.pop(_MASS, None) == power and _SUBSTANCE not in dimensions:
            dimensions[_SUBSTANCE] = power
            if tuple(sorted(dimensions.items())) == other.dimensions:
                return here.size * by / there.size
    return None


# --- parsing ---------------------------------------------------------------------


def _may_parse(text: str) -> bool:
    """Whether a text is short and tame enough for the parser (row E10)."""
    if not text or len(text) > MAX_LENGTH or text.count("(") > MAX_NESTING:
        return False
    plain = _ANNOTATION.sub("", _POWERS_OF_TEN.sub("", text))
    if plain.count("/") + plain.count(".") > MAX_OPERATORS:
        return False
    return all(len(digits) == 1 for digits in _NUMERALS.findall(plain))


@lru_cache(maxsize=4096)
def _parse(text: str) -> Unit | None:
    """A UCUM text taken apart, None where it is no unit that may be converted."""
    annotations = tuple(sorted(_ANNOTATION.findall(text)))
    if _ANNOTATION.sub("", text) in ("", "1"):
        return Unit(Fraction(1), (), annotations, is_pure=True)
    registry = _registry()
    try:
        with registry.lock, localcontext(Context(prec=3 * DIGITS)):
            units = registry.read(text)
            if not registry.is_convertible(units):
                return None
            base = registry.pint.Quantity(Decimal(1), units).to_root_units()
            dimensions = dict(units.dimensionality)
    except (LarkError, PintError, ArithmeticError, AttributeError, TypeError):
        return None
    # 84 digits tell which rational is meant: 0.01666... is 1/60
    size = Fraction(str(base.magnitude)).limit_denominator(10**DIGITS)
    powers = {name: Fraction(str(power)) for name, power in dimensions.items()}
    return Unit(size, tuple(sorted(powers.items())), annotations)


class _Registry:
    """The units of UCUM; ucumvert takes about a second to build them."""

    def __init__(self) -> None:
        # By default ucumvert counts in floats and shares pint's application registry.
        self.pint = PintUcumRegistry(non_int_type=Decimal)
        self._parser = get_ucum_parser()
        self._transformer = UcumToPintTransformer(ureg=self.pint)
        self.lock = Lock()

    def read(self, text: str) -> PintUnit:
        """The units of a text; a bare annotation has none (AttributeError)."""
        units: PintUnit = self._transformer.transform(
            parse_ucum(text, self._parser)
        ).units
        return units

    def is_convertible(self, units: PintUnit) -> bool:
        """Whether nothing in it is arbitrary ([IU] has no dimension) or an equivalent.

        UCUM takes an equivalent for a mole, whatever the charge.
        """
        return all(self._is_plain(name) for name, _ in units._units.items())  # noqa: SLF001  # pint has no public way

    def _is_plain(self, name: str) -> bool:
        if "equivalent" in name:
            return False
        return name in _PURE_NUMBERS or bool(self.pint.Unit(name).dimensionality)


_KEPT: list[_Registry] = []
_BUILDING = Lock()


def _registry() -> _Registry:
    with _BUILDING:
        if not _KEPT:
            _KEPT.append(_Registry())
        return _KEPT[0]
