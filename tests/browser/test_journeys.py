"""J1.1, J2 and J3.1 to J3.3 in a browser, with their numbers; the rest of J1 is in test_cohorts, of J3 in test_leaving."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.core import clock
from tests.browser.looking import press
from tests.factories import imports as files

pytestmark = pytest.mark.browser

Open = Callable[..., Page]


def add_person(page: Page, name: str, email: str) -> str:
    """Somebody new, by the form; the address of the record."""
    page.goto("/people/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("E-mail").fill(email)
    page.locator("main form button[type=submit]").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page.url


# -- J1 ----------------------------------------------------------------------------------------------------------


def test_nobody_is_admitted_before_the_goal_is_written(page_of: Open) -> None:
    """J1.1: until it is saved, Admit is disabled and says why."""
    page = page_of("mei")
    page.goto("/programs/new")
    page.get_by_label("Name", exact=True).fill("Ports and mines")
    page.get_by_label("What it is for").fill("Hear from those who build networks under ground.")
    page.locator("main form button[type=submit]").last.click()
    admit = page.get_by_text("Admit", exact=True)
    expect(admit).to_be_disabled()
    expect(page.locator("#why-not")).to_contain_text("goal")
    page.get_by_role("link", name="Write a goal").first.click()
    page.get_by_label("What we want").fill("Credible voices on private 5G in Africa and South Asia")
    page.get_by_label("Metric").fill("Talks that cite us")
    page.get_by_label("Baseline").fill("2")
    page.get_by_label("Target").fill("6")
    page.get_by_label("Review on").fill((clock.today() + timedelta(days=90)).isoformat())
    save(page)
    page.goto("/programs/")
    page.get_by_role("link", name="Ports and mines").first.click()
    expect(page.get_by_role("link", name="Admit")).to_be_visible()


# -- J2 ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def pr_list(tmp_path: Path) -> Path:
    """The forty lines of J2 under column names nobody knows; the six who are here are added by the test."""
    _, _, lines = files.pr_list().partition(b"\r\n")
    path = tmp_path / "pr.csv"
    path.write_bytes(b"Wer,Post,Ruf,Wo,Spricht,Art,Kennt,Bei,Konto\r\n" + lines)
    return path


def test_a_list_is_mapped_run_and_taken_back(page_of: Open, pr_list: Path) -> None:
    """J2.1, J2.2: 31, 6 and 3; the undo takes the six updates back too."""
    page = page_of("mei")
    for name in files.KNOWN_LINES.values():
        add_person(page, name, f"{name.lower()}@kol.example")
    page.goto("/imports/new")
    page.get_by_label("File", exact=True).set_input_files(pr_list)
    page.get_by_role("button", name="Upload and do the dry run").click()
    for header, meaning in zip(
        ("Wer", "Post", "Ruf", "Wo", "Spricht", "Art", "Kennt", "Bei", "Konto"),
        ("name", "email", "phone", "home_country", "languages", "kind", "known_for", "known_among", "handle"),
        strict=True,
    ):
        page.get_by_label(header, exact=True).select_option(meaning)
    page.get_by_role("button", name="Do the dry run with these columns").click()
    main = page.locator("main")
    for said in ("line 14 no contact route", "lines 22 and 37 same person"):
        expect(main).to_contain_text(said)
    expect(main).to_contain_text("31 people are created, 6 are updated.")
    page.get_by_role("button", name="Import 37 people").click()
    expect(main).to_contain_text("Created 31, updated 6, skipped 3.")
    page.get_by_role("button", name="Undo this import").click()
    expect(main).to_contain_text("Undone: 31 people removed, 6 updates taken back.")


def test_two_records_of_one_person_become_one_and_two_again(page_of: Open) -> None:
    """J2.3: side by side, merged, undone, merged again; the old address leads to the survivor."""
    page = page_of("mei")
    kept = add_person(page, "Ines Valcourt", "ines@valcourt.example")
    gone = add_person(page, "Dr I. Valcourt", "i.valcourt@press.example")
    side_by_side = f"{kept}/merge/{gone.rsplit('/', 1)[1]}"
    for turn in range(2):
        page.goto(side_by_side)
        page.get_by_label("Why").first.fill("She told us.")
        press(page.get_by_role("button", name=re.compile("^Merge")).last)
        expect(page.locator("main")).to_contain_text("Dr I. Valcourt")
        page.goto(gone)
        expect(page).to_have_url(re.compile(re.escape(kept)))
        if turn:
            break
        page.goto("/people/merges")
        press(page.locator("main a[href*='/people/merges/']").first)
        page.get_by_label("Why").first.fill("To be sure.")
        press(page.get_by_role("button", name=re.compile("Undo")).last)
        page.goto(gone)
        expect(page.get_by_role("heading", level=1)).to_contain_text("Dr I. Valcourt")


def save(page: Page) -> None:
    press(page.locator("main form button[type=submit]").last)


def give_evidence(page: Page, person: str, days: tuple[str, ...]) -> None:
    """Something dated for each day."""
    for on in days:
        page.goto(f"{person}/evidence/new")
        page.get_by_label("On", exact=True).fill(on)
        page.get_by_label("What happened").fill(f"A talk on {on}")
        save(page)


def add_known_person(page: Page, name: str, email: str) -> str:
    """Somebody with all an admission asks for but evidence (G1); the address of the record."""
    page.goto("/people/new")
    page.get_by_label("Name", exact=True).fill(name)
    page.locator("[name=kind]").select_option(index=1)
    page.locator("[name=home_country]").select_option("AE")
    known = {"email": email, "languages": "ar, en", "known_for": "5G home tests", "known_among": "buyers"}
    for field, value in known.items():
        page.locator(f"[name={field}]").fill(value)
    save(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)
    return page.url


def admit(page: Page, person: str, name: str, official: str = "") -> None:
    page.goto(f"/programs/1/admit/{person.rsplit('/', 1)[1]}")
    page.get_by_label("For the goal").select_option(index=1)
    page.get_by_label("Why this person fits").fill("Tests what she films.")
    page.get_by_label("Risk", exact=True).fill("None seen")
    if official:
        page.get_by_label("Public official", exact=False).check()
        page.get_by_label("How this is known").fill(official)
    press(page.get_by_role("button", name=f"Admit {name}"))


def test_somebody_is_admitted_by_what_she_is_known_for(page_of: Open) -> None:
    """J2.4: the button waits for two dated pieces of evidence; no follower number is asked for, and none sorts the list."""
    page = page_of("mei")
    person = add_known_person(page, "Salma Qureshi-Holt", "salma@qureshi.example")
    page.goto(f"{person}/channels/new")
    page.get_by_label("Platform").select_option(label="YouTube")
    page.get_by_label("Handle or title").fill("@salma-tests")
    page.locator("[name=audience_countries]").fill("AE, SA")
    expect(page.locator("[name=audience_size]")).to_have_value("")
    save(page)
    for day in ("2026-03-02", "2026-05-09"):
        page.goto(f"/programs/1/admit/{person.rsplit('/', 1)[1]}")
        expect(page.get_by_role("button", name="Admit Salma")).to_be_disabled()
        give_evidence(page, person, (day,))
    admit(page, person, "Salma Qureshi-Holt")
    expect(page.locator("main")).to_contain_text("Tests what she films.")
    page.goto("/people/")
    assert "udience" not in page.locator("table thead").first.inner_text()


def test_a_state_university_brings_compliance_a_task(page_of: Open) -> None:
    """J2.5: ticking it attaches the rules for public officials; Helga finds a notice."""
    mei, helga = page_of("mei"), page_of("helga")
    person = add_known_person(mei, "Kerem of the State", "kerem@state.example")
    give_evidence(mei, person, ("2026-03-02", "2026-05-09"))
    admit(mei, person, "Kerem of the State", official="Professor at a state university")
    mei.goto(person)
    expect(mei.locator("main")).to_contain_text(re.compile("state body", re.IGNORECASE))
    helga.goto("/")
    expect(helga.locator("main")).to_contain_text("Kerem of the State")


# -- J3 ----------------------------------------------------------------------------------------------------------


def log(page: Page, person: str, subject: str, channel: str, *, is_ask: bool = False, at: str = "") -> None:
    page.goto(f"/outreach/touches/new?person={person}")
    page.get_by_label("By", exact=True).select_option(channel)
    page.get_by_label("Subject").fill(subject)
    if at:
        page.get_by_label("When").fill(at)
    if is_ask:
        page.get_by_label("It asks for something").check()
    save(page)


def test_three_departments_want_one_person(page_of: Open) -> None:
    """J3.1 to J3.3: an ask six days ago; a soft stop that is joined; a hard stop that only the owner releases."""
    mei, tom, vera = (page_of(name) for name in ("mei", "tom", "vera"))
    person = add_person(mei, "Jack of the Journey", "jack@journey.example").rsplit("/", 1)[1]
    asked = clock.now() - timedelta(days=6)
    log(mei, person, "Interview", "mail", is_ask=True, at=f"{asked:%Y-%m-%dT%H:%M}")
    log(tom, person, "A short clip?", "direct_message")
    main = tom.locator("main")
    expect(main).to_contain_text("would be touch 2 of 2; Mei Tanaka-Lindt's ask is open")
    for choice in ("Join their thread", f"Wait until {_day(asked + timedelta(days=14))}", "Ask Mei"):
        expect(main).to_contain_text(choice)
    tom.get_by_role("button", name="Join their thread").click()
    expect(tom.locator("main")).to_contain_text("2 names on it")
    log(vera, person, "Product news", "mail")
    stopped = vera.url
    expect(vera.locator("main")).to_contain_text(
        "This would be touch 3 of 2; Tom Ashgrove's message was the last."
    )
    expect(vera.get_by_role("button", name="Join their thread")).to_have_count(0)
    press(vera.get_by_role("button", name=re.compile("^Ask Mei")))
    tom.goto(stopped)
    expect(tom.get_by_role("button", name=re.compile("^Release"))).to_have_count(0)
    mei.goto(stopped)
    mei.get_by_label("Reason").first.fill("He asked for it.")
    press(mei.get_by_role("button", name=re.compile("^Release")))
    mei.goto(stopped)
    for words in ("Product", "Social media", "He asked for it."):
        expect(mei.locator("main")).to_contain_text(words)


def _day(at: datetime) -> str:
    return f"{at:%-d %b %Y}"
