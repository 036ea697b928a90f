"""Pieces of sentences in the reader's language, and what is said for somebody who reads another one."""

from datetime import date

import pytest
from flask import Flask
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup

from app.core.i18n import day, later, marked, said
from app.core.money import Money
from app.core.spoken import month, month_name, short_day, short_month, speaking_to, weekday, within

ON = date(2026, 8, 4)


@pytest.mark.parametrize(
    ("locale", "told"),
    [
        ("en", ("4 Aug", "Tuesday", "August", "August 2026", "Aug", "Aug 26")),
        ("fr", ("4 août", "mardi", "août", "août 2026", "août", "août 26")),
        ("zh", ("8月4日", "星期二", "八月", "2026年8月", "8月", "26年8月")),
    ],
)
def test_days_and_months_are_named_in_the_language_that_is_spoken(
    app: Flask, locale: str, told: tuple[str, ...]
) -> None:
    with app.test_request_context(), force_locale(locale):
        months = short_month(ON), short_month(ON, with_year=True)
        assert (short_day(ON), weekday(ON), month_name(ON), month(ON), *months) == told


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("executive_minute", "executive minute"),
        ("Open", "open"),
        ("rnd_input", "R&D input"),
        ("4 nights", "4 nights"),
        ("", ""),
    ],
)
def test_a_code_within_a_sentence_begins_small_unless_it_is_a_name(app: Flask, code: str, words: str) -> None:
    with app.test_request_context():
        assert within(code) == words


def test_what_is_marked_stays_english_until_it_is_said(app: Flask) -> None:
    kept = marked("Save")
    with app.test_request_context(), force_locale("fr"):
        assert (kept, said(kept), said("Typed by somebody.")) == ("Save", "Enregistrer", "Typed by somebody.")


@pytest.mark.parametrize(
    ("reader", "told"),
    [
        ("fr", "Enregistrer 4 août 2026"),
        ("en", "Save 4 Aug 2026"),
        ("xx", "Save 4 Aug 2026"),
        (None, "Save 4 Aug 2026"),
    ],
)
def test_a_sentence_for_somebody_else_is_said_in_their_language_with_its_pieces(
    app: Flask, reader: str | None, told: str
) -> None:
    with app.test_request_context(), force_locale("zh"):
        word, on = _l("Save"), later(day, ON)
        with speaking_to(reader):
            assert f"{word} {on}" == told


@pytest.mark.parametrize(
    ("locale", "told"), [("en", "worth -12,345.60 GBP"), ("fr", "valeur\u00a0: -12\u202f345,60 GBP")]
)
def test_an_amount_within_a_sentence_is_written_as_the_reader_writes_it(
    app: Flask, locale: str, told: str
) -> None:
    money = Money(-1_234_560, "GBP")
    page = app.jinja_env.from_string("{{ _('worth %(money)s', money=money) }}")
    with app.test_request_context(), force_locale(locale):
        assert (_("worth %(money)s", money=money), page.render(money=money)) == (told, told)


def test_a_lazy_sentence_is_no_markup(app: Flask) -> None:
    """What users wrote may stand in it."""
    sentence = _l("Written by %(name)s", name="<script>")
    with app.test_request_context():
        shown = app.jinja_env.from_string("{{ sentence }}{{ '.' ~ sentence }}").render(sentence=sentence)
    assert shown == "Written by &lt;script&gt;.Written by &lt;script&gt;"


def test_a_sentence_of_a_template_escapes_its_values_and_prints_its_per_cent_signs(app: Flask) -> None:
    told = app.jinja_env.from_string("{{ _('100%% of %(name)s', name=name) }} {{ gettext('100%%') }}")
    plain = app.jinja_env.from_string(
        "{% autoescape false %}{{ _('of %(name)s', name=name) }}{% endautoescape %}"
    )
    with app.test_request_context():
        assert told.render(name="<b>") == "100% of &lt;b&gt; 100%"
        assert told.render(name=Markup("<b>")) == "100% of <b> 100%"
        assert plain.render(name="<b>") == "of <b>"


def test_the_language_may_change_within_a_request(app: Flask) -> None:
    page = app.jinja_env.from_string("{{ _('Save') }}")
    with app.test_request_context():
        said = [page.render(), _("Save")]
        with force_locale("fr"):
            said += [page.render(), _("Save")]
            with force_locale("zh"):
                said.append(page.render())
            said.append(page.render())
        said.append(page.render())
    assert said == ["Save", "Save", "Enregistrer", "Enregistrer", "保存", "Enregistrer", "Save"]
