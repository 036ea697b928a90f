"""Languages, numbers, money and times as the reader writes them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache, cached_property, lru_cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_day_names
from babel.numbers import format_decimal, format_percent, parse_pattern
from flask import Flask, g, has_app_context, has_request_context, request
from flask_babel import Babel, Domain, get_domain, get_locale
from flask_babel import gettext as _
from flask_babel.speaklater import LazyString
from flask_login import current_user
from jinja2 import pass_eval_context
from jinja2.nodes import EvalContext
from markupsafe import Markup

from app.core import catalogues
from app.core.keyset import Count
from app.core.money import Money, digits_of


class _Sentences(Domain):  # type: ignore[misc]
    """Sentences whose amounts have the separators of the reader, as numbers beside them have."""

    def get_translations(self) -> Any:
        """Those of the reader, found once a request: a page has some hundred sentences.

        They stand where flask_babel forgets them when it changes the language (`force_locale`, `refresh`).
        """
        if not has_app_context():
            return super().get_translations()
        if (known := _known("babel_translations")) is None:
            known = g._flask_babel.babel_translations = super().get_translations()
        return known

    def gettext(self, string: str, **variables: Any) -> str:
        return str(super().gettext(string, **_spoken(variables)))

    def ngettext(self, singular: str, plural: str, num: int, **variables: Any) -> str:
        return str(super().ngettext(singular, plural, num, **_spoken(variables)))


def _known(name: str) -> Any:
    """What flask_babel found for this request already, if anything; it drops it when the language changes."""
    try:
        # Once past the proxy: each use of it costs more than the rest.
        return getattr(g._get_current_object()._flask_babel, name, None)
    except (RuntimeError, AttributeError):  # outside of everything; before the first sentence
        return None


def _catalogue() -> Any:
    """The sentences of the reader; asked a hundred times for a page."""
    try:
        known = g._get_current_object()._flask_babel.babel_translations  # as `_known`, which takes longer
    except (RuntimeError, AttributeError):
        known = None
    return known or get_domain().get_translations()


class _Babel(Babel):  # type: ignore[misc]
    @cached_property
    def domain_instance(self) -> _Sentences:
        return _Sentences(domain=self.domain)


babel = _Babel()
# A lazy sentence may hold words of users; flask_babel tells Jinja that it is markup, which it never is here.
if hasattr(LazyString, "__html__"):
    del LazyString.__html__
Table = TypeVar("Table")

#: What the interface can speak; a missing sentence falls back to English. Each but English has a catalogue.
LANGUAGES = ("en", "fr", "zh", "ar")


def init_app(app: Flask) -> None:
    """Choose the language per request; give templates their filters."""
    app.config.setdefault("BABEL_TRANSLATION_DIRECTORIES", str(catalogues.compiled()))
    babel.init_app(app, locale_selector=_choose, timezone_selector=None)
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.globals.update(
        dict.fromkeys(("_", "gettext"), _in_template),
        ngettext=_counted_in_template,
        get_locale_dir=locale_dir,
        get_locale_tag=locale_tag,
        count_words=count_words,
        counted=counted,
        colon=colon,
        semicolon=semicolon,
    )
    app.jinja_env.filters.update(
        amount=amount, day=day, when=when, number=number, exact=exact, per_cent=per_cent, words=words, said=said,
        country=country_name, place=place_of, money_in_words=money_in_words,
    )  # fmt: skip


# Not the context itself: Jinja copies it for every sentence within a loop.
@pass_eval_context
def _in_template(how: EvalContext, sentence: str, /, **variables: Any) -> Any:
    """What Jinja's `_` does, in one step instead of five: its values are escaped, its own markup is kept."""
    found = _found if variables else _finished
    text = found(_catalogue(), sentence, how.autoescape)
    return text % _spoken(variables) if variables else text


@pass_eval_context
def _counted_in_template(how: EvalContext, one: str, many: str, n: int, /, **variables: Any) -> Any:
    """The same for sentences with a plural."""
    text = _catalogue().ungettext(one, many, n)
    if how.autoescape:
        text = Markup(text)  # noqa: S704 -- a sentence of our own
    return text % _spoken({"num": n} | variables)


@lru_cache(maxsize=8192)
def _found(catalogue: Any, sentence: str, is_markup: bool) -> str:
    text = catalogue.ugettext(sentence)
    return Markup(text) if is_markup else text  # noqa: S704 -- a sentence of our own


@lru_cache(maxsize=8192)
def _finished(catalogue: Any, sentence: str, is_markup: bool) -> str:
    """Without values too: a per cent sign is written twice in every sentence."""
    return _found(catalogue, sentence, is_markup) % {}


def _spoken(variables: Mapping[str, Any]) -> dict[str, Any]:
    if not variables:
        return {}
    return {
        name: money_in_words(value) if isinstance(value, Money) else value
        for name, value in variables.items()
    }


def money_in_words(money: Money) -> str:
    """An amount within a sentence: "-5,454.12 GBP", "-5 454,12 GBP"."""
    pattern = _pattern_of(digits_of(money.currency), in_parentheses=False)
    return f"{format_decimal(money.amount, format=pattern, locale=_locale())} {money.currency}"


def _choose() -> str:
    if not has_request_context():
        return "en"
    if request.path.startswith("/api/"):  # programs compare what they read
        return "en"
    if "language" in g:  # the person's door speaks the person's language
        return str(g.language)
    locale = getattr(current_user, "locale", None) if current_user else None
    return locale or language_of_browser()


def language_of_browser() -> str:
    """The best that the browser asks for, whoever sits before it; needs no database."""
    return request.accept_languages.best_match(LANGUAGES) or "en"


def language_of(languages: Sequence[str]) -> str:
    """The first of somebody's languages (BCP 47) that the interface speaks, else English."""
    spoken = (tag.replace("_", "-").split("-")[0].lower() for tag in languages)
    return next((tag for tag in spoken if tag in LANGUAGES), "en")


def _locale() -> Locale:
    return _known("babel_locale") or get_locale() or Locale("en")


def locale_tag() -> str:
    """The language of the page for <html lang>."""
    return str(_locale()).replace("_", "-")


def locale_dir() -> str:
    """ "rtl" for Arabic and its like, else "ltr"."""
    return str(_locale().text_direction)


def amount(money: Money, locale: str | None = None) -> str:
    """`5,454.12`: digits only, negative in parentheses; the currency code stands apart."""
    pattern = _pattern_of(digits_of(money.currency))
    return str(format_decimal(money.amount, format=pattern, locale=locale or _locale()))


@cache
def _pattern_of(n_digits: int, *, in_parentheses: bool = True) -> Any:
    """Reading a pattern takes three times as long as writing a number by it, and a page has hundreds."""
    pattern = "#,##0" + ("." + "0" * n_digits if n_digits else "")
    return parse_pattern(f"{pattern};({pattern})" if in_parentheses else pattern)


def number(value: int | Decimal) -> str:
    """A number with the reader's separators."""
    return _number(value, _locale())


# What a list counts is mostly small, and writing a number takes as long as reading the row it stands in.
@lru_cache(maxsize=8192)
def _number(value: int | Decimal, locale: Locale) -> str:
    return str(format_decimal(value, locale=locale))


def exact(value: Decimal) -> str:
    """A number with all its decimals and the reader's separators."""
    return str(format_decimal(value, locale=_locale(), decimal_quantization=False))


def per_cent(share: Decimal | Fraction | None, n_places: int = 1) -> str:
    """A share such as 0.625 as "62.5%", as the reader writes it; a dash when there was nothing to share."""
    if share is None:
        return "–"
    value = Decimal(share.numerator) / share.denominator if isinstance(share, Fraction) else share
    places = f".{'0' * n_places}" if n_places else ""
    sign = "\u202f%" if _locale().language == "fr" else "%"
    return str(format_percent(value, format=f"#,##0{places}{sign}", locale=_locale()))


def count_words(count: Count | int) -> str:
    """A count of rows: "1,204", or "more than 10,000" where counting ended."""
    if isinstance(count, int):
        return number(count)
    words = number(count.number)
    return words if count.is_exact else str(_("more than %(n)s", n=words))


def day(value: date, locale: str | None = None) -> str:
    """A date nobody can misread: the month as a name."""
    # Instants of two zones can be equal and yet be of two days.
    return _day(value.date() if isinstance(value, datetime) else value, locale or _locale())


# A page names the same few days, and writing one takes as long as reading the row it stands in.
@lru_cache(maxsize=8192)
def _day(value: date, locale: Locale | str) -> str:
    return str(format_date(value, _day_pattern(locale), locale=locale))


def day_in_full(value: date) -> str:
    """A date within a sentence: "9 August 2026"."""
    pattern = _day_pattern() if is_year_first() else "d MMMM y"
    return str(format_date(value, pattern, locale=_locale()))


def _day_pattern(locale: Locale | str | None = None) -> str:
    return "y年M月d日" if is_year_first(locale) else "d MMM y"


def is_year_first(locale: Locale | str | None = None) -> bool:
    """Chinese and Japanese begin with the year; everybody else reads the day first, the month as a name."""
    known = locale or _locale()
    language = known.language if isinstance(known, Locale) else known.replace("_", "-").split("-")[0]
    return language in {"zh", "ja"}


def day_names() -> list[str]:
    """The days of the week in the reader's language, Monday first."""
    return [str(name) for _number, name in sorted(get_day_names("wide", locale=_locale()).items())]


def when(instant: datetime, zone: str, *, with_zone: bool = True) -> str:
    """An instant on the clock of a zone, the zone named."""
    text = format_datetime(instant.astimezone(ZoneInfo(zone)), f"{_day_pattern()}, HH:mm", locale=_locale())
    return f"{text} {place_of(zone)}" if with_zone else str(text)


def place_of(zone: str) -> str:
    """Europe/London -> London."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def words(value: str) -> str:
    """A stored code as words of the reader: early_access -> Early access, "Accès anticipé"."""
    return said(in_english(value))


def in_english(value: str) -> str:
    """A stored code as English words, as they stand in the catalogues."""
    return _SPELLED.get(str(value)) or str(value).replace("_", " ").capitalize()


def action_in_english(action: str) -> str:
    """An action of the audit trail as English words: "people.person_added" -> "person added"."""
    return action.partition(".")[2].replace("_", " ") or action


def column_in_english(name: str) -> str:
    """The name of a column as English words: "kind_id" -> "kind"."""
    return name.removesuffix("_id").replace("_", " ")


def said(sentence: str) -> str:
    """A sentence of our own that stands elsewhere as a literal, in the reader's language; nothing stays nothing."""
    return str(_catalogue().ugettext(sentence)) if sentence else ""


def marked(sentence: str) -> str:
    """A sentence that stays English where it stands and is said later, by `said()`: here it is only found (`make words`)."""
    return sentence


def all_marked(table: Table) -> Table:
    """A table of such sentences, as values of a mapping or members of a sequence."""
    return table


def plural(one: str, many: str, n: int, **values: Any) -> str:
    """`ngettext` with the separators of the reader in its number."""
    return str(_catalogue().ungettext(one, many, n)) % {
        "num": number(n),
        **_spoken(values),
    }


def counted(n: int, one: str, many: str) -> str:
    """ "1 thing lent", "3 things lent" in the reader's language; the two stand elsewhere in `nouns()`."""
    return plural(f"%(num)s {one}", f"%(num)s {many}", n)


def nouns(one: str, many: str) -> tuple[str, str]:
    """What is counted, in English; it is said later, by `counted()`: here it is only found (`make words`)."""
    return one, many


def colon() -> str:
    """What stands between a label and what it says; French keeps a space before it that does not break."""
    return "\u00a0: " if _locale().language == "fr" else ": "


def semicolon() -> str:
    """What stands between two halves of a line."""
    return {"fr": "\u202f; ", "ar": "؛ "}.get(_locale().language, "; ")


def later(say: Callable[..., str], *args: Any) -> Any:
    """What `say` says of the arguments once it is read, in the language it is read in: for values within lazy sentences."""
    return LazyString(say, *args)


#: Codes that do not become words by themselves.
_SPELLED = {
    "rnd_input": "R&D input", "co_creation": "Co-creation", "non_cash": "Non-cash", "travel_air": "Air travel",
    "travel_ground": "Ground travel", "exec_access": "Executive access", "fee_expenses": "Expenses with a fee",
    "donation_for": "Donation in their name", "in_kind_vendor": "In kind, bought", "in_kind_own": "In kind, our own",
    # what mails are, what notices are about, and what lists can be narrowed to
    **all_marked({
        "portal_statement": "Statement to check", "portal_link": "Way to their page",
        "place_offer": "Place offered", "advisory.need": "Need for advice", "advisory.share": "Affiliate share",
        "outreach.insight": "Insight heard", "periods.disputes": "Disputes", "privacy.retention": "Retention",
        "ledger.exceptions": "Exceptions", "ledger.shared": "Shared costs", "ledger.offers": "Offers",
        "reports.runs": "Reports", "reports.saved": "Saved reports", "handovers.returns": "Hand-overs",
        "calendars.reply": "Replies by calendar", "insight": "Insight heard", "ending": "Ends soon",
    }),
}  # fmt: skip


def is_country(code: str) -> bool:
    """Whether a code of CLDR is a country: unions and test regions stand among its territories."""
    return len(code) == 2 and code.isalpha() and code not in {"ZZ", "EU", "UN", "EZ", "QO", "XA", "XB"}


@cache
def country_codes() -> frozenset[str]:
    """The codes of all countries."""
    return frozenset(code for code in map(str, Locale("en").territories) if is_country(code))


def country_choices() -> list[tuple[str, str]]:
    """The countries with their names in the reader's language, in its order of letters."""
    names = [(code, str(name)) for code, name in _locale().territories.items() if is_country(code)]
    return sorted(names, key=lambda row: row[1].casefold())


def country_name(code: str | None) -> str:
    """An ISO 3166 code as a name in the reader's language; the code itself if unknown."""
    if not code:
        return ""
    try:
        return str(_locale().territories.get(code, code))
    except UnknownLocaleError:
        return code
