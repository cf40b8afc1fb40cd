"""A third language is one more catalogue: no command and no page says anything that does not come from it.

The language of these tests is English with an accent on every letter: what is shown without one came from elsewhere.
"""

from __future__ import annotations

import html
import importlib
import re
import string
import tomllib
import unicodedata
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from responder.cli.main import SECTIONS, cli

LANGUAGE = "qps"
words_say = importlib.import_module("responder.words.say")  # the package has a function of this name
PLACE = re.compile(r"(\{[^{}]*\})")
ACCENTED = {letter: unicodedata.normalize("NFC", letter + "\u0301") for letter in string.ascii_letters}
PLAIN = re.compile(r"(?<![\w./=:-])[A-Za-z]?[a-z]+(?:,? [a-z]+)+(?![\w./=-])")
COMMAND = re.compile(r"responder(?: [a-z]+)+")
WORKS = re.compile(r'<ol class="references">.*?</ol>|<pre.*?</pre>', re.DOTALL)
MARKUP = re.compile(r"<(script|style)\b.*?</\1>|<[^>]+>", re.DOTALL)


def accented(text):
    """Return a text with an accent on every letter that is not of a place for a value."""
    parts = PLACE.split(text)
    return "".join(part if PLACE.fullmatch(part) else "".join(ACCENTED.get(c, c) for c in part) for part in parts)


def translated(tree):
    if isinstance(tree, dict):
        return {key: translated(value) for key, value in tree.items()}
    return accented(tree) if isinstance(tree, str) else tree


def written(tree, path=()):
    """Return a catalogue as TOML, one dotted key a line."""
    import json

    lines = []
    for key, value in tree.items():
        if isinstance(value, dict):
            lines += written(value, (*path, key))
        else:
            lines.append(f"{'.'.join(json.dumps(part) for part in (*path, key))} = {json.dumps(value)}")
    return lines


@pytest.fixture
def run():
    def invoke(*arguments):
        return CliRunner().invoke(cli, list(arguments), prog_name="responder")

    return invoke


@pytest.fixture
def third(tmp_path, monkeypatch):
    """Make the third language: a folder of catalogues with one more file."""
    folder = tmp_path / "words"
    folder.mkdir()
    english = tomllib.loads((words_say.FOLDER / "en.toml").read_text(encoding="utf-8"))
    for file in words_say.FOLDER.glob("*.toml"):
        (folder / file.name).write_bytes(file.read_bytes())
    (folder / f"{LANGUAGE}.toml").write_text("\n".join(written(translated(english))), encoding="utf-8")
    monkeypatch.setattr(words_say, "FOLDER", folder)
    monkeypatch.setenv("RESPONDER_LANG", LANGUAGE)
    forget()
    yield LANGUAGE
    forget()


def forget():
    words_say._part.cache_clear()
    words_say._tables.cache_clear()
    words_say.languages.cache_clear()


def labels(tree):
    """Return the words that a study gives in English: in a language that it does not have, these stand."""
    if isinstance(tree, dict):
        own = [tree["en"]] if isinstance(tree.get("en"), str) else []
        return [*own, *(found for value in tree.values() for found in labels(value))]
    return [found for item in tree for found in labels(item)] if isinstance(tree, list | tuple) else []


DATA = Path(__file__).resolve().parents[2] / "data"
FROM_OUTSIDE = {
    "RP on low-dose IL-2: who reaches RPDAI 0 at week 12?",  # the title of the experiment
    "Illustrative: rests on reconstructed and simulated values.",  # the bundle of the test has these as words
    "A sentence of the test.",
    "months, weeks",  # names of units
    "prevalence, ridge:0.1, ridge:1, logf:2, firth, gp, bayes",  # names of models
    # published predictors name their disease and source as they were published
    "relapsing polychondritis",
    "rheumatoid arthritis",
    "systemic lupus erythematosus",
    "chronic graft-versus-host disease",
    "randomised trial, Signal Transduct Target Ther",
    "abstract of a randomised trial, Lupus Sci Med",
}


@pytest.fixture(scope="session")
def given():
    from responder.evidence import load_predictors
    from responder.study import load_study, shipped_studies
    from responder.study.template import REDCAP_HEADER

    studies = [load_study(name) for name in shipped_studies()]
    found = {text for study in studies for text in labels(study.model_dump(mode="json"))}
    found |= {feature.construct_ for study in studies for feature in study.features}
    for predictors in (load_predictors(path) for path in DATA.glob("*/predictors.toml")):
        found |= {*labels(predictors.to_json()), *(str(one.treatment) for one in predictors.predictors)}
    found |= FROM_OUTSIDE | {*REDCAP_HEADER}
    return sorted((text.strip(".") for text in found if text), key=len, reverse=True)


@pytest.fixture
def untranslated(given):
    """A function to the lines of a text in which English words stand beside each other."""

    def lines(text):
        for known in given:
            text = text.replace(known, "").replace(known[:1].lower() + known[1:], "")
        text = COMMAND.sub("", text)
        return [line for line in text.splitlines() if PLAIN.search(line)]

    return lines


def test_the_accent_keeps_places():
    assert accented("{n} of {of:.2f}") == "{n} óf́ {of:.2f}"
    assert PLAIN.search("not valid")
    assert not PLAIN.search(accented("not valid"))


def leaves(command, path):
    if not isinstance(command, click.Group):
        return [path]
    return [path, *(leaf for name, child in command.commands.items() for leaf in leaves(child, (*path, name)))]


HELP = [(), *(leaf for names in SECTIONS.values() for name in names for leaf in leaves(cli.get_command(None, name), (name,)))]  # fmt: skip # noqa: E501


@pytest.mark.parametrize("path", HELP, ids=lambda path: " ".join(path) or "responder")
def test_help(path, run, third, untranslated):
    ran = run(*path, "--help")
    assert ran.exit_code == 0
    assert untranslated(ran.output) == []


COHORT = "data/rp_ld_il2/cohort.csv"
LUPUS = "data/sle_planted_truth/cohort.csv:sle-ld-il2"
EXPERIMENT = "experiments/rp_ld_il2.toml"
COMMANDS = {
    "check": ("check", COHORT),
    "check broken": ("check", "broken.csv"),
    "check nowhere": ("check", "nowhere.csv"),
    "no option": ("check", COHORT, "--nosuch"),
    "no value": ("runs", "ls", "--limit", "many"),
    "no command": ("chek",),
    "template": ("template", "--format", "redcap"),
    "study ls": ("study", "ls"),
    "study show": ("study", "show", "rp-ld-il2"),
    "study init": ("study", "init", COHORT),
    "study init file": ("study", "init", COHORT, "--out", "own.toml"),
    "simulate": ("simulate", "--n", "9", "--seed", "1", "--out", "simulated/table.csv"),
    "eligible": ("eligible", COHORT),
    "eligible one": ("eligible", COHORT, "--patient", "P01"),
    "template with criteria": ("template", "--format", "redcap", "--eligibility"),
    "reconstruct": ("reconstruct", "facts.toml"),
    "evidence": ("evidence", "data/rp_ld_il2/predictors.toml"),
    "across": ("across", COHORT, LUPUS),
    "across together": ("across", COHORT, LUPUS, "--hypothesis", "H3", "--hypothesis", "H5"),
    "across mapped": ("across", COHORT, LUPUS, "--map", "treg_per_ul=c3_g_per_l"),
    "plan": ("plan", "--prevalence", "0.4", "--parameters", "3", "--no-simulation"),
    "plan experiment": ("plan", EXPERIMENT, "--no-simulation"),
    "dry run": ("train", EXPERIMENT, "--dry-run"),
    "no experiment": ("train", "nowhere.toml"),
    "doctor": ("doctor",),
    "no runs": ("runs", "ls"),
    "no bundle": ("score", "--set", "rpdai=12"),
}
FACTS = """
schema = "responder/facts/1"
title = "scale"
n = 3
[variables.answer]
lowest = 1
highest = 5
[[fact]]
id = "mean"
statistic = "mean"
of = "answer"
value = "3.0"
"""


@pytest.fixture
def project(root, tmp_path, monkeypatch):
    """A project without runs."""
    import shutil

    for name in ("experiments", "data"):
        shutil.copytree(root / name, tmp_path / name)
    rows = (root / COHORT).read_text(encoding="utf-8").splitlines()
    (tmp_path / "broken.csv").write_text("\n".join([*rows, f"{rows[-1]},1"]), encoding="utf-8")
    (tmp_path / "facts.toml").write_text(FACTS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return tmp_path


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_output(arguments, run, project, third, untranslated):
    ran = run(*arguments)
    assert accented("internal fault") not in ran.stderr
    assert untranslated(ran.output) == []


ON_A_RUN = {
    "runs ls": ("runs", "ls"),
    "explain run": ("explain", "rp_ld_il2"),
    "explain bundle": ("explain", "models/rp_ld_il2"),
    "score": ("score", "--bundle", "models/rp_ld_il2", "profile.json", "--show-anyway"),
    "export": ("export", "models/rp_ld_il2", "--shareable"),
    "export audit": ("export", "models/rp_ld_il2", "--audit"),
    "score cohort": ("score", "--bundle", "models/rp_ld_il2", COHORT),
    "validate": ("validate", "models/rp_ld_il2", "other.csv"),
    "transfer": ("validate", "models/rp_ld_il2", LUPUS.partition(":")[0], "--study", "sle-ld-il2"),
}


@pytest.fixture
def finished(trained, tmp_path, monkeypatch, profile):
    """A copy of the trained project, to be written to."""
    import json
    import shutil

    folder = tmp_path / "finished"
    shutil.copytree(trained.folder, folder, ignore=shutil.ignore_patterns("mlartifacts"))
    (folder / "profile.json").write_text(json.dumps(profile), encoding="utf-8")
    (folder / "other.csv").write_text((folder / COHORT).read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return folder


@pytest.mark.parametrize("arguments", ON_A_RUN.values(), ids=ON_A_RUN)
def test_output_on_a_run(arguments, run, finished, third, untranslated):
    ran = run(*arguments)
    assert accented("internal fault") not in ran.stderr
    assert untranslated(ran.output) == []


@pytest.mark.slow
def test_training(run, finished, third, untranslated):
    fast = ("--set", "bootstrap.draws=20", "--models", "ridge:0.1", "--no-track")
    ran = run("train", EXPERIMENT, *fast)
    assert ran.exit_code == 0, ran.stderr
    assert untranslated(ran.output) == []


def shown(page):
    """Return the text of a page, a line for each element, without the works it cites and what a machine reads."""
    return html.unescape(MARKUP.sub("\n", WORKS.sub("", page)))


@pytest.mark.parametrize("kind", ["report", "card"])
def test_pages_of_a_run(kind, run, finished, third, untranslated):
    target = finished / "page"
    ran = run(kind, "rp_ld_il2", "--out", str(target))
    assert ran.exit_code == 0, ran.stderr
    pages = [target] if target.is_file() else sorted(target.glob("*.html"))
    assert pages
    found = [line for page in pages for line in untranslated(shown(page.read_text(encoding="utf-8")))]
    assert found == []


@pytest.mark.parametrize("address", ["/", "/docs"])
def test_pages_of_the_form(address, make_bundle, third, untranslated):
    from starlette.testclient import TestClient

    from responder.web import create_app

    client = TestClient(create_app(make_bundle("ridge:1", small=True)), base_url="http://localhost")
    page = client.get(address, params={"lang": LANGUAGE})
    assert page.status_code == 200
    assert untranslated(shown(page.text)) == []


def test_pages_of_the_workbench(project, third, untranslated):
    from pathlib import Path

    from starlette.testclient import TestClient

    from responder.workbench import Door, create_workbench
    from responder.workbench.bench import Bench

    bench = Bench.of_project(Path(), Door("key"), LANGUAGE)
    client = TestClient(create_workbench(bench), base_url="http://localhost")
    pages = [client.get("/"), client.get(f"/open?key=key&lang={LANGUAGE}"), client.get("/")]
    table = {
        "table": (
            "own.csv",
            b"id,crp,crp_2,result\n" + b"".join(b"P%d,%d.5,%d.1,%d\n" % (i, i, i, i % 3) for i in range(9)),
        )
    }
    client.post("/add", data={"csrf": bench.door.csrf}, files=table)
    client.post("/reference", data={"csrf": bench.door.csrf})
    addresses = (
        "own",
        "own/describe",
        "reference",
        "reference/describe",
        "reference/commit",
        "reference/train",
        "reference/read",
    )
    addresses += ("reference/do/trial", "reference/do/plan", "reference/do/landmark", "reference/eligible?study=0")
    pages += [client.get(f"/w/{address}") for address in addresses] + [
        client.get("/compare"),
        client.get("/everything"),
    ]
    assert {page.status_code for page in pages} == {200, 403, 404}
    assert [line for page in pages for line in untranslated(shown(page.text))] == []
