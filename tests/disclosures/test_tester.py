"""The labels tester: channel, countries, several jurisdictions at once, the strictest decides (D1, D5)."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from app.accounts.models import Role
from app.disclosures.models import Medium
from app.disclosures.policies_media import medium_of
from tests.factories import disclosures as make
from tests.factories import people

SignIn = Callable[..., FlaskClient]
POST = {
    "text": "#ad London",
    "countries": "",
    "platform": "",
    "medium": "",
    "language": "en",
    "version_id": "all",
}

PLATFORMS = {
    "youtube": ("youtube", "YouTube", Medium.VIDEO), "podcast": ("podcast", "Podcast", Medium.AUDIO),
    "livestream": ("livestream", "Livestream", Medium.LIVE), "stories": ("instagram_stories", "Instagram Stories", Medium.STORY),
    "a blog": ("blog", "Blog", Medium.TEXT), "research notes": ("research_notes", "Research notes", Medium.TEXT),
    "not every word with live in it": ("delivery", "Delivery", Medium.TEXT), "nothing": ("", "", Medium.TEXT),
}  # fmt: skip


@pytest.mark.parametrize(("code", "name", "medium"), PLATFORMS.values(), ids=PLATFORMS)
def test_the_medium_follows_from_the_platform(code: str, name: str, medium: Medium) -> None:
    """D3: nobody says by hand that a podcast is heard."""
    assert medium_of(code, name) is medium


def test_the_strictest_of_the_audience_decides_with_the_reason_of_each(signed_in: SignIn) -> None:
    """D1, D5, c28: good in the United Kingdom, not enough in China; the United States are not asked."""
    for place in ("GB", "CN", "US"):
        make.version(place)
    browser = signed_in(Role.COMPLIANCE)
    both = browser.post("/disclosure/tester", data=POST | {"countries": "gb, CN, NG"}).text
    assert "The label is not good enough" in both
    assert "No policy of their own: Nigeria." in " ".join(both.split())
    assert ("United Kingdom" in both, "China" in both, ">decides<" in both) == (True, True, True)
    assert "United States</" not in both
    one = browser.post("/disclosure/tester", data=POST | {"countries": "GB"}).text
    assert ("The label is right" in one, ">decides<" in one) == (True, False)


def test_a_label_is_placed_as_its_medium_asks(signed_in: SignIn) -> None:
    """D5: said within a video it is too late for the United States, in a text before the fold it is in time."""
    make.version("US")
    people.channel(people.person("Amal"), platform="YouTube")
    browser = signed_in(Role.RELATIONS)
    late = POST | {"text": "My days in London #ad", "countries": "US"}
    assert "The label is right" in browser.post("/disclosure/tester", data=late).text
    seen = browser.post("/disclosure/tester", data=late | {"platform": "YouTube"}).text
    assert ("The label is not good enough" in seen, "read as video" in seen) == (True, True)
    assert (
        "The label is right"
        in browser.post("/disclosure/tester", data=late | {"platform": "YouTube", "medium": "text"}).text
    )


BAD = {
    "no country": ({"countries": "GB, QQ"}, "is no country code"),
    "too many": ({"countries": ", ".join(["GB"] + [f"A{n}" for n in range(70)])}, "At most 60 countries"),
    "an unknown platform": ({"platform": "smoke"}, "Not a valid choice"),
    "no text": ({"text": ""}, "This is needed"),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), BAD.values(), ids=BAD)
def test_the_tester_refuses_and_keeps_what_was_typed(
    signed_in: SignIn, changes: dict[str, str], message: str
) -> None:
    make.version("GB")
    answer = signed_in(Role.RELATIONS).post(
        "/disclosure/tester", data=POST | {"language": "en-typed"} | changes
    )
    assert (answer.status_code, message in answer.text, "en-typed" in answer.text) == (422, True, True)


def test_no_policy_for_an_audience_is_said(signed_in: SignIn) -> None:
    make.version("GB")
    page = signed_in(Role.RELATIONS).post("/disclosure/tester", data=POST | {"countries": "NG"}).text
    assert "No policy applies" in page
