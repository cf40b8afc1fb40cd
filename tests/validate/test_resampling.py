"""Numbers by which models are compared when they were resampled otherwise."""

import numpy as np

from responder.validate.kfold import RepeatedKFold
from responder.validate.optimism import BootstrapPerformance, CorrectedMeasure
from responder.validate.resampling import Resampling

FOLDS = RepeatedKFold(5, 2, 30, np.array([0.6, 0.8]), np.array([0.2, 0.3]))


def test_without_usable_refits_only_the_folds_are_compared():
    assert set(Resampling(FOLDS, None).metrics) == {"kfold_auc", "kfold_brier"}


def test_with_them_each_measure_is_told_under_its_name():
    fields = CorrectedMeasure.__dataclass_fields__
    auc, brier = (CorrectedMeasure(**{name: start + at for at, name in enumerate(fields)}) for start in (1, 101))
    told = Resampling(FOLDS, BootstrapPerformance(auc, brier, 40, 0, 9, 0.0)).metrics
    assert (told["kfold_auc"], told["kfold_brier"]) == (0.7, 0.25)
    assert (told["auc_632plus"], told["brier_632plus"]) == (auc.estimate_632plus, brier.estimate_632plus)
    assert told["auc_optimism_corrected"] == auc.optimism_corrected
    assert told["brier_optimism_corrected"] == brier.optimism_corrected
