"""Every command and figure of the README is true."""

import functools
import re
import shlex

import pytest

TRANSCRIPT = re.compile(r"```console\n\$ (.+?)\n(.*?)```", re.DOTALL)


COMMANDS = {
    "README.md": ["train", "score"],
    "README.zh.md": ["train", "score"],
    "docs/tutorials/planning.md": ["plan"],
}
TUTORIALS = ("clinician", "immunologist", "data-scientist", "planning")
PAGES = [
    "README.md",
    "README.zh.md",
    *(f"docs/tutorials/{name}{lang}.md" for name in TUTORIALS for lang in ("", ".zh")),
]


@pytest.fixture(scope="module", params=["README.md", "README.zh.md"])
def readme(request, root):
    return (root / request.param).read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=PAGES)
def page(request, root):
    return root / request.param


@pytest.mark.parametrize("name", COMMANDS)
def test_the_transcripts_are_what_the_commands_print(name, root, trained, trained_in_chinese):
    found = TRANSCRIPT.findall((root / name).read_text(encoding="utf-8"))
    assert [command.split()[1] for command, _ in found] == COMMANDS[name]
    for command, printed in found:
        words = shlex.split(command)
        assert words[0] == "responder"
        project = trained_in_chinese if "zh" in words else trained
        now = project.stdout if words[1] == "train" else project.run(*words[1:]).stdout
        assert now.rstrip("\n") == printed.rstrip("\n")


@pytest.fixture(scope="module")
def helped(trained):
    return functools.cache(lambda *path: trained.run(*path, "--help"))


def test_every_command_and_option_named_exists(page, helped):
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.split("#")[0].strip() for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(responder [^`]+)`", text)
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("responder")]
    assert len(commands) >= 3
    for words in commands:
        names = [w for w in words[:2] if not w.startswith("-")]
        path = names if names[0] in {"study", "runs"} else names[:1]
        told = helped(*path)
        assert told.returncode == 0, (words, told.stderr)
        for option in (w for w in words if w.startswith("--")):
            assert option in told.stdout, (words, option)


def test_targets_of_make_exist(readme, root):
    makefile = (root / "Makefile").read_text(encoding="utf-8")
    for target in set(re.findall(r"make (\w+)", readme)):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_links_and_pictures_exist_and_the_example_experiment_is_valid(readme, root, tmp_path):
    for link in re.findall(r"\]\(([^)]+)\)", readme):
        assert (root / link).exists(), link
    from responder.experiment import resolve_experiment

    example = tmp_path / "my_cohort.toml"
    found = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)
    text = (found or re.search(r"```toml\n(.*?)```", (root / "README.md").read_text("utf-8"), re.DOTALL)).group(1)
    example.write_text("\n".join(line.removeprefix("   ") for line in text.splitlines()), encoding="utf-8")
    found = resolve_experiment(example, environment={}).experiment
    assert found.primary_model == "ridge:0.1"


def test_the_picture_is_the_one_that_training_draws(root, trained):
    from responder.report import ReportInput, draw_all
    from responder.report.style import png_bytes

    source = ReportInput.from_folder(trained.folder / "runs/rp_ld_il2")
    drawn = png_bytes(draw_all(source)["attributions"])
    is_same = (root / "docs/images/attributions.png").read_bytes() == drawn  # a diff of pictures helps nobody
    assert is_same, "run scripts/readme.py"
