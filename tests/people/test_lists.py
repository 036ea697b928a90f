"""Kinds and platforms as lists of the house: offered, renamed, retired, deleted when nobody uses them."""

import pytest
import sqlalchemy as sa
from flask import Flask

from app.accounts.models import AuditEvent, Role
from app.core.db import db, transaction
from app.core.errors import Conflict
from app.people import operations, operations_lists, policies, policies_lists, queries, queries_lists
from app.people.details import ChannelDetails, KindDetails, PersonDetails, PlatformDetails
from app.people.models import Channel, PersonKind, Platform
from app.programs.policies_rules import RuleField
from app.programs.queries_facts import facts_about
from tests.conftest import fresh
from tests.factories import accounts, people


def _kind(name: str) -> PersonKind:
    return db.session.scalars(sa.select(PersonKind).filter_by(name=name)).one()


def _platform(name: str) -> Platform:
    return db.session.scalars(sa.select(Platform).filter_by(name=name)).one()


def test_new_houses_have_the_usual_kinds_and_platforms(app: Flask) -> None:
    assert [kind.name for kind in queries.list_kinds()] == [
        "Academic", "Analyst", "Blogger", "Consultant", "Journalist", "Live streamer", "Podcaster", "Video blogger",
    ]  # fmt: skip
    assert {"YouTube", "WeChat", "Naver", "Web"} <= {row.code for row in queries_lists.list_platforms()}


def test_unknown_kind_is_refused_and_the_known_ones_are_named(app: Flask) -> None:
    with pytest.raises(policies_lists.WordUnknown) as refused, transaction():
        operations.add_person(PersonDetails(name="Amal", kind="Astronaut"), by=accounts.user())
    assert refused.value.message == (
        "“Astronaut” is not a kind of person on the list. Known are: Academic, Analyst, Blogger, Consultant, Journalist, "
        "Live streamer, Podcaster, Video blogger."
    )


def test_retired_kind_stays_on_records_and_is_offered_to_nobody_else(app: Flask) -> None:
    amal, mei = people.person("Amal", kind="Podcaster"), accounts.user()
    with transaction():
        operations_lists.retire_kind(_kind("Podcaster"), by=mei)
    with transaction():
        details = PersonDetails(name="Amal R", kind="podcaster")
        operations.edit_person(db.session.merge(amal), details, by=mei)
    assert fresh(amal).kind.name == "Podcaster"
    with pytest.raises(policies_lists.WordRetired), transaction():
        operations.add_person(PersonDetails(name="Jack", kind="Podcaster"), by=mei)
    assert "Podcaster" not in dict(queries_lists.offered_kinds())
    assert dict(queries_lists.offered_kinds(_kind("Podcaster")))["Podcaster"] == "Podcaster (retired)"
    with transaction():
        operations_lists.offer_kind(_kind("Podcaster"), by=mei)
    assert "Podcaster" in dict(queries_lists.offered_kinds())


def test_renamed_words_keep_their_code_and_rules_find_both_names(app: Flask) -> None:
    amal, mei = people.person("Amal", kind="Video blogger"), accounts.user()
    people.channel(amal, platform="YouTube", handle="@amal")
    with transaction():
        operations_lists.rename_kind(_kind("Video blogger"), KindDetails(name="Vlogger"), by=mei)
        operations_lists.edit_platform(_platform("YouTube"), PlatformDetails(name="YT"), by=mei)
    facts = facts_about(fresh(amal), [RuleField.KIND, RuleField.CHANNEL_PLATFORM], 0)
    assert facts[RuleField.KIND] == {"Vlogger", "Video blogger"}
    assert facts[RuleField.CHANNEL_PLATFORM] == {"YT", "YouTube"}
    channel = db.session.scalars(sa.select(Channel)).one()
    assert (channel.platform, channel.platform_name) == ("YouTube", "YT")
    with transaction():  # an old file still says the old word
        added = operations.add_person(PersonDetails(name="Bilal", kind="video blogger"), by=mei)
    assert added.kind.name == "Vlogger"


@pytest.mark.parametrize("name", ["Analyst", "ANALYST", "Video blogger"])
def test_no_two_words_are_or_were_called_the_same(app: Flask, name: str) -> None:
    with transaction():
        operations_lists.rename_kind(_kind("Video blogger"), KindDetails(name="Vlogger"), by=None)
    with pytest.raises(policies.NameTaken), transaction():
        operations_lists.add_kind(KindDetails(name=name), by=None)


def test_words_in_use_are_not_deleted(app: Flask) -> None:
    amal = people.person("Amal", kind="Analyst")
    people.channel(amal, platform="Naver", handle="@amal")
    with pytest.raises(policies_lists.WordInUse), transaction():
        operations_lists.delete_kind(_kind("Analyst"), by=None)
    with pytest.raises(policies_lists.WordInUse), transaction():
        operations_lists.delete_platform(_platform("Naver"), by=None)
    with pytest.raises(policies_lists.WordInUse, match="belongs to no other platform"), transaction():
        operations_lists.delete_platform(_platform("Web"), by=None)
    with transaction():
        operations_lists.delete_kind(_kind("Journalist"), by=None)
        operations_lists.delete_platform(_platform("Weibo"), by=None)
    assert "Journalist" not in {kind.name for kind in queries.list_kinds()}
    assert "Weibo" not in {row.name for row in queries_lists.list_platforms()}
    deleted = db.session.scalars(sa.select(AuditEvent.reason).filter_by(action="people.kind_deleted")).all()
    assert deleted == ["Journalist"]


def test_two_people_renaming_at_once_are_told(app: Flask) -> None:
    kind = _kind("Analyst")
    with transaction():
        operations_lists.rename_kind(kind, KindDetails(name="Industry analyst"), by=None, seen_version=1)
    with pytest.raises(Conflict), transaction():
        operations_lists.rename_kind(fresh(kind), KindDetails(name="Market analyst"), by=None, seen_version=1)


@pytest.mark.parametrize(
    ("url", "platform"),
    [
        ("https://www.youtube.com/@amal", "YouTube"),
        ("https://m.youtube.com/@amal", "YouTube"),
        ("https://blog.naver.com/amal", "Naver"),
        ("https://amal.example/", "Web"),
        ("", "Web"),
    ],
)
def test_address_says_the_platform(app: Flask, url: str, platform: str) -> None:
    amal = people.person("Amal")
    with transaction():
        channel = operations.add_channel(
            db.session.merge(amal), ChannelDetails(handle="@a", url=url), by=None
        )
    assert channel.platform == platform


BAD_WORDS = [
    ("kinds", {"name": ""}, "This is needed."),
    ("kinds", {"name": "   "}, "This is needed."),
    ("kinds", {"name": "analyst"}, "is on the list already"),
    ("kinds", {"name": "x" * 321}, "At most 320 characters."),
    ("platforms", {"name": "x" * 41}, "At most 40 characters."),
    ("platforms", {"name": "youtube"}, "is on the list already"),
    ("platforms", {"name": "New", "hosts": "not a host"}, "is not the name of a host"),
    ("platforms", {"name": "New", "hosts": "youtu.be"}, "belongs to YouTube already"),
]


@pytest.mark.parametrize(("which", "typed", "message"), BAD_WORDS)
def test_bad_words_are_refused_at_their_field(
    signed_in, which: str, typed: dict[str, str], message: str
) -> None:
    answer = signed_in(Role.RELATIONS).post(f"/people/lists/{which}/new", data=typed)
    assert answer.status_code == 422
    assert message in answer.text


def test_pages_of_the_lists_work_for_relations_and_admin(signed_in) -> None:
    kind, platform = _kind("Journalist"), _platform("Weibo")
    for role in (Role.RELATIONS, Role.ADMIN):
        browser = signed_in(role)
        assert "Video blogger" in browser.get("/people/lists").text
        for path, row in (("kinds", kind), ("platforms", platform)):
            assert browser.get(f"/people/lists/{path}/{row.id}").status_code == 200
            for what in ("retire", "offer"):
                assert browser.post(f"/people/lists/{path}/{row.id}/{what}").status_code == 303
    typed = {"name": "Reporter", "version": str(fresh(kind).version)}
    assert browser.post(f"/people/lists/kinds/{kind.id}", data=typed).status_code == 303
    typed = {
        "name": "Weibo",
        "hosts": "Weibo.com, https://m.weibo.cn/",
        "version": str(fresh(platform).version),
    }
    assert browser.post(f"/people/lists/platforms/{platform.id}", data=typed).status_code == 303
    assert fresh(platform).hosts == ["weibo.com", "m.weibo.cn"]
    assert browser.post(f"/people/lists/kinds/{kind.id}/delete").status_code == 303
    assert signed_in(Role.COMPLIANCE).get("/people/lists").status_code == 403


def test_deleting_what_is_used_is_refused_on_the_page(signed_in) -> None:
    people.person("Amal", kind="Analyst")
    answer = signed_in(Role.RELATIONS).post(f"/people/lists/kinds/{_kind('Analyst').id}/delete")
    assert answer.status_code == 422
    assert "cannot be deleted: 1 record names it" in answer.text


def test_lists_need_the_same_queries_whatever_their_length(signed_in, count_queries) -> None:
    browser = signed_in(Role.RELATIONS)
    browser.get("/people/lists")
    count_queries()
    browser.get("/people/lists")
    few = count_queries()
    with transaction():
        for n in range(20):
            operations_lists.add_kind(KindDetails(name=f"Kind {n}"), by=None)
            operations_lists.add_platform(PlatformDetails(name=f"Platform {n}"), by=None)
    count_queries()
    browser.get("/people/lists")
    assert count_queries() == few
