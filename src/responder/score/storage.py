"""Write a bundle whole or not at all, and read back only what is whole, genuine and makes sense.

A bundle is a folder with ``bundle.json`` and, for trees, LightGBM's own text in ``model.txt``. Reading it executes
nothing from it. The checksum covers every byte of both files; it guards against damage and careless edits, and is no
signature.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from responder.errors import DataRefusedError, UsageError
from responder.models.decision import TreeDecision
from responder.score.bundle import Bundle

__all__ = ["BUNDLE_FILE", "MODEL_TEXT_FILE", "SCHEMA", "load_bundle", "write_bundle"]

SCHEMA = "responder/bundle/1"
BUNDLE_FILE = "bundle.json"
MODEL_TEXT_FILE = "model.txt"
LARGEST_FILE_BYTES = 64_000_000
_FAMILY, _VERSION = "responder/bundle/", 1
_NO_CHECKSUM = "0" * 64
_HEAD = f'{{\n"schema": "{SCHEMA}",\n"checksum": "sha256:'
_REBUILD = "train the model again, or fetch the bundle again from where it came"


def write_bundle(bundle: Bundle, path: Path) -> None:
    """Write a bundle to the folder `path`, replacing one that is there.

    The same bundle gives the same bytes. An interruption leaves the old folder or the new one.

    Parameters
    ----------
    bundle : Bundle
        What to write.
    path : Path
        The folder, such as ``models/rp_ld_il2``.

    Raises
    ------
    UsageError
        If `path` holds something that is not a bundle, or the bundle is larger than one that is read.
    """
    if path.exists() and not (path / BUNDLE_FILE).is_file() and (not path.is_dir() or any(path.iterdir())):
        raise UsageError("there is something else at this place", where=str(path), hint="name another folder")
    files = bundle_files(bundle)
    largest = max(map(len, files.values()))
    if largest > LARGEST_FILE_BYTES:
        raise UsageError(
            f"the bundle would hold {largest // 1_000_000} MB, more than one that is read",
            where=str(path),
            hint="keep fewer bootstrap refits of this model",
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix=f".{path.name}.", dir=path.parent))
    old = new.with_name(new.name + ".old")
    try:
        for name, data in files.items():
            with (new / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        new.chmod(0o755)
        if path.exists():
            path.rename(old)
        new.rename(path)
    finally:
        if not path.exists() and old.exists():
            old.rename(path)
        for left in (new, old):
            if left.exists():
                shutil.rmtree(left, ignore_errors=True)


def bundle_files(bundle: Bundle) -> dict[str, bytes]:
    """Return the files of a bundle, by name."""
    content = bundle.to_json()
    decision = content["pipeline"]["decision"]
    files: dict[str, bytes] = {}
    if isinstance(bundle.pipeline.decision, TreeDecision) and bundle.pipeline.decision.model_text:
        files[MODEL_TEXT_FILE] = decision.pop("model_text").encode()
    body = _HEAD + _NO_CHECKSUM + '",\n"content": ' + _readable(content) + "\n}\n"
    data = body.encode()
    checksum = _checksum(data, files.get(MODEL_TEXT_FILE, b""))
    files[BUNDLE_FILE] = data.replace(_NO_CHECKSUM.encode(), checksum.encode(), 1)
    return files


def load_bundle(path: Path) -> Bundle:
    """Read a bundle.

    Parameters
    ----------
    path : Path
        Its folder, or the ``bundle.json`` in it.

    Returns
    -------
    Bundle
        Checked: every byte by the checksum, every part against the others.

    Raises
    ------
    UsageError
        If there is no bundle.
    DataRefusedError
        If it is tampered with, truncated, newer than this program, too large, foreign, leads outside its folder, or its
        parts do not fit each other; with the reason.
    """
    folder = path.parent if path.name == BUNDLE_FILE else path
    if not folder.is_dir() or not os.path.lexists(folder / BUNDLE_FILE):
        raise UsageError(
            "there is no bundle here",
            where=str(path),
            hint="run 'make train' for the reference model, or name --bundle",
        )
    where = str(folder / BUNDLE_FILE)
    data = _read(folder, BUNDLE_FILE)
    envelope = _parse(data, where)
    _refuse_foreign(envelope, where)
    has_text = os.path.lexists(folder / MODEL_TEXT_FILE)
    model_text = _read(folder, MODEL_TEXT_FILE) if has_text else b""
    stated = str(envelope["checksum"]).removeprefix("sha256:")
    head = (_HEAD + stated).encode()
    if not data.startswith(head):
        raise _changed("the checksum is not where it belongs", where)
    if _checksum(_HEAD.encode() + _NO_CHECKSUM.encode() + data[len(head) :], model_text) != stated:
        raise _changed("its checksum does not fit its content", where)
    try:
        content = dict(envelope["content"])
        if has_text:
            content["pipeline"]["decision"]["model_text"] = model_text.decode()
        return Bundle.from_json(content)
    except KeyError as error:
        raise _unfit(f"'{error.args[0]}' is missing" if error.args else "a part is missing", where) from error
    except (TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise _unfit(str(error) if type(error) is ValueError else "a part is not of its kind", where) from error


def _read(folder: Path, name: str) -> bytes:
    """Return a file's bytes; refuse one that is too large, no file, or outside the bundle's folder."""
    path = folder / name
    real = path.resolve()
    if real.parent != folder.resolve():
        raise DataRefusedError("a file of the bundle leads out of its folder", where=str(path), hint=_REBUILD)
    if not real.is_file():
        raise DataRefusedError("a part of the bundle is no file", where=str(path), hint=_REBUILD)
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE_BYTES + 1)
    if len(data) > LARGEST_FILE_BYTES:
        limit = f"{LARGEST_FILE_BYTES // 1_000_000} MB"
        raise DataRefusedError(f"the file is larger than {limit}, as no bundle is", where=str(path), hint=_REBUILD)
    return data


def _parse(data: bytes, where: str) -> dict[str, Any]:
    def refuse_constant(name: str) -> float:
        raise ValueError(f"{name} is no number")

    try:
        envelope = json.loads(data.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _changed("it is no whole JSON file", where) from error
    if not isinstance(envelope, dict):
        raise DataRefusedError("this is no bundle", where=where, hint="name the folder of a bundle")
    return envelope


def _refuse_foreign(envelope: Mapping[str, Any], where: str) -> None:
    schema = envelope.get("schema")
    if not isinstance(schema, str) or not schema.startswith(_FAMILY):
        raise DataRefusedError("this is no bundle", where=where, hint="name the folder of a bundle")
    with contextlib.suppress(ValueError):
        if int(schema.removeprefix(_FAMILY)) > _VERSION:
            raise DataRefusedError(
                f"the bundle has schema '{schema}', newer than this program reads",
                where=where,
                hint=f"install a newer version; this one reads up to '{SCHEMA}'",
            )
    if schema != SCHEMA or set(envelope) != {"schema", "checksum", "content"}:
        raise _changed("its head is not that of a bundle", where)


def _checksum(data: bytes, model_text: bytes) -> str:
    hasher = hashlib.sha256(data)
    hasher.update(b"\x00" + model_text)
    return hasher.hexdigest()


def _changed(problem: str, where: str) -> DataRefusedError:
    return DataRefusedError(f"the bundle is damaged or was changed: {problem}", where=where, hint=_REBUILD)


def _unfit(problem: str, where: str) -> DataRefusedError:
    return DataRefusedError(f"the bundle does not hold what its schema says: {problem}", where=where, hint=_REBUILD)


def _readable(value: Any, depth: int = 0) -> str:
    """Return JSON with a line a key in the upper levels and arrays kept together; floats survive exactly."""
    if depth < 3 and isinstance(value, dict) and value:
        pad = " " * (depth + 1)
        lines = [f"{pad}{json.dumps(str(k), ensure_ascii=False)}: {_readable(v, depth + 1)}" for k, v in value.items()]
        return "{\n" + ",\n".join(lines) + "\n" + " " * depth + "}"
    if depth < 3 and isinstance(value, list) and value and isinstance(value[0], dict | list):
        pad = " " * (depth + 1)
        return "[\n" + ",\n".join(pad + _readable(item, 3) for item in value) + "\n" + " " * depth + "]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(", ", ": "))
