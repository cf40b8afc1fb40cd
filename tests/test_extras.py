"""Which extra brings what, and what a command says that needs one."""

import tomllib

import pytest

from responder.extras import extra_of, extras


def test_extras_are_those_that_the_package_declares(root):
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert list(extras()) == [extra for extra in sorted(declared) if extra != "all"]
    (everything,) = declared["all"]
    assert set(everything.removeprefix("responder[").rstrip("]").split(",")) == set(extras())


@pytest.mark.parametrize(
    ("module", "brought"),
    [
        ("pandas", ("pandas", "train")),
        ("pydantic.main", ("pydantic", "train")),
        ("python_calamine", ("python-calamine", "intake")),
        ("docx", ("python-docx", "train")),
        ("psycopg", ("psycopg", "postgres")),
        ("no_such_module", None),
    ],
)
def test_extra_of_a_module(module, brought):
    assert extra_of(module) == brought
