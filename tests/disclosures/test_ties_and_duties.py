"""Ties of a person are added, listed and ended; a duty has a page with what was published since (D1, D3, D5, D6)."""

from collections.abc import Callable
from datetime import date, timedelta

import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.core import clock
from app.core.db import db, transaction
from app.disclosures import operations, queries
from app.disclosures.filters import text_wanted
from app.disclosures.models import Medium, Obligation, Placement, Tie
from app.disclosures.policies import last_days
from tests.conftest import fresh
from tests.factories import disclosures as make
from tests.factories import people

SignIn = Callable[..., FlaskClient]


def test_a_tie_is_added_listed_and_ended(signed_in: SignIn) -> None:
    """D6, c30: while it lasts its words are in the ready text; after its last day they are not."""
    make.version("*", tie_statements={"equity": "I own shares of this company."})
    person, browser = people.person("Amal"), signed_in(Role.RELATIONS)
    path, today = f"/disclosure/people/{person.id}/ties", clock.today()
    assert browser.post(path, data={"kind": "equity", "from_on": "2026-01-05"}).status_code == 303
    assert "Owns a part of us" in browser.get(f"/disclosure/people/{person.id}").text
    tie = db.session.scalars(sa.select(Tie)).one()
    early = browser.post(f"/disclosure/ties/{tie.id}/end", data={"to_on": "2026-01-04"})
    assert (early.status_code, "lies before the first" in early.text) == (422, True)
    assert (
        browser.post(f"/disclosure/ties/{tie.id}/end", data={"to_on": today.isoformat()}).status_code == 303
    )
    assert fresh(tie).to_on == today
    again = browser.post(f"/disclosure/ties/{tie.id}/end", data={"to_on": today.isoformat()})
    assert (again.status_code, "already" in again.text) == (422, True)
    said = [
        queries.ready_text(fresh(person), "lodging", on)[0].ties for on in (today, today + timedelta(days=1))
    ]
    assert said == [("I own shares of this company.",), ()]
    assert "End it" not in browser.get(path).text
    assert signed_in(Role.AUDITOR).get(path).status_code == 403
    assert browser.get("/disclosure/ties/999/end").status_code == 404


def test_the_page_of_a_duty_shows_what_was_put_right(signed_in: SignIn) -> None:
    """D1, D5, c29: the state, each piece since, the remedy with its day and its state."""
    make.version("*", remedy_steps="Tell them within a day.")
    person, on = people.person("Carla"), date(2026, 9, 1)
    with transaction():
        operations.open_obligations(db.session.merge(person), 1, "lodging", on)
    make.publication(
        person, "#gifted", url="https://blog.example/before", published_on=on - timedelta(days=1)
    )
    make.publication(person, "#gifted London", url="https://blog.example/after", published_on=on)
    duty = db.session.scalars(sa.select(Obligation)).one()
    page = signed_in(Role.COMPLIANCE).get(f"/disclosure/obligations/{duty.id}").text
    assert ("blog.example/after" in page, "blog.example/before" in page) == (True, False)
    assert ("Right by" in page, "Look again" in page, "Tell them within a day." in page) == (True, True, True)
    assert "A publication had a wrong label or none." in page
    assert signed_in(Role.COMPLIANCE).get("/disclosure/obligations/999").status_code == 404


def test_ready_text_is_by_country_channel_language_and_value(signed_in: SignIn) -> None:
    """D3: a channel brings its countries, its language and the place of the label in its medium."""
    make.version("GB", statements={"lodging": "They paid for my hotel.", "lodging@fr": "Ils ont payé mon hôtel."},
                 placement={Medium.TEXT: Placement.ANYWHERE, Medium.VIDEO: Placement.FIRST_WORDS})  # fmt: skip
    make.version("FR", statements={"lodging": "L’entreprise a payé mon hôtel."})
    person = people.person("Ines", languages=("en",))
    people.channel(person, platform="YouTube", handle="@ines", language="fr", audience_countries=("GB",))
    people.channel(person, platform="Blog", handle="ines", language="en", audience_countries=("FR",))
    person = fresh(person)
    video = next(row for row in person.channels if row.handle == "@ines")

    def told(**args: str) -> list[tuple[str, str, dict[str, str]]]:
        texts = text_wanted(person, args).texts("lodging", clock.today(), "en")
        return [(one.jurisdiction, one.statement, one.placement) for one in texts]

    assert [row[0] for row in told()] == ["GB", "FR"]
    assert told(channel=str(video.id)) == [("GB", "Ils ont payé mon hôtel.", {"video": "in the first words"})]
    assert told(channel=str(video.id), language="en")[0][1] == "They paid for my hotel."
    assert [row[0] for row in told(country="FR")] == ["FR"]
    assert told(channel="999", country="ZZ", language="tlh") == told()
    page = signed_in(Role.RELATIONS).get(f"/disclosure/people/{person.id}?channel={video.id}").text
    assert ("Ils ont payé mon hôtel." in page, "L’entreprise" in page) == (True, False)


def test_a_superseded_version_shows_its_last_day(signed_in: SignIn) -> None:
    """c26: the days written on it never change; that a newer one took its place is worked out."""
    old = make.version("GB", effective_from_on=date(2026, 1, 1))
    make.version("GB", effective_from_on=date(2026, 6, 1))
    policy = queries.get_policy(old.policy_id)
    assert last_days(policy.versions) == {old.id: date(2026, 5, 31)}
    page = signed_in(Role.COMPLIANCE).get(f"/disclosure/{policy.id}").text
    assert ("1 Jan 2026 – 31 May 2026" in page, "Superseded" in page, "since 1 Jun 2026" in page) == (
        True,
        True,
        True,
    )
    assert "– open" not in page
