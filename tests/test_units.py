"""Units: what may be converted, how exactly, and what is never guessed (E6 to E10)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.reasoning.units import convert, factor

CALCIUM, PHOSPHORUS, PTH = Decimal("40.078"), Decimal("30.974"), Decimal(9430)

CONVERTED = [
    ("0.57", "cm", "mm", (), "5.7"),
    ("5.70", "mm", "mm", (), "5.7"),
    ("2", "a", "mo", (), "24"),
    ("6", "mo", "a", (), "0.5"),
    ("0.73", "1", "%", (), "73"),
    ("12", "1", "{count}", (), "12"),
    ("12", "{nodules}", "{count}", (), "12"),
    ("3", "1", "{SUV}", (), "3"),
    ("3", "10*3/uL", "/mm3", (), "3000"),
    ("3", "{cells}/uL", "/mm3", (), "3"),
    ("3", "L/h/{1.73_m2}", "mL/min/{1.73_m2}", (), "50"),
    ("2", "ukat/L", "U/L", (), "120"),
    ("150", "[lb_av]", "kg", (), "68.0388555"),
    ("150", "mm2", "cm2", (), "1.5"),
    ("70", "ng/L", "pg/mL", (PTH,), "70"),
    ("7", "pmol/L", "pg/mL", (PTH,), "66.01"),
    ("10", "mg/dL", "mmol/L", (CALCIUM,), "2.4951344877488896651"),
    ("1", "mg2/dL2", "mmol2/L2", (CALCIUM, PHOSPHORUS), "0.08055577218792825"),
]


@pytest.mark.parametrize(("value", "sent", "wanted", "masses", "expected"), CONVERTED)
def test_a_unit_of_the_quantity_is_converted(
    value: str, sent: str, wanted: str, masses: tuple[Decimal, ...], expected: str
) -> None:
    """Exactly where the factor ends, else to 28 digits."""
    by = factor(sent, wanted, masses)

    assert by is not None
    assert str(convert(Decimal(value), by)).startswith(expected)


REFUSED = {
    "no unit": ("", "mm"),
    "no unit of UCUM": ("HU", "[hnsf'U]"),
    "megagauss": ("MG/dL", "mmol/L"),
    "another dimension": ("mg", "mmol/L"),
    "equivalents": ("meq/L", "mmol/L"),
    "an arbitrary unit for an enzyme": ("[IU]/L", "U/L"),
    "an arbitrary unit for a count": ("[IU]/mL", "/mm3"),
    "a number for Hounsfield units": ("1", "[hnsf'U]"),
    "a percentage for a count": ("%", "{count}"),
    "nodules for a score": ("{nodules}", "{score}"),
    "an unknown ratio for a percentage": ("{ratio}", "%"),
    "radians for a percentage": ("rad", "%"),
    "no body surface": ("mL/min", "mL/min/{1.73_m2}"),
    "another annotation": ("mg/dL{FEU}", "mmol/L"),
    "a wrong case": ("MM", "mm"),
    "a text": ("millimetres", "mm"),
    "too long": ("m" * 65, "mm"),
    "too deep": ("(" * 20 + "m" + ")" * 20, "mm"),
    "a huge exponent": ("m99999999999", "mm"),
    "moles of gas per kPa": ("mmol/min/kPa", "mL/min/mm[Hg]"),
    "a temperature": ("Cel", "a"),
}


@pytest.mark.parametrize(("sent", "wanted"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_unit_of_the_quantity_is_refused(sent: str, wanted: str) -> None:
    """Never a guess."""
    assert factor(sent, wanted, (CALCIUM,)) is None


def test_no_molar_mass_no_molar_conversion() -> None:
    """Mass and amount are two things until the concept says how they relate."""
    assert factor("mg/dL", "mmol/L") is None


@settings(deadline=None)
@given(st.decimals(min_value="0.001", max_value=1000, places=4))
def test_there_and_back_is_the_same_value(value: Decimal) -> None:
    """Conversion loses nothing that a result could have."""
    there, back = (
        factor("mg/dL", "mmol/L", (CALCIUM,)),
        factor("mmol/L", "mg/dL", (CALCIUM,)),
    )

    assert there is not None
    assert back is not None
    assert abs(convert(convert(value, there), back) - value) < Decimal("1e-22")


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_breaks_the_parser(text: str) -> None:
    """Whatever is sent as a unit is either one or not."""
    assert factor(text, "mm") is None or factor(text, "mm")
