"""Which settings tuning chose, and whether it would choose them again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from responder.arrays import FloatArray
from responder.validate.result import Result
from responder.validate.sharing import pieces_of
from responder.validate.table import LeftOut, Refits
from responder.validate.tune import TunedPipeline, smallest_loss
from responder.workers import IN_PROCESS, Workers

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["TuningReport", "tuning_report"]


@dataclass(frozen=True, eq=False)
class TuningReport(Result):
    """Settings chosen in every leave-one-out fold, in bootstrap refits and in the fit on all patients.

    Attributes
    ----------
    model : str
        The tuned model.
    sampler : str
        How settings were proposed.
    folds : int
        Inner folds.
    parameters : tuple of str
        What was tuned.
    strongest, weakest : ndarray, shape (parameters,)
        Bounds: where the model shrinks most, and least.
    trials : ndarray, shape (T, parameters)
        Settings tried for the fit on all patients.
    trial_log_loss : ndarray, shape (T,)
        Inner log loss a patient of each: how much there was to choose between.
    final : ndarray, shape (parameters,)
        Chosen for the fit on all patients.
    leave_one_out : ndarray, shape (n, parameters)
        Chosen without each patient. These fits share all but one patient and look falsely stable.
    bootstrap : ndarray, shape (B, parameters)
        Chosen in each stratified bootstrap sample: what a new cohort might have chosen.
    """

    model: str
    sampler: str
    folds: int
    parameters: tuple[str, ...]
    strongest: FloatArray
    weakest: FloatArray
    trials: FloatArray
    trial_log_loss: FloatArray
    final: FloatArray
    leave_one_out: FloatArray
    bootstrap: FloatArray

    @property
    def bootstrap_range(self) -> FloatArray:
        """5% and 95% quantiles over bootstrap refits, actual choices, shape (2, parameters); ``nan`` without refits."""
        if not len(self.bootstrap):
            return np.full((2, len(self.parameters)), np.nan)
        return np.asarray(np.quantile(self.bootstrap, [0.05, 0.95], axis=0, method="nearest"))

    @property
    def spread(self) -> FloatArray:
        """Part of the searched (logarithmic) range that 90% of bootstrap refits span, shape (parameters,): 0 to 1."""
        lower, upper = self.bootstrap_range
        spanned = np.log(upper / lower) / np.abs(np.log(self.weakest / self.strongest))
        return np.asarray(np.minimum(spanned, 1.0))

    def frame(self) -> pd.DataFrame:
        """Return one row a fit: which (``final``, ``leave_one_out``, ``bootstrap``), its number, a column a setting."""
        import pandas as pd

        fits = {"final": self.final[None], "leave_one_out": self.leave_one_out, "bootstrap": self.bootstrap}
        parts = [
            pd.DataFrame(values, columns=list(self.parameters)).assign(fit=name, number=np.arange(len(values)))
            for name, values in fits.items()
        ]
        return pd.concat(parts, ignore_index=True)[["fit", "number", *self.parameters]]

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON types; bootstrap choices as counts of each distinct setting."""
        content = super().to_json()
        settings, counts = np.unique(self.bootstrap, axis=0, return_counts=True)
        lower, upper = self.bootstrap_range.tolist()
        return {
            **content,
            "bootstrap": [{"setting": s, "refits": c} for s, c in zip(settings.tolist(), counts.tolist(), strict=True)],
            "bootstrap_lower": lower if len(self.bootstrap) else None,
            "bootstrap_upper": upper if len(self.bootstrap) else None,
            "bootstrap_spread": self.spread.tolist() if len(self.bootstrap) else None,
        }


def tuning_report(
    pipeline: TunedPipeline, outcome: NDArray[Any], counts: FloatArray, *, workers: Workers = IN_PROCESS
) -> TuningReport:
    """Return which settings a tuned pipeline chose.

    Parameters
    ----------
    pipeline : TunedPipeline
        What was tuned.
    outcome : ndarray of 0/1, shape (n,)
        Observed outcome.
    counts : ndarray, shape (B, n)
        How often each patient is in each bootstrap sample (`responder.validate.splits.stratified_bootstrap`).
    workers : Workers
        Whom the fits are shared out to; what they choose does not depend on it.

    Examples
    --------
    >>> from responder.features import compile_features
    >>> from responder.study import load_study
    >>> from responder.validate.refit import Table
    >>> from responder.validate.tuning_space import SPACES
    >>> rpdai = np.array([9.0, 10, 11, 12, 13, 18, 19, 20, 21, 22])
    >>> table = Table(compile_features(load_study("rp-ld-il2"), ["rpdai"]), rpdai[:, None], {})
    >>> found = tuning_report(TunedPipeline(table, SPACES["ridge"]), (rpdai < 15).astype(int), np.ones((3, 10)))
    >>> found.final.tolist(), found.bootstrap_range.tolist()
    ([10.0], [[10.0], [10.0]])
    """
    trials, losses = pipeline.trials_of(outcome)
    own = np.arange(pipeline.table.n)[:, None]
    parameters = pipeline.space.parameters
    bootstrap = np.empty((0, len(parameters)))
    if len(counts):
        nobody = np.zeros((len(counts), 1), dtype=np.int64)
        bootstrap = _chosen_in(pipeline, Refits.of_outcome(counts, outcome, nobody), workers)
    return TuningReport(
        model=pipeline.id,
        sampler=pipeline.sampler,
        folds=pipeline.folds,
        parameters=pipeline.space.names,
        strongest=np.array([p.strongest for p in parameters]),
        weakest=np.array([p.weakest for p in parameters]),
        trials=trials,
        trial_log_loss=losses,
        final=smallest_loss(trials, losses),
        leave_one_out=_chosen_in(pipeline, LeftOut(outcome, own, own), workers),
        bootstrap=bootstrap,
    )


def _chosen_in(pipeline: TunedPipeline, question: Refits | LeftOut, workers: Workers) -> FloatArray:
    """Return the setting that the fit of each training set chooses, shape (M, parameters)."""
    chunks = pieces_of(question, pipeline.seconds_per_fit())
    return np.concatenate(list(workers.map(_chosen, (pipeline, question), chunks)))


def _chosen(asked: tuple[TunedPipeline, Refits | LeftOut], chunk: range) -> FloatArray:
    pipeline, question = asked
    return pipeline.chosen(question.part(chunk))[:, 0]
