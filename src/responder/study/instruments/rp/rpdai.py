"""RPDAI, the relapsing polychondritis disease activity index: its 27 items and its score.

Only manifestations that are attributable to relapsing polychondritis and were active within
the 28 days before the visit count.  An item that nobody looked for is missing, never absent:
the score is then an interval.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from responder.errors import DataRefusedError, known_names
from responder.names.suggest import suggest
from responder.study.instruments.instrument import Measured
from responder.values import fold_word, is_gap, yes_no
from responder.words import Phrase, Spoken

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "RPDAI_MAXIMUM_REACHABLE",
    "RPDAI_MAXIMUM_THEORETICAL",
    "RPDAI_WEIGHTS",
    "RPDAI_WINDOW_DAYS",
    "RpdaiScore",
    "score_rpdai",
]

RPDAI_WINDOW_DAYS: Final = 28
"""Days before the visit in which a manifestation must have been active to count."""

RPDAI_WEIGHTS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "fever": 2,
        "arthritis": 1,
        "manubriosternal_chondritis": 3,
        "sternoclavicular_chondritis": 4,
        "costochondritis": 4,
        "auricular_chondritis": 9,
        "nasal_chondritis": 9,
        "episcleritis": 5,
        "scleritis": 9,
        "uveitis": 9,
        "corneal_ulcer": 11,
        "retinal_vasculitis": 14,
        "crp_above_20_mg_per_l": 3,
        "sensorineural_deafness": 8,
        "vestibular_dysfunction": 12,
        "purpura": 3,
        "haematuria": 4,
        "proteinuria": 6,
        "renal_failure": 17,
        "pericarditis": 9,
        "large_or_medium_vessel_involvement": 16,
        "myocarditis": 17,
        "acute_aortic_or_mitral_insufficiency": 18,
        "motor_or_sensorimotor_neuropathy": 12,
        "encephalitis": 22,
        "respiratory_chondritis": 14,
        "respiratory_chondritis_with_acute_failure": 24,
    }
)
"""Weight of each item (Arnaud 2012, doi 10.1016/j.autrev.2012.06.005).

``auricular_chondritis`` counts once for one ear or both; ``respiratory_chondritis`` means
without acute respiratory failure.
"""

_RESPIRATORY: Final = ("respiratory_chondritis", "respiratory_chondritis_with_acute_failure")

RPDAI_MAXIMUM_THEORETICAL: Final = sum(RPDAI_WEIGHTS.values())
"""265, the published maximum: the sum of all weights."""

RPDAI_MAXIMUM_REACHABLE: Final = RPDAI_MAXIMUM_THEORETICAL - min(RPDAI_WEIGHTS[item] for item in _RESPIRATORY)
"""251, the largest score of one person: the two respiratory items exclude each other."""

_FEVER_ABOVE_CELSIUS: Final = 38.0
_CRP_ABOVE_MG_PER_L: Final = 20.0
# Not clinical limits: beyond them a temperature is in another unit or mistyped.
_PLAUSIBLE_CELSIUS: Final = (30.0, 45.0)
_WRONG_CRP_UNITS: Final = {"mg/dl": Phrase("rpdai.from_mg_per_dl"), "nmol/l": Phrase("rpdai.from_nmol_per_l")}


@dataclass(frozen=True)
class RpdaiScore:
    """The index of one person at one visit, with what it rests on.

    Attributes
    ----------
    score : int or None
        The RPDAI; ``None`` while missing items leave more than one value possible.
    lower, upper : int
        Smallest and largest score that the missing items allow; equal to `score` when it is known.
    present, absent, missing : tuple of str
        Items by what is known of them, in the order of the instrument.  An item that is excluded
        because the other respiratory item is present counts as absent.
    """

    score: int | None
    lower: int
    upper: int
    present: tuple[str, ...]
    absent: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def items_counted(self) -> int:
        """Return how many of the 27 items are known to be present or absent."""
        return len(self.present) + len(self.absent)

    def frame(self) -> pd.DataFrame:
        """Return one row an item: ``item``, ``weight``, ``state``, ``points``."""
        import pandas as pd

        present, absent = set(self.present), set(self.absent)
        rows = [
            (
                item,
                weight,
                "present" if item in present else "absent" if item in absent else "missing",
                weight if item in present else 0 if item in absent else None,
            )
            for item, weight in RPDAI_WEIGHTS.items()
        ]
        frame = pd.DataFrame(rows, columns=["item", "weight", "state", "points"])
        return frame.astype({"points": "Int64"})

    def to_json(self) -> dict[str, Any]:
        """Return the score and its items as JSON types."""
        return {
            "score": self.score,
            "lower": self.lower,
            "upper": self.upper,
            "items_counted": self.items_counted,
            "present": list(self.present),
            "absent": list(self.absent),
            "missing": list(self.missing),
            "window_days": RPDAI_WINDOW_DAYS,
            "maximum_theoretical": RPDAI_MAXIMUM_THEORETICAL,
            "maximum_reachable": RPDAI_MAXIMUM_REACHABLE,
        }


def score_rpdai(
    items: Mapping[str, object],
    *,
    crp: Measured | None = None,
    temperature: Measured | None = None,
) -> RpdaiScore:
    """Score the RPDAI from its items.

    Parameters
    ----------
    items : mapping of str to object
        Item of `RPDAI_WEIGHTS` -> present (``True``, ``1``, ``"present"``, ``"yes"``), absent
        (``False``, ``0``, ``"absent"``, ``"no"``) or missing (as `responder.values.is_gap` reads it).
        An item that is left out is missing.
    crp : Measured, optional
        C-reactive protein in mg/L; decides ``crp_above_20_mg_per_l``.
    temperature : Measured, optional
        Body temperature in C or F; decides ``fever`` (above 38 C).

    Returns
    -------
    RpdaiScore

    Raises
    ------
    DataRefusedError
        For an unknown item, a state that is none of the above, both respiratory items together,
        a unit that is not accepted, or an item that contradicts its measured value.

    Notes
    -----
    Arnaud L et al., Autoimmun Rev 2012 (doi 10.1016/j.autrev.2012.06.005).  The sum of the weights,
    265, is the published maximum; 251 is the largest score that one person can have.

    Examples
    --------
    >>> nothing_else = dict.fromkeys(RPDAI_WEIGHTS, "absent")
    >>> score_rpdai(nothing_else | {"auricular_chondritis": "present"}).score
    9
    >>> partly = score_rpdai({"auricular_chondritis": True})
    >>> partly.score, partly.lower, partly.upper, partly.items_counted
    (None, 9, 251, 1)
    """
    states: dict[str, bool | None] = dict.fromkeys(RPDAI_WEIGHTS)
    for item, value in items.items():
        if item not in RPDAI_WEIGHTS:
            hint = suggest(item, RPDAI_WEIGHTS.keys()) or known_names(RPDAI_WEIGHTS)
            raise _refusal("rpdai_unknown_item", item, hint)
        states[item] = _state(item, value)
    _decide(states, "crp_above_20_mg_per_l", None if crp is None else _crp_is_high(crp))
    _decide(states, "fever", None if temperature is None else _is_fever(temperature))
    _exclude_other_respiratory(states)

    present = _where(states, True)
    missing = _where(states, None)
    lower = sum(RPDAI_WEIGHTS[item] for item in present)
    upper = lower + sum(RPDAI_WEIGHTS[item] for item in missing)
    if all(item in missing for item in _RESPIRATORY):
        upper -= min(RPDAI_WEIGHTS[item] for item in _RESPIRATORY)
    return RpdaiScore(
        score=lower if lower == upper else None,
        lower=lower,
        upper=upper,
        present=present,
        absent=_where(states, False),
        missing=missing,
    )


def _where(states: Mapping[str, bool | None], wanted: bool | None) -> tuple[str, ...]:
    return tuple(item for item, state in states.items() if state is wanted)


def _state(item: str, value: object) -> bool | None:
    """Read one item's state; what was typed stays out of the message, because it is a patient's."""
    if is_gap(value):
        return None
    answer = yes_no(value)
    if answer is not None:
        return answer == 1.0
    hint = suggest(fold_word(value), ["present", "absent", "missing"]) if isinstance(value, str) else ""
    raise _refusal("rpdai_state", item, hint)


def _decide(states: dict[str, bool | None], item: str, measured: bool | None) -> None:
    if measured is None:
        return
    if states[item] is not None and states[item] is not measured:
        raise _refusal("rpdai_contradiction", item)
    states[item] = measured


def _exclude_other_respiratory(states: dict[str, bool | None]) -> None:
    without, with_failure = _RESPIRATORY
    if states[without] and states[with_failure]:
        raise _refusal("rpdai_exclusive", without, other=with_failure, days=RPDAI_WINDOW_DAYS)
    # Not a guess about a missing item: the presence of one rules the other out.
    if states[without]:
        states[with_failure] = False
    elif states[with_failure]:
        states[without] = False


def _crp_is_high(crp: Measured) -> bool:
    unit = _unit(crp, "crp_above_20_mg_per_l", {"mg/l": "mg/L"}, _WRONG_CRP_UNITS)
    if crp.value < 0:
        raise _refusal("rpdai_negative_crp", "crp_above_20_mg_per_l", unit=unit)
    return crp.value > _CRP_ABOVE_MG_PER_L


def _is_fever(temperature: Measured) -> bool:
    unit = _unit(temperature, "fever", {"c": "C", "°c": "C", "f": "F", "°f": "F"}, {})
    # Rounded far below any thermometer's last digit, so that 100.4 F is 38 C and no fever.
    celsius = temperature.value if unit == "C" else round((temperature.value - 32) / 1.8, 9)
    low, high = _PLAUSIBLE_CELSIUS
    if not low <= celsius <= high:
        raise _refusal("rpdai_temperature", "fever", unit=unit, low=low, high=high)
    return celsius > _FEVER_ABOVE_CELSIUS


def _unit(quantity: Measured, item: str, accepted: Mapping[str, str], known: Mapping[str, Phrase]) -> str:
    if not math.isfinite(quantity.value):
        raise _refusal("rpdai_not_finite", item)
    unit = quantity.unit.strip().casefold()
    if unit not in accepted:
        names = list(dict.fromkeys(accepted.values()))
        raise _refusal("rpdai_unit", item, known.get(unit, ""), unit=quantity.unit, accepted=names)
    return accepted[unit]


def _refusal(case: str, item: str, hint: str | Spoken | None = None, **values: Any) -> DataRefusedError:
    return DataRefusedError(case, where=Phrase("place.rpdai_item", {"item": item}), hint=hint, item=item, **values)
