"""Whatever shows a landmark analysis says that it is known at its week only, and calls nothing in it baseline alone."""

import html
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner
from starlette.testclient import TestClient

from responder.cli.main import cli
from responder.cli.score_card import card
from responder.cli.trained import describe_result
from responder.experiment.export import bundle_of
from responder.report import ReportInput, build_card, render_report
from responder.report.card import render_card_html, render_card_markdown
from responder.report.figures import draw_permutation, draw_roc
from responder.score import load_bundle, score_profile, write_bundle
from responder.track.summary import model_description, run_description
from responder.web import create_app
from responder.words import Voice, said

LABEL = {"en": "Known at week 4 only", "zh": "仅在第4周时可知"}
BASELINE_ONLY = {
    "en": ("baseline profile", "the baseline traits", "missing baseline value", "baseline traits became"),
    "zh": ("基线资料", "基线特征可预测", "基线特征对应答", "个基线特征"),
}
PROFILE = {"treg_per_ul": 22, "treg_per_ul_week4": 66, "tcon_per_ul": 470, "tcon_per_ul_week4": 474}
LANGUAGES = tuple(LABEL)


def flat(text):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<(style|svg).*?</\1>|<[^>]+>", " ", text, flags=re.DOTALL)))


def labelled(text, language):
    assert LABEL[language] in text
    assert not [words for words in BASELINE_ONLY[language] if words in text]


@pytest.fixture(scope="session")
def landmark(landmark_result):
    return ReportInput.from_result(landmark_result)


@pytest.fixture(scope="session")
def bundle_folder(landmark_result, tmp_path_factory):
    folder = tmp_path_factory.mktemp("landmark_bundle") / "rp_landmark"
    write_bundle(bundle_of(landmark_result), folder)
    return folder


@pytest.fixture(scope="session")
def bundle(bundle_folder):
    return load_bundle(bundle_folder)


@pytest.fixture(scope="session")
def service(bundle):
    return TestClient(create_app(bundle), base_url="http://localhost")


@pytest.mark.parametrize("language", LANGUAGES)
def test_terminal_pages_card_and_tracker(landmark, landmark_result, language):
    own = build_card(landmark, None, language)
    doors = (
        describe_result(landmark_result, Path("runs"), Path("models"), language),
        flat(render_report(landmark, language, figures={})),
        flat(render_card_html(own)),
        render_card_markdown(own),
        run_description(landmark_result, language),
    )
    for text in doors:
        labelled(text, language)
        assert {"en": "the measurements up to week 4 predict", "zh": "截至第4周的测量"}[language] in text
    labelled(model_description(landmark_result, landmark_result.primary_model, language), language)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_figure_has_it_below(landmark, language):
    words = Voice(language, "report")
    for draw in (draw_permutation, draw_roc):
        shown = " ".join(text.get_text() for text in draw(landmark, words).findobj(lambda a: hasattr(a, "get_text")))
        assert words("figure.known_only", week=4) in re.sub(r"\s+", " ", shown)


@pytest.mark.parametrize("language", LANGUAGES)
def test_bundle_score_and_explanation(bundle, bundle_folder, language):
    assert LABEL[language] in said(bundle.standing.known_only, language)
    labelled(card(bundle, score_profile(bundle, PROFILE), None, language), language)
    given = [word for name, value in PROFILE.items() for word in ("--set", f"{name}={value}")]
    for arguments in (["explain", str(bundle_folder)], ["explain", str(bundle_folder), *given]):
        labelled(CliRunner().invoke(cli, [*arguments, "--quiet", "--lang", language]).stdout, language)
    scored = CliRunner().invoke(cli, ["score", "--bundle", str(bundle_folder), *given, "--json", "--lang", language])
    assert LABEL[language] in json.loads(scored.stdout)["scores"][0]["standing"]["known_only"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_form_and_service(service, language):
    query = f"?lang={language}"
    form = service.post("/", data={**{name: str(value) for name, value in PROFILE.items()}, "lang": language})
    for page in (service.get(f"/{query}"), form, service.get(f"/docs{query}")):
        labelled(flat(page.text), language)
    document = service.get(f"/openapi.json{query}").json()
    labelled(document["info"]["description"], language)
    labelled(json.dumps(document, ensure_ascii=False), language)
    answer = service.post(f"/v1/score{query}", json=PROFILE).json()
    assert LABEL[language] in json.dumps(answer, ensure_ascii=False)
    assert LABEL[language] in service.get(f"/v1/model{query}").json()["standing"]["known_only"]


@pytest.mark.parametrize(
    ("language", "labels"),
    [("en", ("Treg count at baseline", "Treg count at week 4")), ("zh", ("基线Treg计数", "第4周Treg计数"))],
)
def test_the_form_tells_the_value_at_baseline_from_the_later_one(service, language, labels):
    page = service.get(f"/?lang={language}").text
    at = [re.search(rf"<label for=[^>]+>{label}</label>", page) for label in labels]
    assert at[0].start() < at[1].start()
    assert Voice(language, "form")("intro_on_treatment") in page
    assert Voice(language, "form")("intro") not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_parts_of_the_hypothesis_are_named_in_words(landmark_result, language):
    told = landmark_result.answer.in_language(language)
    assert {"en": "Rise in Treg count by week 4", "zh": "Treg计数至第4周的升幅"}[language] in told
    assert "treg_per_ul_rise" not in told
    assert not re.search(r"\(log\)|（对数）", told)
