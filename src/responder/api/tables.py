"""The tables of an analysis as data frames, with the units of their numbers in ``attrs["units"]``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from responder.experiment import ExperimentResult
from responder.features import label_of_feature
from responder.words import said

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["hypothesis_table", "marker_table", "model_table"]

ONE = "1"
LOGIT, NAT, PER_SD = "logit", "nat", "logit/SD"
UNITS = {
    "log_loss_loo": NAT,
    "calibration_in_the_large": LOGIT,
    "mean_absolute": LOGIT,
    "log_odds_per_sd": PER_SD,
    "log_odds_per_sd_lower": PER_SD,
    "log_odds_per_sd_upper": PER_SD,
}
"""Units of the numbers that have one; shares, scores and counts have none, which is written as 1."""
MARKER_COLUMNS = ("feature", "label", "trait", "unit", "group", "mean_absolute", "direction")


def model_table(result: ExperimentResult, language: str) -> pd.DataFrame:
    """Return one row a model, titles in a language."""
    table = result.frame()
    table["title"] = [said(model.title, language) for model in result.models]
    return _with_units(table)


def marker_table(result: ExperimentResult, language: str) -> pd.DataFrame:
    """Return one row a feature of the primary model, largest mean absolute Shapley value first.

    Beside it: the unit that its trait is measured in, whether higher or lower values go with response, and of bootstrap
    refits the shares in which it ranks first and in which higher values go with response.
    """
    import pandas as pd

    found, study, spec = result.primary_model.attributions, result.cohort.study, result.table.spec
    if found is None:
        return _with_units(pd.DataFrame(columns=list(MARKER_COLUMNS)))
    table = found.ranking().rename(columns={"name": "feature"})
    traits = dict(zip(found.names, result.table.feature_table.traits, strict=True))
    named = [traits[name] for name in table["feature"]]
    table.insert(1, "label", [said(label_of_feature(study, spec, name), language) for name in table["feature"]])
    table.insert(2, "trait", ["+".join(names) for names in named])
    table.insert(3, "unit", [study.trait(names[0]).unit if len(names) == 1 else "" for names in named])
    if result.primary_model.ranks is not None:
        ranks = [result.primary_model.ranks.features.row(name) for name in table["feature"]]
        for column in ("rank_first", "mean_rank", "share_higher"):
            table[column] = [row[column] for row in ranks]
    return _with_units(table)


def hypothesis_table(result: ExperimentResult, language: str) -> pd.DataFrame:
    """Return one row a part of each hypothesis, with the hypothesis's own verdict as a sentence."""
    import pandas as pd

    parts = [each.frame().assign(statement=said(each.statement, language)) for each in result.hypotheses]
    return _with_units(pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"hypothesis": []}))


def _with_units(table: pd.DataFrame) -> pd.DataFrame:
    numbers = table.select_dtypes("number").columns
    table.attrs["units"] = {str(name): UNITS.get(str(name), ONE) for name in numbers}
    return table
