"""Score a table of profiles, a row a patient, in bounded memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.score.bundle import Bundle
from responder.score.evaluate import Evaluation, evaluate
from responder.score.outcomes import outcome_codes
from responder.score.profile import Cells, EncodedTable, encode_table
from responder.score.reasons import ABSTAINED

__all__ = ["REFUSED", "TABLE_COLUMNS", "TEXT_COLUMNS", "TableScores", "score_encoded_table", "score_table"]

FloatArray = NDArray[np.float64]
REFUSED = "refused"

TABLE_COLUMNS: dict[str, str] = {
    "patient": "pseudonym of the patient, empty where none is given",
    "decision": "scored, scored_with_caution, abstained; refused where the row cannot be understood",
    "reasons": "codes of the reasons, separated by semicolons; for a refused row, what is wrong",
    "probability": "probability of response under treatment; empty where held back",
    "interval_lower": "lower end of the 95% interval of the true probability",
    "interval_upper": "upper end of it",
    "interval_coverage": "least share of new patients whose true probability such intervals held in simulated cohorts",
    "venn_abers_p0": "calibrated share of responders if this patient is counted as a non-responder",
    "venn_abers_p1": "calibrated share of responders if this patient is counted as a responder",
    "conformal_80": "outcomes not ruled out at 80%: both, response, non_response, neither, or uninformative",
    "conformal_90": "outcomes not ruled out at 90%: both, response, non_response, neither, or uninformative",
    "stability_lower": "2.5% of the probability over bootstrap refits: how far it moves, not how far it may be off",
    "stability_upper": "97.5% of the probability over bootstrap refits",
    "effective_sample_size": "as steady as from so many patients like this one; empty above the number of patients",
    "prevalence": "share of responders in the training cohort, the answer where the personal one is held back",
    "prevalence_lower": "lower end of its exact 95% interval",
    "prevalence_upper": "upper end of its exact 95% interval",
    "leverage_ratio": "leverage over the largest of a training patient; above 1 is unlike them",
    "distance_ratio": "distance to the nearest training patient over the largest among them; above 1 is unlike them",
    "traits_outside": "traits outside the training range or with a value not seen, separated by semicolons",
    "traits_missing": "traits not given, separated by semicolons",
}
"""Columns of a scored table, in order, and what each says."""
TABLE_LEVELS = (0.8, 0.9)
TEXT_COLUMNS = frozenset(
    {"patient", "decision", "reasons", "conformal_80", "conformal_90", "traits_outside", "traits_missing"}
)


@dataclass(frozen=True)
class TableScores:
    """The answers for n profiles, as columns; see `TABLE_COLUMNS`.

    Attributes
    ----------
    columns : Mapping[str, sequence]
        Column to n cells; numbers are ``nan`` where there is none.
    scored, abstained, refused : int
        How many rows have each decision; `scored` includes those with caution.
    """

    columns: Mapping[str, Cells]
    scored: int
    abstained: int
    refused: int

    def __len__(self) -> int:
        return self.scored + self.abstained + self.refused


def score_table(
    bundle: Bundle, columns: Mapping[str, Cells], *, show_anyway: bool = False, where: str = "table"
) -> TableScores:
    """Score many profiles at once, without attributions.

    Memory grows with the rows given; score a long table in parts, by `score_encoded_table`. A row that cannot be
    understood is marked ``refused`` and leaves the others alone.

    Parameters
    ----------
    bundle : Bundle
        The model and what belongs to it.
    columns : Mapping
        Header, by name or alias, to cells: texts as in a CSV file, or numbers.
    show_anyway : bool
        Give the numbers also where the decision is to abstain.
    where : str
        Name of the source, for messages.

    Raises
    ------
    DataRefusedError
        If a header is not known, no trait of the model is there, or columns differ in length.
    """
    return score_encoded_table(bundle, encode_table(bundle, columns, where), show_anyway=show_anyway)


def score_encoded_table(bundle: Bundle, encoded: EncodedTable, *, show_anyway: bool = False) -> TableScores:
    """Score profiles that are understood already; see `score_table`."""
    found = evaluate(bundle, encoded.values, show_anyway=show_anyway)
    refused = np.zeros(len(encoded), dtype=bool)
    refused[list(encoded.errors)] = True
    decision = found.decision.copy()
    decision[refused] = REFUSED
    abstained = int((decision == ABSTAINED).sum())
    return TableScores(
        _columns(bundle, encoded, found, decision, refused),
        len(decision) - abstained - int(refused.sum()),
        abstained,
        int(refused.sum()),
    )


def _columns(
    bundle: Bundle, encoded: EncodedTable, found: Evaluation, decision: NDArray[Any], refused: NDArray[np.bool_]
) -> dict[str, Any]:
    n = len(decision)
    coverage = np.nan if bundle.next_patient is None else bundle.next_patient.coverage.lowest
    app, reference, standing = found.applicability, bundle.applicability, bundle.standing
    names = [sheet.name for sheet in bundle.traits]
    codes = list(found.reasons)
    holds = np.column_stack([found.reasons[code] for code in codes]) if codes else np.zeros((n, 0), dtype=bool)
    reasons = _joined(holds, codes)
    for row, problem in encoded.refused.items():
        reasons[row] = problem

    def number(values: FloatArray) -> FloatArray:
        return np.where(refused | np.isinf(values), np.nan, values)

    def outcomes(level: float) -> NDArray[np.object_]:
        cells = np.full(n, "", dtype=object)
        shown = np.flatnonzero(~np.isnan(number(found.logit)))
        for limits in bundle.conformal:
            if limits.level == level:
                cells[shown] = outcome_codes(limits, found.logit[shown])
        return cells

    def always(value: float) -> FloatArray:
        return np.where(refused, np.nan, value)

    return {
        "patient": encoded.patients,
        "decision": decision,
        "reasons": reasons,
        "probability": number(found.probability),
        "interval_lower": number(found.interval[:, 0]),
        "interval_upper": number(found.interval[:, 1]),
        "interval_coverage": np.where(np.isnan(number(found.interval[:, 0])), np.nan, coverage),
        "venn_abers_p0": number(found.venn_abers[:, 0]),
        "venn_abers_p1": number(found.venn_abers[:, 1]),
        **{f"conformal_{level:.0%}".rstrip("%"): outcomes(level) for level in TABLE_LEVELS},
        "stability_lower": number(found.stability[:, 0]),
        "stability_upper": number(found.stability[:, 1]),
        "effective_sample_size": number(found.effective_sample_size),
        "prevalence": always(standing.prevalence),
        "prevalence_lower": always(standing.prevalence_lower),
        "prevalence_upper": always(standing.prevalence_upper),
        "leverage_ratio": number(app.leverage / reference.largest_leverage),
        "distance_ratio": number(_ratio(app.distance, reference.largest_distance)),
        "traits_outside": _joined((app.outside | app.unseen) & ~refused[:, None], names),
        "traits_missing": _joined(app.missing & ~refused[:, None], names),
    }


def _ratio(values: FloatArray, largest: float) -> FloatArray:
    """Return values over the largest one; where training patients are all alike there is nothing to divide by."""
    return values / largest if largest > 0 else np.where(values > 0, np.nan, 0.0)


def _joined(holds: NDArray[np.bool_], names: Sequence[str]) -> NDArray[np.object_]:
    """Return, for each row, the names whose column holds, separated by semicolons."""
    joined = np.full(len(holds), "", dtype=object)
    for column, name in enumerate(names):
        joined[holds[:, column]] += f"{name};"
    return np.array([text[:-1] for text in joined], dtype=object)
