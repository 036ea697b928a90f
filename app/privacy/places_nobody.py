"""Tables that hold nobody's data. Their words are still searched: wherever they name an erased person, they say the surrogate."""

from app.privacy.registry import Nobody

_HOUSE = "Who works here; people outside have no login."
_OURS = "Words of the house about its own work."
_RULE = "A rule or a choice of the house."
_MACHINE = "Machinery without words."

NOBODY: dict[str, Nobody] = {
    # accounts
    "user": Nobody(_HOUSE, frozenset({"email", "name", "password_hash", "locale", "zone"})),
    "department": Nobody(_HOUSE),
    "user_session": Nobody(_HOUSE, frozenset({"secret_hash", "address", "agent", "how"})),
    "authenticator_app": Nobody(_HOUSE), "sign_in_step": Nobody(_HOUSE, frozenset({"secret_hash", "agent", "how"})),
    "user_passkey": Nobody(_HOUSE, frozenset({"credential", "device"})),
    "recovery_code": Nobody(_HOUSE, frozenset({"secret_hash"})), "password_link": Nobody(_HOUSE, frozenset({"secret_hash"})),
    "user_identity": Nobody(_HOUSE, frozenset({"issuer", "subject"})), "group_mapping": Nobody(_RULE),
    "sign_in_attempt": Nobody(_HOUSE, frozenset({"email_hash", "address"})),
    "api_token": Nobody(_HOUSE, frozenset({"secret_hash"})),
    "delegation": Nobody(_HOUSE),
    "succession": Nobody(_HOUSE),
    "absence": Nobody(_HOUSE),
    # core
    "job": Nobody("Long work: what was asked and what came out; its words are searched."),
    "stored_file": Nobody(
        "Files; those that name the person are found by their content and go.", frozenset({"sha256", "media_type"})
    ),
    "form_submission": Nobody("Used form keys; addresses may hold a search.", frozenset({"key"})),
    "treasury_rate": Nobody(_RULE),
    "setting": Nobody(_RULE, frozenset({"name"})),
    # api
    "api_answer": Nobody(
        "What scripts were answered, for a day, so that asking twice acts once; sealed.",
        frozenset({"key", "request_hash", "fence", "body", "media_type", "location", "etag"}),
    ),
    # people
    "organisation": Nobody("A company or an agency."),
    "person_kind": Nobody(_RULE), "platform": Nobody(_RULE),
    # programs
    "program": Nobody(_OURS), "goal": Nobody(_OURS), "cohort": Nobody(_OURS), "rule_change": Nobody(_OURS),
    "audience_wish": Nobody(_RULE), "initiative": Nobody(_OURS), "launch": Nobody(_OURS), "brief": Nobody(_OURS),
    "brief_version": Nobody(_OURS), "facet": Nobody(_RULE),
    "facet_release": Nobody("A count that was let out: numbers of records, no answers (P7)."),
    # outreach
    "contact_rule": Nobody(_RULE), "cadence_rule": Nobody(_RULE), "reminder_choice": Nobody(_HOUSE),
    "inbox_choice": Nobody(_HOUSE),
    "letter_template": Nobody(_OURS),
    # disclosures
    "policy": Nobody(_RULE), "policy_version": Nobody(_RULE),
    # ledger
    "ledger_head": Nobody(_MACHINE, frozenset({"hash", "peaks"})),
    "ledger_provenance": Nobody("Counts of how amounts came to be.", frozenset({"rate_source"})),
    "ledger_rollup": Nobody("Sums under a number.", frozenset({"native_nature", "native_form"})),
    "ledger_summary": Nobody("Sums under a number."),
    "cap": Nobody(_RULE), "ledger_lock": Nobody(_RULE),
    # periods
    "period": Nobody(_OURS), "period_attestation": Nobody(_HOUSE, frozenset({"content_hash"})),
    "period_issue": Nobody(
        "A report as numbers of lines; whose they are, is in the book.",
        frozenset({"content_hash", "checkpoint", "disputes", "methodology"}),
    ),
    "shared_cost": Nobody("A bill that several shared; who, is in its heads."),
    # events, travel, executives, advisory
    "invitation_wave": Nobody(_OURS),
    "event": Nobody(_OURS, frozenset({"uid", "zone", "country", "audiences"})),
    "session": Nobody(_OURS, frozenset({"uid", "zone"})),
    "schedule": Nobody("A schedule somebody has published.", frozenset({"key"})),
    "schedule_run": Nobody("A published schedule that was read in; its words are searched.", frozenset({"file_sha256", "zone"})),
    "schedule_item": Nobody("What a published schedule says of a session; its words are searched.", frozenset({"key"})),
    "agenda_plan": Nobody(_RULE), "agenda_release": Nobody(_OURS), "parity_note": Nobody(_OURS),
    "respect_item": Nobody(_RULE), "travel_rule": Nobody(_RULE), "executive": Nobody(_HOUSE, frozenset({"name"})),
    "slot": Nobody(_OURS, frozenset({"zone"})), "availability": Nobody(_OURS, frozenset({"zone"})), "meeting_room": Nobody(_OURS),
    "matching_run": Nobody(_OURS),
    "briefing_book": Nobody(_OURS), "access_terms": Nobody(_RULE), "protected_break": Nobody(_RULE),
    "need": Nobody(_OURS), "rate_card": Nobody(_RULE), "rate_band": Nobody(_RULE),
    # imports
    "import_run": Nobody(
        "One list that was read in: its lines about the person go with the erasure.", frozenset({"file_sha256", "profile"})
    ),
    # lists
    "saved_view": Nobody("Filters and columns under a name of ours."), "list_choice": Nobody(_HOUSE),
    "bulk_run": Nobody("What was done to many rows, in words without names."),
    "bulk_change": Nobody("Numbers and states before and after; no words of or about anybody."),
    # reports
    "report_schedule": Nobody(_OURS),
    # webhooks
    "webhook": Nobody(
        "A program elsewhere and what it is told; address and secrets are sealed.",
        frozenset({"secret_address", "host", "secret", "former_secret", "kinds"}),
    ),
    "webhook_delivery": Nobody(
        "That something happened: kinds and numbers, no words.", frozenset({"ref", "kind", "object_kind", "last_error"})
    ),
    # handovers
    "hand_over": Nobody(_OURS),
    # privacy
    "retention_rule": Nobody(_RULE),
    "retention_run": Nobody("Receipts of the daily work: numbers."),
    "doomed_file": Nobody("Content that waits to be taken from the disk.", frozenset({"sha256"})),
}  # fmt: skip
