"""Figures of a finished run: one family a file, each drawn from the run's files alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from responder.files import write_atomically
from responder.report.figures.attributions import draw_dependence, draw_strip
from responder.report.figures.borrowed import draw_borrowed
from responder.report.figures.cohort import draw_correlation, draw_missingness
from responder.report.figures.comparison import draw_comparison
from responder.report.figures.discrimination import draw_permutation, draw_roc
from responder.report.figures.ensemble import draw_ensemble
from responder.report.figures.evidence import draw_evidence
from responder.report.figures.patients import draw_predictions, draw_stability
from responder.report.figures.probabilities import draw_calibration, draw_decision_curve
from responder.report.figures.ranks import draw_ranks
from responder.report.figures.waterfall import draw_waterfall, patients_to_explain
from responder.report.fonts import figure_language
from responder.report.source import ReportInput
from responder.report.style import png_bytes, svg_text
from responder.report.traits import feature_correlations, missing_pattern, ranked_features
from responder.words import Language, Voice

__all__ = [
    "draw_all",
    "draw_borrowed",
    "draw_calibration",
    "draw_comparison",
    "draw_correlation",
    "draw_decision_curve",
    "draw_dependence",
    "draw_ensemble",
    "draw_evidence",
    "draw_missingness",
    "draw_permutation",
    "draw_predictions",
    "draw_ranks",
    "draw_roc",
    "draw_stability",
    "draw_strip",
    "draw_waterfall",
    "possible_figures",
    "save_figures",
    "wanted_figures",
]

MOST_WATERFALLS = 9
OF_PATIENTS = frozenset(
    {"missingness", "predictions", "calibration", "attributions", "dependence", "stability", "borrowed"}
)  # and waterfalls
"""Figures with a mark for every patient."""


def draw_all(source: ReportInput, language: Language = "en", *, of_patients: bool = True) -> dict[str, Figure]:
    """Draw every figure that this run can have, of the primary model and of all models side by side.

    Parameters
    ----------
    source : ReportInput
        The run.
    language : str
        ``en`` or ``zh``; English where no installed font has Chinese characters.
    of_patients : bool
        Whether figures that show single patients are among them.

    Returns
    -------
    dict of str to matplotlib.figure.Figure
        By name; what cannot be estimated has no figure. The text alternative of each is its ``get_label()``.
    """
    words = Voice(figure_language(language), "report")
    return {name: draw(source, words) for name, draw in wanted_figures(source, of_patients=of_patients).items()}


def wanted_figures(
    source: ReportInput, *, of_patients: bool = True
) -> dict[str, Callable[[ReportInput, Voice], Figure]]:
    """Return how to draw each figure of `draw_all`, by name and in its order."""
    wanted = {name: draw for name, draw in possible_figures(source).items() if of_patients or name not in OF_PATIENTS}
    if of_patients and ranked_features(source.model()):
        for number, patient in enumerate(patients_to_explain(source, MOST_WATERFALLS), 1):
            wanted[f"waterfall_{number:02d}"] = partial(draw_waterfall, patient=patient)
    return wanted


def possible_figures(source: ReportInput) -> dict[str, Callable[[ReportInput, Voice], Figure]]:
    """Return how to draw each figure whose numbers this run has, by name; waterfalls of patients apart."""
    primary = source.model()
    explained = bool(ranked_features(primary))
    explains = not source.table("shap").empty
    wanted: list[tuple[str, Callable[[ReportInput, Voice], Figure], bool]] = [
        ("ensemble", draw_ensemble, source.ensemble is not None),
        ("missingness", draw_missingness, explains and missing_pattern(source).size > 0),
        ("correlation", draw_correlation, explains and len(feature_correlations(source).names) > 1),
        ("evidence", _evidence, source.evidence is not None),
        ("comparison", draw_comparison, any(not m["is_baseline"] for m in source.models)),
        ("borrowed", draw_borrowed, source.borrowing is not None),
        ("permutation", draw_permutation, {"permutation_p", "lpo_auc"} <= set(primary["metrics"])),
        ("roc", draw_roc, primary["tournament"] is not None),
        ("predictions", draw_predictions, bool(source.table("predictions")["probability_loo"].notna().any())),
        ("calibration", draw_calibration, primary["calibration"] is not None),
        ("decision_curve", draw_decision_curve, primary["decision_curve"] is not None),
        ("attributions", draw_strip, explained),
        ("dependence", draw_dependence, explained),
        ("ranks", draw_ranks, explained and primary["ranks"] is not None),
        ("stability", draw_stability, primary["stability"] is not None),
    ]
    return {name: draw for name, draw, possible in wanted if possible}


def _evidence(source: ReportInput, words: Voice) -> Figure:
    assert source.evidence is not None
    return draw_evidence(source.evidence, words.language)["evidence"]


def save_figures(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write every figure as SVG and as PNG; each file is written whole or not at all.

    Parameters
    ----------
    figures : Mapping of str to Figure
        By name.
    folder : Path
        Where to.

    Returns
    -------
    list of Path
        The files.
    """
    paths = []
    for name, figure in figures.items():
        for path, written in (
            (folder / f"{name}.svg", svg_text(figure)),
            (folder / f"{name}.png", png_bytes(figure)),
        ):
            write_atomically(path, written)
            paths.append(path)
    return paths
