"""The page: answer first, complete, self-contained, and sound markup."""

import html
import re
from html.parser import HTMLParser

import pytest

from responder.report import render_report
from responder.report.html import inline_svg
from responder.report.input_tables import characteristics_table
from responder.words import Voice, from_json

MOST_BYTES = 1_500_000
VOID = {"meta", "br", "img", "link", "hr", "input"}


class Outline(HTMLParser):
    """Ids, headings, links, and whether every element is closed where it should be."""

    def __init__(self):
        super().__init__()
        self.ids, self.headings, self.targets, self.open, self.faults = [], [], [], [], []

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.ids += [found["id"]] if "id" in found else []
        self.targets += [found["href"]] if tag == "a" else []
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        found = dict(attributes)
        self.ids += [found["id"]] if "id" in found else []

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def outline(page):
    parser = Outline()
    parser.feed(page)
    parser.close()
    return parser


def text_of(page):
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_the_answer_comes_first(page, reference):
    text = text_of(page[page.index("<body>") :])
    lead = str(reference.answer.lead)
    assert text.index(lead) < text.index("Illustrative: rests on") < text.index("high risk of bias")
    assert len(text[: text.index(lead)]) < 300
    verdict = str(from_json(reference.model()["verdict"]["sentence"]))
    assert text.index("All models") > text.index(verdict) > text.index("high risk of bias")


def test_table_1_stands_open_and_names_levels_by_response_with_what_is_missing(convincing, reference, page):
    for found in (page, render_report(convincing, figures={})):
        folded = re.findall(r"<details.*?</details>", found, re.DOTALL)
        assert "Table 1" in found
        assert not any("Table 1" in text for text in folded)
    table = characteristics_table(reference, Voice("en", "report"))
    rows = {row[0]: row[1:] for row in table.rows}
    assert table.headers[1:] == ("All (9)", "Responders (6)", "Non-responders (3)", "Missing")
    # data/rp_ld_il2/cohort.csv, counted by hand: P04, P05, P07, P08 have an active airway, and P04 alone responds
    airway = rows["Organs involved (active in the last 28 days): airway chondritis"]
    assert airway == ("4 of 9", "1 of 6", "3 of 3", "0")
    assert rows["RPDAI (points)"] == ("9 (9 to 23)", "9 (9 to 23)", "14 (14 to 23)", "0")
    gaps = {row[0]: row[-1] for row in characteristics_table(convincing, Voice("en", "report")).rows}
    assert gaps["Treg count (cells/µL)"] == "2"


def test_sections_in_the_order_of_reading(page):
    sections = ["cohort", "hypotheses", "patient", "models", "explanation", "findings", "limits", "methods", "tables"]
    at = [page.index(f'<h2 id="{name}">') for name in sections]
    assert at == sorted(at)


def test_markup_is_sound(page):
    found = outline(page)
    assert found.faults == []
    assert found.open == []
    assert len(found.ids) == len(set(found.ids))
    assert found.headings[0] == 1
    assert all(after - before <= 1 for before, after in zip(found.headings, found.headings[1:], strict=False))
    inside = [target[1:] for target in found.targets if target.startswith("#")]
    assert set(inside) <= set(found.ids)


def test_nothing_is_loaded_from_elsewhere(page):
    outside = set(re.findall(r"https?://([^/\"<\s]+)", page))
    # links to be followed, and names of XML vocabularies
    assert outside <= {"doi.org", "www.w3.org", "127.0.0.1:5000"}
    assert not re.search(r"<(script|link|iframe|img|object|embed)\b", page)
    assert "@import" not in page
    assert "default-src 'none'" in page
    assert len(page.encode()) < MOST_BYTES


def test_every_figure_has_its_text_alternative(page, figures):
    labels = re.findall(r'<svg[^>]*role="img" aria-label="([^"]+)"', page)
    assert [html.unescape(label) for label in labels] == [
        figure.get_label()
        for name, figure in sorted(figures.items(), key=lambda item: page.index(f'"figure-{item[0]}"'))
    ]
    assert len(labels) == len(figures)
    assert all(re.search(r"\d", label) for label in labels)


def test_the_numbers_of_every_model_are_there(page, reference):
    text = text_of(page)
    for model in reference.models:
        assert str(from_json(model["title"])) in text
        for name, value in model["metrics"].items():
            shown = f"{value:z.0f}" if name == "labelings" else f"{value:z.4f}"
            assert shown.replace("-", "−") in text, (model["id"], name)
    for finding in reference.content["findings"]:
        assert str(from_json(finding["message"])) in text
    for key in reference.content["experiment"]:
        assert key in text
    for hypothesis in reference.content["hypotheses"]:
        assert str(from_json(hypothesis["sentence"])) in text


def test_page_one_counts_the_models_that_the_p_is_adjusted_for(page, reference):
    tried = [model for model in reference.models if not model["is_baseline"]]
    assert f"models tried: {len(tried)}" in page
    assert f"{len(tried)} models were tried" in page  # in the limits


def test_methods_cite_in_order(page):
    numbers = [int(n) for n in re.findall(r'<sup><a href="#ref-\w+">(\d+)</a></sup>', page)]
    first = list(dict.fromkeys(numbers))
    assert first == list(range(1, len(first) + 1))
    assert len(re.findall(r'<li id="ref-', page)) == len(first)


def test_methods_say_what_was_run_and_nothing_else(page, reference, convincing):
    text = text_of(page)
    assert "enumerated all 84 labelings" in text
    assert "Firth" not in text[text.index("Methods") : text.index("References")]
    other = text_of(render_report(convincing, figures={}))
    assert "used 199 random labelings" in other
    assert "Log-F priors" in other


def test_it_says_where_it_comes_from(page, reference):
    text = text_of(page)
    assert reference.digest in text
    assert "MLflow run 0123abcd (opens while responder ui is running)" in text
    assert '<a href="http://127.0.0.1:5000/#/0123abcd"' in page
    assert str(reference.content["provenance"]["cohort_digest"]) in text


def test_no_folder_of_this_machine_is_named(page, root):
    assert str(root) not in page
    assert "cohort.csv" in page


def test_nothing_estimable_is_still_a_page(hopeless, hopeless_figures):
    page = render_report(hopeless, figures=hopeless_figures)
    text = text_of(page)
    assert "Cannot be estimated: the smaller outcome class has 2 of 6 patients" in text
    assert outline(page).faults == []
    assert "nan" not in re.sub(r"[a-z]*nan[a-z]+|[a-z]+nan", "", text.lower())


def test_a_hostile_title_is_only_text(hopeless):
    page = render_report(hopeless, figures={})
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_convincing_run_claims_no_more_than_it_shows(convincing):
    text = text_of(render_report(convincing, figures={}))
    assert "Beats chance" in text
    assert "This says nothing about its usefulness in the clinic." in text
    assert "Illustrative" not in text
    assert "2 of 18 patients have at least one missing value" in text


def test_chinese(reference):
    page = render_report(reference, "zh", figures={})
    text = text_of(page)
    assert '<html lang="zh-CN">' in page
    assert from_json(reference.model()["verdict"]["sentence"]).in_language("zh") in text
    assert "仅作示例：基于重建、模拟数值。" in text
    for hypothesis in reference.content["hypotheses"]:
        assert from_json(hypothesis["sentence"]).in_language("zh") in text
    assert outline(page).faults == []


def test_beside_the_ranking_stands_whose_values_make_it(page, reference, reference_result, tmp_path):
    from responder.cli.trained import describe_result
    from responder.track.summary import model_description, run_description

    result = reference_result
    rests = [str(f.message) for f in result.findings if f.code == "RSP311"]
    assert any("without P01 or P10, 'treg_deficit'" in message for message in rests)
    (one, *_) = reference.influence(reference.model())
    assert one.rank_without >= one.rank + 2 or one.share > 0.5
    explanation = re.search(r'<section aria-labelledby="explanation">.*?</section>', page, re.DOTALL).group()
    printed = describe_result(result, tmp_path, tmp_path)
    for text in (html.unescape(explanation), printed):
        assert f"Without {one.patient} the order would be" in text
        assert all(message in text for message in rests)
    assert all(message in run_description(result) for message in rests)
    assert f"Without {one.patient} the order would be" in model_description(result, result.primary_model)
    chinese = html.unescape(render_report(reference, "zh", figures={}))
    assert f"去掉 {one.patient} 后，次序将为" in chinese
    assert "去掉 P01 或 P10 后，“treg_deficit”只在一名患者中不同" in chinese


def test_same_run_same_page(page, reference, figures):
    assert render_report(reference, figures=figures) == page


def test_ids_of_two_figures_do_not_meet(figures):
    one, two = (inline_svg(name, figures["roc"]) for name in ("first", "second"))
    ids = [set(re.findall(r' id="([^"]+)"', str(svg))) for svg in (one, two)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for svg, found in zip((one, two), ids, strict=True):
        assert set(re.findall(r"url\(#([^)]+)\)|href=\"#([^\"]+)\"", str(svg))) <= {
            pair for name in found for pair in ((name, ""), ("", name))
        }


@pytest.mark.parametrize("ground", ["paper", "soft"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_of_text_have_contrast(page, scheme, ground, contrast):
    light, dark = page.split("prefers-color-scheme: dark", 1)
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6});", light if scheme == "light" else dark.split("</style>")[0]))
    for name in ("ink", "muted", "link"):
        assert contrast(colours[name], colours[ground]) >= 4.5, name
