"""Every figure is there when its numbers are, says them, and looks the same each time."""

import re
from pathlib import Path

import numpy as np
import pytest

import responder.report
from responder.report import save_figures
from responder.report.figures import draw_permutation, draw_roc, draw_strip
from responder.report.figures.waterfall import patients_to_explain
from responder.report.fonts import own_font
from responder.report.style import png_bytes, svg_text
from responder.report.traits import feature_correlations, high_correlations, missing_pattern, rests_on_one_patient
from responder.words import Voice

ALWAYS = {
    "comparison", "permutation", "roc", "predictions", "calibration", "decision_curve", "attributions", "dependence",
    "ranks", "stability", "correlation", "evidence",
}  # fmt: skip


def told(figure):
    """Return the words of a figure, line breaks undone."""
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg_text(figure))).replace("&amp;", "&")


def test_all_figures_of_the_reference(figures, reference):
    assert {name for name in figures if not name.startswith("waterfall")} == ALWAYS
    assert sum(name.startswith("waterfall") for name in figures) == reference.n


def test_gaps_are_drawn_where_there_are_gaps(convincing, convincing_figures, reference):
    assert "missingness" in convincing_figures
    assert list(missing_pattern(convincing)) == ["treg_per_ul"]
    assert int(missing_pattern(convincing).to_numpy().sum()) == 2
    assert missing_pattern(reference).size == 0


def test_what_cannot_be_estimated_has_no_figure(hopeless_figures):
    names = set(hopeless_figures)
    assert not names & {"permutation", "roc"}
    assert "predictions" in names


def test_figures_say_their_numbers(figures, reference):
    model = reference.model()
    words = {name: told(figure) for name, figure in figures.items()}
    test = model["permutation"]
    assert f"p = {test['p']:.3f}" in words["permutation"]
    assert f"observed {model['metrics']['lpo_auc']:.2f}" in words["permutation"]
    assert f"best of all labelings: p = {test['smallest_attainable_p']:.3f}" in words["permutation"]
    assert "all 84 ways of assigning the outcomes" in words["permutation"]
    # nine patients give no slope; the figure says how many would
    smallest = model["calibration"]["slope_coverage"]["smallest_n"]
    assert f"slope: cannot be estimated with fewer than {smallest} patients" in words["calibration"]
    assert "one patient: 0.111" in words["decision_curve"]
    assert f"AUC {model['metrics']['lpo_auc']:.2f}" in words["roc"]
    for patient in reference.table("predictions")["patient_id"]:
        assert patient in words["predictions"]
    first = model["importance"][0]
    assert f"{first['mean_absolute']:.2f} logits" in words["attributions"]
    share = max(row[0] for row in model["ranks"]["features"]["probability"])
    assert f"ranks first in {share:.0%} of 60 bootstrap refits" in words["ranks"]


def test_effects_by_value_have_units_and_words_on_their_axes(figures, reference):
    panels = [axes for axes in figures["dependence"].axes if axes.get_visible()]
    labels = [axes.get_xlabel() for axes in panels]
    assert all(len(line) <= 30 for label in labels for line in label.splitlines())
    ticks = {axes.get_xlabel(): [tick.get_text() for tick in axes.get_xticklabels()] for axes in panels}
    assert ticks["Organ: airway chondritis"] == ["no", "yes"]
    assert "RPDAI (points)" in labels
    assert reference.axis_label("log_treg", Voice("zh", "report")) == "Treg计数（对数）"  # the logarithm has no unit
    assert reference.axis_label("prednisone_dose", Voice("zh", "report")) == "泼尼松剂量（mg/天）"


def test_waterfall_adds_up(figures, reference):
    """Base and bars, as written, give the prediction of the patient."""
    patient = str(reference.table("predictions")["patient_id"][0])
    rows = reference.table("shap")
    rows = rows[rows["patient_id"] == patient]
    assert np.isclose(rows["base"].iloc[0] + rows["shap"].sum(), rows["logit"].iloc[0])
    probability = reference.table("predictions")["probability_loo"][0]
    assert f"Predicted {probability:.2f} without this patient" in told(figures["waterfall_01"])
    assert f"Patient {patient}" in figures["waterfall_01"].get_label()


def test_not_shown_to_beat_chance_is_grey_and_says_so(figures, reference):
    sentence = reference.verdict(reference.model(), Voice("en", "report"))
    for name in ("attributions", "dependence", "ranks", "waterfall_01"):
        assert sentence in told(figures[name]), name
        assert "Illustrative: rests on reconstructed and simulated values." in told(figures[name])
        drawn = svg_text(figures[name]).replace("#a33f00", "")
        colours = {c for c in re.findall(r"#[0-9a-f]{6}", drawn) if max_chroma(c) > 24}
        assert colours == set(), (name, colours)
    for name in ALWAYS - {"comparison", "stability", "correlation", "evidence"}:
        assert "not shown to beat chance" in told(figures[name]).lower(), name


def max_chroma(colour):
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    return max(channels) - min(channels)


def test_a_model_that_beats_chance_is_not_grey(convincing, convincing_figures):
    assert convincing.beats_chance(convincing.model())
    figures = convincing_figures
    assert "not shown" not in told(figures["attributions"]).lower()
    assert any(max_chroma(c) > 60 for c in re.findall(r"#[0-9a-f]{6}", svg_text(figures["attributions"])))
    assert "Illustrative" not in told(figures["attributions"])
    assert "Shown to beat chance" in told(figures["comparison"])


def test_same_run_same_bytes(figures, reference):
    words = Voice("en", "report")
    for name, draw in (("attributions", draw_strip), ("permutation", draw_permutation), ("roc", draw_roc)):
        again = draw(reference, words)
        assert svg_text(again) == svg_text(figures[name])
        assert png_bytes(again) == png_bytes(figures[name])


def test_figures_are_saved_whole(figures, tmp_path):
    paths = save_figures({"roc": figures["roc"], "ranks": figures["ranks"]}, tmp_path / "figures")
    assert sorted(p.name for p in paths) == ["ranks.png", "ranks.svg", "roc.png", "roc.svg"]
    assert sorted(p.name for p in (tmp_path / "figures").iterdir()) == sorted(p.name for p in paths)
    assert (tmp_path / "figures/roc.png").read_bytes().startswith(b"\x89PNG")


def test_chinese(reference):
    if not own_font("zh"):
        pytest.skip("no font with Chinese characters (Debian: apt-get install fonts-noto-cjk)")
    words = Voice("zh", "report")
    assert "置换检验" in told(draw_permutation(reference, words))
    strip = draw_strip(reference, words)
    assert "RPDAI评分" in told(strip)
    assert "未能证明优于随机" in told(strip)
    png_bytes(strip)  # a missing glyph warns, and a warning is an error


def test_correlations_are_those_of_the_cohort(reference, reference_result):
    found = feature_correlations(reference)
    derived = reference_result.table.derived
    names = [step.name for step in reference_result.table.spec.steps]
    one, other, r = high_correlations(reference)[0]
    assert np.isclose(np.corrcoef(derived[:, names.index(one)], derived[:, names.index(other)])[0, 1], r)
    assert set(found.names) <= set(names)


def test_a_ranking_that_rests_on_one_patient_is_named(reference):
    table = reference.table("shap")
    sizes = table.assign(shap=table["shap"].abs()).pivot(index="patient_id", columns="feature", values="shap")
    found = rests_on_one_patient(reference)
    first = sizes.mean().idxmax()
    patient = sizes[first].idxmax()
    instead = sizes.drop(index=patient).mean().idxmax()
    assert found == (None if instead == first else (patient, instead))


def test_the_patients_worth_a_look(convincing):
    chosen = patients_to_explain(convincing, 4)
    table = convincing.table("predictions").set_index("patient_id")["probability_loo"]
    assert len(chosen) == 4
    assert {table.idxmax(), table.idxmin()} <= set(chosen)
    assert len(patients_to_explain(convincing, 100)) == convincing.n


def test_no_state_of_pyplot_is_used():
    package = Path(responder.report.__file__).parent
    assert not [path for path in package.rglob("*.py") if "pyplot" in path.read_text(encoding="utf-8")]
