"""Names that mean the same fold alike; a sign behind a marker never folds away."""

import pytest

from responder.names import fold_name


@pytest.mark.parametrize(
    "marker", ["CD25", "CD127", "PD-1", "PD1", "HLA-DR", "Ki-67", "CTLA-4", "LAG-3", "TCRγδ", "CD3ε", "CCR7"]
)
@pytest.mark.parametrize("behind", ["", " CD8+", " T", "FoxP3+"])
def test_a_marker_and_its_negative_are_two_names(marker, behind):
    assert fold_name(f"{marker}-{behind}") != fold_name(f"{marker}{behind}")
    assert fold_name(f"{marker}+{behind}") != fold_name(f"{marker}{behind}")
    assert fold_name(fold_name(f"{marker}-{behind}")) == fold_name(f"{marker}-{behind}")


@pytest.mark.parametrize(
    ("one", "other"), [("IL-2", "il2"), ("TNF-a", "TNF_a"), ("CD4-count", "cd4 count"), ("PD-1", "PD1")]
)
def test_a_hyphen_between_words_is_none(one, other):
    assert fold_name(one) == fold_name(other)
