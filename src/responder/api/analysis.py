"""What `responder.train` gives: the answer, tables, figures, report, tracking and a scorer of one analysis."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.api.scorer import Scorer
from responder.api.tables import hypothesis_table, marker_table, model_table
from responder.errors import UsageError, did_you_mean, known_names
from responder.experiment import Answer, ExperimentResult, bundle_of, export_bundle, write_result
from responder.files import write_atomically
from responder.project import project_root
from responder.report import ReportInput, draw_all, render_report, write_report
from responder.report.figures import draw_waterfall, possible_figures
from responder.report.fonts import figure_language
from responder.report.html import render_answer
from responder.track import TrackedRun
from responder.validate import Verdict
from responder.words import Phrase, Voice

if TYPE_CHECKING:
    import pandas as pd
    import shap
    from matplotlib.figure import Figure

__all__ = ["Analysis"]

FIGURES = {"markers": "attributions"}
"""What a question calls a figure that a report names by what it shows."""
PATIENT = "patient"


@dataclass(frozen=True, repr=False)
class Analysis:
    """What was found, and everything that it can be shown as. A notebook shows its answer.

    Attributes
    ----------
    result : ExperimentResult
        All that was found, frozen.
    language : str
        In which it is shown where a method is not told otherwise: ``en`` or ``zh``.
    """

    result: ExperimentResult
    language: str = "en"

    @property
    def answer(self) -> Answer:
        """What can be said of these patients and of the next, and what would settle it."""
        return self.result.answer

    @property
    def verdict(self) -> Verdict:
        """Whether the model named beforehand was shown to beat chance."""
        return self.result.verdict

    @property
    def models(self) -> pd.DataFrame:
        """One row a model: verdict, leave-pair-out AUC with interval, permutation p, Brier score and more."""
        return model_table(self.result, self.language)

    @property
    def markers(self) -> pd.DataFrame:
        """One row a feature of the primary model, largest mean absolute Shapley value first."""
        return marker_table(self.result, self.language)

    @property
    def hypotheses(self) -> pd.DataFrame:
        """One row a part of each hypothesis of the study; no row where it declares none."""
        return hypothesis_table(self.result, self.language)

    @property
    def predictions(self) -> pd.DataFrame:
        """One row a model and patient: outcome, out-of-fold probability, its interval, stability."""
        return self.result.predictions()

    @property
    def findings(self) -> pd.DataFrame:
        """One row a finding of intake, cohort and models."""
        return self.result.findings.frame(self.language)

    @property
    def figures(self) -> tuple[str, ...]:
        """Names of the figures that `figure` can draw; what cannot be estimated has none."""
        possible = possible_figures(self._source)
        asked = [name for name, drawn in FIGURES.items() if drawn in possible]
        return (*asked, *possible, *([PATIENT] if "attributions" in possible else []))

    def figure(self, name: str, *, patient: str = "", language: str = "") -> Figure:
        """Draw one figure.

        Parameters
        ----------
        name : str
            One of `figures`, such as ``markers``, ``roc``, ``permutation``, ``predictions``; or ``patient``.
        patient : str
            Of ``patient``: whose prediction is explained; the first by default.
        language : str
            Of its labels.

        Returns
        -------
        matplotlib.figure.Figure
            Its text alternative is ``get_label()``.

        Raises
        ------
        UsageError
            If there is no such figure of this analysis, or no such patient.
        """
        words = Voice(figure_language(language or self.language), "report")
        if name == PATIENT and PATIENT in self.figures:
            ids = self.result.cohort.ids
            if patient and patient not in ids:
                raise UsageError("analysis_no_patient", where=_place("patient"), name=patient, names=list(ids))
            return draw_waterfall(self._source, words, patient or ids[0])
        draw = possible_figures(self._source).get(FIGURES.get(name, name))
        if draw is None:
            known = self.figures
            hint = did_you_mean(name, known) or known_names(known)
            raise UsageError("analysis_no_figure", where=_place("name"), hint=hint, name=name)
        return draw(self._source, words)

    def report(self, path: str | Path, *, language: str = "") -> Path:
        """Write the report as one HTML page that needs no other file, and return its path."""
        wanted, page = language or self.language, Path(path)
        write_atomically(page, render_report(self._source, wanted, figures=draw_all(self._source, wanted)))
        return page

    def save(self, folder: str | Path, *, language: str = "") -> Path:
        """Write what ``responder train`` writes for a run (results, tables, report, card, figures) into a folder.

        The commands ``report``, ``card`` and ``explain`` read it. An older run there is replaced as a whole.
        """
        place = write_result(self.result, Path(folder))
        write_report(self.result, place, languages=(language or self.language,))
        return place

    def track(self, *, language: str = "") -> TrackedRun:
        """Log the analysis to MLflow, as a training run is: models, tables, figures, report and scoring bundle.

        The store is ``MLFLOW_TRACKING_URI``, else ``mlflow.db`` in the project.

        Returns
        -------
        TrackedRun
            Finished; ``run_id`` is its name in MLflow.

        Raises
        ------
        StoreUnavailableError
            If the store cannot be reached or written.
        """
        wanted = language or self.language
        resolved, study = self.result.experiment, self.result.cohort.study
        with (
            tempfile.TemporaryDirectory() as temporary,
            TrackedRun.start(resolved, project_root(), study.id, wanted) as run,
        ):
            folder = self.save(Path(temporary) / "run", language=wanted)
            run.log(self.result, folder, export_bundle(self.result, Path(temporary) / "bundle"))
        return run

    def scorer(self) -> Scorer:
        """Return what scores new patients by the primary model.

        Raises
        ------
        UsageError
            If this analysis has none, with the reason; see `ExperimentResult.no_bundle`.
        """
        if self.result.no_bundle is not None:
            raise UsageError("analysis_no_scorer", where=self.result.primary, reason=self.result.no_bundle)
        return Scorer(bundle_of(self.result))

    def explanation(self, model: str = "", *, language: str = "") -> shap.Explanation:
        """Return out-of-fold Shapley values for the plots of shap; see `ExperimentResult.explanation`."""
        return self.result.explanation(model, language=language or self.language)

    def to_json(self) -> dict[str, Any]:
        """Return ``result.json``: everything but patient-level values, as JSON types."""
        return self.result.to_json()

    @cached_property
    def _source(self) -> ReportInput:
        return ReportInput.from_result(self.result)

    def __repr__(self) -> str:
        return self.answer.in_language(self.language)

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the answer."""
        return render_answer(self.answer, self.language)


def _place(argument: str) -> Phrase:
    return Phrase("place.argument", {"name": argument})
