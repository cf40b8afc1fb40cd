"""What a door says of a profile: the score, and what would change it where there is one."""

from responder.score.answers import answer_profile, answer_rows
from responder.score.profile import encode_table


def test_what_would_change_goes_with_a_probability_and_with_nothing_else(make_bundle, profile):
    del profile["rpdai"]
    beats, not_shown = (
        make_bundle("ridge:1", kind=kind, refits=20) for kind in ("beats_chance", "not_shown_to_beat_chance")
    )
    given = answer_profile(beats, profile)
    assert given["sensitivity"]["probability"] == given["probability"]
    assert [trait["name"] for trait in given["sensitivity"]["traits"]] == ["rpdai"]
    withheld = answer_profile(not_shown, profile)
    assert withheld["probability"] is None
    assert (withheld["sensitivity"]["probability"], withheld["sensitivity"]["traits"]) == (None, [])


def test_a_row_that_cannot_be_understood_spoils_no_other(bundle):
    columns = {"organs": ["ear", "ear"], "rpdai": ["9", "nine"], "treg": ["22", "22"], "prednisone": ["15", "15"]}
    answers = answer_rows(bundle, encode_table(bundle, columns), "p.csv")
    alone = answer_profile(bundle, {name: cells[0] for name, cells in columns.items()})
    assert answers[0] == alone
    assert answers[1]["decision"] == "refused"
