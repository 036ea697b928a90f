"""J3.4 and J3.5 in a browser: who looks after Jack and what he was told; Mei hands over 38 people and 36 letters leave."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts import operations as accounts
from app.accounts.details import UserDetails
from app.accounts.models import Role, User
from app.core import clock
from app.core.db import db, transaction
from app.demo import cast
from app.outreach import operations as outreach
from app.outreach import operations_insights
from app.outreach.details import TouchDetails
from app.outreach.models import TouchChannel
from app.people import operations as people_operations
from app.people.models import OwnerRole, Person
from app.programs import operations_briefs
from app.programs.details_initiatives import BriefDetails, BriefVersionDetails
from tests.browser.conftest import served, sign_in
from tests.browser.looking import press
from tests.databases import Databases
from tests.factories import handovers, people, programs
from tests.factories import outreach as make_outreach

pytestmark = pytest.mark.browser

N_PEOPLE = 38
Sign = Callable[[str], Page]


def _user(name: str, department: str = "Analyst relations", role: Role = Role.RELATIONS) -> User:
    details = UserDetails(email=f"{name.lower()}@lumen.example", name=name, role=role, department=department)
    with transaction():
        return accounts.add_user(details, cast.PASSWORD, by=None)


def _ask_and_stop(guests: list[Person], mei: User, tom: User) -> None:
    """Five open asks of Mei; two contacts of Tom that wait for her word."""
    for guest in guests[:5]:
        make_outreach.touch(guest, mei, is_ask=True, subject=f"Interview with {guest.name}")
    for guest in guests[:2]:
        with transaction():
            details = TouchDetails(
                person_id=guest.id, channel=TouchChannel.DIRECT_MESSAGE, subject="Podcast?"
            )
            outreach.ask_owner(
                outreach.try_touch(details, by=db.session.merge(tom)), by=db.session.merge(tom)
            )


def _write_four_versions(jack: Person, nneka: Person, by: User) -> None:
    """A brief whose version 4 is in force: Nneka received 3, Jack 4."""
    program = programs.program(by=by)
    for person in (jack, nneka):
        programs.enrolment(program, person)
    heard = {person.id: make_outreach.touch(person, by, subject="About 5G") for person in (jack, nneka)}
    with transaction():
        brief = operations_briefs.write_brief(
            db.session.merge(program), BriefDetails(title="Private 5G", message="Words 1."), by=by
        )
        for number in (2, 3, 4):
            details = BriefVersionDetails(message=f"Words {number}.", what_changed="more")
            operations_briefs.write_brief_version(brief, details, by=by)
            if number > 2:
                touch = db.session.merge(heard[nneka.id if number == 3 else jack.id])
                operations_insights.note_brief_received(touch, brief.current, by=by)


@pytest.fixture(scope="module")
def house(databases: Databases) -> Iterator[str]:
    """Mei with 38 people, the first of them Jack with a deputy; Omar, Tom; the letter in two languages."""
    databases.reset()
    assert databases.app is not None
    with databases.app.app_context():
        mei, tom, _omar = _user("Mei"), _user("Tom", "Social media"), _user("Omar")
        for language in ("en", "fr"):
            handovers.letter_text(language)
        names = ["Jack", "Nneka", *(f"Guest {number:02}" for number in range(N_PEOPLE - 2))]
        guests = [
            people.admissible(
                name, owner=mei, email=f"{name.lower().replace(' ', '')}@voices.example",
                languages=("fr", "en") if place % 3 == 0 else ("en",),
            )
            for place, name in enumerate(names)
        ]  # fmt: skip
        _write_four_versions(guests[0], guests[1], mei)
        _ask_and_stop(guests[2:], mei, tom)
        with transaction():
            people_operations.hand_over(
                db.session.merge(guests[0]), db.session.merge(tom), by=mei, role=OwnerRole.DEPUTY
            )
        db.session.remove()
    with served(databases, "leaving") as address:
        yield address


@pytest.fixture
def page_as(chromium: Browser, house: str) -> Iterator[Sign]:
    """A signed-in page of a user of that house."""
    contexts = []

    def open_page(key: str) -> Page:
        contexts.append(chromium.new_context(base_url=house, storage_state=sign_in(chromium, house, key)))
        return contexts[-1].new_page()

    yield open_page
    for context in contexts:
        context.close()


def test_jack_has_one_owner_one_deputy_and_the_message_in_force(page_as: Sign) -> None:
    """J3.4: version 4 is in force; Jack received it, one more person an older one."""
    mei = page_as("mei")
    mei.goto("/people/")
    press(mei.get_by_role("link", name="Jack", exact=True).first)
    for role, name in (("Owner", "Mei"), ("Deputy", "Tom")):
        term = mei.locator("dt", has_text=re.compile(f"^{role}$"))
        expect(term).to_have_count(1)
        expect(term.locator("xpath=following-sibling::dd[1]")).to_contain_text(name)
    mei.goto(f"/outreach/person/{mei.url.rsplit('/', 1)[1]}/messages")
    expect(mei.locator("main")).to_contain_text("version 4")
    expect(mei.locator("main")).to_contain_text("1 received version 4, 1 an older one")


def test_mei_leaves_and_omar_has_everybody_from_the_first(page_as: Sign, house: str) -> None:
    """J3.5: 38 people, 5 open asks, 2 approvals; 38 letters, 36 leave after an edit, 2 are discarded."""
    mei = page_as("mei")
    first_of_month = _first_of_next_month()
    mei.goto("/handovers/new")
    main = mei.locator("main")
    expect(main).to_contain_text("38 people, 5 open asks, 2 approvals")
    mei.get_by_label("Omar", exact=True).check()
    mei.get_by_label("From", exact=True).fill(first_of_month.isoformat())
    mei.get_by_role("button", name="Go on to what and to whom").click()
    expect(mei.get_by_label(re.compile("^Who takes over "))).to_have_count(N_PEOPLE)
    mei.get_by_role("button", name="Check and restate").click()
    expect(main).to_contain_text("Omar: 38 people")
    expect(main).to_contain_text("38 letters are drafted")
    press(mei.get_by_role("button", name="Hand over 38 people"))
    receipt = mei.url
    _send_36_of_38(mei, receipt.rsplit("/", 1)[1])
    mei.goto(receipt)
    expect(main).to_contain_text("0 wait, 2 discarded")
    mei.goto("/people/")
    press(mei.get_by_role("link", name="Jack", exact=True).first)
    said = f"Omar from {first_of_month:%-d %b %Y}"
    expect(main).to_contain_text(said)  # who comes next is there already; until then it is Mei
    owner = mei.locator("dt", has_text=re.compile("^Owner$")).locator("xpath=following-sibling::dd[1]")
    expect(owner).to_contain_text("Mei")


def _first_of_next_month() -> date:
    return (clock.today().replace(day=1) + timedelta(days=32)).replace(day=1)


def _send_36_of_38(mei: Page, number: str) -> None:
    batch = f"/outreach/outbox/batch?name=hand-over-{number}"
    mei.goto(batch)
    expect(mei.locator("main")).to_contain_text("38 mails, 2 languages")
    links = mei.eval_on_selector_all(
        "main a[href^='/outreach/outbox/']", "links => links.map(link => link.getAttribute('href'))"
    )
    letters = [link for link in dict.fromkeys(links) if re.fullmatch(r"/outreach/outbox/\d+", link)]
    assert len(letters) == N_PEOPLE
    for letter in letters[:2]:
        mei.goto(letter)
        press(mei.get_by_role("button", name=re.compile("^Discard")).first)
    for letter in letters[2:]:
        mei.goto(f"{letter}/edit")
        text = mei.get_by_label("Text")
        text.fill(f"{text.input_value()}\nA word from Mei.")
        press(mei.locator("main form button[type=submit]").last)
    mei.goto(batch)
    mei.get_by_role("button", name=re.compile("^Send 36")).click()
    expect(mei.locator("main")).to_contain_text("36 mails sent.")
