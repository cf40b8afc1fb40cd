"""The Gaussian process as a scikit-learn classifier."""

from __future__ import annotations

from collections.abc import Sequence

from responder.errors import InvalidValueError
from responder.estimators.classifier import SmallSampleClassifier, positive
from responder.models.base import Model
from responder.models.gp import GaussianProcessModel

__all__ = ["GaussianProcess"]


class GaussianProcess(SmallSampleClassifier):
    """Gaussian process classification with a fixed radial kernel, by Laplace's approximation.

    The kernel is ``signal_variance * exp(-|x - z|^2 / (2 length^2)) + offset_variance`` on features as they are given
    (Rasmussen and Williams 2006, chapter 3).

    Parameters
    ----------
    signal_variance, length : float
        Of the kernel, above 0; the length is in units of the features.
    offset_variance : float
        Of a constant added to all, 0 or above.

    Examples
    --------
    >>> model = GaussianProcess().fit([[-1.0], [0.0], [1.0], [2.0]], [0, 0, 1, 1])
    >>> model.predict([[-2.0], [3.0]]).tolist()
    [0, 1]
    """

    def __init__(self, signal_variance: float = 2.0, length: float = 3.0, offset_variance: float = 4.0) -> None:
        self.signal_variance = signal_variance
        self.length = length
        self.offset_variance = offset_variance

    def engine_model(self, names: Sequence[str]) -> Model:
        """See `SmallSampleClassifier.engine_model`."""
        if not self.offset_variance >= 0:
            raise InvalidValueError("estimator_negative", name="offset_variance", value=self.offset_variance)
        return GaussianProcessModel(
            signal_variance=positive("signal_variance", self.signal_variance),
            length=positive("length", self.length),
            offset_variance=float(self.offset_variance),
        )
