"""J4 in a browser on a phone, with its numbers: letters that wait for a text, answers by link, substitutes, the board, an offer."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, Page, expect

from app.accounts import passwords
from app.core import clock
from app.core.db import db, transaction
from app.core.mail import parts_of
from app.demo import cast
from app.programs import operations as programs
from app.programs.details_cohorts import WishDetails
from app.programs.models_cohorts import WishAbout
from tests.browser.conftest import SIZES, served, sign_in
from tests.browser.looking import press
from tests.browser.test_events import figures
from tests.databases import Databases, wants_postgresql
from tests.factories import accounts
from tests.factories import events as make
from tests.factories import outreach as make_outreach
from tests.journeys.test_j04_invitations import BODY, FIRST, NO, OTHERS, PROMISE, SECOND

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(wants_postgresql(), reason="on PostgreSQL the journey is walked without a browser"),
]


@pytest.fixture(scope="module")
def house(databases: Databases) -> Iterator[tuple[str, int]]:
    """A house with an event of twelve places and those it could invite; where it is served, and the event's number."""
    databases.reset()
    assert databases.app is not None
    begins = clock.now().replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=60)
    with databases.app.app_context():
        event = make.event(capacity=12, starts_at=begins, ends_at=begins + timedelta(days=2))
        with transaction():
            db.session.merge(make.ruth()).password_hash = passwords.hash_password(cast.PASSWORD)
        for language in ("en", "ar", "fr"):
            make_outreach.letter_template(language, body=BODY)
        homes = {name: ("GB", (language,)) for name, language in FIRST.items()} | SECOND | OTHERS
        for name, (country, languages) in homes.items():
            kept = {"official_status": "none", "official_reason": ""}
            make.enrolled(event, name, home_country=country, languages=languages, **kept)
        with transaction():
            program = db.session.merge(event).program
            for about, value in ((WishAbout.MARKET, "PK"), (WishAbout.LANGUAGE, "ko")):
                wish = WishDetails(about=about, values=(value,), n_wanted=3)
                programs.want_audience(program, wish, by=accounts.user())
        number = event.id
    with served(databases, "invitations") as address:
        yield address, number


@pytest.fixture(scope="module")
def letters(house: tuple[str, int], databases: Databases) -> Callable[[str, str], str]:
    """The newest letter to an address that holds a word, as its reader gets it."""
    engine = sa.create_engine(f"sqlite:///{databases.folder / 'invitations.db'}")

    def read(name: str, word: str) -> str:
        wanted = sa.text("SELECT raw FROM outbox_mail WHERE recipient = :to ORDER BY id DESC")
        with engine.connect() as connection:
            texts = [
                parts_of(row[0]).text
                for row in connection.execute(wanted, {"to": f"{name.lower()}@experts.example"})
            ]
        return next(text for text in texts if word in text)

    return read


@pytest.fixture
def phone(chromium: Browser, house: tuple[str, int]) -> Iterator[Callable[..., Page]]:
    """`phone(ruth=True)` is Ruth's; without it that of somebody who signed in nowhere."""
    address, contexts = house[0], []
    width, height = SIZES["phone"]

    def take(*, ruth: bool = False) -> Page:
        state = sign_in(chromium, address, "ruth") if ruth else None
        contexts.append(
            chromium.new_context(
                base_url=address,
                viewport={"width": width, "height": height},
                storage_state=state,
                reduced_motion="reduce",
            )
        )
        return contexts[-1].new_page()

    yield take
    for context in contexts:
        context.close()


def _invite(page: Page, address: str, names: list[str], n: int, wave: int) -> None:
    """Tick, promise, draft, write the letters: the page of their batch."""
    page.goto(address)
    for name in names:
        page.get_by_label(f"Invite {name}", exact=True).check()
    page.locator("[name=promise]").fill(PROMISE)
    press(page.get_by_role("button", name="Draft these invitations"))
    press(page.get_by_role("button", name=f"Write {n} letters of wave {wave}"))


def _send(page: Page, n: int) -> None:
    press(page.get_by_role("button", name=f"Send {n} mails"))


def _answer(page: Page, letter: str, name: str, answer: str, reason: str = "") -> None:
    """By the link in the letter, at the address it went to; opening it answers nothing."""
    found = re.search(r"/p/answer/[\w-]+", letter)
    assert found is not None
    page.goto(found[0])
    page.locator(f"[name=answer][value={answer}]").check()
    page.locator("[name=email]").fill(f"{name.lower()}@experts.example")
    page.locator("[name=reason]").fill(reason)
    press(page.locator("main form button[type=submit]"))  # in the language of the person


def _board(page: Page, event: str) -> list[str]:
    page.goto(f"{event}/invitations")
    found = figures(page)
    return [found[name] for name in ("Invited", "Accepted", "Declined", "Waiting", "No answer")]


def test_invitations_from_the_first_letter_to_the_board(
    phone: Callable[..., Page], house: tuple[str, int], letters: Callable[[str, str], str]
) -> None:
    """J4.1 to J4.4: 12 letters that wait for a Korean text, 10 yes and 2 no, four substitutes, 16 = 12 + 3 + 1."""
    ruth, guest, event = phone(ruth=True), phone(), f"/events/{house[1]}"
    main = ruth.locator("main")

    # J4.1
    _invite(ruth, f"{event}/invite", list(FIRST), 12, 1)
    batch = ruth.url
    expect(main).to_contain_text("12 mails, 3 languages, 1 missing translation (ko)")
    expect(ruth.get_by_role("button", name=re.compile("^Send "))).to_have_count(0)
    ruth.goto("/outreach/letters/new?key=invitation&language=ko")
    ruth.locator("[name=subject]").fill("{event}에 초대합니다")
    ruth.locator("[name=body]").fill(BODY)
    press(ruth.locator("main form button[type=submit]").last)
    ruth.goto(batch)
    expect(main).to_contain_text("12 mails, 4 languages")
    _send(ruth, 12)
    assert _board(ruth, event) == ["12", "0", "0", "0", "12"]

    # J4.2
    for name in FIRST:
        _answer(
            guest,
            letters(name, "/p/answer/"),
            name,
            "declined" if name in NO else "accepted",
            NO.get(name, ""),
        )
    assert _board(ruth, event) == ["12", "10", "2", "0", "0"]
    ruth.goto(f"{event}/invitations?state=declined")
    for reason in NO.values():
        expect(main).to_contain_text(reason)

    # J4.3
    ruth.goto(f"{event}/substitutes")
    names = main.locator("tbody .person-name").all_inner_texts()
    assert [name for name in names if name in {"Bilal", "Sora", "Olga"}] == ["Bilal", "Sora", "Olga"]
    expect(main).to_contain_text("home country Pakistan")
    _invite(ruth, f"{event}/substitutes", list(SECOND), 4, 2)
    expect(main).to_contain_text("4 mails, 2 languages")
    _send(ruth, 4)
    for name in SECOND:
        no = name == "Yusra"
        reason = "Exam season at the clinic school." if no else ""
        _answer(guest, letters(name, "/p/answer/"), name, "declined" if no else "accepted", reason)

    # J4.4
    assert _board(ruth, event) == ["16", "12", "3", "1", "0"]
    ruth.goto(f"{event}/waitlist")
    expect(main).to_contain_text("all 12 places are taken")

    # J4.3: a freed place is kept for 48 hours; opening its link acts on nothing, "no thanks" frees it.
    ruth.goto(f"{event}/invitations")
    press(main.get_by_role("link", name="Jack").first)
    ruth.goto(f"{ruth.url}/answer")
    ruth.locator("[name=state]").select_option("declined")
    press(ruth.locator("main form button[type=submit]").last)
    found = re.search(r"/p/place/[\w-]+", letters("Sora", "/p/place/"))
    assert found is not None
    guest.goto(found[0])
    assert _board(ruth, event) == ["16", "11", "4", "1", "0"]
    press(guest.locator("form[action$=no-thanks] button"))
    assert _board(ruth, event) == ["16", "11", "5", "0", "0"]
