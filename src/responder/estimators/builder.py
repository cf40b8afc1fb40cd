"""The feature builder as a scikit-learn transformer: a thin face on the compiled spec that training fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import (
    _check_feature_names_in,
    _check_sample_weight,
    check_is_fitted,
    validate_data,
)

from responder.arrays import FloatArray
from responder.errors import DataRefusedError
from responder.features.compile import compile_features, encoded_columns
from responder.features.spec import MISSING, TOGETHER, FeatureSpec, FeatureStep, FittedFeatures, fit_scaling
from responder.names.suggest import suggest
from responder.study.encode import EncodeError
from responder.study.load import load_study
from responder.study.model import Study

__all__ = ["FeatureBuilder"]


class FeatureBuilder(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Derive features, impute (median, with missing indicators), standardise, and hold values within what was seen.

    With a study, the columns of a data frame are its baseline traits, read and encoded as they are in training, and the
    features those that the study declares. Without one, every column is a number and a feature.

    Parameters
    ----------
    study : Study or str, optional
        The study, or the id or path of one; without it, `fit` takes any table of numbers.
    traits : sequence of str, optional
        Baseline traits of the study to use; by default those of the table's columns that it knows.
    features : sequence of str
        Features of the study to keep; by default all that the traits allow.

    Attributes
    ----------
    fitted_ : responder.features.FittedFeatures
        The compiled spec with medians, means and SDs of the training rows.
    feature_names_in_ : ndarray of str
        Columns of the table it was fitted on, where they have names.
    n_features_in_ : int
        Their number.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"rpdai": [9, 9, 23], "treg_per_ul": [20.0, None, 31.0]})
    >>> FeatureBuilder("rp-ld-il2").fit(table).get_feature_names_out().tolist()
    ['rpdai_baseline', 'log_treg', 'treg_deficit', 'treg_per_ul_missing']
    >>> FeatureBuilder().fit_transform(table).round(2).tolist()
    [[-0.71, -1.22, -0.71], [-0.71, 0.0, 1.41], [1.41, 1.22, -0.71]]
    """

    def __init__(
        self, study: Study | str | None = None, traits: Sequence[str] | None = None, features: Sequence[str] = ()
    ) -> None:
        self.study = study
        self.traits = traits
        self.features = features

    def fit(self, X: ArrayLike, y: ArrayLike | None = None, sample_weight: ArrayLike | None = None) -> Self:
        """Learn medians, means and SDs; `y` is not looked at.

        Parameters
        ----------
        X : DataFrame or array_like, shape (n, columns)
            With a study a data frame, its columns named as the study names them.
        y : array_like, optional
            Not used.
        sample_weight : array_like, shape (n,), optional
            How often each row counts; 0 leaves it out.

        Raises
        ------
        DataRefusedError
            If there is a study and the table has no named columns or no rows, a trait is missing, or a cell cannot be
            read.
        ValueError
            If there is no study and a value is no number.
        """
        if self.study is None:
            values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
            self.spec_ = _spec_of_numbers(values.shape[1])
        else:
            values = self._fit_study(X)
        weight = _check_sample_weight(sample_weight, values, dtype=np.float64, ensure_non_negative=True)
        indicators = self.spec_.missing_patterns(values[weight > 0])
        derived, missing = self.spec_.derive(values), self.spec_.missing(values, indicators)
        self.fitted_ = FittedFeatures(self.spec_, indicators, fit_scaling(derived, missing, weight[None]))
        return self

    def transform(self, X: ArrayLike) -> FloatArray:
        """Return the standardised features, shape (n, k)."""
        check_is_fitted(self)
        return self.fitted_.transform(self.encode(X))

    def encode(self, X: ArrayLike) -> FloatArray:
        """Return the values that features are derived from, shape (n, columns of the spec); ``nan`` where missing.

        Raises
        ------
        DataRefusedError
            See `fit`.
        ValueError
            See `fit`.
        """
        if self.study is not None:
            return self._encode(_named_table(X))
        values: FloatArray = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan", reset=False)
        return values

    def get_feature_names_out(self, input_features: ArrayLike | None = None) -> NDArray[np.object_]:
        """Return the names of the features, shape (k,); missing indicators come last.

        Parameters
        ----------
        input_features : array_like of str, optional
            Names of the columns, where they came without and there is no study.
        """
        check_is_fitted(self)
        names = self.fitted_.names
        if self.study is None:
            given = list(map(str, _check_feature_names_in(self, input_features)))
            gaps = [[given[int(at)] for at in together.split(TOGETHER)] for together in self.fitted_.indicators]
            names = (*given, *(f"{TOGETHER.join(columns)}{MISSING}" for columns in gaps))
        return np.asarray(names, dtype=object)

    @property
    def feature_groups_(self) -> tuple[str, ...]:
        """Group (clinical, immune ...) of each feature; empty texts without a study."""
        check_is_fitted(self)
        return self.spec_.groups_of_features(self.fitted_.indicators)

    def _fit_study(self, X: object) -> FloatArray:
        table = _named_table(X)
        assert self.study is not None
        study = load_study(self.study) if isinstance(self.study, str) else self.study
        known = [t.name for t in study.baseline_traits if set(t.code.columns) <= set(table) or t.name in table]
        traits = list(self.traits) if self.traits is not None else known
        self.spec_ = compile_features(study, traits, only=self.features)
        self.study_ = study
        self.traits_ = tuple(traits)
        values = self._encode(table)
        if values.shape[0] == 0:
            raise DataRefusedError("features_no_rows", where="fit")
        self.feature_names_in_ = np.asarray(table.columns, dtype=object)
        self.n_features_in_ = table.shape[1]
        return values

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
        tags.input_tags.string = self.study is not None
        tags.input_tags.two_d_array = self.study is None
        return tags


def _spec_of_numbers(columns: int) -> FeatureSpec:
    """Return the spec that takes every column as it is; columns go by their position, for a name may hold any sign."""
    names = tuple(map(str, range(columns)))
    steps = tuple(FeatureStep(name, "identity", (at,), (name,)) for at, name in enumerate(names))
    return FeatureSpec(names, steps, {name: at for at, name in enumerate(names)}, dict.fromkeys(names, ""))


def _named_table(X: object) -> pd.DataFrame:
    if not isinstance(X, pd.DataFrame):
        raise DataRefusedError("features_no_table", kind=type(X).__name__)
    return X
