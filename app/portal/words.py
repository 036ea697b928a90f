"""Codes of the book in words a person would use."""

from typing import Any

from flask_babel import gettext as _

from app.advisory.models import EngagementState
from app.advisory.models_files import FilePart
from app.advisory.models_shares import ShareState
from app.core.i18n import day_names, words
from app.disclosures.models import Medium
from app.ledger.models import Basis, Category, Form, Unit
from app.outreach.models import TouchChannel
from app.outreach.policies import WEEKDAYS
from app.people.models_consents import Purpose
from app.periods.models import DisputeState


def of_lines() -> dict[str, dict[Any, str]]:
    """All of them, for a page of lines."""
    return {
        "categories": of_categories(),
        "forms": of_forms(),
        "bases": of_bases(),
        "units": of_units(),
        "disputes": of_disputes(),
    }


def of_disputes() -> dict[DisputeState, str]:
    """What became of what they said against a line."""
    return {
        DisputeState.OPEN: _("you say it is wrong"), DisputeState.UNRESOLVED_AT_CLOSE: _("you say it is wrong"),
        DisputeState.RESOLVED_CHANGED: _("put right"), DisputeState.RESOLVED_NO_CHANGE: _("looked into, stays"),
        DisputeState.WITHDRAWN: _("taken back by you"),
    }  # fmt: skip


def of_categories() -> dict[Category, str]:
    """What it was."""
    said = {
        Category.TRAVEL_AIR: _("Flight"), Category.TRAVEL_GROUND: _("Train or car"), Category.LODGING: _("Hotel"),
        Category.MEAL: _("Meal"), Category.EVENT_PASS: _("Place at an event"), Category.ENTERTAINMENT: _("Entertainment"),
        Category.GIFT: _("Gift"), Category.PRODUCT_LOAN: _("Product on loan"), Category.EARLY_ACCESS: _("Early entry"),
        Category.EXEC_ACCESS: _("Time with an executive"), Category.MEDIA_EXPOSURE: _("Exposure in media"),
        Category.ADVISORY_FEE: _("Fee for advice"), Category.SPEAKING_FEE: _("Fee for speaking"),
        Category.WORKSHOP_FEE: _("Fee for a workshop"), Category.CONTENT_FEE: _("Fee for content"),
        Category.RESEARCH_FEE: _("Fee for research"), Category.HONORARIUM: _("Honorarium"),
        Category.FEE_EXPENSES: _("Expenses"), Category.AFFILIATE_COMMISSION: _("Commission"),
        Category.DISCOUNT: _("Discount"), Category.DONATION_FOR: _("Donation in your name"), Category.OTHER: _("Other"),
    }  # fmt: skip
    return {category: said.get(category, words(category.value)) for category in Category}


def of_forms() -> dict[Form, str]:
    """How it was given."""
    said = {
        Form.IN_KIND_VENDOR: _("paid by us to somebody else"), Form.IN_KIND_OWN: _("our own goods or services"),
        Form.ACCESS: _("access"), Form.LOAN: _("on loan"), Form.REIMBURSEMENT: _("money"),
        Form.CASH_EQUIVALENT: _("as good as money"), Form.EQUITY: _("shares"),
    }  # fmt: skip
    return {form: said.get(form, words(form.value)) for form in Form}


def of_bases() -> dict[Basis, str]:
    """How its value was found."""
    said = {
        Basis.ACTUAL_COST: _("what it cost"), Basis.SHARED_COST: _("your share of what it cost"),
        Basis.LIST_PRICE: _("its list price"), Basis.COMPARABLE_FARE: _("what such a ticket costs"),
        Basis.PER_DIEM: _("the daily rate of the place"), Basis.RENTAL_EQUIVALENT: _("what renting it costs"),
        Basis.RATE_CARD: _("our rate card"), Basis.ESTIMATE: _("an estimate, to be replaced"),
        Basis.NOMINAL: _("a nominal value"), Basis.NOT_VALUED: _("not valued"),
    }  # fmt: skip
    return {basis: said.get(basis, words(basis.value)) for basis in Basis}


def of_units() -> dict[Unit, str]:
    """What is counted."""
    said = {
        Unit.EXECUTIVE_MINUTE: _("Minutes with executives"), Unit.FRONT_SEAT: _("Front-row seats"),
        Unit.EARLY_MINUTE: _("Minutes of early entry"), Unit.ANALYST_SESSION: _("Analyst sessions"),
        Unit.NIGHT: _("Nights"),
    }  # fmt: skip
    return {unit: said.get(unit, words(unit.value)) for unit in Unit}


def of_engagements() -> dict[EngagementState, str]:
    """Where paid work stands."""
    return {
        EngagementState.CLEARED: _("offered: the contract comes next"), EngagementState.CONTRACTED: _("contract signed"),
        EngagementState.IN_DELIVERY: _("work has begun"), EngagementState.DELIVERED: _("delivered, payment is looked at"),
        EngagementState.PAYABLE: _("payment approved"), EngagementState.PAID: _("paid"), EngagementState.CLOSED: _("paid"),
        EngagementState.DECLINED: _("declined"), EngagementState.TERMINATED: _("ended early"),
    }  # fmt: skip


def of_shares() -> dict[ShareState, str]:
    """Where an affiliate share stands."""
    return {
        ShareState.APPROVED: _("offered: the contract comes next"), ShareState.RUNNING: _("runs"),
        ShareState.ENDED: _("ended"),
    }  # fmt: skip


def of_spans() -> dict[str, str]:
    """How often sales are counted."""
    return {"month": _("every month"), "quarter": _("every quarter")}


def of_files() -> dict[FilePart, str]:
    """What a file is."""
    return {FilePart.CONTRACT: _("Contract"), FilePart.DELIVERABLE: _("What you delivered")}


def of_efforts() -> dict[str, str]:
    """The parts of a calculation, by the words it was stored with."""
    return {"Work": _("Work"), "Preparation": _("Preparation"), "Travel time": _("Travel time")}


def of_media() -> dict[Medium, str]:
    """Where the words are said."""
    return {
        Medium.TEXT: _("Text"), Medium.VIDEO: _("Video"), Medium.AUDIO: _("Audio"), Medium.LIVE: _("Live"),
        Medium.STORY: _("Story"),
    }  # fmt: skip


def of_purposes() -> dict[Purpose, str]:
    """What a consent is for, in a word or two."""
    return {
        Purpose.HOSPITALITY: _("Hospitality"), Purpose.PHOTO: _("Photographs"), Purpose.NAMING: _("Naming"),
        Purpose.NEWS: _("News"), Purpose.PORTAL: _("Own page"),
    }  # fmt: skip


def of_wordings() -> dict[Purpose, str]:
    """What each consent is asked for in, in the reader's language."""
    return {
        Purpose.HOSPITALITY: _(
            "You may keep my wishes for journeys and stays, show them to those who serve me, and delete them after the event."
        ),
        Purpose.PHOTO: _(
            "You may take photographs and film of me at your events and use them to report on these events."
        ),
        Purpose.NAMING: _("You may name me where you publish what was given to whom."),
        Purpose.NEWS: _("You may send me news about your company and its products."),
        Purpose.PORTAL: _("You may keep a page for me on which I see what you hold and answer for myself."),
    }


def of_weekdays() -> list[tuple[str, str]]:
    """The days of the week, Monday first, each with the code it is kept by."""
    return list(zip(WEEKDAYS, day_names(), strict=True))


def of_channels() -> dict[TouchChannel, str]:
    """The ways somebody can be written to or called."""
    return {
        TouchChannel.MAIL: _("Mail"), TouchChannel.PHONE: _("Telephone"), TouchChannel.DIRECT_MESSAGE: _("Direct messages"),
        TouchChannel.LETTER: _("Letters on paper"),
    }  # fmt: skip
