"""The places where data of people is kept, table by table, named because rooms above cannot be imported (P8, P9)."""

from app.privacy.places_work import WORK
from app.privacy.registry import (
    ERASED,
    About,
    Fate,
    Ground,
    Now,
    Of,
    Place,
    ToTheirAddress,
    Under,
)

_NAMES = frozenset

PLACES: dict[str, Place] = {
    # -- who they are ------------------------------------------------------------------------------
    "person": Place(
        "Person", "records of the person", (Of("id"), Of("merged_into_id")), Fate.CLEAR, Ground.VALUE,
        # Names, `surrogate` and `sort_key` are written by the erasure itself. The home country stays: sums are
        # counted per market. So does the standing as a public official: the limits that held are judged by it.
        clears={
            "email": "", "phone": "", "languages": [], "zone": "UTC", "known_for": "", "known_among": "", "kind_id": None,
            "official_reason": "", "has_equity_or_family_tie": False, "agency_id": None, "is_opted_out": True,
            "quiet_until_on": None, "notes": "", "is_pseudonymous": True,
        },
        plain=_NAMES({"name", "sort_name", "sort_key", "search_text", "search_doc", "surrogate", "home_country"}),
        secret=_NAMES({"search_text", "search_doc", "sort_key", "surrogate", "merged_into_id"}),
    ),
    "affiliation": Place("Person", "affiliations", (Of("person_id"),), Fate.ERASE),
    "channel": Place("Person", "channels", (Of("person_id"),), Fate.ERASE),
    "evidence": Place("Person", "pieces of evidence", (Of("person_id"),), Fate.ERASE),
    "may_accept": Place("Person", "answers on what they accept", (Of("person_id"),), Fate.ERASE),
    "person_identifier": Place(
        "Person", "names in other systems", (Of("person_id"),), Fate.ERASE, secret=_NAMES({"value_hash"})
    ),
    "ownership": Place(
        "Person", "owners and deputies", (Of("person_id"),), Fate.CLEAR, Ground.TRAIL, clears={"to_at": Now.IF_EMPTY}
    ),
    "representation": Place("Person", "agencies that spoke for them", (Of("person_id"),), Fate.ERASE),
    "person_note": Place("Person", "notes", (Of("person_id"),), Fate.ERASE, is_silent=True),
    "duplicate_pair": Place(
        "Person", "suspected duplicates", (Of("one_id"), Of("other_id")), Fate.ERASE, secret=_NAMES({"one_id", "other_id", "why"})
    ),
    "person_merge": Place(
        "Person", "merges of records", (Of("kept_id"), Of("gone_id")), Fate.CLEAR, Ground.TRAIL,
        clears={"reason": "", "undo_reason": ""},
    ),
    "merge_change": Place(
        "Person", "values moved by a merge", (Under("merge_id", "person_merge"),), Fate.ERASE, is_told=False
    ),
    "person_file": Place("Person", "files", (Of("person_id"),), Fate.ERASE),
    "hospitality": Place("Person", "what those who serve them know", (Of("person_id"),), Fate.ERASE),
    "consent": Place(
        "Consents", "consents given and withdrawn", (Of("person_id"),), Fate.CLEAR, Ground.REQUEST,
        clears={"wording": "", "note": ""},
        plain=_NAMES({"wording_version"}),
    ),
    # -- what they asked about their data ------------------------------------------------------------
    "privacy_request": Place(
        "Requests", "requests about their data", (Of("person_id"),), Fate.CLEAR, Ground.REQUEST,
        clears={"words": "", "identity": "", "file_id": None}, words=_NAMES({"reason"}),
        plain=_NAMES({"found", "surrogate"}), secret=_NAMES({"found"}),
    ),
    "privacy_hold": Place(
        "Requests", "holds", (Of("person_id"),), Fate.CLEAR, Ground.REQUEST, clears={"reason": "", "end_reason": ""}
    ),
    "retention_item": Place(
        "Requests", "things that were to be deleted", (Of("person_id"),), Fate.CLEAR, Ground.TRAIL,
        clears={"label": ERASED}, plain=_NAMES({"held_because", "kind"}), is_told=False,
    ),
    # -- mail and machines ---------------------------------------------------------------------------
    "outbox_mail": Place(
        "Mail", "mails",
        (Under("mail_id", "letter"), Under("mail_id", "travel_document"), Under("mail_id", "travel_document_line"),
         ToTheirAddress("recipient")),
        Fate.CLEAR, Ground.COUNT,
        # The bytes are replaced by an empty message; what has not left is discarded.
        clears={"recipient": "", "subject": ERASED, "last_error": ""},
        plain=_NAMES({"raw", "message_id", "dedup_key", "kind", "language", "batch", "source_kind"}),
        secret=_NAMES({"message_id", "dedup_key"}),
    ),
    "bounce": Place(
        "Mail", "mails that came back", (Under("letter_id", "letter"), Under("mail_id", "outbox_mail")), Fate.ERASE,
    ),
    "inbound_message": Place(
        "Mail", "messages received or logged", (Under("inbound_id", "message_touch"), ToTheirAddress("sender")), Fate.CLEAR,
        Ground.COUNT, clears={"sender": "", "recipients": [], "subject": ERASED, "reason": ""}, plain=_NAMES({"message_id"}),
        secret=_NAMES({"message_id"}),
    ),
    "notice": Place(
        "Mail", "notices about them", (About("source_kind", "people", "source_id"),), Fate.ERASE, secret=_NAMES({"message"}),
    ),
    "report_run": Place(
        "Reports", "kept runs of reports about them", (Of("person_id"),), Fate.ERASE,
        plain=_NAMES({"report", "month", "checkpoint", "methodology", "args", "settings"}),
        secret=_NAMES({"checkpoint", "methodology"}),
    ),
    # A line about them goes from every run; what was counted of all stays as numbers.
    "report_run_row": Place(
        "Reports", "lines about them in kept runs", (Of("person_id"), Under("run_id", "report_run")), Fate.ERASE,
    ),
    "import_change": Place(
        "Imports", "lines of imported lists", (About("record_kind", "person", "record_id"),), Fate.ERASE
    ),
    "audit_event": Place(
        "Trail", "lines of the audit trail", (), Fate.KEEP, Ground.TRAIL,
        plain=_NAMES({"action", "subject_kind", "subject_id", "request_ref", "fields", "reason"}),
    ),
    "audit_detail": Place(
        "Trail", "values in the audit trail", (), Fate.CLEAR, Ground.TRAIL, clears={"changes": {}}, is_told=False
    ),
    # -- their own door ------------------------------------------------------------------------------
    "feed": Place(
        "Portal", "calendar addresses", (Of("person_id"), About("kind", "person", "target_id")), Fate.ERASE,
        secret=_NAMES({"secret_hash", "digest"}),
    ),
    # What they do at these times was never taken, unless they asked for it.
    "busy_block": Place("Calendar", "times they are not free", (Of("person_id"),), Fate.ERASE, secret=_NAMES({"key"})),
    "calendar_source": Place(
        "Calendar", "calendars of their own", (Of("person_id"),), Fate.ERASE,
        secret=_NAMES({"secret_address", "etag", "last_modified", "raw"}),
    ),
    "other_show": Place("Calendar", "shows", (Under("source_id", "calendar_source"),), Fate.ERASE, is_told=False),
    "person_link": Place(
        "Portal", "personal links", (Of("person_id"),), Fate.ERASE,
        secret=_NAMES({"secret_hash", "asker_hash", "code_hash"}),
    ),
    "person_passkey": Place(
        "Portal", "passkeys", (Of("person_id"),), Fate.ERASE, secret=_NAMES({"credential", "public_key"})
    ),
    "person_session": Place(
        "Portal", "browsers they used", (Of("person_id"),), Fate.ERASE, secret=_NAMES({"secret_hash"})
    ),
    **WORK,
}  # fmt: skip
