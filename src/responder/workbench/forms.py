"""What comes with a form: fields, and files as browsers send them (multipart/form-data, RFC 7578)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from urllib.parse import parse_qs

from python_multipart import create_form_parser
from python_multipart.multipart import Field, File

from responder.web.guard import RefusedRequestError

__all__ = ["Form", "SentFile", "read_form", "safe_file_name"]

MOST_FIELDS = 50_000
LONGEST_VALUE = 2000
LONGEST_NAME_BYTES = 120
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|#]+')


@dataclass(frozen=True)
class SentFile:
    """A file that came with a form: its name, fit for a folder, and what is in it."""

    name: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Form:
    """Fields by name, each with all its values, and files."""

    fields: Mapping[str, list[str]]
    files: Mapping[str, SentFile] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """Return the first value of a field."""
        return self.fields.get(name, [default])[0]

    def every(self, name: str) -> tuple[str, ...]:
        """Return all values of a field that are not empty."""
        return tuple(value for value in self.fields.get(name, ()) if value)


def read_form(body: bytes, content_type: str) -> Form:
    """Understand a form.

    Raises
    ------
    RefusedRequestError
        If the body is no form.

    Examples
    --------
    >>> read_form(b"seed=7&traits=age&traits=sex", "application/x-www-form-urlencoded").every("traits")
    ('age', 'sex')
    """
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/x-www-form-urlencoded":
            fields = parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
            return Form({name: [value.strip()[:LONGEST_VALUE] for value in values] for name, values in fields.items()})
        if kind == "multipart/form-data":
            return _multipart(body, content_type)
    except ValueError as error:
        raise RefusedRequestError(400, "rest_unreadable_form") from error
    raise RefusedRequestError(415, "rest_not_a_form")


def _multipart(body: bytes, content_type: str) -> Form:
    fields: dict[str, list[str]] = {}
    files: dict[str, SentFile] = {}
    ends: list[bool] = []
    numbers = count(1)

    def on_field(sent: Field) -> None:
        if next(numbers) > MOST_FIELDS:
            raise ValueError("too many fields")
        fields.setdefault(_text(sent.field_name), []).append(_text(sent.value).strip()[:LONGEST_VALUE])

    def on_file(sent: File) -> None:
        sent.file_object.seek(0)
        name, content = _text(sent.file_name), sent.file_object.read()
        if name or content:
            files[_text(sent.field_name)] = SentFile(safe_file_name(name.replace("%22", "")), content)

    in_memory = {"MAX_MEMORY_FILE_SIZE": float("inf")}  # the body is, and nothing of a patient goes to another folder
    parser = create_form_parser({"Content-Type": content_type.encode()}, on_field, on_file, in_memory)
    parser.on_end = lambda: ends.append(True)
    parser.write(body)
    parser.finalize()
    if not ends:
        raise ValueError("not whole")
    return Form(fields, files)


def _text(sent: bytes | None) -> str:
    return (sent or b"").decode()


def safe_file_name(name: str) -> str:
    """Return the name of a file without folders and without characters that mean something to a system.

    Examples
    --------
    >>> safe_file_name("C:/data/../患者 2.xlsx"), safe_file_name("../.bashrc"), safe_file_name("")
    ('患者 2.xlsx', 'bashrc', 'table')
    """
    last = re.split(r"[/\\]", name)[-1]
    plain = _UNSAFE.sub("_", last).strip(" .") or "table"
    while len(plain.encode()) > LONGEST_NAME_BYTES:
        stem, dot, ending = plain.rpartition(".")
        plain = f"{stem[:-1]}{dot}{ending}" if len(stem) > 1 else plain[:-1]
    return plain
