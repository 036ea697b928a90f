"""What the letters are for, and what may stand in them, in words."""

from collections.abc import Mapping

from app.core.i18n import all_marked

#: The letters there are, with what they are for.
KEYS: Mapping[str, str] = all_marked(
    {
        "invitation": "Invitation to an event",
        "reminder": "Reminder of an invitation that was not answered",
        "ask_again": "Question whether somebody still comes, after time or place changed",
        "change": "News of a change, such as another time or place",
        "cancellation": "News that an event does not take place",
        "withdrawal": "News that an invitation is taken back",
        "thank_you": "Thank-you after an event",
        "hand_over": "Somebody else looks after the relationship",
        "news": "News about us, only to those who agreed to it",
        "note": "Any other letter",
    }
)

#: What may stand in braces in a letter.
PLACEHOLDERS: Mapping[str, str] = all_marked(
    {
        "person": "the name of the person, as they write it",
        "owner": "who writes",
        "department": "the department of who writes",
        "company": "our company",
        "reference": "the reference of this letter",
        "verify_link": "the page where the person can check the letter",
        "event": "the name of the event",
        "place": "the venue",
        "city": "the city",
        "dates": "the days of the event, in the language of the letter",
        "program": "the program",
        "predecessor": "who looked after the relationship until now",
        "from_day": "the day somebody else takes over, in the language of the letter",
        "promise": "what we promise",
        "answer_link": "the page where this person, and nobody else, answers the invitation",
        "answer_by": "the day until which we hope for an answer, in the language of the letter",
        "message": "a paragraph of your own",
        "kept_link": "after an event: the page where they say whether what we promised was kept",
        "changes": "what is otherwise now, one line each: before → now",
    }
)
