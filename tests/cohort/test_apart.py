"""Files made to exhaust memory, or to end the process that reads them, are refused in bounded memory."""

import contextlib
import os
import re
import signal
import struct
import subprocess
import sys
import time
import zipfile

import openpyxl
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
from pyarrow import parquet

from responder.cohort import TableRefusedError, apart, read_table
from responder.cohort.apart import read_apart
from responder.cohort.table import RawTable

TABLE = RawTable("t", ("id", "x"), (("P1", "1"),), (2,))
MOST_BYTES = 1_000_000_000
linux = pytest.mark.skipif(sys.platform != "linux", reason="files are read in a process of their own on Linux")


def far_cell(folder):
    """Write a workbook whose last cell is said to be text and holds none: what the XML holds gives no sign of it."""
    path = folder / "whole.xlsx"
    book = openpyxl.Workbook()
    for row in (["id", "x"], ["P1", 1], ["P2", 2]):
        book.active.append(row)
    book.save(path)
    far = b'<row r="1048576"><c r="XFD1048576" t="str"><v></v></c></row></sheetData>'
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(folder / "far.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
        for name in whole.namelist():
            archive.writestr(name, whole.read(name).replace(b"</sheetData>", far))
    return folder / "far.xlsx"


def long_texts(folder):
    codes = pa.array([0] * 3000, pa.int32())
    texts = pa.DictionaryArray.from_arrays(codes, ["y" * 1_000_000])
    parquet.write_table(
        pa.table({"id": [f"P{i}" for i in range(3000)], "x": texts}), folder / "t.parquet", compression="zstd"
    )
    return folder / "t.parquet"


def claims_many_rows(folder):
    path = folder / "t.sav"
    pyreadstat.write_sav(pd.DataFrame({"id": ["P1", "P2"], "x": [1.0, 2.0]}), str(path))
    content = bytearray(path.read_bytes())
    content[80:84] = struct.pack("<i", 2_000_000)  # ncases of the file header record
    path.write_bytes(content)
    return path


@linux
@pytest.mark.parametrize(
    ("make", "said"),
    [(far_cell, "more than 400 MB"), (long_texts, "more than 400 MB"), (claims_many_rows, "not readable as an SPSS")],
)
def test_hostile_files_are_refused_in_bounded_memory(tmp_path, monkeypatch, make, said):
    monkeypatch.setattr(apart, "MAX_READING_BYTES", 400_000_000)
    path = make(tmp_path)
    assert path.stat().st_size < 20_000
    with pytest.raises(TableRefusedError, match=said) as refused:
        read_table(path)
    assert refused.value.exit_code == 3


@linux
def test_a_file_that_would_take_everything_takes_little_more_than_the_limit(tmp_path):
    """In a process of its own: what other tests have started counts there, too."""
    program = (
        "import resource, sys\n"
        "from responder.cohort import TableRefusedError, apart, read_table\n"
        "apart.MAX_READING_BYTES = 400_000_000\n"
        "try:\n    read_table(sys.argv[1])\n"
        "except TableRefusedError:\n"
        "    print(max(resource.getrusage(w).ru_maxrss for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))\n"
    )
    command = [sys.executable, "-c", program, str(long_texts(tmp_path))]
    peak = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert int(peak) * 1024 < MOST_BYTES


@linux
@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: bytearray(2_000_000_000), "more than 400 MB"),
        (os.abort, "more than 400 MB"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "crash"),
        (lambda: os._exit(3), "crash"),
        (lambda: time.sleep(60), "more than 1 seconds"),
    ],
    ids=["memory", "abort", "fault", "exit", "time"],
)
def test_whatever_becomes_of_the_reader_is_a_refusal(monkeypatch, capfd, work, said):
    monkeypatch.setattr(apart, "MAX_READING_SECONDS", 1)
    monkeypatch.setattr(apart, "MAX_READING_BYTES", 400_000_000)
    with pytest.raises(TableRefusedError, match=re.escape(said)):
        read_apart(work, "t.xlsx")
    assert capfd.readouterr() == ("", "")


def test_what_is_read_and_what_is_raised_arrives():
    assert read_apart(lambda: TABLE, "t") == TABLE
    for error in (FileNotFoundError(2, "no such file", "t"), TableRefusedError(refusal().finding)):

        def fail(error=error):
            raise error

        with pytest.raises(type(error)) as raised:
            read_apart(fail, "t")
        assert str(raised.value) == str(error)


def refusal():
    with contextlib.suppress(TableRefusedError):
        read_table("no-such-file.csv")
        raise AssertionError
    try:
        read_table("no-such-file.csv")
    except TableRefusedError as error:
        return error
