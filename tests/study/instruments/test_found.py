"""Instruments come from the folders beside the package's own, and from what installed packages declare."""

import tomllib
from importlib.metadata import EntryPoint

import pytest

from responder.study.instruments import INSTRUMENTS, Instrument, found
from responder.study.instruments.rp import INSTRUMENTS as RP

DAS = Instrument(("swollen", "tender"), {}, {"swollen": 1, "tender": 1}, lambda cells: None)


def test_the_shipped_ones_are_found_in_a_source_tree():
    assert dict(INSTRUMENTS) == dict(RP)
    assert "das" not in INSTRUMENTS


def test_what_a_package_declares_is_found_beside_them(monkeypatch):
    point = EntryPoint("arthritis", "responder.study.instruments.rp:INSTRUMENTS", found.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda self: {"das": DAS})
    monkeypatch.setattr(found, "entry_points", lambda group: [point] if group == found.GROUP else [])
    assert found._Found()["das"] is DAS
    assert set(found._Found()) == {"das", "rpdai"}


def test_the_package_declares_its_own(root):
    declared = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    (value,) = declared[found.GROUP].values()
    assert EntryPoint("rp", value, found.GROUP).load() is RP


def test_an_unknown_instrument_is_no_key():
    with pytest.raises(KeyError):
        INSTRUMENTS["das"]
