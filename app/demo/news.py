"""The letters that tell of a change, ask again, call off and take back: one text in each language the guests read (G5)."""

from typing import Final

from app.demo.story import Story
from app.outreach import operations as outreach
from app.outreach.details import LetterTemplateDetails

_SIGNED: Final = {
    "en": "\n\n{owner}\n{department}, {company}\n\nIs this letter really from us? {verify_link} (reference {reference})",
    "fr": "\n\n{owner}\n{department}, {company}\n\nCette lettre vient-elle bien de nous ? {verify_link} (référence {reference})",
    "ar": "\n\n{owner}\n{department}، {company}\n\nهل هذه الرسالة منا حقًا؟ {verify_link} (المرجع {reference})",
}
_TEXTS: Final = {
    "change": {
        "en": (
            "{event}: what has changed",
            "Dear {person},\n\nsomething about {event} is otherwise than we wrote to you:\n\n{changes}\n\n"
            "If it does not suit you any more, tell me, and we find another way.",
        ),
        "fr": (
            "{event} : ce qui a changé",
            "Bonjour {person},\n\nvoici ce qui a changé pour {event} depuis notre lettre :\n\n{changes}\n\n"
            "Si cela ne vous convient plus, dites-le-moi et nous trouverons une autre solution.",
        ),
        "ar": (
            "{event}: ما الذي تغيّر",
            "{person}، تحية طيبة،\n\nتغيّر بعض ما كتبناه إليك عن {event}:\n\n{changes}\n\n"
            "إن لم يعد ذلك يناسبك فأخبرني لنجد حلًا آخر.",
        ),
    },
    "ask_again": {
        "en": (
            "{event} has moved: do you still come?",
            "Dear {person},\n\nyou had answered us about {event}. It has another time or place now: {dates}, {place}, {city}.\n\n"
            "Please say again whether you come: {answer_link}",
        ),
        "fr": (
            "{event} a changé : venez-vous toujours ?",
            "Bonjour {person},\n\nvous nous aviez répondu pour {event}. La date ou le lieu a changé : {dates}, {place}, "
            "{city}.\n\n"
            "Dites-nous à nouveau si vous venez : {answer_link}",
        ),
        "ar": (
            "تغيّر موعد {event} أو مكانه: هل ستحضر؟",
            "{person}، تحية طيبة،\n\nكنت قد أجبتنا بشأن {event}، وقد صار الآن: {dates}، {place}، {city}.\n\n"
            "أخبرنا من جديد إن كنت ستحضر: {answer_link}",
        ),
    },
    "cancellation": {
        "en": (
            "{event} does not take place",
            "Dear {person},\n\n{event} ({dates}, {place}) does not take place. I am sorry for the trouble this makes for you.\n\n"
            "What we arranged for you is undone by us; you have nothing to do.",
        ),
        "fr": (
            "{event} n'aura pas lieu",
            "Bonjour {person},\n\n{event} ({dates}, {place}) n'aura pas lieu. Je vous prie de nous excuser.\n\n"
            "Nous annulons ce que nous avions réservé pour vous ; vous n'avez rien à faire.",
        ),
        "ar": (
            "إلغاء {event}",
            "{person}، تحية طيبة،\n\nلن يُعقد {event} ({dates}، {place}). نعتذر عما يسببه ذلك لك.\n\n"
            "سنلغي نحن كل ما رتبناه لك، وليس عليك أن تفعل شيئًا.",
        ),
    },
    "withdrawal": {
        "en": (
            "{event}: our invitation to you",
            "Dear {person},\n\nwe have to take back our invitation to {event} ({dates}, {place}). I am sorry for the trouble "
            "this makes for you.\n\nWhat we arranged for you is undone by us; you have nothing to do.",
        ),
        "fr": (
            "{event} : notre invitation",
            "Bonjour {person},\n\nnous devons retirer notre invitation à {event} ({dates}, {place}). Je vous prie de nous "
            "excuser.\n\nNous annulons ce que nous avions réservé pour vous ; vous n'avez rien à faire.",
        ),
        "ar": (
            "{event}: دعوتنا إليك",
            "{person}، تحية طيبة،\n\nنضطر إلى سحب دعوتنا إلى {event} ({dates}، {place}). نعتذر عما يسببه ذلك لك.\n\n"
            "سنلغي نحن كل ما رتبناه لك، وليس عليك أن تفعل شيئًا.",
        ),
    },
}  # fmt: skip


def write_letters(story: Story) -> None:
    """Mei writes the texts before anybody is invited."""
    with story.at(-91):
        for key, texts in _TEXTS.items():
            for language, (subject, body) in texts.items():
                details = LetterTemplateDetails(
                    key=key, language=language, subject=subject, body=body + _SIGNED[language]
                )
                outreach.write_letter_template(details, by=story.users["mei"])
