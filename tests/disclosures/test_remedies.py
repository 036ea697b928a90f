"""Labels put right by a day, drafts refused and counted, ties said in words of their own (c29, c30, c31, D4, D5, D6)."""

from collections.abc import Callable
from datetime import date
from io import BytesIO

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.accounts.models import Role, User
from app.core.db import db, transaction
from app.disclosures import operations, operations_remedies, policies_drafts, queries, queries_remedies
from app.disclosures.details import PublicationDetails
from app.disclosures.models import (
    DraftRequest,
    DraftRequestHow,
    LabelVerdict,
    Medium,
    Obligation,
    ObligationState,
    Publication,
    Remedy,
    RemedyState,
    TieKind,
)
from app.disclosures.policies import PolicyRefused
from app.people.models import Person
from app.programs.queries_spans import Span
from tests.conftest import fresh
from tests.factories import accounts, people
from tests.factories import disclosures as make

pytestmark = pytest.mark.usefixtures("app")
SignIn = Callable[..., FlaskClient]
ON = date(2026, 9, 1)


def helga() -> User:
    return make.compliance()


def poor() -> tuple[Person, Remedy]:
    make.version("*")
    person = people.person("Carla")
    make.publication(person, "#gifted London")
    return person, db.session.scalars(sa.select(Remedy)).one()


def test_a_wrong_label_starts_a_remedy_with_a_day() -> None:
    """c29."""
    _, remedy = poor()
    assert (remedy.state, (remedy.due_on - remedy.opened_at.date()).days) == (
        RemedyState.OPEN,
        operations_remedies.REMEDY_DAYS,
    )


def test_a_right_label_starts_none() -> None:
    make.version("*")
    make.publication(people.person(), "Ad: London")
    assert db.session.scalar(sa.select(sa.func.count(Remedy.id))) == 0


def test_a_remedy_is_done_when_the_label_is_right_and_the_first_finding_stays() -> None:
    """D5: the figures say how often it had to be put right."""
    make.version("*")
    person = people.person("Carla")
    with transaction():
        operations.open_obligations(db.session.merge(person), 1, "lodging", ON)
    make.publication(person, "#gifted London")
    remedy = db.session.scalars(sa.select(Remedy)).one()
    with pytest.raises(PolicyRefused, match="not right yet"), transaction():
        operations_remedies.look_again(
            queries_remedies.get_remedy(remedy.id, None), "#spon London", by=helga()
        )
    with transaction():
        operations_remedies.look_again(queries_remedies.get_remedy(remedy.id, None), "Ad: London", by=helga())
    assert fresh(remedy).state is RemedyState.DONE
    assert db.session.scalars(sa.select(Obligation.state)).all() == [ObligationState.REMEDIED]
    figures = queries_remedies.count_labels(helga())
    assert (figures.n_links, figures.n_right, figures.n_reminders, figures.n_drafts) == (1, 0, 1, 0)
    with pytest.raises(PolicyRefused, match="already closed"), transaction():
        operations_remedies.look_again(queries_remedies.get_remedy(remedy.id, None), "Ad: London", by=helga())


@pytest.mark.parametrize("reason", ["", " " * 20, "too short"])
def test_a_remedy_is_let_go_only_with_a_reason(reason: str) -> None:
    _, remedy = poor()
    with pytest.raises(PolicyRefused, match="at least 10"), transaction():
        operations_remedies.let_remedy_go(remedy, reason=reason, by=helga())
    assert fresh(remedy).state is RemedyState.OPEN


def test_repeats_are_counted_per_person() -> None:
    """c29."""
    person, _ = poor()
    make.publication(person, "London", url="https://b.example/2")
    make.publication(person, "Ad: London", url="https://b.example/3")
    assert queries_remedies.count_repeats([person.id, 99]) == {person.id: 2}


# -- drafts --------------------------------------------------------------------------------------------

LINKS = {
    "document": ("https://docs.google.com/document/d/1", DraftRequestHow.LINK),
    "file share": ("https://www.dropbox.com/s/x/post.docx", DraftRequestHow.LINK),
    "team site": ("https://lumen.sharepoint.com/x", DraftRequestHow.LINK),
    "dot at the end": ("https://docs.google.com./d", DraftRequestHow.LINK),
    "upper case": ("https://DOCS.GOOGLE.COM/d", DraftRequestHow.LINK),
    "preview": ("https://blog.example/?p=3&preview=true", DraftRequestHow.LINK),
    "folder of drafts": ("https://blog.example/drafts/3", DraftRequestHow.LINK),
    "an article about drafts": ("https://blog.example/draftsmanship", None),
    "a name that ends like it": ("https://notdropbox.com/x", None),
    "public": ("https://blog.example/london", None),
    "nonsense": ("https://[::1", None),
    "empty": ("", None),
}  # fmt: skip


@pytest.mark.parametrize(("url", "how"), LINKS.values(), ids=LINKS)
def test_draft_in(url: str, how: DraftRequestHow | None) -> None:
    """D4."""
    details = PublicationDetails(url=url, published_on=ON, medium=Medium.TEXT)
    assert policies_drafts.draft_in(details) is how
    assert policies_drafts.draft_in(details, has_file=True) is DraftRequestHow.FILE


@pytest.mark.parametrize(
    ("more", "how"),
    [({"url": "https://docs.google.com/d/1"}, DraftRequestHow.LINK),
     ({"attached": (BytesIO(b"%PDF-1.7"), "draft.pdf")}, DraftRequestHow.FILE)],
)  # fmt: skip
def test_an_attempt_to_file_a_draft_is_refused_and_counted(
    signed_in: SignIn, more: dict[str, object], how: DraftRequestHow
) -> None:
    """D4, c31: the refusal stays although the request is refused, and nothing of the work does."""
    make.version("*")
    mei, person = accounts.user(), people.person()
    data = {
        "person_id": str(person.id), "url": "https://a.example/x", "published_on": "2026-09-01", "medium": "text",
        "language": "en", "opening": "Ad",
    }  # fmt: skip
    answer = signed_in(Role.COMPLIANCE).post(
        "/disclosure/publications/new", data=data | more, content_type="multipart/form-data"
    )
    assert (answer.status_code, "counted as a draft" in answer.text) == (422, True)
    assert db.session.scalars(sa.select(DraftRequest.how)).all() == [how]
    assert db.session.scalar(sa.select(sa.func.count(Publication.id))) == 0
    assert queries_remedies.count_drafts(mei) == 1


def test_drafts_are_counted_by_day() -> None:
    person = people.person()
    with transaction():
        noted = operations_remedies.report_draft_request(db.session.merge(person), by=None)
    on = fresh(noted).at.date()
    count = queries_remedies.count_drafts
    assert [
        count(helga()),
        count(helga(), Span(None, on, on)),
        count(helga(), Span(to_on=date(2020, 1, 1))),
    ] == [1, 1, 0]


def test_no_table_of_this_room_has_a_place_for_work_or_reach() -> None:
    """D4, c31: a draft, a tone or a target cannot be kept, because there is no column for it."""
    columns = {
        column.key for table in (Publication, DraftRequest, Remedy) for column in table.__table__.columns
    }
    words = (
        "draft",
        "tone",
        "sentiment",
        "reach",
        "followers",
        "views",
        "approved",
        "content",
        "body",
        "file",
    )
    assert [column for column in columns if any(word in column for word in words)] == []


# -- ties ----------------------------------------------------------------------------------------------


def test_a_tie_is_said_in_addition() -> None:
    """D6, c30."""
    make.version("*", tie_statements={"employee": "I work for Lumen.", "equity": "I own shares."})
    person = people.person()
    with transaction():
        operations_remedies.record_tie(db.session.merge(person), TieKind.EMPLOYEE, ON, by=helga())
        operations_remedies.record_tie(db.session.merge(person), TieKind.EMPLOYEE, ON, by=helga())
    before, after = (queries.ready_text(person, "lodging", on)[0].text for on in (date(2026, 8, 31), ON))
    assert before == "Ad Lumen Networks paid for my hotel."
    assert after == "Ad Lumen Networks paid for my hotel. I work for Lumen."


# -- pages ---------------------------------------------------------------------------------------------


def test_remedies_and_drafts_are_listed_with_a_constant_number_of_queries(
    signed_in: SignIn, count_queries: Callable[[], int]
) -> None:
    make.version("*")
    browser, counts = signed_in(Role.COMPLIANCE), []
    for n in (1, 30):
        for number in range(n):
            person = people.person(f"Carla {n} {number}")
            make.publication(person, "London", url=f"https://b.example/{n}-{number}")
            with transaction():
                operations_remedies.report_draft_request(db.session.merge(person), by=None)
        for path in ("/disclosure/remedies", "/disclosure/drafts"):
            browser.get(path)
            count_queries()
            assert f"Carla {n} 0" in browser.get(path).text
            counts.append(count_queries())
    assert counts[:2] == counts[2:]


def test_a_remedy_is_looked_at_again_on_its_page(signed_in: SignIn) -> None:
    _, remedy = poor()
    path = f"/disclosure/remedies/{remedy.id}"
    browser = signed_in(Role.COMPLIANCE)
    assert "#gifted" in browser.get(path).text
    refused = browser.post(path, data={"opening": "still nothing", "language": "en"})
    assert (refused.status_code, "still nothing" in refused.text) == (422, True)
    assert browser.post(path, data={"opening": "Ad: London", "language": "en"}).status_code == 303
    assert fresh(remedy).state is RemedyState.DONE
    assert db.session.scalars(sa.select(Publication.verdict)).all() == [LabelVerdict.DEFICIENT]
