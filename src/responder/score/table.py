"""Score a table of profiles, one row per patient, in bounded memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray
from responder.score.bundle import Bundle
from responder.score.evaluate import Evaluation, evaluate
from responder.score.outcomes import outcome_codes
from responder.score.profile import TABLE, Cells, EncodedTable, encode_table
from responder.score.reasons import ABSTAINED
from responder.words import Spoken, said

__all__ = [
    "REFUSED",
    "TABLE_COLUMNS",
    "TEXT_COLUMNS",
    "TableScores",
    "score_encoded_table",
    "score_in_parts",
    "score_table",
]

REFUSED = "refused"
ROWS_AT_ONCE = 8192

TABLE_COLUMNS = (
    "patient", "decision", "reasons", "probability", "interval_lower", "interval_upper", "interval_coverage",
    "venn_abers_p0", "venn_abers_p1", "conformal_80", "conformal_90", "stability_lower", "stability_upper",
    "effective_sample_size", "prevalence", "prevalence_lower", "prevalence_upper", "leverage_ratio", "distance_ratio",
    "traits_outside", "traits_missing",
)  # fmt: skip
"""Columns of a scored table, in order; the catalogue says under ``scored_column`` what each is."""
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
    bundle: Bundle,
    columns: Mapping[str, Cells],
    *,
    show_anyway: bool = False,
    where: str | Spoken = TABLE,
    language: str = "en",
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
    where : str or Phrase
        Name of the source, for messages.
    language : str
        Of what is wrong with a refused row.

    Raises
    ------
    DataRefusedError
        If a header is not known, no trait of the model is there, or columns differ in length.
    """
    encoded = encode_table(bundle, columns, where)
    return score_encoded_table(bundle, encoded, show_anyway=show_anyway, language=language)


def score_encoded_table(
    bundle: Bundle, encoded: EncodedTable, *, show_anyway: bool = False, language: str = "en"
) -> TableScores:
    """Score profiles that are understood already; see `score_table`."""
    found = evaluate(bundle, encoded.values, entry=encoded.entry, show_anyway=show_anyway)
    refused = np.zeros(len(encoded), dtype=bool)
    refused[list(encoded.errors)] = True
    decision = found.decision.copy()
    decision[refused] = REFUSED
    abstained = int((decision == ABSTAINED).sum())
    return TableScores(
        _columns(bundle, encoded, found, decision, refused, language),
        len(decision) - abstained - int(refused.sum()),
        abstained,
        int(refused.sum()),
    )


def score_in_parts(
    bundle: Bundle, encoded: EncodedTable, *, show_anyway: bool = False, language: str = "en"
) -> Iterator[TableScores]:
    """Yield the scores of a long table part by part, in order and in bounded memory; see `score_table`."""
    for start in range(0, len(encoded), ROWS_AT_ONCE):
        part = encoded.part(start, start + ROWS_AT_ONCE)
        yield score_encoded_table(bundle, part, show_anyway=show_anyway, language=language)


def _columns(
    bundle: Bundle,
    encoded: EncodedTable,
    found: Evaluation,
    decision: NDArray[Any],
    refused: BoolArray,
    language: str,
) -> dict[str, Any]:
    n = len(decision)
    coverage = np.nan if bundle.next_patient is None else bundle.next_patient.coverage.lowest
    app, reference, standing = found.applicability, bundle.applicability, bundle.standing
    names = [sheet.name for sheet in bundle.traits]
    codes = list(found.reasons)
    holds = np.column_stack([found.reasons[code] for code in codes]) if codes else np.zeros((n, 0), dtype=bool)
    reasons = _joined(holds, codes)
    for row, problem in encoded.refused.items():
        reasons[row] = said(problem, language)

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
    return values / largest if largest != 0 else np.where(values > 0, np.nan, 0.0)


def _joined(holds: BoolArray, names: Sequence[str]) -> NDArray[np.object_]:
    """Return, for each row, the names whose column holds, separated by semicolons."""
    joined = np.full(len(holds), "", dtype=object)
    for column, name in enumerate(names):
        joined[holds[:, column]] += f"{name};"
    return np.array([text[:-1] for text in joined], dtype=object)
