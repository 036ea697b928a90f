"""Connect London on the day and after: seats held, what every guest could expect, the letters of thanks, promises answered."""

from typing import Final

from app.core.money import Money
from app.demo import cast
from app.demo.story import Story
from app.events import (
    operations,
    operations_holds,
    operations_promises,
    operations_respect,
    operations_tasks,
    policies_day,
    queries_promises,
    queries_respect,
    queries_tasks,
)
from app.events.details_day import HoldDetails, MissDetails, PromiseDetails, TaskDetails
from app.events.models_day import EventTask
from app.events.queries import list_seats
from app.ledger import operations as ledger
from app.ledger.details import SharedCostDetails
from app.ledger.models import Category, SharedCost
from app.outreach import operations as outreach
from app.outreach.details import LetterTemplateDetails

#: Who missed what, why, who said sorry, and how.
_MISSES: Final = (
    ("kerem", "Met at arrivals", "The driver stood at the wrong terminal; he took a taxi.", "mei",
     "Called him the same evening; the taxi was paid back."),
    ("lerato", "Right badge", "Her badge said “Press”; the second door turned her away.", "ruth",
     "Brought her the right badge and walked her in."),
    ("jack", "Executive on time", "The operations chief came eleven minutes late.", "omar",
     "Wrote to him with the chief's own words, and gave the minutes back on day 3."),
)  # fmt: skip
#: Who says afterwards whether promises were kept; the other three are silent.
_ANSWERED: Final = ("amal", "nneka", "jack", "ines", "lerato", "priya", "sara", "bilal", "carla")
_NOT_KEPT: Final = (
    "nneka",
    3,
    "The demo was shown to others; when my turn came, the headset was packed away.",
)

_THANKS: Final = {
    "en": (
        "Thank you for coming to {event}",
        "Dear {person},\n\nthank you for coming to {event} in {city}. {message}\n\nDid we keep what we promised? "
        "Tell us here, promise by promise: {kept_link}\n\n{owner}\n{department}, {company}\n\n"
        "Is this letter really from us? {verify_link} (reference {reference})",
    ),
    "fr": (
        "Merci d'être venus à {event}",
        "Bonjour {person},\n\nmerci d'être venus à {event}, à {city}. {message}\n\nAvons-nous tenu nos engagements ? "
        "Dites-le nous ici, point par point : {kept_link}\n\n{owner}\n{department}, {company}\n\n"
        "Cette lettre vient-elle bien de nous ? {verify_link} (référence {reference})",
    ),
    "ar": (
        "شكرًا لحضورك {event}",
        "{person}، تحية طيبة،\n\nشكرًا لحضورك {event} في {city}. {message}\n\nهل أوفينا بما وعدنا به؟ أخبرنا هنا، وعدًا وعدًا: "
        "{kept_link}\n\n{owner}\n{department}، {company}\n\n"
        "هل هذه الرسالة منا حقًا؟ {verify_link} (المرجع {reference})",
    ),
}  # fmt: skip


def seat_guests(story: Story) -> None:
    """Twelve chairs of the front row, A1 to A12."""
    seats = [seat for seat in list_seats(story.event) if seat.is_front]
    with story.at(-7):
        for seat, expert in zip(seats, cast.GUESTS, strict=True):
            operations.seat_person(seat, story.people[expert.key], by=story.users["ruth"])


def open_door(story: Story) -> None:
    """The early door at 08:30 for 09:00."""
    with story.at(1, hour=8, minute=30):
        for expert in cast.GUESTS:
            operations.check_in(story.invitations[expert.key], early_minutes=30, by=story.users["ruth"])


def dine(story: Story) -> SharedCost:
    """The bill of the dinner, shared by the twenty-two who were booked."""
    with story.at(0, hour=23):
        return ledger.record_shared_cost(
            SharedCostDetails(
                title="Dinner on the analyst day",
                category=Category.MEAL,
                program_id=story.program.id,
                event_id=story.event.id,
                place="London, GB",
                provider="The Lantern Room",
                external_ref="LR-2210",
                value_on=story.on(0),
                money=Money(264_000, "GBP"),
                person_ids=tuple(story.people[expert.key].id for expert in cast.GUESTS),
                host_names=cast.HOSTS,
            ),
            by=story.users["ruth"],
        )


def share_by_who_came(story: Story, dinner: SharedCost) -> None:
    """Mateus did not come to dinner: twenty-one share it (L3)."""
    with story.at(1, hour=16):
        absent = next(head for head in dinner.heads if head.person_id == story.people["mateus"].id)
        ledger.mark_absent(dinner, [absent], by=story.users["ruth"])


def hold_chairs(story: Story) -> None:
    """Two chairs of the second row wait for people of the embassy; the front row has a zone of its own."""
    ruth = story.users["ruth"]
    with story.at(-6):
        for seat in list_seats(story.event):
            zone = "Front" if seat.is_front else "Stalls"
            operations_holds.describe_seat(seat, zone, seat.is_accessible, by=ruth)
        chairs = [seat for seat in list_seats(story.event) if seat.label in {"B1", "B2"}]
        details = HoldDetails(
            held_for="Guests of the embassy", reason="They say on the day whether they come."
        )
        operations_holds.hold_seats(chairs, details, by=ruth)


def check_respect(story: Story) -> None:
    """Five things for each of twelve guests: fifty-seven kept, three missed, and each miss made good (E3)."""
    ruth = story.users["ruth"]
    with story.at(1, hour=7):
        operations_respect.set_items(story.event, policies_day.USUAL_ITEMS, by=ruth)
    items = {item.label: item for item in queries_respect.list_items(story.event)}
    for key, label, cause, owner, _how in _MISSES:
        with story.at(1, hour=17):
            details = MissDetails(cause=cause, owner_id=story.users[owner].id, due_on=story.on(5))
            operations_respect.miss(items[label], story.invitations[key], details, by=ruth)
    for item in items.values():
        with story.at(1, hour=18):
            operations_respect.tick_all(item, story.event, by=ruth)
    how = {f"{story.people[key].name}: {label}": (owner, said) for key, label, _, owner, said in _MISSES}
    for task in queries_tasks.list_tasks(story.event):
        owner, said = next(done for words, done in how.items() if task.what.endswith(words))
        with story.at(3, hour=12):
            operations_tasks.finish_task(task, said, by=story.users[owner])


def answer_promises(story: Story) -> None:
    """Nine say whether promises were kept; one was not, and somebody makes it good (E4)."""
    who, number, note = _NOT_KEPT
    for place, key in enumerate(_ANSWERED):
        invitation = story.invitations[key]
        count = len(policies_day.promises_of(invitation.promise))
        answers = [PromiseDetails(number=n, is_kept=(key, n) != (who, number)) for n in range(1, count + 1)]
        if key == who:
            answers[number - 1] = PromiseDetails(number=number, is_kept=False, note=note)
        with story.at(7 + place // 3, hour=9):
            operations_promises.answer_promises(invitation, answers, by=None)
    with story.at(12):
        operations_tasks.finish_task(
            _broken(story), "Sent the headset to her for a week, with somebody on the phone.", by=story.users["ruth"]
        )  # fmt: skip


def _broken(story: Story) -> EventTask:
    """The task of the promise that was not kept."""
    promised = queries_promises.promised_of(story.event)
    return next(miss.task for miss in promised.misses if miss.task is not None)


def write_thanks(story: Story) -> None:
    """The words of thanks, in the three languages the guests read."""
    with story.at(5):
        for language, (subject, body) in _THANKS.items():
            outreach.write_letter_template(
                LetterTemplateDetails(key="thank_you", language=language, subject=subject, body=body),
                by=story.users["mei"],
            )


def thank(story: Story) -> None:
    """Twelve letters of thanks, each with the page where promises are answered."""
    ruth = story.users["ruth"]
    with story.at(5):
        message = "Your questions on the second day changed what we build next."
        prepared = operations.send_thanks(story.event, message, by=ruth)
    with story.at(5, hour=14):
        outreach.release_batch(prepared.batch, by=ruth)


def plan_next(story: Story) -> None:
    """Something to do for the event that lies ahead."""
    with story.lately(5):
        details = TaskDetails(
            what="Ask the venue whether the ramp to Lab 2 is finished",
            cause="Two guests come with wheelchairs or heavy cameras.",
            owner_id=story.users["ruth"].id, due_on=story.ahead(9),
        )  # fmt: skip
        operations_tasks.add_task(story.next_event, details, by=story.users["ruth"])
