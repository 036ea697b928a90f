"""The places of data of people in the rooms of work: programs, outreach, disclosure, the ledger, events, travel, advice."""

from app.privacy.registry import ERASED, Fate, Ground, Now, Of, Place, ToTheirAddress, Under

_NAMES = frozenset

WORK: dict[str, Place] = {
    # -- programs ------------------------------------------------------------------------------------
    "cohort_member": Place(
        "Programs", "places in cohorts", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={"override_reason": "", "release_reason": "", "released_at": Now.IF_EMPTY},
    ),
    "enrolment": Place(
        "Programs", "enrolments", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={"fit_risk": "", "fit_rationale": "", "stage": "alumni"},
    ),
    "stage_change": Place(
        "Programs", "steps through a program", (Under("enrolment_id", "enrolment"),), Fate.CLEAR, Ground.COUNT,
        clears={"reason": ""}, is_told=False,
    ),
    "lent_resource": Place(
        "Programs", "things lent", (Of("person_id"),), Fate.KEEP, Ground.VALUE, words=_NAMES({"what"})
    ),
    "declaration": Place("Programs", "declared facets", (Of("person_id"),), Fate.ERASE, is_silent=True),
    "declaration_change": Place(
        "Programs", "changes of declared facets", (Of("person_id"),), Fate.KEEP, Ground.COUNT, is_told=False, is_silent=True
    ),
    # -- outreach ------------------------------------------------------------------------------------
    "touch": Place(
        "Contacts", "contacts", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={"subject": ERASED, "summary": "", "answer": "", "release_reason": "", "answered_at": Now.IF_EMPTY},
        plain=_NAMES({"source_kind"}),
    ),
    "touch_correction": Place(
        "Contacts", "corrections of contacts", (Under("touch_id", "touch"),), Fate.ERASE, is_told=False
    ),
    "letter": Place(
        "Contacts", "letters", (Of("person_id"),), Fate.CLEAR, Ground.COUNT, clears={"fields": {}},
        words=_NAMES({"batch_title"}),
        plain=_NAMES({"reference", "key", "language", "batch", "source_kind", "unsubscribe_hash"}),
        secret=_NAMES({"unsubscribe_hash"}),
    ),
    "letter_hold": Place(
        "Contacts", "letters held back", (Under("letter_id", "letter"),), Fate.CLEAR, Ground.COUNT, clears={"reason": ""},
        is_told=False,
    ),
    "message_touch": Place(
        "Contacts", "messages that became contacts", (Under("touch_id", "touch"),), Fate.KEEP, Ground.COUNT, is_told=False
    ),
    "collision": Place(
        "Contacts", "stopped contacts", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={
            "subject": ERASED, "summary": "", "reason": "", "decision_reason": "", "decided_at": Now.IF_EMPTY, "state": "refused",
        },
        plain=_NAMES({"level", "source_kind"}),
    ),
    "planned_touch": Place("Contacts", "planned contacts", (Of("person_id"),), Fate.ERASE),
    "contact_wish": Place("Contacts", "wishes about contact", (Of("person_id"),), Fate.ERASE),
    "channel_wish": Place("Contacts", "wishes by channel", (Of("person_id"),), Fate.ERASE),
    "person_cadence": Place("Contacts", "cadences of their own", (Of("person_id"),), Fate.ERASE),
    "snooze": Place("Contacts", "reminders put off", (Of("person_id"),), Fate.ERASE, is_told=False),
    "insight": Place(
        "Contacts", "messages they gave us", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={"question": ERASED, "advice": ERASED, "decision": "", "what_changed": "", "answered_on": Now.IF_EMPTY},
    ),
    "outcome": Place(
        "Contacts", "outcomes", (Of("person_id"),), Fate.CLEAR, Ground.COUNT, clears={"statement": ERASED, "url": ""},
        plain=_NAMES({"country"}),
    ),
    "brief_receipt": Place("Contacts", "briefs received", (Of("person_id"),), Fate.KEEP, Ground.COUNT),
    # -- disclosure ----------------------------------------------------------------------------------
    "acknowledgement": Place(
        "Disclosure", "acknowledgements", (Of("person_id"),), Fate.KEEP, Ground.DUTY, plain=_NAMES({"language"})
    ),
    "obligation": Place(
        "Disclosure", "duties to disclose", (Of("person_id"),), Fate.KEEP, Ground.DUTY,
        plain=_NAMES({"jurisdiction", "category", "source_kind"})
    ),
    "publication": Place(
        "Disclosure", "publications", (Of("person_id"),), Fate.CLEAR, Ground.DUTY, clears={"url": ""},
        words=_NAMES({"label_text", "label_position"}), plain=_NAMES({"medium"}),
    ),
    "remedy": Place(
        "Disclosure", "labels to put right", (Under("publication_id", "publication"),), Fate.KEEP, Ground.DUTY,
        words=_NAMES({"reason"}),
    ),
    "tie": Place("Disclosure", "ties to the house", (Of("person_id"),), Fate.ERASE),
    "draft_request": Place("Disclosure", "requests for drafts", (Of("person_id"),), Fate.KEEP, Ground.COUNT),
    "covenant_text": Place(
        "Disclosure", "texts of the covenant they proposed", (Of("person_id"),), Fate.CLEAR, Ground.DUTY, clears={"text": ERASED},
        plain=_NAMES({"language"}),
    ),
    "covenant": Place(
        "Disclosure", "covenants they signed", (Of("person_id"),), Fate.CLEAR, Ground.DUTY, clears={"is_person_named": False},
        plain=_NAMES({"code"}),
    ),
    # -- the book ------------------------------------------------------------------------------------
    "ledger_subject": Place(
        "Value", "their key in the book", (Of("person_id"),), Fate.CLEAR, Ground.VALUE, clears={"wrapped_key": None},
        plain=_NAMES({"ref"}), secret=_NAMES({"ref", "wrapped_key"}), is_told=False,
    ),
    "ledger_entry": Place(
        "Value", "entries in the book of value", (Under("subject_id", "ledger_subject"),), Fate.KEEP, Ground.VALUE,
        plain=_NAMES(
            {"hash", "prev", "body", "currency", "rate", "rate_source", "reporting_currency", "native_nature", "native_form",
             "rule", "reason", "source_kind", "source_part", "provider_ref", "idem"}
        ),
        secret=_NAMES({"hash", "prev", "body", "idem", "provider_ref"}),
    ),
    "ledger_detail": Place(
        "Value", "sealed words in the book", (Under("entry_seq", "ledger_entry"),), Fate.CLEAR, Ground.VALUE,
        clears={"sealed": b"", "salt": None}, is_told=False,
    ),
    "ledger_evidence": Place(
        "Value", "files that prove an entry", (Under("entry_seq", "ledger_entry"),), Fate.CLEAR, Ground.VALUE,
        clears={"note": ""},
    ),
    "ledger_general": Place(
        "Value", "items open to everybody", (Under("entry_seq", "ledger_entry"),), Fate.KEEP, Ground.VALUE,
        words=frozenset({"title", "provider", "external_ref", "late_reason"}), is_told=False,
    ),
    "ledger_loan": Place(
        "Value", "things lent to them", (Under("entry_seq", "ledger_entry"),), Fate.CLEAR, Ground.VALUE,
        clears={"reason": ""}, plain=_NAMES({"state"}),
    ),
    "commitment": Place(
        "Value", "planned values", (Of("person_id"),), Fate.KEEP, Ground.VALUE,
        plain=_NAMES({"category", "stage", "reporting_currency", "source_kind", "source_part"}),
    ),
    "planned_offer": Place(
        "Value", "planned offers", (Of("person_id"),), Fate.KEEP, Ground.VALUE, words=_NAMES({"provider", "context", "reason"}),
        plain=_NAMES({"category", "form", "basis", "state", "cost_currency"}),
    ),
    "breach": Place(
        "Value", "limits crossed", (Of("person_id"),), Fate.KEEP, Ground.VALUE, words=_NAMES({"outcome", "rule"}),
        plain=_NAMES({"level", "exposure_currency"}),
    ),
    "rule_exception": Place(
        "Value", "exceptions", (Of("person_id"),), Fate.KEEP, Ground.VALUE,
        words=_NAMES({"reason", "decision_reason", "rule", "quoted"}), plain=_NAMES({"subject_kind", "host_ids", "terms"}),
    ),
    "shared_head": Place(
        "Value", "heads at shared bills", (Of("person_id"),), Fate.KEEP, Ground.VALUE, words=_NAMES({"host_name"}),
    ),
    "dispute": Place(
        "Value", "disputes of lines", (Of("person_id"),), Fate.CLEAR, Ground.VALUE, clears={"reason": "", "answer": ""},
        plain=_NAMES({"state", "proposed_currency"}),
    ),
    "dispute_change": Place("Value", "lines changed by disputes", (Under("dispute_id", "dispute"),), Fate.KEEP, Ground.VALUE),
    "line_confirmation": Place("Value", "lines confirmed", (Of("person_id"),), Fate.KEEP, Ground.VALUE),
    # -- events --------------------------------------------------------------------------------------
    "invitation": Place(
        "Events", "invitations", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={"promise": "", "answered_by_name": "", "answer_reason": "", "badge": "", "link_hash": None},
        plain=_NAMES({"promise_currency"}), secret=_NAMES({"link_hash"}),
    ),
    "place_offer": Place(
        "Events", "places that were kept for them", (Under("invitation_id", "invitation"),), Fate.CLEAR, Ground.COUNT,
        clears={"reason": ""}, plain=_NAMES({"secret_hash"}), secret=_NAMES({"secret_hash"}), is_told=False,
    ),
    "event_guest": Place(
        # A guest is somebody else: their name goes with the person's, and is not in the person's copy.
        "Events", "guests in their place", (Under("invitation_id", "invitation"),), Fate.CLEAR, Ground.COUNT,
        clears={"name": ERASED, "email": "", "words": "", "reason": "", "badge": ""},
        secret=_NAMES({"name", "email", "words", "reason"}),
        is_told=False,
    ),
    "pending_answer": Place(
        "Events", "answers that waited", (Under("invitation_id", "invitation"),), Fate.CLEAR, Ground.COUNT,
        clears={"reason": "", "answered_by_name": "", "decision_reason": ""}, is_told=False,
    ),
    "invitation_step": Place(
        "Events", "steps of invitations", (Under("invitation_id", "invitation"),), Fate.CLEAR, Ground.COUNT,
        clears={"reason": ""}, is_told=False,
    ),
    "calendar_reply": Place(
        "Events", "answers from their calendar", (Under("invitation_id", "invitation"), ToTheirAddress("attendee")),
        Fate.CLEAR, Ground.COUNT, clears={"attendee": "", "sender": "", "comment": ""},
        plain=_NAMES({"reason", "method", "partstat"}), is_told=False,
    ),
    "seat": Place(
        "Events", "seats", (Of("person_id"),), Fate.KEEP, Ground.VALUE, words=_NAMES({"held_for", "held_reason"}),
        plain=_NAMES({"row", "room_zone"}),
    ),
    "event_task": Place(
        "Events", "tasks of events about them", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={"what": ERASED, "cause": "", "how": "", "done_at": Now.IF_EMPTY},
    ),
    "badge": Place(
        "Events", "badges", (Under("invitation_id", "invitation"),), Fate.CLEAR, Ground.COUNT,
        clears={"name": "", "second_line": "", "secret_hash": None}, secret=_NAMES({"secret_hash"}), is_told=False,
    ),
    "door_report": Place(
        "Events", "check-ins as phones sent them", (Under("invitation_id", "invitation"),), Fate.CLEAR, Ground.COUNT,
        clears={"message": ""}, plain=_NAMES({"client_key"}), secret=_NAMES({"client_key"}), is_told=False,
    ),
    "respect_tick": Place(
        "Events", "ticks of the respect checklist", (Under("invitation_id", "invitation"),), Fate.CLEAR, Ground.COUNT,
        clears={"cause": ""}, is_told=False,
    ),
    "promise_answer": Place(
        "Events", "what they say about promises", (Under("invitation_id", "invitation"),), Fate.CLEAR, Ground.COUNT,
        clears={"promise": ERASED, "note": ""},
    ),
    "appearance": Place("Events", "appearances on stage", (Of("person_id"),), Fate.ERASE),
    # -- travel --------------------------------------------------------------------------------------
    "trip": Place(
        "Travel", "trips", (Of("person_id"),), Fate.CLEAR, Ground.VALUE,
        clears={"wish": "", "wished_class": None, "visa_state": "unknown", "visa_lead_days": None, "direct_minutes": None},
    ),
    "leg": Place(
        "Travel", "legs", (Under("trip_id", "trip"),), Fate.CLEAR, Ground.VALUE, clears={"booking_reference": ""},
        words=_NAMES({"verdict", "carrier"}),
        plain=_NAMES(
            {"number", "origin", "destination", "departs_zone", "arrives_zone", "departs_terminal", "arrives_terminal", "uid",
             "cost_currency"}
        ),
        secret=_NAMES({"uid"}),
    ),
    "stay": Place(
        "Travel", "stays", (Under("trip_id", "trip"),), Fate.CLEAR, Ground.VALUE,
        clears={"room": "", "room_type": None, "confirmation": ""}, words=_NAMES({"verdict"}),
        plain=_NAMES({"hotel", "city", "country", "uid", "cost_currency"}), secret=_NAMES({"uid"}),
    ),
    "transfer": Place(
        "Travel", "transfers", (Under("trip_id", "trip"),), Fate.CLEAR, Ground.VALUE,
        # One end of a drive is often somebody's home.
        clears={"origin": ERASED, "destination": ERASED, "driver_phone": "", "driver_email": ""},
        plain=_NAMES({"zone", "uid", "cost_currency", "vehicle"}),
        secret=_NAMES({"uid", "driver_phone", "driver_email"}),
    ),
    "travel_identity": Place("Travel", "identity papers", (Of("person_id"),), Fate.ERASE),
    # The PDF itself is among the files of the person's copy.
    "visa_letter": Place(
        "Travel", "letters for a visa", (Under("trip_id", "trip"),), Fate.ERASE,
        secret=_NAMES({"content", "sha256", "fingerprint"}),
    ),
    "travel_document": Place(
        "Travel", "documents that were sent", (Under("trip_id", "trip"),), Fate.CLEAR, Ground.COUNT,
        clears={"recipient": "", "address": ""}, words=_NAMES({"about"}), plain=_NAMES({"format", "sha256", "fingerprint"}),
        secret=_NAMES({"sha256", "fingerprint"}),
    ),
    "travel_document_line": Place(
        "Travel", "lines in lists that were sent", (Under("trip_id", "trip"),), Fate.CLEAR, Ground.COUNT,
        clears={"said": {}}, plain=_NAMES({"fingerprint"}), secret=_NAMES({"fingerprint"}), is_told=False,
    ),
    # -- time with executives ------------------------------------------------------------------------
    "access_request": Place(
        "Executives", "requests for an executive", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={"question": ERASED, "answer": ""},
    ),
    "meeting": Place(
        "Executives", "meetings", (Of("person_id"),), Fate.CLEAR, Ground.VALUE, clears={"told": ""}, words=_NAMES({"place"}),
        plain=_NAMES({"zone", "uid"}), secret=_NAMES({"uid"}),
    ),
    "briefing_page": Place(
        "Executives", "pages of briefing books", (Of("person_id"), Under("meeting_id", "meeting")), Fate.ERASE, is_told=False,
    ),
    "kept_apart": Place("Executives", "executives they do not meet", (Of("person_id"),), Fate.ERASE),
    "meeting_wish": Place("Executives", "wishes to meet", (Of("person_id"),), Fate.ERASE),
    "matching_meeting": Place("Executives", "meetings in plans", (Of("person_id"),), Fate.ERASE),
    "matching_unmet": Place(
        "Executives", "wishes plans do not meet", (Of("person_id"),), Fate.ERASE, plain=_NAMES({"why"})
    ),
    "slot_hold": Place("Executives", "times kept for them", (Of("person_id"),), Fate.KEEP, Ground.COUNT),
    "undertaking": Place(
        "Executives", "signed undertakings", (Of("person_id"),), Fate.KEEP, Ground.DUTY, words=_NAMES({"reference"}),
    ),
    # -- paid advice ---------------------------------------------------------------------------------
    "engagement": Place(
        "Advice", "engagements", (Of("person_id"),), Fate.CLEAR, Ground.VALUE,
        clears={"why_this_person": ERASED, "contract_party": ERASED, "delivery_evidence": ERASED, "delivered_units": ""},
        words=_NAMES({"clearing_reason", "second_reason", "ended_reason", "gate"}),
        plain=_NAMES(
            {"category", "fee_currency", "paid_currency", "calculation", "contract_reference", "payment_reference"}
        ),
    ),
    # A contract names who signed it, and nobody can search a PDF: its content goes, that it was there stays.
    "engagement_file": Place(
        "Advice", "files of contracts and deliveries", (Under("engagement_id", "engagement"),), Fate.CLEAR, Ground.VALUE,
        clears={"note": ""}, plain=_NAMES({"part"}),
    ),
    "affiliate_share": Place(
        "Advice", "affiliate shares", (Of("person_id"),), Fate.CLEAR, Ground.VALUE,
        clears={"link": ERASED, "why": ERASED, "contract_party": ERASED},
        words=_NAMES({"covers", "approving_reason", "second_reason", "ended_reason", "gate"}),
        plain=_NAMES({"state", "rate_kind", "percent", "currency", "every", "contract_reference"}),
    ),
    "share_payout": Place(
        "Advice", "payouts of affiliate shares", (Under("share_id", "affiliate_share"),), Fate.CLEAR, Ground.VALUE,
        clears={"payee": ERASED}, plain=_NAMES({"reference", "amount_currency"}),
    ),
    "share_statement": Place(
        "Advice", "statements of affiliate shares", (Under("share_id", "affiliate_share"),), Fate.KEEP, Ground.VALUE,
        words=_NAMES({"evidence", "reason"}), plain=_NAMES({"net_sales_currency", "commission_currency", "calculation"}),
    ),
    "payment_tax": Place(
        "Advice", "taxes of payments",
        (Under("engagement_id", "engagement"), Under("payout_id", "share_payout")), Fate.KEEP, Ground.VALUE,
        words=_NAMES({"reference"}), plain=_NAMES({"kind", "rate", "currency"}),
    ),
    "alternative": Place(
        "Advice", "mentions as an alternative", (Of("person_id"),), Fate.CLEAR, Ground.COUNT,
        clears={"name": ERASED, "evidence": "", "why_not": ""},
    ),
    "advice": Place(
        "Advice", "advice given", (Under("engagement_id", "engagement"),), Fate.CLEAR, Ground.COUNT,
        clears={"question": ERASED, "advice": ERASED, "decision": ""},
    ),
}  # fmt: skip
