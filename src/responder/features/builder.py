"""The feature builder as a scikit-learn transformer: a thin face on the compiled spec."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from responder.arrays import FloatArray
from responder.errors import DataRefusedError
from responder.features.compile import compile_features, encoded_columns
from responder.features.spec import FittedFeatures
from responder.names.suggest import suggest
from responder.study.encode import EncodeError
from responder.study.load import load_study
from responder.study.model import Study

__all__ = ["FeatureBuilder"]


class FeatureBuilder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Encode, derive, impute (median, with indicators) and standardise the baseline traits of a study.

    Parameters
    ----------
    study : str or Study
        The study, or the id or path of one.
    traits : sequence of str, optional
        Baseline traits to use; by default those of the table's columns that the study knows.
    features : sequence of str, optional
        Features to keep; by default all that the traits allow.

    Attributes
    ----------
    fitted_ : FittedFeatures
        The compiled spec with medians, means and SDs of the training rows.
    feature_names_in_ : ndarray of str
        Columns of the table it was fitted on.
    n_features_in_ : int
        Their number.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"rpdai": [9, 9, 23], "treg_per_ul": [20.0, None, 31.0]})
    >>> builder = FeatureBuilder("rp-ld-il2").fit(table)
    >>> list(builder.get_feature_names_out())
    ['rpdai_baseline', 'log_treg', 'treg_deficit', 'treg_per_ul_missing']
    """

    def __init__(
        self, study: str | Study = "rp-ld-il2", traits: Sequence[str] | None = None, features: Sequence[str] = ()
    ) -> None:
        self.study = study
        self.traits = traits
        self.features = features

    def fit(self, X: pd.DataFrame, y: ArrayLike | None = None) -> Self:
        """Learn medians, means and SDs from a table of named columns; `y` is not looked at.

        Raises
        ------
        DataRefusedError
            If the table has no rows, a trait is missing from it, or a cell cannot be read.
        """
        table = _named_table(X)
        study = load_study(self.study) if isinstance(self.study, str) else self.study
        known = [t.name for t in study.baseline_traits if set(t.code.columns) <= set(table) or t.name in table]
        traits = list(self.traits) if self.traits is not None else known
        self.spec_ = compile_features(study, traits, only=self.features)
        self.study_ = study
        self.traits_ = tuple(traits)
        values = self._encode(table)
        if values.shape[0] == 0:
            raise DataRefusedError("features_no_rows", where="fit")
        self.fitted_ = FittedFeatures.fit(self.spec_, values)
        self.feature_names_in_ = np.asarray(table.columns, dtype=object)
        self.n_features_in_ = table.shape[1]
        return self

    def transform(self, X: pd.DataFrame) -> FloatArray:
        """Return the standardised features, shape (n, k)."""
        check_is_fitted(self)
        return self.fitted_.transform(self._encode(_named_table(X)))

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the features."""
        check_is_fitted(self)
        return np.asarray(self.fitted_.names, dtype=object)

    @property
    def feature_groups_(self) -> tuple[str, ...]:
        """Group (clinical, immune ...) of each feature."""
        check_is_fitted(self)
        return self.spec_.groups_of_features(self.fitted_.indicators)

    def _encode(self, table: pd.DataFrame) -> FloatArray:
        """Return encoded values; a column that is already encoded (``organs=airway``) is taken as it is."""
        parts = []
        for name in self.traits_:
            code = self.study_.trait(name).code
            if set(code.columns) <= set(table):
                own = table[list(code.columns)]
                if code.kind == "set" or all(pd.api.types.is_numeric_dtype(own[c]) for c in own):
                    parts.append(own.to_numpy(dtype=float, na_value=np.nan))
                    continue
            if name not in table:
                raise DataRefusedError("features_no_column", hint=suggest(name, map(str, table)) or "", name=name)
            try:
                parts.append(
                    np.asarray([code.encode(v) for v in table[name]], dtype=float).reshape(
                        len(table), len(code.columns)
                    )
                )
            except EncodeError as error:
                raise DataRefusedError(
                    "features_bad_value", hint=error.hint, name=name, problem=error.problem
                ) from error
        values = np.column_stack(parts)
        assert values.shape[1] == len(encoded_columns(self.study_, self.traits_))
        return values

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.two_d_array = False
        tags.requires_fit = True
        return tags


def _named_table(X: object) -> pd.DataFrame:
    if not isinstance(X, pd.DataFrame):
        raise DataRefusedError("features_no_table", kind=type(X).__name__)
    return X
