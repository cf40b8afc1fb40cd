"""Every command, option, file, key, default, module and number that the documentation names is the program's own."""

import doctest
import json
import re
import subprocess
import sys
import tomllib
import typing
from collections.abc import Mapping
from importlib.util import find_spec

import pydantic
import pytest

from responder.study.instruments.rp import RPDAI_MAXIMUM_REACHABLE, RPDAI_MAXIMUM_THEORETICAL, RPDAI_WEIGHTS
from responder.study.text import Text

PAGES = ("README", "concepts", "commands", "files", "python", "numbers", "findings", "instruments")
CODE = re.compile(r"`([^`\n]+)`")
KEYS = re.compile(r"`([a-z0-9_]+)`(\*?)")


@pytest.fixture(scope="module")
def pages(root):
    return {name: (root / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in PAGES}


def rows(text, heading):
    """Return the cells of the tables below a heading, without their head."""
    section = re.split(rf"^## {re.escape(heading)}\n", text, flags=re.MULTILINE)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    cells = [[c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]
    heads = {i - 1 for i, row in enumerate(cells) if set(row[0]) == {"-"}}
    return [row for i, row in enumerate(cells) if i not in heads and set(row[0]) != {"-"}]


def key_name(name, field):
    return field.alias or name


def flat_keys(model, prefix=""):
    """Return every dotted key of an experiment with whether it is needed, and its default."""
    found = {}
    for name, field in model.model_fields.items():
        by_name = typing.get_origin(field.annotation) is Mapping  # one key: its names are the user's
        kinds = [] if by_name else [field.annotation, *typing.get_args(field.annotation)]
        inner = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel)]
        key = prefix + key_name(name, field)
        if Text in inner:  # words by language, or one text
            found[key] = (field.is_required(), field.get_default(call_default_factory=True).en)
        elif inner:
            found |= flat_keys(inner[0], f"{key}.")
        else:
            needed = field.is_required()
            found[key] = (needed, None if needed else field.get_default(call_default_factory=True))
    return found


def test_the_index_leads_to_every_page(pages, root):
    for page in (root / "docs").glob("*.md"):
        assert page.name == "README.md" or f"]({page.name})" in pages["README"], page.name


@pytest.mark.parametrize("page", PAGES)
def test_links_resolve(page, pages, root):
    for link in re.findall(r"\]\(([^)\s]+)\)", pages[page]):
        if not link.startswith("https://"):
            assert (root / "docs" / link.partition("#")[0]).exists(), link


@pytest.mark.parametrize("page", PAGES)
def test_modules_and_scripts_exist(page, pages, root):
    for module in re.findall(r"`(responder(?:\.\w+)+)`", pages[page]):
        assert find_spec(module), module
    for path in re.findall(r"`((?:scripts|benchmarks|experiments|data|notebooks)/[\w./]+)`", pages[page]):
        assert (root / path).exists(), path


def test_instruments_are_scored_as_their_page_says(pages):
    page = pages["instruments"]
    listed = {item: int(weight) for item, weight in re.findall(r"^\| `(\w+)` \| (\d+) \|$", page, re.MULTILINE)}
    assert listed == dict(RPDAI_WEIGHTS)
    assert str(RPDAI_MAXIMUM_THEORETICAL) in page
    assert str(RPDAI_MAXIMUM_REACHABLE) in page
    shown = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    ran = doctest.DocTestRunner().run(doctest.DocTestParser().get_doctest(shown, {}, "instruments", None, 0))
    assert (ran.failed, ran.attempted) == (0, shown.count(">>>"))


def test_python_prints_what_its_page_shows(pages, trained, tmp_path, monkeypatch):
    import matplotlib.pyplot as plt

    page = pages["python"]
    for part in ("data", "experiments", "models", "runs"):
        (tmp_path / part).symlink_to(trained.folder / part)
    (command,) = re.findall(r"^```sh\nresponder (.*)\n```$", page, re.MULTILINE)
    monkeypatch.chdir(tmp_path)
    assert trained.run(*command.replace("shap.json", str(tmp_path / "shap.json")).split()).returncode == 0
    shown = "\n".join(re.findall(r"^```pycon\n(.*?)^```$", page, re.MULTILINE | re.DOTALL))
    test = doctest.DocTestParser().get_doctest(shown, {}, "python", None, 0)
    ran = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test)
    plt.close("all")
    assert (ran.failed, ran.attempted) == (0, shown.count(">>>"))
    listed = {key for row in rows(pages["files"], "Values for shap") for key in CODE.findall(row[0])}
    assert listed | {"schema"} == set(json.loads((tmp_path / "shap.json").read_text(encoding="utf-8")))


def test_codes_of_findings_have_a_section(pages):
    for page in PAGES:
        for code in re.findall(r"\bRSP\d{3}\b", pages[page]):
            assert f"### {code} " in pages["findings"], (page, code)


def test_the_list_of_commands_is_what_the_commands_say(root):
    done = subprocess.run(
        [sys.executable, root / "scripts" / "commands.py", "--check"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(root / "src")},
    )
    assert done.returncode == 0, done.stderr


def test_every_command_and_option_named_in_a_sentence_exists(pages):
    import click

    from responder.cli.main import cli

    context = click.Context(cli)
    checked = 0
    for page in PAGES:
        for code in CODE.findall(pages[page]):
            words = code.split()
            if words[0] != "responder" or len(words) < 2 or words[1] == "COMMAND" or words[1].startswith("-"):
                continue
            command = cli.get_command(context, words[1])
            assert command is not None, code
            if isinstance(command, click.Group):
                command = command.get_command(context, words[2])
                assert command is not None, code
            options = {name for p in command.get_params(click.Context(command)) for name in p.opts}
            assert {w for w in words if w.startswith("--")} <= options, code
            checked += 1
    assert checked > 10


def test_common_options_and_exit_codes_are_those_of_the_program(pages):
    from responder import errors
    from responder.cli import doctor, faults, train
    from responder.words import say

    head = pages["commands"].split("## Study and cohort")[0]
    from responder.cli.check import command

    written = {name for p in command.params for name in p.opts} | {"--help", "-h"}
    assert set(re.findall(r"`(--?[a-z]+)", head)) - {"--resume"} <= written
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", head, re.MULTILINE)}
    assert documented == {int(code) for code in re.findall(r"\b(\d+) [a-z]", say("help.epilog"))}
    classes = [c for module in (errors, doctor, faults, train) for c in vars(module).values() if isinstance(c, type)]
    assert {c.exit_code for c in classes if issubclass(c, errors.ResponderError)} <= documented


def experiment_models():
    from responder.experiment import Experiment
    from responder.experiment.config import OtherCohortSection

    return {"Experiment": Experiment, "Borrowing from patients": OtherCohortSection}


@pytest.mark.parametrize("heading", list(experiment_models()))
def test_keys_and_defaults_of_experiments(pages, heading):
    expected = flat_keys(experiment_models()[heading])
    listed = {}
    for key, default, _ in rows(pages["files"], heading):
        listed[key.strip("`*")] = (key.endswith("*"), default.strip("`"))
    assert sorted(listed) == sorted(expected)
    for key, (needed, default) in expected.items():
        assert listed[key][0] == needed, key
        if needed or default is None:
            assert listed[key][1] == "", key
            continue
        value = tomllib.loads(f"value = {listed[key][1]}")["value"]
        assert value == (list(default) if isinstance(default, tuple) else default), key


def study_models():
    from responder.study import hypothesis, model, relations
    from responder.study.simulation import VisitSimulation
    from responder.study.trial_design import BaselineSubgroup, ChangesTogether, Dosing, TrialDesign

    return {
        "top": model.Study,
        "[[trait]]": model.Trait,
        "[[relation]]": relations.Relation,
        "[[equivalent]]": relations.Equivalent,
        "[[sanity]]": relations.Sanity,
        "levels": model.Level,
        "[[feature]]": model.Feature,
        "[[endpoint]]": model.Endpoint,
        "[[hypothesis]]": hypothesis.Hypothesis,
        "[[hypothesis.part]]": hypothesis.Expectation,
        "[simulation]": model.StudySimulation,
        "[trial]": TrialDesign,
        "[[trial.subgroup]]": BaselineSubgroup,
        "[[trial.together]]": ChangesTogether,
        "[trial.dosing]": Dosing,
        "[trial.simulation]": VisitSimulation,
    }


def facts_models():
    from responder.evidence.reconstruction import statements

    return {
        "top": statements.ReportedFacts,
        "[variables.NAME]": statements.Variable,
        "[[fact]]": statements.ReportedFact,
        "[[question]]": statements.ReconstructionQuestion,
    }


@pytest.mark.parametrize(("heading", "models"), [("Study", study_models), ("Facts", facts_models)])
def test_keys_of_studies_and_facts(heading, models, pages):
    listed = {section.strip("`"): dict(KEYS.findall(keys)) for section, keys in rows(pages["files"], heading)}
    expected = {
        section: {key_name(name, field): "*" * field.is_required() for name, field in model.model_fields.items()}
        for section, model in models().items()
    }
    assert listed == expected


def test_choices_of_studies_and_facts_are_all_named(pages):
    from responder.evidence.reconstruction import statements
    from responder.study import hypothesis, model, trait

    choices = [trait.Kind, trait.Timing, model.Transform, statements.Statistic]
    choices += [hypothesis.Hypothesis.model_fields[name].annotation for name in ("holds_when", "testable")]
    choices += [model.Feature.model_fields["used_by"].annotation]
    choices += [model.Endpoint.model_fields[name].annotation for name in ("measure", "withdrawal")]
    for choice in choices:
        for word in typing.get_args(choice):
            assert f"`{word}`" in pages["files"], word


def test_formats_of_tables_and_kinds_of_provenance_are_all_named(pages):
    from responder.cohort import Provenance
    from responder.cohort.read import FORMATS

    for form in FORMATS:
        assert form.name in pages["files"]
    for kind in Provenance:
        assert f'"{kind}"' in pages["files"]
        assert f"`{kind}`" in pages["concepts"]


def test_schemas_are_those_of_the_program(pages):
    from responder.experiment.schema import SCHEMA as RESULT
    from responder.score.storage import SCHEMA as BUNDLE

    for schema in (RESULT, BUNDLE):
        assert f"`{schema}`" in pages["files"]


def test_results_and_bundle_are_what_training_writes(pages, trained):
    results = [row[0].strip("`/") for row in rows(pages["files"], "Results")]
    folder = trained.folder / "runs" / "rp_ld_il2"
    written = {path.name for path in folder.iterdir()}
    assert written == set(results)
    bundle = json.loads((trained.folder / "models/rp_ld_il2/bundle.json").read_text(encoding="utf-8"))
    assert {row[0].strip("`") for row in rows(pages["files"], "Bundle")} == set(bundle["content"])
    for key in bundle:
        assert f"`{key}`" in pages["files"]


def test_every_metric_of_a_run_is_explained(pages, trained):
    result = json.loads((trained.folder / "runs/rp_ld_il2/result.json").read_text(encoding="utf-8"))
    for model in result["models"]:
        for name in model["metrics"]:
            assert f"`{name}`" in pages["numbers"], name


def test_every_metric_of_an_ensemble_is_explained(pages):
    from responder.evidence.reconstruction.result import SPREAD
    from responder.experiment.ensemble_result import HEADLINES
    from responder.validate.verdict import VerdictKind

    for name in [
        *(f"lpo_auc_{part}" for part in SPREAD),
        "members",
        *(f"members_{kind.value}" for kind in VerdictKind),
    ]:
        assert f"`{name}`" in pages["numbers"], name
    for name in HEADLINES:
        assert f"`{name}_{SPREAD[0]}`" in pages["numbers"]
        assert f"`{name}_{SPREAD[-1]}`" in pages["numbers"]


def test_numbers_in_sentences_are_computed(pages):
    import numpy as np

    from responder.report.limits import chance_of_separation
    from responder.validate.conformal import members_needed
    from responder.validate.permutation import count_labelings
    from responder.validate.proportions import zero_events_upper
    from responder.validate.scores import brier_of_prevalence

    text = " ".join(pages["numbers"].split())
    ways = count_labelings(np.array([1] * 6 + [0] * 3))
    assert f"Three of nine can be chosen in {ways} ways: no p is below 1/{ways} = {1 / ways:.4f}." in text
    assert f"can be placed in {ways} ways, so no p is below 1/{ways}" in " ".join(pages["concepts"].split())
    assert f"with a chance of {chance_of_separation(8, 9, 6):.1%}" in text
    assert f"up to {zero_events_upper(9):.1%} (one-sided 95%)" in text
    assert (
        f"at 90%, a conformal set needs {members_needed(0.9)} patients who had it; at 95%, {members_needed(0.95)}"
        in text
    )
    assert f"the reference Brier score is {brier_of_prevalence(9, 6):.4f}, and not {6 / 9 * 3 / 9:.4f}" in text


def test_constants_in_sentences_are_those_of_the_program(pages):
    from responder.explain.correlation import CLUSTER_ABOVE
    from responder.score.evaluate import STABILITY_LEVEL
    from responder.validate import checks
    from responder.validate.pairs import TIE_TOLERANCE
    from responder.validate.verdict import MIN_CLASS_SIZE

    assert f"within {TIE_TOLERANCE:.0e} logits" in pages["numbers"]
    assert f"below {MIN_CLASS_SIZE} in the smaller class" in pages["numbers"]
    assert f"above {CLUSTER_ABOVE} in absolute value" in pages["numbers"]
    assert STABILITY_LEVEL == 0.95
    refused, _ = checks.check_tuning(99, 40, ("ridge",), False), checks.check_tuning(100, 29, ("ridge",), False)
    assert refused[1] is not None
    assert checks.check_tuning(100, 30, ("ridge",), False)[1] is None
