"""The view on which the MLflow UI opens: which columns, in which order, and the link that leads there.

MLflow keeps a shared view as plain JSON in a tag of the experiment. The format is internal to MLflow, which is why
its version is pinned and a test looks at the page; without the tag the link still opens the list of runs.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from responder.words import say

__all__ = ["NOTE", "VIEW_METRICS", "VIEW_TAGS", "experiments_url", "run_url", "runs_url", "view_tags"]

VIEW_KEY = "responder"
NOTE = "mlflow.note.content"
VIEW_METRICS = (
    "lpo_auc",
    "permutation_p",
    "permutation_p_maxt",
    "brier_skill_loo",
    "calibration_slope",
    "n",
)
VIEW_TAGS = ("responder.verdict", "responder.illustration")
SORTED_BY = "lpo_auc"
_TRAINING = "workflowType=machine_learning"  # MLflow opens on its view of language models otherwise
_METRIC_WIDTH_PX = 110
_TEXT_WIDTH_PX = 190


def view_tags(name: str, language: str = "en") -> dict[str, str]:
    """Return the tags of an MLflow experiment that make its page open as a table of models.

    Parameters
    ----------
    name : str
        The experiment's name, for its description.
    language : str
        Of the description.

    Examples
    --------
    >>> tags = view_tags("rp-ld-il2")
    >>> json.loads(tags["mlflow.sharedViewState.responder"])["orderByKey"]
    'metrics.`lpo_auc`'
    """
    metrics = [f"metrics.`{metric}`" for metric in VIEW_METRICS]
    verdict, *others = (f"tags.`{tag}`" for tag in VIEW_TAGS)
    texts = [verdict, *others, "attributes.`Dataset`"]
    head = "attributes.`Run Name`"
    state = {
        "searchFilter": "",
        "orderByKey": f"metrics.`{SORTED_BY}`",
        "orderByAsc": False,
        "selectedColumns": [*metrics, *texts],
        "columnOrder": [head, *metrics[:2], verdict, *metrics[2:], *texts[1:]],
        "columnWidths": dict.fromkeys(metrics, _METRIC_WIDTH_PX) | dict.fromkeys([head, *texts], _TEXT_WIDTH_PX),
    }
    return {
        f"mlflow.sharedViewState.{VIEW_KEY}": json.dumps(state),
        "mlflow.experimentKind": "custom_model_development",
        NOTE: say("mlflow.experiment", language, name=name),
    }


def runs_url(server: str, experiment_id: str) -> str:
    """Return the link to an experiment's runs, in this project's view.

    Parameters
    ----------
    server : str
        Address of the MLflow server, such as ``http://127.0.0.1:5000``.
    experiment_id : str
        The MLflow experiment.

    Examples
    --------
    >>> runs_url("http://127.0.0.1:5000/", "1")
    'http://127.0.0.1:5000/#/experiments/1/runs?workflowType=machine_learning&viewStateShareKey=responder'
    """
    return f"{_experiment(server, experiment_id)}/runs?{_TRAINING}&viewStateShareKey={VIEW_KEY}"


def run_url(server: str, experiment_id: str, run_id: str) -> str:
    """Return the link to the page of one run."""
    return f"{_experiment(server, experiment_id)}/runs/{quote(run_id, safe='')}?{_TRAINING}"


def experiments_url(server: str) -> str:
    """Return the link to the list of experiments."""
    return f"{server.rstrip('/')}/#/experiments?{_TRAINING}"


def _experiment(server: str, experiment_id: str) -> str:
    return f"{server.rstrip('/')}/#/experiments/{quote(experiment_id, safe='')}"
