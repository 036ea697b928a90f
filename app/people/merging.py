"""What a merge does to every table that names a person: one decision each, by name, as rooms above cannot be imported (P3).

A table with a foreign key to `person` and no decision here makes `tests/people/test_merge_every_room.py` fail.
"""

import enum
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct, field

from app.accounts.models import User


class Tie(enum.StrEnum):
    """What happens when both records have a row where one person may have one only."""

    ASK = "ask"  # whoever merges says which one counts
    SAME = "same"  # both say the same: the survivor's stands
    STRICTER = "stricter"  # the stricter answer stands
    RELEASE = "release"  # the second place is given back
    ONE_LIVE = "one_live"  # the live one counts; two live ones stop the merge


class Moves(Struct, frozen=True):
    """Rows follow the person to the surviving record, with a line in the journal each."""

    one: str
    many: str
    #: With these columns equal, one person has one row.
    once_per: tuple[str, ...] = ()
    tie: Tie = Tie.ASK
    #: The column and the values of rows that no longer count, for the tie only.
    over: tuple[str, tuple[Any, ...]] | None = None
    #: What the row that gives way becomes; None in the pointer frees it (a seat).
    set_aside: Mapping[str, Any] = field(default_factory=dict)
    #: Columns that describe a row to whoever has to choose.
    shown: tuple[str, ...] = ()
    #: Only rows with these values; for pointers without a foreign key.
    only: Mapping[str, Any] = field(default_factory=dict)
    #: Not worth a line in the preview: it follows a row that is listed.
    is_quiet: bool = False


class Stays(Struct, frozen=True):
    """Rows keep naming the record they were written for; readers find the survivor through the pointer, or need not."""

    why: str


DECISIONS: dict[tuple[str, str], Moves | Stays] = {
    # people
    ("person", "merged_into_id"): Moves("record merged before", "records merged before"),
    ("affiliation", "person_id"): Moves(
        "affiliation", "affiliations", ("organisation_id", "role", "from_on"), Tie.SAME
    ),
    ("channel", "person_id"): Moves("channel", "channels", ("platform", "handle"), Tie.SAME),
    ("evidence", "person_id"): Moves("piece of evidence", "pieces of evidence"),
    ("may_accept", "person_id"): Moves(
        "answer on what they accept", "answers on what they accept", ("category",), Tie.STRICTER
    ),
    ("person_identifier", "person_id"): Moves("outside identifier", "outside identifiers"),
    ("ownership", "person_id"): Stays("Each record keeps its owners; who owns the survivor is a choice."),
    ("representation", "person_id"): Stays("Each record keeps its agencies; who speaks for the survivor is a choice."),
    ("person_file", "person_id"): Moves("file", "files"),
    ("hospitality", "person_id"): Stays("Consent was given for this record; whoever serves the survivor asks again."),
    # Quiet, because notes are private to whoever wrote them: not even their number is told.
    ("person_note", "person_id"): Moves("note", "notes", is_quiet=True),
    ("duplicate_pair", "one_id"): Stays("Says something about two records."),
    ("duplicate_pair", "other_id"): Stays("Says something about two records."),
    ("person_merge", "kept_id"): Stays("The history of merges."),
    ("person_merge", "gone_id"): Stays("The history of merges."),
    ("consent", "person_id"): Moves("consent", "consents"),
    # privacy
    ("privacy_request", "person_id"): Moves("request about their data", "requests about their data"),
    ("privacy_hold", "person_id"): Moves("hold on deleting", "holds on deleting"),
    ("retention_item", "person_id"): Stays("Says what was due when; whoever deletes looks the row up again."),
    # reports
    ("report_run", "person_id"): Stays("A run stays as it was kept; whoever reads it finds the survivor."),
    ("report_run_row", "person_id"): Stays("A run stays as it was kept; whoever reads it finds the survivor."),
    # programs
    ("cohort_member", "person_id"): Moves(
        "place in a cohort", "places in cohorts", ("cohort_id",), Tie.RELEASE, over=("released_at", ()),
        set_aside={"release_reason": "The same person has a place already (merged)."},
    ),
    ("enrolment", "person_id"): Moves(
        "enrolment", "enrolments", ("program_id",), shown=("stage", "fit_rationale")
    ),
    ("lent_resource", "person_id"): Moves("thing lent", "things lent"),
    ("declaration", "person_id"): Stays("What somebody said of themselves is theirs to say again; nobody moves it (P7)."),
    ("declaration_change", "person_id"): Stays("Says something about counts made before."),
    # outreach
    ("insight", "person_id"): Moves("insight", "insights"),
    ("outcome", "person_id"): Moves("outcome", "outcomes"),
    ("brief_receipt", "person_id"): Moves("brief received", "briefs received"),
    ("touch", "person_id"): Moves("touch", "touches"),
    ("letter", "person_id"): Moves("letter", "letters"),
    ("collision", "person_id"): Moves("stopped contact", "stopped contacts"),
    ("planned_touch", "person_id"): Moves("planned touch", "planned touches"),
    ("contact_wish", "person_id"): Stays("What was wished holds for both: the guard adds up the wishes of merged records."),
    ("channel_wish", "person_id"): Stays("What was wished holds for both: the guard adds up the wishes of merged records."),
    ("person_cadence", "person_id"): Moves("cadence", "cadences", ("program_id",), shown=("tier", "n_days")),
    ("snooze", "person_id"): Moves("reminder put off", "reminders put off", ("user_id",), Tie.SAME, is_quiet=True),
    # disclosures
    ("acknowledgement", "person_id"): Moves("acknowledgement", "acknowledgements", ("version_id",), Tie.SAME),
    ("obligation", "person_id"): Moves("obligation", "obligations"),
    ("publication", "person_id"): Moves("publication", "publications"),
    ("tie", "person_id"): Moves("tie to the house", "ties to the house"),
    ("draft_request", "person_id"): Moves("request for a draft", "requests for drafts"),
    ("covenant_text", "person_id"): Moves("text of a covenant", "texts of covenants"),
    ("covenant", "person_id"): Stays("Who signed which text is history; reads find it through the survivor."),
    # ledger
    ("ledger_subject", "person_id"): Stays(
        "The book is never rewritten: entries keep their subject, sums find the survivor through it."
    ),
    ("commitment", "person_id"): Moves("planned value", "planned values"),
    ("planned_offer", "person_id"): Moves("planned offer", "planned offers"),
    ("breach", "person_id"): Moves("breach", "breaches"),
    ("rule_exception", "person_id"): Moves("exception", "exceptions"),
    ("shared_head", "person_id"): Moves("head at a shared bill", "heads at shared bills"),
    # periods
    ("dispute", "person_id"): Moves("dispute", "disputes"),
    ("line_confirmation", "person_id"): Moves("confirmed line", "confirmed lines", is_quiet=True),
    # events
    ("invitation", "person_id"): Moves(
        "invitation", "invitations", ("event_id",), set_aside={"state": "withdrawn"}, shown=("state", "promise")
    ),
    ("seat", "person_id"): Moves(
        "seat", "seats", ("event_id",), set_aside={"person_id": None}, shown=("row", "number")
    ),
    ("appearance", "person_id"): Moves("appearance on stage", "appearances on stage", ("session_id",), Tie.SAME),
    ("event_task", "person_id"): Moves("task at an event", "tasks at events"),
    # travel
    ("travel_identity", "person_id"): Stays("Papers were given for this record; whoever arranges travel asks again."),
    ("trip", "person_id"): Moves("trip", "trips", ("event_id",), Tie.ONE_LIVE, over=("state", ("cancelled",))),
    # executives
    ("access_request", "person_id"): Moves("request for an executive", "requests for executives"),
    ("meeting", "person_id"): Moves("meeting", "meetings"),
    ("briefing_page", "person_id"): Moves("page of a briefing book", "pages of briefing books", is_quiet=True),
    ("kept_apart", "person_id"): Moves("executive they do not meet", "executives they do not meet"),
    ("meeting_wish", "person_id"): Moves(
        "wish to meet", "wishes to meet", ("event_id", "executive_id", "side"), Tie.SAME
    ),
    ("slot_hold", "person_id"): Moves("time kept for them", "times kept for them", ("slot_id",), Tie.SAME, over=("ended_at", ())),
    ("undertaking", "person_id"): Moves("signed undertaking", "signed undertakings"),
    ("matching_meeting", "person_id"): Moves("meeting in a plan", "meetings in plans"),
    ("matching_unmet", "person_id"): Moves("wish a plan does not meet", "wishes plans do not meet"),
    # advisory
    ("engagement", "person_id"): Moves("engagement", "engagements"),
    ("affiliate_share", "person_id"): Moves("affiliate share", "affiliate shares"),
    ("alternative", "person_id"): Moves("mention as an alternative", "mentions as an alternative"),
    # calendars
    ("feed", "person_id"): Moves("calendar feed", "calendar feeds"),
    ("feed", "target_id"): Moves("feed about the person", "feeds about the person", only={"kind": "person"}, is_quiet=True),
    ("calendar_source", "person_id"): Moves("calendar of their own", "calendars of their own"),
    ("busy_block", "person_id"): Moves("time they are not free", "times they are not free"),
    # portal
    ("person_link", "person_id"): Moves("personal link", "personal links"),
    ("person_passkey", "person_id"): Moves("passkey", "passkeys", is_quiet=True),
    ("person_session", "person_id"): Moves("open door", "open doors", is_quiet=True),
}  # fmt: skip

#: Sentences of rooms above about what stays in their books under the record that goes: "1 value entry 85.00 GBP".
_told: list[Callable[[int], list[str]]] = []
#: Sentences of rooms above about what cannot be true of one person: called with the ids of the record that stays and the other.
_warned: list[Callable[[int, int], list[str]]] = []
#: Sentences of rooms above that stop a merge until they are dealt with; called like those that warn.
_refused: list[Callable[[int, int], list[str]]] = []
#: By table: called with (row id, by, is undone) when a row gives way, and when it comes back.
_heard: dict[str, Callable[[int, User | None, bool], None]] = {}


def tell_with(words: Callable[[int], list[str]]) -> None:
    """Let a room above say what its books keep for the record that goes."""
    if words not in _told:
        _told.append(words)


def words_kept(gone_id: int) -> list[str]:
    """What the books of all rooms keep for a record."""
    return [line for words in _told for line in words(gone_id)]


def warn_with(words: Callable[[int, int], list[str]]) -> None:
    """Let a room above say what two records hold that one person could not."""
    if words not in _warned:
        _warned.append(words)


def words_of_warning(kept_id: int, gone_id: int) -> list[str]:
    """What all rooms find that cannot be true of one person; it stops nothing, whoever merges looks first."""
    return [line for words in _warned for line in words(kept_id, gone_id)]


def refuse_with(words: Callable[[int, int], list[str]]) -> None:
    """Let a room above say what has to be put right before two records can be one."""
    if words not in _refused:
        _refused.append(words)


def words_of_refusal(kept_id: int, gone_id: int) -> list[str]:
    """What all rooms find that stops the merge."""
    return [line for words in _refused for line in words(kept_id, gone_id)]


def hear_of(table: str, act: Callable[[int, User | None, bool], None]) -> None:
    """Let a room above write down that a row of its table gave way or came back."""
    _heard[table] = act


def tell_set_aside(table: str, row_id: int, by: User | None, *, is_undone: bool) -> None:
    """Tell the room of this table, if it wants to know."""
    if table in _heard:
        _heard[table](row_id, by, is_undone)
