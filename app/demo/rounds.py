"""The weeks after London: fourteen messages the guard stopped, and a round online to which most are invited again."""

from datetime import datetime, time, timedelta

from app.core import clock
from app.core.vtimezone import local_instant
from app.demo.story import VENUE_ZONE, Story
from app.events import operations as events
from app.events.details import AnswerDetails, EventDetails, InvitationDetails
from app.events.models import AnswerChannel, Event, InvitationState
from app.events.queries import list_accepted
from app.outreach import operations as outreach
from app.outreach import operations_insights
from app.outreach import queries as outreach_reads
from app.outreach.details import TouchDetails
from app.outreach.details_insights import OutcomeDetails
from app.outreach.models import Collision, TouchChannel, TouchKind
from app.outreach.models_insights import OutcomeKind
from app.outreach.queries import TouchFilter

#: Whom Mei asks after the event, while two other departments want to write to them.
_ASKED = ("nneka", "ines", "lerato", "priya", "sara", "bilal", "carla")
#: What became of a stop, by person: of the first department, of the second.
_RELEASED = {
    ("tom", "nneka"): "She asked for the clip herself.",
    ("vera", "bilal"): "His students test the kit next week.",
}
_JOINED = {("tom", "lerato"), ("vera", "sara"), ("tom", "carla")}
_ROUND = ("amal", "jack", "priya", "mateus", "hana", "marta", "yusra")
_ROUND_DAYS_AGO = 20
_CAME_OF_IT = (
    ("nneka", OutcomeKind.QUOTE, "NG", "Quoted our answer on licences in her weekly letter."),
    ("bilal", OutcomeKind.LEAD, "PK", "A university asked for a demonstration after his talk."),
    ("lerato", OutcomeKind.QUOTE, "KE", "A paper in Nairobi took up her piece on rural coverage."),
    ("ines", OutcomeKind.PRODUCT_CHANGE, "FR", "The manual now names the bands she had missed."),
)


def cross(story: Story) -> None:
    """Seven open asks, and fourteen messages of others that ran into them (G3)."""
    mei = story.users["mei"]
    with story.at(28):
        asks = [
            outreach.record_touch(
                TouchDetails(
                    person_id=story.people[key].id, channel=TouchChannel.MAIL, kind=TouchKind.UNSOLICITED,
                    subject="What should we have shown you in London?", is_ask=True,
                ),
                by=mei,
            )
            for key in _ASKED
        ]  # fmt: skip
    tried = {}
    for days, name, channel, subject in (
        (30, "tom", TouchChannel.DIRECT_MESSAGE, "A short clip of your visit?"),
        (32, "vera", TouchChannel.MAIL, "A kit to try at home"),
    ):
        with story.at(days, hour=11):
            for key in _ASKED:
                details = TouchDetails(
                    person_id=story.people[key].id,
                    channel=channel,
                    kind=TouchKind.UNSOLICITED,
                    subject=subject,
                )
                tried[name, key] = outreach.try_touch(details, by=story.users[name])
    with story.at(34, hour=9):
        for (name, key), stop in tried.items():
            assert isinstance(stop, Collision), f"{name} reached {key}"  # noqa: S101 -- the demo promises fourteen stops
            _decide(story, stop, name, key)
    with story.at(38):
        for ask in asks:
            outreach.answer_ask(ask, "Answered by mail; noted on the goal.", by=mei)


def _decide(story: Story, stop: Collision, name: str, key: str) -> None:
    mei = story.users["mei"]
    if (name, key) in _RELEASED:
        outreach.release_collision(stop, _RELEASED[name, key], by=mei)
    elif (name, key) in _JOINED:
        outreach.join_other(stop, by=story.users[name])
    else:
        outreach.refuse_collision(stop, "Let them answer us first; ask again next month.", by=mei)


def harvest(story: Story) -> None:
    """What came of asking: two quotes, a lead and a change to a product, one of them where no goal looks (G8)."""
    mei = story.users["mei"]
    for key, kind, country, statement in _CAME_OF_IT:
        with story.lately(1):
            asked = outreach_reads.list_touches(mei, TouchFilter(person_id=story.people[key].id)).rows[0]
            details = OutcomeDetails(
                program_id=story.program.id, touch_id=asked.id, kind=kind, on=clock.today(), country=country, statement=statement
            )  # fmt: skip
            operations_insights.record_outcome(details, by=mei)


def invite(story: Story) -> Event:
    """A round of questions online; those who had said no in London are asked as well."""
    ruth = story.users["ruth"]
    on = story.today - timedelta(days=_ROUND_DAYS_AGO)
    starts, ends = (local_instant(datetime.combine(on, time(hour)), VENUE_ZONE) for hour in (15, 17))
    with story.lately(50):
        event = events.plan_event(
            EventDetails(
                program_id=story.program.id, name="Round of questions", place="Online", city="London", country="GB",
                zone=VENUE_ZONE, starts_at=starts, ends_at=ends, capacity=20,
            ),
            by=ruth,
        )  # fmt: skip
        promise = "Two hours with the radio engineers, online. Your questions, on the record."
        made = {
            key: events.invite(
                event, story.people[key], InvitationDetails(promise=promise, badge="Expert"), by=ruth
            )
            for key in _ROUND
        }
        prepared = events.send_invitations(event, list(made.values()), by=ruth)
    with story.lately(49):
        outreach.release_batch(prepared.batch, by=ruth)
    for place, (key, invitation) in enumerate(made.items()):
        state = InvitationState.DECLINED if key == "marta" else InvitationState.ACCEPTED
        reason = "On the road that day." if key == "marta" else ""
        with story.lately(46 - place // 2):
            channel = AnswerChannel.MAIL if key == "mateus" else AnswerChannel.PORTAL
            events.record_answer(
                invitation, AnswerDetails(state=state, channel=channel, reason=reason),
                by=ruth if key == "mateus" else None,
            )  # fmt: skip
    return event


def hold(story: Story, event: Event) -> None:
    """Who came to the round."""
    with story.lately(_ROUND_DAYS_AGO, hour=18):
        for invitation in list_accepted(event):
            events.check_in(invitation, by=story.users["ruth"])
