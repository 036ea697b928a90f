"""What each consent covers and in which words it is asked for; when a withdrawal stops something."""

from datetime import date

from flask_babel import gettext as _
from msgspec import Struct

from app.core.errors import DomainError
from app.core.i18n import day, marked, said
from app.people.models_consents import Consent, Purpose


class ConsentWithdrawn(DomainError):
    """P4: data is entered, or something is done, that the person took their consent back for."""


class ConsentUnclear(DomainError):
    """A consent that could not be shown to anybody later."""


class Asked(Struct, frozen=True):
    """The words a purpose is asked for in, with their version, and what stops when it is withdrawn."""

    name: str
    covers: str
    wording: str
    version: str
    stops: str


ASKED: dict[Purpose, Asked] = {
    Purpose.HOSPITALITY: Asked(
        marked("Hospitality"), marked("Wishes for a journey and a stay: seats, diets, rooms, quiet days."),
        "You may keep my wishes for journeys and stays, show them to those who serve me, and delete them after the event.",
        "2026-1", marked("No wishes for a trip can be entered any more."),
    ),
    Purpose.PHOTO: Asked(
        marked("Photographs"), marked("Photographs and film taken at events."),
        "You may take photographs and film of me at your events and use them to report on these events.",
        "2026-1",
        marked("A picture kept with the record opens for the owner and the deputy only, and is marked as not to be used."),
    ),
    Purpose.NAMING: Asked(
        marked("Naming"), marked("Being named in what we publish about what we gave."),
        "You may name me where you publish what was given to whom.",
        "2026-1", marked("Certificates and public pages say “an independent expert”; sums do not name anybody."),
    ),
    Purpose.NEWS: Asked(
        marked("News"), marked("Regular news that nobody asked for by name."),
        "You may send me news about your company and its products.",
        "2026-1", marked("News letters to them stay in the outbox. Opting out of all contact is on the person's Outreach tab."),
    ),
    Purpose.PORTAL: Asked(
        marked("Own page"), marked("A page of their own, opened by a personal link."),
        "You may keep a page for me on which I see what you hold and answer for myself.",
        "2026-1", marked("The page opens to nobody, whatever link or visit there is, and no new link can be made."),
    ),
}  # fmt: skip


def check_step(purpose: Purpose, is_given: bool, wording: str, said_on: date, today: date) -> None:
    """Raise ConsentUnclear for a consent without words, or one of tomorrow."""
    if is_given and not wording.strip():
        raise ConsentUnclear(_("Write down the words they agreed to."), field="wording")
    if said_on > today:
        raise ConsentUnclear(_("This day has not come yet."), field="said_on")


def check_not_withdrawn(name: str, purpose: Purpose, latest: Consent | None) -> None:
    """Raise ConsentWithdrawn where the latest step of a purpose is a withdrawal."""
    if latest is not None and not latest.is_given:
        asked = ASKED[purpose]
        raise ConsentWithdrawn(
            _(
                "%(name)s took back the consent “%(asked)s” on %(said_on)s: %(covers)s Ask them before "
                "anything of this is written down again.",
                name=name,
                asked=said(asked.name),
                said_on=day(latest.said_on),
                covers=said(asked.covers),
            )
        )
