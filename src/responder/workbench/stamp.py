"""The plan as it stood when training was asked for: with time and digest, and what was changed since the first look."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from responder.experiment.jobs import now_in_utc
from responder.files import write_atomically
from responder.workbench.work import Work

__all__ = ["Change", "Stamp", "changes_of", "changes_since", "first_stamp", "note_changes", "put_stamp", "stamp_of"]

_FILE = "plan.json"


@dataclass(frozen=True)
class Stamp:
    """A plan at one moment.

    Attributes
    ----------
    time : str
        When, in UTC.
    digest : str
        SHA-256 over the table, the study and the experiment.
    tables : Mapping[str, str]
        Name of each file that the patients are read from, the cohort's own first, and its SHA-256.
    study, experiment : str
        The files; of a shipped study its id.
    """

    time: str
    digest: str
    tables: Mapping[str, str]
    study: str
    experiment: str


@dataclass(frozen=True)
class Change:
    """One value that is not what it was when training was first asked for."""

    key: str
    before: str
    after: str


def changes_since(stamp: Stamp, now: Stamp) -> tuple[Change, ...]:
    r"""Return what differs from an earlier stamp: every value of study and experiment, and the tables themselves.

    Examples
    --------
    >>> first = Stamp("2026-11-29 08:00", "a", {"cohort.csv": "1"}, "rp-ld-il2", 'seed = 1\nprimary = "firth"\n')
    >>> later = Stamp("2026-11-29 09:00", "b", {"cohort.csv": "2"}, "rp-ld-il2", 'seed = 9\nprimary = "firth"\n')
    >>> [(change.key, change.before, change.after) for change in changes_since(first, later)]
    [('seed', '1', '9'), ('cohort.csv', '1', '2')]
    """
    before, after = ({**_values(s.study), **_values(s.experiment), **s.tables} for s in (stamp, now))
    keys = [*before, *(key for key in after if key not in before)]
    return tuple(
        Change(key, before.get(key, ""), after.get(key, "")) for key in keys if before.get(key) != after.get(key)
    )


def stamp_of(work: Work, time: str = "") -> Stamp:
    """Return the plan as it is now; nothing is written."""
    study = work.choices.study or work.study_file.read_text(encoding="utf-8")
    experiment = work.experiment_file.read_text(encoding="utf-8")
    tables = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in work.tables}
    whole = hashlib.sha256("\0".join([*tables.values(), study, experiment]).encode()).hexdigest()
    return Stamp(time, whole, tables, study, experiment)


def put_stamp(work: Work) -> Stamp:
    """Stamp the plan as it is now; the first stamp stays."""
    made = stamp_of(work, now_in_utc())
    kept = _kept(work)
    if not kept or kept[-1]["digest"] != made.digest:
        write_atomically(work.folder / _FILE, json.dumps([*kept, asdict(made)], ensure_ascii=False, indent=1))
    return made


def first_stamp(work: Work) -> Stamp | None:
    """Return the plan as it was when training was first asked for; None before."""
    kept = _kept(work)
    return Stamp(**kept[0]) if kept else None


def changes_of(work: Work) -> tuple[Change, ...]:
    """Return what differs from the plan as it was when training was first asked for; nothing before."""
    first = first_stamp(work)
    return () if first is None else changes_since(first, stamp_of(work))


def note_changes(work: Work) -> None:
    """Write what differs from the first stamp beside the experiment: the training takes it into the run's report."""
    changes = changes_of(work)
    path = work.experiment_file.with_suffix(".changed.json")
    if changes:
        write_atomically(path, json.dumps([asdict(change) for change in changes], ensure_ascii=False, indent=1))
    else:
        path.unlink(missing_ok=True)


def _kept(work: Work) -> list[dict[str, Any]]:
    path = work.folder / _FILE
    kept: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return kept


def _values(text: str) -> dict[str, str]:
    """Return the values of a file in TOML by dotted key; tables of a list are named by their ``name`` or ``id``."""
    return dict(_flat(tomllib.loads(text), "")) if "\n" in text else {"study": text}


def _flat(node: Any, path: str) -> list[tuple[str, str]]:
    if isinstance(node, Mapping) and node:
        inner = [(f"{path}.{key}" if path else str(key), value) for key, value in node.items()]
        return [pair for key, value in inner for pair in _flat(value, key)]
    if isinstance(node, list) and node and all(isinstance(item, Mapping) for item in node):
        named = [(f"{path}.{item.get('name', item.get('id', at))}", item) for at, item in enumerate(node)]
        return [pair for key, item in named for pair in _flat(item, key)]
    return [(path, json.dumps(node, ensure_ascii=False, default=str))]
