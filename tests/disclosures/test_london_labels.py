"""The figures of labels in the London scenario, from the one counting function (J9.3)."""

import sqlalchemy as sa
from flask import Flask

from app.accounts.models import User
from app.core.db import db
from app.disclosures import queries_covenants, queries_remedies
from app.disclosures.models import RemedyState


def test_labels_of_london(london: Flask) -> None:
    """J9.3: 21 of 23 links, 2 reminders, no draft asked for; each number opens its rows."""
    helga = db.session.scalars(sa.select(User).filter_by(email="helga@lumen.example")).one()
    figures = queries_remedies.count_labels(helga)
    assert (figures.n_right, figures.n_links, figures.n_reminders, figures.n_drafts) == (21, 23, 2, 0)
    remedies = queries_remedies.list_remedies(helga)
    assert [(row.publication.person.name.split()[0], row.state) for row in remedies] == [
        ("Mateus", RemedyState.OPEN), ("Carla", RemedyState.OPEN),
    ]  # fmt: skip
    assert queries_remedies.list_drafts(helga) == []


def test_the_covenant_of_london(london: Flask) -> None:
    """J8.2: the second text of the house is offered."""
    text = queries_covenants.house_text()
    assert text is not None
    assert (text.number, "before you publish" in text.text) == (2, True)
