import logging

from responder.report import fonts
from responder.report.fonts import figure_language


def test_english_where_no_font_has_chinese(monkeypatch, caplog):
    monkeypatch.setattr(fonts, "own_font", lambda language: "")
    fonts.figure_language.cache_clear()
    with caplog.at_level(logging.WARNING, "responder.report"):
        assert [figure_language("zh"), figure_language("zh"), figure_language("en")] == ["en", "en", "en"]
    assert len(caplog.records) == 1
    fonts.figure_language.cache_clear()
