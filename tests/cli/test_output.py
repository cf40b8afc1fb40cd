"""Envelopes, colour, narration and tables."""

from __future__ import annotations

import io
import json
from enum import StrEnum
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.cli.output import Output, json_ready, paint
from responder.cli.progress import Narrator
from responder.cli.table import clip, display_width, table
from responder.errors import DataRefusedError


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Kind(StrEnum):
    OBSERVED = "observed"


class WithJson:
    def to_json(self):
        return {"auc": float("inf")}


def test_json_ready_leaves_no_number_that_json_lacks():
    value = {
        "a": np.float64("nan"),
        "b": np.array([1.5, np.inf]),
        "c": np.int64(3),
        "d": Kind.OBSERVED,
        "e": (Path("x"), None, True),
        "f": WithJson(),
        5: "key",
    }
    assert json_ready(value) == {
        "a": None,
        "b": [1.5, None],
        "c": 3,
        "d": "observed",
        "e": ["x", None, True],
        "f": {"auc": None},
        "5": "key",
    }


LEAVES = st.floats() | st.text() | st.none()


@given(st.recursive(LEAVES, lambda x: st.lists(x) | st.dictionaries(st.text(), x)))
def test_json_ready_is_always_valid_json(value):
    json.loads(json.dumps(json_ready(value), allow_nan=False))


def test_result_envelope_and_text(capsys):
    out = Output("responder runs ls", as_json=True)
    assert out.result({"n": 9}, lambda: pytest.fail("the text was asked for")) == 0
    assert json.loads(capsys.readouterr().out) == {"schema": "responder/runs-ls/1", "ok": True, "n": 9}
    assert Output("responder runs ls").result({"n": 9}, "nine") == 0
    assert capsys.readouterr().out == "nine\n"


def test_result_with_a_refusal(capsys):
    refusal = DataRefusedError("one class", where="cohort.csv", hint="add patients")
    assert Output("responder check", as_json=True).result({"n": 9}, "", error=refusal) == 3
    captured = capsys.readouterr()
    envelope = json.loads(captured.out)
    assert (envelope["ok"], envelope["n"], envelope["error"]["kind"]) == (False, 9, "data_refused")
    assert captured.err == "error: one class\n  where: cohort.csv\n  fix: add patients\n"


def test_colour_only_on_a_terminal_that_wants_it(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert paint("ok", "green", Terminal()) == "\x1b[32mok\x1b[0m"
    assert paint("ok", "green", io.StringIO()) == "ok"
    monkeypatch.setenv("NO_COLOR", "1")
    assert paint("ok", "green", Terminal()) == "ok"


def test_narration_off_a_terminal_is_a_line_a_step():
    stream = io.StringIO()
    narrate = Narrator(stream=stream)
    for done in range(1000):
        narrate("permuting", done, 1000)
    narrate("drawing figures")
    narrate.close()
    assert stream.getvalue() == "permuting\ndrawing figures\n"


def test_narration_on_a_terminal_renews_one_line_and_clears_it(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    narrate = Narrator(stream=stream)
    for done in range(1, 1001):
        narrate("permuting", done, 1000)
    narrate.close()
    shown = stream.getvalue()
    assert "\n" not in shown
    assert "permuting 1000/1000" in shown
    assert shown.count("permuting") < 100
    assert shown.endswith("\r\x1b[2K")


def test_quiet_narration_is_silent():
    stream = Terminal()
    narrate = Narrator(quiet=True, stream=stream)
    narrate("permuting", 1, 2)
    narrate.say("done")
    narrate.close()
    assert stream.getvalue() == ""


TEXT = st.text(st.sampled_from("abc 评分RPDAI（）é"), max_size=12)


@given(st.lists(st.tuples(TEXT, TEXT, st.integers(0, 999)), min_size=1, max_size=6))
def test_columns_stay_aligned_with_wide_characters(rows):
    lines = table(["名称", "label", "n"], rows).splitlines()
    assert len(lines) == len(rows) + 1
    # the last column is a right-aligned number, so every line ends in the same cell
    assert len({display_width(line) for line in lines}) == 1


@given(TEXT, st.integers(0, 30))
def test_clip_fits_and_keeps_the_beginning(text, width):
    clipped = clip(text, width)
    assert display_width(clipped) <= width
    assert text.startswith(clipped)


def test_table_without_rows_is_its_header():
    assert table(["a", "b"], []) == "a  b"
