"""Try on a bundle what anybody who holds it can try, and report what comes out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from responder.arrays import FloatArray, IntArray
from responder.disclosure.equations import equations_of
from responder.disclosure.labelings import LabelAttack, find_labelings
from responder.disclosure.refits import draws_known, values_of_medians
from responder.models.decision import KernelDecision
from responder.score.bundle import Bundle
from responder.score.holdings import patient_level

__all__ = ["Audit", "audit"]

SEED = 0


@dataclass(frozen=True)
class Audit:
    """What was recovered from a bundle; counts are told, the values themselves are not.

    Attributes
    ----------
    bundle, model : str
    shareable : bool
        Whether it is without rows of patients.
    n : int
        Training patients.
    features : int
        Features of each.
    holds : tuple of str
        Its parts that tell of single patients; see `responder.score.holdings.patient_level`.
    rows : ndarray, shape (n, k), optional
        The patients' features, in the units of the spec, where they can be computed.
    labelings : tuple of LabelAttack
        The attacks on the outcomes, one a source of equations.
    refits : int
        Bootstrap refits that it holds.
    draws_known : int
        Of these, how many tell which patients they were fitted on.
    values_known : int
        Values of single patients that stand in the bundle as they are, without an attack: the smallest, the middle and
        the largest of each feature, and the medians of the refits.
    digests : int
        Digests by which a row that somebody has already is confirmed.
    """

    bundle: str
    model: str
    shareable: bool
    n: int
    features: int
    holds: tuple[str, ...]
    rows: FloatArray | None
    labelings: tuple[LabelAttack, ...]
    refits: int
    draws_known: int
    values_known: int
    digests: int

    @property
    def rows_known(self) -> int:
        """Patients whose features are known."""
        return 0 if self.rows is None else len(self.rows)

    @property
    def outcome(self) -> IntArray | None:
        """The outcomes by the attack that recovers most of them, -1 where it leaves them open; None where none does."""
        best = max(self.labelings, key=lambda found: found.known, default=None)
        return None if best is None or not best.known else best.outcome

    @property
    def outcomes_known(self) -> int:
        """Patients whose outcome is known."""
        return max((found.known for found in self.labelings), default=0)

    def to_json(self) -> dict[str, Any]:
        """Return the counts as JSON types, without any value of a patient."""
        return {
            **{name: getattr(self, name) for name in ("bundle", "model", "shareable", "n", "features")},
            "holds": list(self.holds),
            "recovered": {
                "rows": self.rows_known,
                "outcomes": self.outcomes_known,
                "values": self.values_known,
                "draws": self.draws_known,
            },
            "attacks": [
                {
                    "source": found.source,
                    "method": found.method,
                    "tried": found.tried,
                    "fitting": found.fitting,
                    "residual": found.residual,
                    "next_residual": found.next_residual,
                }
                for found in self.labelings
            ],
            "refits": self.refits,
            "digests": self.digests,
        }


def audit(bundle: Bundle) -> Audit:
    """Attack a bundle: rows first, then outcomes from the rows, then who was drawn in which refit.

    What is not recovered here is not shown to be safe: these are the attacks that are known to work.

    Parameters
    ----------
    bundle : Bundle
    """
    fitted = bundle.pipeline.features
    standardised = _standardised(bundle)
    rows, draws, labelings = None, 0, list[LabelAttack]()
    if standardised is not None:
        steps, scaling = len(fitted.spec.steps), fitted.scaling
        sd = np.where(scaling.constant[0], 1.0, scaling.sd[0])
        rows = standardised * sd + scaling.mean[0]
        rng = np.random.default_rng(SEED)
        responders = bundle.standing.responders
        labelings = [find_labelings(one, responders, rng) for one in equations_of(bundle, standardised)]
        outcome = next((found.outcome for found in labelings if found.known == bundle.standing.n), None)
        draws = draws_known(bundle, rows[:, :steps], outcome)
    return Audit(
        bundle.name,
        bundle.model.id,
        bundle.shareable,
        bundle.standing.n,
        len(fitted.names),
        patient_level(bundle),
        rows,
        tuple(labelings),
        0 if bundle.ensemble is None else len(bundle.ensemble),
        draws,
        _values_known(bundle),
        len(bundle.provenance.row_digests),
    )


def _standardised(bundle: Bundle) -> FloatArray | None:
    """Return the patients' features where the bundle has them: as background, or as rows that the model stands on."""
    if not bundle.shareable:
        return bundle.background
    decision = bundle.pipeline.decision
    return decision.rows if isinstance(decision, KernelDecision) else None


def _values_known(bundle: Bundle) -> int:
    """Return how many values of single patients can be read off, at most n a feature."""
    scaling = bundle.pipeline.features.scaling
    steps = len(bundle.pipeline.features.spec.steps)
    own = [len(set(row)) for row in zip(scaling.median[0], *_ends(bundle, steps), strict=True)]
    refits = values_of_medians(bundle) or (0,) * steps
    return sum(min(bundle.standing.n, max(pair)) for pair in zip(own, refits, strict=True))


def _ends(bundle: Bundle, steps: int) -> tuple[FloatArray, FloatArray]:
    scaling = bundle.pipeline.features.scaling
    if scaling.low is None or scaling.high is None:
        return scaling.median[0], scaling.median[0]
    sd = scaling.sd[0, :steps]
    return scaling.low[0, :steps] + sd, scaling.high[0, :steps] - sd
