"""The arithmetic of scoring, for any number of encoded profiles at once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from responder.arrays import BoolArray, FloatArray
from responder.models.solver import expit
from responder.score.applicability import Applicability
from responder.score.bundle import Bundle
from responder.score.interval import OPEN_WIDTH
from responder.score.reasons import ABSTAINED, REASONS, SCORED, WITH_CAUTION
from responder.study.criteria import Judged
from responder.validate.stability import effective_sample_size
from responder.validate.venn_abers import venn_abers

__all__ = ["STABILITY_LEVEL", "Evaluation", "evaluate", "probability"]

STABILITY_LEVEL = 0.95


def probability(bundle: Bundle, values: FloatArray) -> FloatArray:
    """Return the model's probability of response for encoded profiles, shape (n,), whatever it is worth."""
    return expit(bundle.pipeline.logit(values))


@dataclass(frozen=True)
class Evaluation:
    """What the bundle says of n profiles.

    Attributes
    ----------
    features : ndarray, shape (n, k)
        Standardised features as the model takes them: held near the range of the training cohort.
    measured : ndarray, shape (n, k)
        The same as they were measured.
    logit, probability : ndarray, shape (n,)
        Of response; ``nan`` where the bundle abstains.
    interval : ndarray, shape (n, 2)
        Of the true probability; ``nan`` where the bundle has none, or abstains. It holds `probability`.
    stability : ndarray, shape (n, 2)
        2.5 and 97.5% of the probability over bootstrap refits: how far it moves, not how far it may be off. ``nan`` in
        a shareable bundle, as are the next two.
    venn_abers : ndarray, shape (n, 2)
        Probability if this patient is counted as a non-responder, and as a responder.
    effective_sample_size : ndarray, shape (n,)
        p (1 - p) / Var(p); ``nan`` above the number of training patients, where it counts shrinkage, not patients.
    applicability : Applicability
        How the profiles stand to the training cohort.
    reasons : Mapping[str, ndarray of bool]
        Code of `REASONS` to where it holds, shape (n,); codes that hold nowhere are absent.
    judged : tuple of Judged
        The profiles by the study's criteria of entry, where these were asked.
    """

    features: FloatArray
    measured: FloatArray
    logit: FloatArray
    probability: FloatArray
    interval: FloatArray
    stability: FloatArray
    venn_abers: FloatArray
    effective_sample_size: FloatArray
    applicability: Applicability
    reasons: dict[str, BoolArray]
    judged: tuple[Judged, ...] = ()

    @cached_property
    def abstained(self) -> BoolArray:
        """Where a reason holds the personal probability back."""
        return self._any(abstains=True)

    @cached_property
    def decision(self) -> NDArray[np.object_]:
        """``scored``, ``scored_with_caution`` or ``abstained`` of each profile."""
        caution = self._any(abstains=False)
        words = np.array([SCORED, WITH_CAUTION, ABSTAINED], dtype=object)
        return np.asarray(words[np.where(self.abstained, 2, caution.astype(int))])

    @property
    def held(self) -> BoolArray:
        """Where the model takes a feature at the edge of what it learned from, shape (n, k)."""
        return np.asarray(self.features != self.measured)

    def _any(self, *, abstains: bool) -> BoolArray:
        holds = np.zeros(len(self.features), dtype=bool)
        for code, where in self.reasons.items():
            if REASONS[code] is abstains:
                holds |= where
        return holds


def evaluate(
    bundle: Bundle, values: FloatArray, *, entry: FloatArray | None = None, show_anyway: bool = False
) -> Evaluation:
    """Evaluate encoded profiles.

    Parameters
    ----------
    bundle : Bundle
        The model and what belongs to it.
    values : ndarray, shape (n, columns)
        Encoded profiles, ``nan`` where missing.
    entry : ndarray, shape (n, columns of the criteria), optional
        What the study's criteria of entry ask for; see `EncodedTable.entry`.
    show_anyway : bool
        Compute the probability also where the bundle abstains.
    """
    fitted = bundle.pipeline.features
    derived, missing = fitted.derive(values)
    features = fitted.scaling.apply(derived, missing)[0]
    measured = fitted.scaling.apply(derived, missing, held=False)[0]
    applicability = bundle.applicability.assess(bundle.codes, values, measured, bundle.background, bundle.feature_range)
    judged = () if entry is None else bundle.criteria.judge(entry)
    reasons = _reasons(bundle, applicability)
    if judged and (excluded := np.any([one.verdicts < 0 for one in judged], axis=0)).any():
        reasons["not_eligible"] = excluded
    n = len(values)
    found = Evaluation(
        features,
        measured,
        np.full(n, np.nan),
        np.full(n, np.nan),
        np.full((n, 2), np.nan),
        np.full((n, 2), np.nan),
        np.full((n, 2), np.nan),
        np.full(n, np.nan),
        applicability,
        reasons,
        judged,
    )
    shown = np.flatnonzero(np.ones(n, dtype=bool) if show_anyway else ~found.abstained)
    held = np.isin(np.arange(n), shown) & found.held.any(axis=1)
    if held.any():
        reasons["held_at_edge"] = held
    at_once = len(features) if bundle.ensemble is None else bundle.ensemble.rows_at_once(features.shape[1])
    for start in range(0, len(shown), max(1, at_once)):
        rows = shown[start : start + at_once]
        logit = bundle.pipeline.decision.logit(features[rows])
        found.logit[rows] = logit
        found.probability[rows] = p = expit(logit)
        if bundle.next_patient is not None:
            found.interval[rows] = expit(bundle.next_patient.logit_limits(features[rows], logit))
        if bundle.ensemble is not None:
            refits = expit(bundle.ensemble.logit(derived[rows], missing[rows]))
            found.effective_sample_size[rows] = effective_sample_size(p, refits.T, most=bundle.standing.n)
            found.stability[rows] = _central(refits, STABILITY_LEVEL)
        if bundle.venn_abers:
            interval = venn_abers(dict(bundle.venn_abers), logit)
            found.venn_abers[rows] = np.column_stack([interval.p0, interval.p1])
    open_ones = found.interval[:, 1] - found.interval[:, 0] > OPEN_WIDTH
    without = ~np.isnan(found.probability) & np.isnan(found.interval[:, 0])
    told = {"interval_open": open_ones, "without_patients" if bundle.shareable else "no_interval": without}
    found.reasons.update({code: where for code, where in told.items() if where.any()})
    return found


def _reasons(bundle: Bundle, app: Applicability) -> dict[str, BoolArray]:
    everywhere = np.ones(len(app.leverage), dtype=bool)
    standing = bundle.standing
    holds = {
        "model_not_shown": everywhere & (standing.kind == "not_shown_to_beat_chance"),
        "model_not_estimable": everywhere & (standing.kind == "cannot_be_estimated"),
        "level_not_seen": app.unseen.any(axis=1),
        "far_outside": app.far.any(axis=1),
        "unlike_anyone": app.high_leverage & app.alone,
        "mostly_missing": app.missing.mean(axis=1) > 0.5,
        "outside_range": (app.outside & ~app.unseen).any(axis=1),
        "high_leverage": app.high_leverage & ~app.alone,
        "no_near_neighbour": app.alone & ~app.high_leverage,
        "missing": app.missing.any(axis=1),
        "missing_pattern_not_seen": app.new_pattern,
        "illustrative": everywhere & bool(standing.illustration),
    }
    return {code: where for code, where in holds.items() if where.any()}


def _central(refits: FloatArray, level: float) -> FloatArray:
    """Return the quantiles around the central share of each row, shape (n, 2), as `numpy.quantile` does.

    Sorting is vectorised and on many short rows several times faster than `numpy.quantile` or `numpy.partition`.
    """
    last = refits.shape[1] - 1
    tail = (1.0 - level) / 2.0
    places = np.array([tail * last, (1.0 - tail) * last])
    lower = np.floor(places).astype(int)
    upper = np.minimum(lower + 1, last)
    ordered = np.sort(refits, axis=1)
    return np.asarray(ordered[:, lower] + (places - lower) * (ordered[:, upper] - ordered[:, lower]))
