"""What comes with a form: fields, and files as browsers send them (multipart/form-data, RFC 7578)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from urllib.parse import parse_qs

from responder.web.guard import RefusedRequestError

__all__ = ["Form", "SentFile", "read_form", "safe_file_name"]

MOST_FIELDS = 50_000
LONGEST_VALUE = 2000
LONGEST_NAME_BYTES = 120
_NAME = re.compile(r'(?:^|;)\s*name="([^"]*)"')
_FILE_NAME = re.compile(r'(?:^|;)\s*filename="([^"]*)"')
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
    message = Message()
    message["content-type"] = content_type
    boundary = message.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise ValueError("no boundary")
    start, *parts = (b"\r\n" + body).split(b"\r\n--" + boundary.encode("latin-1"))
    if start or not parts or not parts[-1].startswith(b"--") or len(parts) > MOST_FIELDS:
        raise ValueError("not whole")
    fields: dict[str, list[str]] = {}
    files: dict[str, SentFile] = {}
    for part in parts[:-1]:
        head, separator, content = part.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        said = next((line for line in lines if line.lower().startswith("content-disposition:")), "")
        name = _NAME.search(said)
        if not separator or name is None:
            raise ValueError("a part without a name")
        file_name = _FILE_NAME.search(said)
        if file_name is None:
            fields.setdefault(name[1], []).append(content.decode().strip()[:LONGEST_VALUE])
        elif file_name[1] or content:
            files[name[1]] = SentFile(safe_file_name(file_name[1].replace("%22", "")), content)
    return Form(fields, files)


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
