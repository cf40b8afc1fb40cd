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
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from responder.errors import DataRefusedError, InvalidValueError, UsageError
from responder.models.decision import LaplaceDecision, TreeDecision
from responder.models.low_rank import LowRank
from responder.score.bundle import Bundle
from responder.score.consistency import require_consistent
from responder.score.holdings import patient_level
from responder.staging import replace_folder
from responder.words import Phrase, from_json

__all__ = ["BUNDLE_FILE", "MODEL_TEXT_FILE", "SCHEMA", "load_bundle", "write_bundle"]

SCHEMA = "responder/bundle/1"
BUNDLE_FILE = "bundle.json"
MODEL_TEXT_FILE = "model.txt"
NO_BUNDLE_FILE, NO_BUNDLE_SCHEMA = "no_bundle.json", "responder/no-bundle/1"
MEGABYTE = 1_000_000
LARGEST_FILE_BYTES = 64 * MEGABYTE
SCHEMA_OF_IMPUTED = "responder/bundle/2"
"""A bundle with chained regressions: a program of before would put medians in their place, and must refuse it."""
SCHEMA_OF_SHAREABLE = "responder/bundle/3"
"""A bundle without rows of patients: a program of before would look for them."""
SCHEMA_OF_WIDE = "responder/bundle/4"
"""A bundle of many more features than patients: a program of before would look for squares of the features."""
_FAMILY, _VERSION = "responder/bundle/", 4
_NO_CHECKSUM = "0" * 64


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
    require_bundle_place(path)
    replace_folder(path, files_to_write(bundle, path))


def require_bundle_place(path: Path) -> None:
    """Refuse a place that holds something else than a bundle.

    Raises
    ------
    UsageError
        If it does.
    """
    known = any((path / name).is_file() for name in (BUNDLE_FILE, NO_BUNDLE_FILE))
    if path.exists() and not known and (not path.is_dir() or any(path.iterdir())):
        raise UsageError("bundle_place_taken", where=str(path))


def files_to_write(bundle: Bundle, path: Path) -> dict[str, bytes]:
    """Return the files of a bundle that shall be at `path`, by name.

    Raises
    ------
    UsageError
        If the bundle is larger than one that is read.
    """
    files = bundle_files(bundle)
    largest = max(map(len, files.values()))
    if largest > LARGEST_FILE_BYTES:
        raise UsageError(
            "bundle_too_large", where=str(path), size=largest // MEGABYTE, most=LARGEST_FILE_BYTES // MEGABYTE
        )
    return files


def bundle_files(bundle: Bundle) -> dict[str, bytes]:
    """Return the files of a bundle, by name."""
    content = bundle.to_json()
    decision = content["pipeline"]["decision"]
    files: dict[str, bytes] = {}
    if isinstance(bundle.pipeline.decision, TreeDecision) and bundle.pipeline.decision.model_text:
        files[MODEL_TEXT_FILE] = decision.pop("model_text").encode()
    content["patient_level"] = list(patient_level(bundle))
    schema = SCHEMA if bundle.pipeline.features.imputation is None else SCHEMA_OF_IMPUTED
    if bundle.shareable:
        schema = SCHEMA_OF_SHAREABLE
    if _is_wide(bundle):
        schema = SCHEMA_OF_WIDE
    body = _head(schema) + _NO_CHECKSUM + '",\n"content": ' + _readable(content) + "\n}\n"
    data = body.encode()
    checksum = _checksum(data, files.get(MODEL_TEXT_FILE, b""))
    files[BUNDLE_FILE] = data.replace(_NO_CHECKSUM.encode(), checksum.encode(), 1)
    return files


def _is_wide(bundle: Bundle) -> bool:
    """Return whether a square of the features is kept by rows."""
    decision, posterior = bundle.pipeline.decision, bundle.next_patient and bundle.next_patient.posterior
    own = decision.covariance if isinstance(decision, LaplaceDecision) else None
    return any(
        isinstance(part, LowRank) for part in (bundle.applicability.precision, own, posterior and posterior.spread)
    )


def load_bundle(path: str | Path) -> Bundle:
    """Read a bundle.

    Parameters
    ----------
    path : str or Path
        Its folder, or the ``bundle.json`` in it.

    Returns
    -------
    Bundle
        Checked: every byte by the checksum, every part against the others.

    Raises
    ------
    UsageError
        If there is no bundle, with the reason where training left one.
    DataRefusedError
        If it is tampered with, truncated, newer than this program, too large, foreign, leads outside its folder, or its
        parts do not fit each other; with the reason.
    """
    path = Path(path)
    folder = path.parent if path.name == BUNDLE_FILE else path
    if not folder.is_dir() or not os.path.lexists(folder / BUNDLE_FILE):
        reason = _why_there_is_none(folder)
        if reason is not None:
            raise UsageError("bundle_never", where=str(folder / NO_BUNDLE_FILE), reason=reason)
        raise UsageError("bundle_absent", where=str(path))
    where = str(folder / BUNDLE_FILE)
    data = _read(folder, BUNDLE_FILE)
    envelope = _parse(data, where)
    _refuse_foreign(envelope, where)
    has_text = os.path.lexists(folder / MODEL_TEXT_FILE)
    model_text = _read(folder, MODEL_TEXT_FILE) if has_text else b""
    stated = str(envelope["checksum"]).removeprefix("sha256:")
    head = (_head(envelope["schema"]) + stated).encode()
    if not data.startswith(head):
        raise _changed("checksum_place", where)
    if _checksum(_head(envelope["schema"]).encode() + _NO_CHECKSUM.encode() + data[len(head) :], model_text) != stated:
        raise _changed("checksum", where)
    try:
        content = dict(envelope["content"])
        if has_text:
            content["pipeline"]["decision"]["model_text"] = model_text.decode()
        bundle = Bundle.from_json(content)
        require_consistent(bundle)
    except InvalidValueError as error:
        raise DataRefusedError("bundle_unfit", where=where, problem=error.message) from error
    except KeyError as error:
        missing = Phrase("error.bundle_missing.what", {"part": str(*error.args[:1])})
        raise DataRefusedError("bundle_unfit", where=where, problem=missing) from error
    except (TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise DataRefusedError("bundle_unfit", where=where, problem=Phrase("error.bundle_some_kind.what")) from error
    return bundle


def no_bundle_file(reason: Phrase, trusted: Sequence[str] = ()) -> dict[str, bytes]:
    """Return the file that stands in the place of a bundle that there cannot be, and says why.

    Parameters
    ----------
    reason : Phrase
        Why.
    trusted : sequence of str
        Types that reading the estimator kept beside it takes on trust.
    """
    content = {"schema": NO_BUNDLE_SCHEMA, "reason": reason.to_json(), "trusted": list(trusted)}
    return {NO_BUNDLE_FILE: (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()}


def _why_there_is_none(folder: Path) -> Phrase | None:
    """Return the reason that training left, where it can be said."""
    try:
        content = json.loads(_read(folder, NO_BUNDLE_FILE))
        reason = from_json(content["reason"])
        if content["schema"] == NO_BUNDLE_SCHEMA and isinstance(reason, Phrase) and reason.in_language("en"):
            return reason
    except (DataRefusedError, KeyError, ValueError, TypeError, AttributeError, RecursionError):
        pass
    return None


def _read(folder: Path, name: str) -> bytes:
    """Return a file's bytes; refuse one that is too large, no file, or outside the bundle's folder."""
    path = folder / name
    real = path.resolve()
    if real.parent != folder.resolve():
        raise DataRefusedError("bundle_leads_out", where=str(path))
    if not real.is_file():
        raise DataRefusedError("bundle_no_file", where=str(path))
    with path.open("rb") as file:
        data = file.read(LARGEST_FILE_BYTES + 1)
    if len(data) > LARGEST_FILE_BYTES:
        raise DataRefusedError("bundle_file_too_large", where=str(path), most=LARGEST_FILE_BYTES // MEGABYTE)
    return data


def _parse(data: bytes, where: str) -> dict[str, Any]:
    def refuse_constant(name: str) -> float:
        raise ValueError(f"{name} is not a number")

    try:
        envelope = json.loads(data.decode(), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise _changed("not_json", where) from error
    if not isinstance(envelope, dict):
        raise DataRefusedError("not_a_bundle", where=where)
    return envelope


def _refuse_foreign(envelope: Mapping[str, Any], where: str) -> None:
    schema = envelope.get("schema")
    if not isinstance(schema, str) or not schema.startswith(_FAMILY):
        raise DataRefusedError("not_a_bundle", where=where)
    with contextlib.suppress(ValueError):
        if int(schema.removeprefix(_FAMILY)) > _VERSION:
            raise DataRefusedError("bundle_newer", where=where, schema=schema, most=SCHEMA_OF_WIDE)
    known = {SCHEMA, SCHEMA_OF_IMPUTED, SCHEMA_OF_SHAREABLE, SCHEMA_OF_WIDE}
    if schema not in known or set(envelope) != {"schema", "checksum", "content"}:
        raise _changed("head", where)


def _head(schema: str) -> str:
    """Return how the file of a bundle begins, up to its checksum."""
    return f'{{\n"schema": "{schema}",\n"checksum": "sha256:'


def _checksum(data: bytes, model_text: bytes) -> str:
    hasher = hashlib.sha256(data)
    hasher.update(b"\x00" + model_text)
    return hasher.hexdigest()


def _changed(problem: str, where: str) -> DataRefusedError:
    return DataRefusedError("bundle_changed", where=where, problem=Phrase(f"error.bundle_changed.{problem}"))


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
