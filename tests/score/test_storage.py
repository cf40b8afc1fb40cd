"""Damaged, foreign, newer and dangerous bundles are refused with the reason; writing is all or nothing."""

import contextlib
import copy
import dataclasses
import json
import random

import pytest

from responder.errors import DataRefusedError, UsageError
from responder.score import score_profile, storage
from responder.score.bundle import Bundle
from responder.score.storage import bundle_files, load_bundle, write_bundle


@pytest.fixture
def small_folder(make_bundle, tmp_path):
    write_bundle(make_bundle("ridge:1", refits=3, traits=("organs", "rpdai")), tmp_path / "small")
    return tmp_path / "small"


@pytest.fixture
def folder(bundle, tmp_path):
    write_bundle(bundle, tmp_path / "one")
    return tmp_path / "one"


def signed(envelope):
    """The bytes of a bundle whose content was changed by somebody who mended the checksum."""
    body = (
        storage._head(storage.SCHEMA)
        + storage._NO_CHECKSUM
        + '",\n"content": '
        + json.dumps(envelope["content"])
        + "\n}\n"
    )
    checksum = storage._checksum(body.encode(), b"")
    return body.replace(storage._NO_CHECKSUM, checksum, 1).encode()


def test_every_flipped_byte_is_refused(folder):
    file = folder / "bundle.json"
    whole = file.read_bytes()
    rng = random.Random(0)
    for at in [*range(120), *(rng.randrange(len(whole)) for _ in range(300)), len(whole) - 1]:
        damaged = bytearray(whole)
        damaged[at] ^= 1 << rng.randrange(8)
        file.write_bytes(bytes(damaged))
        with pytest.raises(DataRefusedError) as refused:
            load_bundle(folder)
        assert refused.value.where
        assert refused.value.hint


@pytest.mark.parametrize("kept", [0, 1, 10, 100, 0.3, 0.9, -1])
def test_truncated_is_refused(folder, kept):
    file = folder / "bundle.json"
    whole = file.read_bytes()
    file.write_bytes(whole[: int(len(whole) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(DataRefusedError, match="damaged"):
        load_bundle(folder)


def test_bytes_behind_the_end_are_refused(folder):
    file = folder / "bundle.json"
    file.write_bytes(file.read_bytes() + b" ")
    with pytest.raises(DataRefusedError, match="checksum"):
        load_bundle(folder)


def paths(value, path=()):
    """Every key and index of a JSON value."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key)
            yield from paths(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value[:2]):
            yield (*path, index)
            yield from paths(item, (*path, index))


def test_dropped_keys_are_refused_even_with_a_mended_checksum(small_folder):
    file = small_folder / "bundle.json"
    envelope = json.loads(file.read_bytes())
    optional = {"model_text", "spellings", "level_values", "units", "level_labels", "groups", "labels"}
    tried = 0
    for path in paths(envelope["content"]):
        if len(path) > 6 or isinstance(path[-1], int) or set(path) & optional:
            continue
        changed = copy.deepcopy(envelope)
        at = changed["content"]
        for step in path[:-1]:
            at = at[step]
        del at[path[-1]]
        file.write_bytes(signed(changed))
        try:
            read = load_bundle(small_folder)
        except DataRefusedError:
            tried += 1
            continue
        # what may be left out has a default that says so
        assert Bundle.from_json(json.loads(json.dumps(read.to_json()))).to_json() == read.to_json(), path
    assert tried > 80


@pytest.mark.parametrize("wrong", [None, "x", -1, [], {}, [[]], True, 1e308, "1", [1, "a"], 10**400])
def test_wrong_kinds_never_end_in_a_traceback(small_folder, wrong):
    file = small_folder / "bundle.json"
    envelope = json.loads(file.read_bytes())
    for path in paths(envelope["content"]):
        if len(path) > 5:
            continue
        changed = copy.deepcopy(envelope)
        at = changed["content"]
        for step in path[:-1]:
            at = at[step]
        at[path[-1]] = wrong
        try:
            data = signed(changed)
        except ValueError:  # more digits than Python writes
            continue
        file.write_bytes(data)
        with contextlib.suppress(DataRefusedError):
            score = score_profile(load_bundle(small_folder), {"organs": "airway", "rpdai": 9}, show_anyway=True)
            json.dumps(score.to_json(), allow_nan=False)  # what is let through must at least make sense


def test_not_finite_numbers_are_refused(folder):
    file = folder / "bundle.json"
    text = file.read_text()
    for word in ("NaN", "Infinity", "-Infinity", "1e999"):
        changed = json.loads(text)
        changed["content"]["background"][0][0] = "MARK"
        file.write_bytes(signed(changed).replace(b'"MARK"', word.encode()))
        with pytest.raises(DataRefusedError):
            load_bundle(folder)


def test_files_of_two_bundles_do_not_mix(make_bundle, tmp_path):
    write_bundle(make_bundle("lightgbm", refits=20), tmp_path / "a")
    write_bundle(make_bundle("lightgbm", refits=20, small=True), tmp_path / "b")
    (tmp_path / "b" / "model.txt").replace(tmp_path / "a" / "model.txt")
    with pytest.raises(DataRefusedError, match="checksum"):
        load_bundle(tmp_path / "a")
    with pytest.raises(DataRefusedError, match="checksum"):
        load_bundle(tmp_path / "b")  # its text is gone


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "damaged"),
        (b"\xff\xfe\x00", "damaged"),
        (b"[1, 2]", "not a bundle"),
        (b"{}", "not a bundle"),
        (b'{"schema": "mlflow/1"}', "not a bundle"),
        (b'{"schema": 3}', "not a bundle"),
        (b'{"schema": "responder/bundle/5", "checksum": "", "content": {}}', "newer"),
        (b'{"schema": "responder/bundle/999999999999999999999"}', "newer"),
        (b'{"schema": "responder/bundle/x"}', "first lines"),
        (b'{"schema": "responder/bundle/1"}', "first lines"),
        (b'{"schema": "responder/bundle/1", "checksum": 5, "content": {}}', "checksum"),
        (b"[" * 100_000, "damaged"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "damaged"),
    ],
)
def test_foreign_files_are_refused(tmp_path, content, reason):
    (tmp_path / "bundle.json").write_bytes(content)
    with pytest.raises(DataRefusedError, match=reason):
        load_bundle(tmp_path)


def test_too_large_is_refused_without_reading_it_all(folder, monkeypatch):
    monkeypatch.setattr(storage, "LARGEST_FILE_BYTES", 1000)
    with pytest.raises(DataRefusedError, match="larger"):
        load_bundle(folder)


@pytest.mark.parametrize("name", ["bundle.json", "model.txt"])
def test_links_out_of_the_folder_are_refused(folder, tmp_path, name):
    secret = tmp_path / "secret"
    secret.write_bytes((folder / "bundle.json").read_bytes())
    (folder / name).unlink(missing_ok=True)
    (folder / name).symlink_to(secret)
    with pytest.raises(DataRefusedError, match="leads out"):
        load_bundle(folder)


def test_a_folder_in_the_place_of_a_file_is_refused(folder):
    (folder / "model.txt").mkdir()
    with pytest.raises(DataRefusedError, match="not a file"):
        load_bundle(folder)


def test_no_bundle_names_the_way_to_one(tmp_path):
    with pytest.raises(UsageError) as missing:
        load_bundle(tmp_path / "nowhere")
    assert "responder train" in str(missing.value.hint)


def test_replacing_is_whole_and_leaves_nothing_behind(folder, make_bundle):
    other = make_bundle("firth", refits=20)
    write_bundle(other, folder)
    assert load_bundle(folder).model.id == "firth"
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_an_interrupted_write_keeps_the_old_bundle(folder, make_bundle, monkeypatch):
    before = (folder / "bundle.json").read_bytes()

    def interrupt(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr("responder.files.os.fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_bundle(make_bundle("firth", refits=20), folder)
    assert (folder / "bundle.json").read_bytes() == before
    assert [p.name for p in folder.parent.iterdir()] == [folder.name]


def test_what_could_not_be_read_is_not_written(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "LARGEST_FILE_BYTES", 1000)
    with pytest.raises(UsageError, match="more than the 0 MB that can be read back"):
        write_bundle(bundle, tmp_path / "b")
    assert list(tmp_path.iterdir()) == []


def test_something_else_is_not_overwritten(bundle, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError):
        write_bundle(bundle, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_files_are_readable_text_without_patients(folder, bundle):
    text = (folder / "bundle.json").read_text(encoding="utf-8")
    assert "复发性多软骨炎" in text
    assert bundle_files(bundle)["bundle.json"].decode() == text
    assert json.loads(text)["content"]["pseudonyms"] == []


def test_names_in_any_script_are_readable_text(bundle, tmp_path):
    groups = {**bundle.study.groups, "血液": {"en": "blood", "zh": "血液"}}
    named = dataclasses.replace(bundle, study=dataclasses.replace(bundle.study, groups=groups))
    write_bundle(named, tmp_path / "one")
    assert '"血液": {' in (tmp_path / "one" / "bundle.json").read_text(encoding="utf-8")
    assert load_bundle(tmp_path / "one").study.groups == groups
