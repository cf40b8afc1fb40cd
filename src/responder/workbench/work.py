"""A table at work and what was decided about it, in a folder of the project: the files of the command line.

``workbench/NAME/`` holds the table, ``study.toml`` and ``NAME.toml`` (the experiment), which the commands take as they
are, and beside them what the pages must remember: the choices, and the plan as it was when training was first asked.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Container, Hashable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from responder.cohort.join import parse_join
from responder.cohort.read import read_table, table_path
from responder.cohort.table import ReadOptions
from responder.errors import ResponderError
from responder.experiment.draft import Chosen, draft_experiment, experiment_name
from responder.files import write_atomically
from responder.project import WORKBENCH_FOLDER
from responder.study.questions import AnswerError, find_questions
from responder.toml_file import read_toml
from responder.workbench.kept import Kept, forget_everything, signature

if TYPE_CHECKING:
    from responder.cohort import CohortScan
    from responder.cohort.draft import Draft
    from responder.cohort.read import TableSource
    from responder.cohort.table import RawTable
    from responder.study import Study

__all__ = ["FOLDER", "Choices", "Work", "Works"]

FOLDER = WORKBENCH_FOLDER
_TABLES: Kept[RawTable] = Kept()
_DRAFTS: Kept[tuple[Draft, dict[str, str]]] = Kept()
_SCANS: Kept[CohortScan] = Kept()
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*")
_CHOICES = "choices.json"
_NEW_PATIENTS = "new_patients"


@dataclass(frozen=True)
class Choices:
    """What was chosen about a table so far.

    Attributes
    ----------
    table, dictionary : str
        Files, relative to the project; a dictionary may be absent.
    language : str
        Of comments in the files.
    study : str
        Id of a study that is shipped; empty where one is drafted from the table.
    sheet, encoding : str
        How the table is read, where that was said.
    join : tuple of str
        Further tables brought to this one, as `ReadOptions.join` has them.
    where : Mapping[str, str]
        Which rows are read: those whose columns have these values.
    answers : Mapping[str, str]
        Key of a question to its answer.
    chosen : Chosen
        Traits, models, primary model, seed and level.
    columns : Mapping[str, str]
        Header to trait, as they were drafted last: other tables of the project may have the same columns.
    aliases : Mapping[str, str]
        Header to that of another table of the project, where a person said that both are one column.
    """

    table: str
    language: str
    study: str = ""
    dictionary: str = ""
    sheet: str = ""
    encoding: str = ""
    join: tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    answers: Mapping[str, str] = field(default_factory=dict)
    chosen: Chosen = field(default_factory=Chosen)
    columns: Mapping[str, str] = field(default_factory=dict)
    aliases: Mapping[str, str] = field(default_factory=dict)

    @property
    def reading(self) -> ReadOptions:
        """How the table is read by whoever drafts its study."""
        return ReadOptions(self.encoding, self.sheet, self.dictionary, self.join, where=self.where)

    @property
    def checking(self) -> ReadOptions:
        """How the table is read by its study, which knows what the dictionary said."""
        return replace(self.reading, dictionary="")

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Choices:
        """Rebuild from JSON types."""
        chosen = dict(content["chosen"])
        chosen |= {name: tuple(chosen[name]) for name in ("traits", "models")}
        return cls(**{**content, "join": tuple(content["join"]), "chosen": Chosen(**chosen)})


@dataclass(frozen=True)
class Work:
    """One table at work.

    Attributes
    ----------
    root : Path
        The project.
    name : str
        Of the experiment, the run and the bundle.
    choices : Choices
        So far.
    """

    root: Path
    name: str
    choices: Choices

    @property
    def folder(self) -> Path:
        """Where its files are."""
        return self.root / FOLDER / self.name

    @property
    def table(self) -> Path:
        """The file as it came."""
        return self.root / self.choices.table

    @property
    def tables(self) -> tuple[Path, ...]:
        """The files that the patients are read from."""
        return (self.table, *(table_path(parse_join(spec).file) for spec in self.choices.join))

    @property
    def study_file(self) -> Path:
        """The drafted study."""
        return self.folder / "study.toml"

    @property
    def experiment_file(self) -> Path:
        """The experiment."""
        return self.folder / f"{self.name}.toml"

    @property
    def run(self) -> Path:
        """The folder of its results."""
        return self.root / "runs" / self.name

    @property
    def bundle(self) -> Path:
        """The folder of its trained model."""
        return self.root / "models" / self.name

    @property
    def landmark(self) -> Work:
        """The run of its landmark analysis: beside its own, under another name."""
        return replace(self, name=f"{self.name}_landmark")

    @property
    def study(self) -> str:
        """The study as commands take it: the id of a shipped one, or the drafted file."""
        return self.choices.study or str(self.study_file)

    @property
    def is_described(self) -> bool:
        """Whether the study is there, and no question is open in it."""
        if self.choices.study or not self.study_file.is_file():
            return bool(self.choices.study)
        return not find_questions(read_toml(self.study_file))

    @property
    def is_trained(self) -> bool:
        """Whether there are results to read."""
        return (self.run / "result.json").is_file()

    @cached_property
    def raw(self) -> RawTable:
        """The table as it is read.

        Raises
        ------
        DataRefusedError
            If it cannot be read as one table.
        """
        return _read(self.table, self.choices.reading)

    @cached_property
    def draft(self) -> Draft:
        """The study as far as the table and the answers tell it.

        Raises
        ------
        DataRefusedError
            If the file cannot be read as one table.
        """
        return self._settled[0]

    @property
    def answers(self) -> Mapping[str, str]:
        """The answers that the table asks for, as it is read now."""
        return self._settled[1]

    @cached_property
    def _settled(self) -> tuple[Draft, dict[str, str]]:
        return _DRAFTS.get(self._key(), lambda: _drafted(self.table, self.choices))

    @cached_property
    def loaded_study(self) -> Study | None:
        """The study; None as long as questions are open."""
        from responder.study import load_study

        if not self.choices.study and self.draft.questions:
            return None
        return load_study(self.study)

    @property
    def scan(self) -> CohortScan | None:
        """The check of the table by its study; None as long as questions are open."""
        return self.scan_of(self.choices.chosen.traits)

    def scan_of(self, traits: tuple[str, ...]) -> CohortScan | None:
        """Return the check of some traits, of all where none are named; None as long as questions are open."""
        from responder.cohort import scan_cohort

        if self.loaded_study is None:
            return None
        study, options = self.loaded_study, self.choices.checking
        return _SCANS.get(
            self._check_key(study, traits),
            lambda: scan_cohort(self.table, study, traits=traits or None, options=options),
        )

    @property
    def is_checked(self) -> bool:
        """Whether the check is at hand, or there is none as long as questions are open."""
        study = self.loaded_study
        return study is None or self._check_key(study, self.choices.chosen.traits) in _SCANS

    def _check_key(self, study: Study, traits: tuple[str, ...]) -> Hashable:
        from responder.study.load import study_digest

        return self._key(), traits, study_digest(study)

    def _key(self) -> Hashable:
        """Return what tells that nothing was changed of what a table is read from and answers say."""
        said = asdict(replace(self.choices, chosen=Chosen(), columns={}, aliases={}))
        told = json.dumps(said, sort_keys=True)
        return told, signature([*self.tables, Path(self.choices.dictionary)])

    def with_answers(self, given: Mapping[str, str]) -> Work:
        """Return the work with answers added and changed; an empty one is taken back.

        What nobody asks any more, because another answer changed, is forgotten.

        Raises
        ------
        AnswerError
            If an answer is none of its choices.
        """
        answers = {key: answer for key, answer in {**self.choices.answers, **given}.items() if answer}
        drafted = _drafted(self.table, replace(self.choices, answers=answers), given)
        settled = replace(self, choices=replace(self.choices, answers=drafted[1]))
        _DRAFTS.put(settled._key(), drafted)  # noqa: SLF001 - what was drafted need not be drafted again
        return settled

    def with_aliases(self, aliases: Mapping[str, str]) -> Work:
        """Return the work with columns that are called otherwise in other tables; an empty name is taken back."""
        said = {header: other for header, other in {**self.choices.aliases, **aliases}.items() if other}
        return replace(self, choices=replace(self.choices, aliases=said))

    def with_chosen(self, chosen: Chosen) -> Work:
        """Return the work with other traits, models, primary model, seed and level."""
        return replace(self, choices=replace(self.choices, chosen=chosen))

    def with_reading(self, **said: Any) -> Work:
        """Return the work read in another way; answers are kept, also those that nobody asks for now.

        What was drafted from another reading is drafted anew, and is gone where that is refused.

        Parameters
        ----------
        **said
            Fields of `Choices`: how the table is read.
        """
        changed = replace(self, choices=replace(self.choices, **said)).remember()
        if changed.experiment_file.is_file():
            try:
                changed.save()
            except ResponderError:
                for path in (changed.study_file, changed.experiment_file):
                    path.unlink(missing_ok=True)
        return changed

    def keep(self, folder: str, file_name: str, content: bytes) -> str:
        """Keep a file that came in beside the table, for its owner alone; a file of that name is replaced."""
        (place := self.folder / "table" / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        _keep(place / file_name, content)
        return (place / file_name).as_posix()

    def remember(self) -> Work:
        """Write the choices alone."""
        write_atomically(self.folder / _CHOICES, json.dumps(asdict(self.choices), ensure_ascii=False, indent=1))
        return self

    def save(self) -> Work:
        """Write the study, the experiment and the choices."""
        if not self.choices.study:
            columns = {trait.header: trait.name for trait in self.draft.traits}
            replace(self, choices=replace(self.choices, columns=columns)).remember()
            write_atomically(self.study_file, self.draft.text)
        else:
            self.remember()
        chosen, options = self.choices.chosen, self.choices.checking
        text = draft_experiment(self.table, self.study, self.experiment_file, options, self.choices.language, chosen)
        write_atomically(self.experiment_file, text)
        return self


class Works:
    """The tables at work in a project.

    Parameters
    ----------
    root : Path
        The project.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def __iter__(self) -> Iterator[Work]:
        """Yield them, the one that was changed last first."""
        found = (self.root / FOLDER).glob(f"*/{_CHOICES}")
        for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True):
            work = self.get(path.parent.name)
            if work is not None:
                yield work

    def get(self, name: str) -> Work | None:
        """Return the one of a name; None where there is none."""
        path = self.root / FOLDER / name / _CHOICES
        if not _NAME.fullmatch(name) or not path.is_file():
            return None
        return Work(self.root, name, Choices.from_json(json.loads(path.read_text(encoding="utf-8"))))

    def add(
        self, file_name: str, content: bytes, choices: Choices, dictionary: tuple[str, bytes] | None = None
    ) -> Work:
        """Keep a table that came in, for its owner alone, and start to work with it.

        Parameters
        ----------
        file_name : str
            Of the table, without folders.
        content : bytes
            What is in it.
        choices : Choices
            How it is read, and by which study; where the files are is filled in.
        dictionary : tuple of (str, bytes), optional
            Name and content of the data dictionary that came with it.
        """
        name = self._free_name(experiment_name(file_name))
        (self.root / FOLDER / name).mkdir(mode=0o700)
        work = Work(self.root, name, replace(choices, table=f"{FOLDER}/{name}/table/{file_name}"))
        work.keep("", file_name, content)
        if dictionary is not None:
            work = replace(work, choices=replace(work.choices, dictionary=work.keep("dictionary", *dictionary)))
        return work.remember()

    def open(self, table: str, choices: Choices, name: str) -> Work:
        """Start to work with a table of the project."""
        (self.root / FOLDER).mkdir(mode=0o700, exist_ok=True)
        (folder := self.root / FOLDER / self._free_name(name)).mkdir(mode=0o700)
        return Work(self.root, folder.name, replace(choices, table=table)).remember()

    def remove(self, work: Work) -> None:
        """Delete a table and all that was made from it: study, experiment, results, models and further analyses."""
        own = (work.folder, work.run, work.bundle)
        for folder in (*own, work.landmark.run, work.landmark.bundle):
            shutil.rmtree(folder, ignore_errors=True)
        forget_everything()

    def bring(self, work: Work, file_name: str, content: bytes) -> int:
        """Keep a table of new patients beside a trained model, for its owner alone, and return its number."""
        number = max(self.brought(work), default=0) + 1
        folder = work.folder / _NEW_PATIENTS / str(number)
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700)
        _keep(folder / file_name, content)
        return number

    def brought(self, work: Work) -> dict[int, Path]:
        """Return the tables of new patients by number, the last one first."""
        found = (work.folder / _NEW_PATIENTS).glob("[0-9]*/*")
        kept = {int(path.parent.name): path for path in found if path.is_file()}
        return dict(sorted(kept.items(), reverse=True))

    def take_away(self, work: Work, number: int) -> None:
        """Delete a table of new patients."""
        shutil.rmtree(work.folder / _NEW_PATIENTS / str(number), ignore_errors=True)

    def _free_name(self, wanted: str) -> str:
        """Return a name that no table, run, model or experiment of the project has."""
        (self.root / FOLDER).mkdir(mode=0o700, exist_ok=True)
        wanted = wanted.lstrip("_-") or "my_cohort"
        number, name = 2, wanted
        while any(
            (self.root / folder / f"{name}{ending}").exists()
            for folder, ending in (
                (FOLDER, ""),
                ("runs", ""),
                ("models", ""),
                ("experiments", ".toml"),
                ("runs", "_landmark"),
                ("models", "_landmark"),
            )
        ):
            name, number = f"{wanted}_{number}", number + 1
        return name


def _keep(path: Path, content: bytes) -> None:
    """Write a file that its owner alone may read."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)


def _read(table: TableSource, options: ReadOptions) -> RawTable:
    """Return a table as it is read; what was read last is kept."""
    files = [table_path(str(table)), *(table_path(parse_join(spec).file) for spec in options.join)]
    key = repr(options), signature([*files, Path(options.dictionary)])
    return _TABLES.get(key, lambda: read_table(table, options))


def _drafted(table: Path, choices: Choices, strictly: Container[str] = ()) -> tuple[Draft, dict[str, str]]:
    """Return the draft, and the answers that fit its questions; those named are refused where they do not."""
    from responder.cohort.draft import draft_study

    answers = dict(choices.answers)
    while True:
        try:
            draft = draft_study(table, answers, choices.reading, choices.language, read=_read)
        except AnswerError as error:
            if error.key in strictly and not error.unasked:
                raise
            answers = {key: answer for key, answer in answers.items() if key not in (error.unasked or (error.key,))}
        else:
            return draft, answers
