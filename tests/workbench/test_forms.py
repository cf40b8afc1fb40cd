"""Forms as browsers send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from responder.web.guard import RefusedRequestError
from responder.workbench.forms import read_form, safe_file_name

BOUNDARY = "----WebKitFormBoundaryX1"
KIND = f"multipart/form-data; boundary={BOUNDARY}"


def multipart(*parts):
    body = b"".join(
        f"--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + content + b"\r\n"
        for head, content in parts
    )
    return body + f"--{BOUNDARY}--\r\n".encode()


@given(st.binary(max_size=300).filter(lambda content: BOUNDARY.encode() not in content))
def test_a_file_comes_through_byte_for_byte(content):
    body = multipart(('name="study"', b"rp"), ('name="table"; filename="a.csv"\r\nContent-Type: text/csv', content))
    form = read_form(body, KIND)
    assert (form.one("study"), form.files["table"].content) == ("rp", content)


def test_a_field_of_a_file_that_was_not_chosen_is_none():
    assert read_form(multipart(('name="table"; filename=""', b"")), KIND).files == {}


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\li\\患者.xlsx", "患者.xlsx"),
        (".choices.json", "choices.json"),
        ("a#b?.csv", "a_b_.csv"),
        ("..", "table"),
        ("x" * 500 + ".csv", "x" * 116 + ".csv"),
    ],
)
def test_names_of_files_lead_nowhere(name, kept):
    assert safe_file_name(name) == kept


@given(st.text(max_size=300))
def test_no_name_leaves_its_folder(name):
    kept = safe_file_name(name)
    assert kept
    assert not kept.startswith(".")
    assert not set(kept) & set("/\\:#\0\n")
    assert len(kept.encode()) <= 120


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "application/json", 415),
        (b"a=\xff", "application/x-www-form-urlencoded", 400),
        (b"no boundary", "multipart/form-data", 400),
        (multipart(('name="a"', b"1"))[:-6], KIND, 400),
        (multipart(('nothing="a"', b"1")), KIND, 400),
    ],
)
def test_what_is_no_form_is_refused(body, kind, status):
    with pytest.raises(RefusedRequestError) as refused:
        read_form(body, kind)
    assert refused.value.status_code == status
