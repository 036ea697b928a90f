"""Names of others in words about a person: taken out of that person's copy; our own people by role and department (P9)."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from msgspec import Struct, field

from app.accounts.models import User
from app.core.db import db
from app.people.models import Channel, Person
from app.people.names import fold
from app.privacy.mentions import Marks
from app.privacy.reaching import Whose

ANOTHER = "another person"
_WORD = re.compile(r"\w+")
#: A name of one word that is shorter is a name only as it is written: "Mei", never "mei".
_LEAST = 4
_CHUNK = 1000


def role_of(user: User) -> str:
    """How a user of the house is named to people outside: "Compliance, Legal"."""
    return f"{user.role_label}, {user.department.name}"


class Mask(Struct):
    """Phrases by their first word, each with what stands in its place; longer ones go first."""

    phrases: dict[str, list[tuple[tuple[str, ...], str]]] = field(default_factory=lambda: defaultdict(list))
    #: Short names of one word, as they are written.
    exact: dict[str, str] = field(default_factory=dict)

    def add(self, text: str, instead: str) -> None:
        words = tuple(fold(word) for word in _WORD.findall(text))
        if len(words) == 1 and len(words[0]) < _LEAST:
            self.exact[text.strip()] = instead
        elif words:
            self.phrases[words[0]].append((words, instead))

    def close(self, own: Sequence[str]) -> "Mask":
        """Order the phrases, and leave the person's own names alone."""
        spared = {tuple(fold(word) for word in _WORD.findall(text)) for text in own}
        for first, known in self.phrases.items():
            kept = {words: instead for words, instead in known if words not in spared}
            self.phrases[first] = sorted(kept.items(), key=lambda pair: -len(pair[0]))
        for text in own:
            self.exact.pop(text, None)
        return self

    def over(self, value: Any) -> Any:
        """The same value without the names of others, in text of any shape."""
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list):
            return [self.over(one) for one in value]
        if isinstance(value, Mapping):
            return {key: self.over(one) for key, one in value.items()}
        return value

    def _text(self, text: str) -> str:
        found = list(_WORD.finditer(text))
        words = [fold(one.group()) for one in found]
        parts, at, i = [], 0, 0
        while i < len(words):
            known = self.phrases.get(words[i], ())
            hit = next((pair for pair in known if tuple(words[i : i + len(pair[0])]) == pair[0]), None)
            if hit is None and (short := self.exact.get(found[i].group())) is not None:
                hit = (words[i],), short
            if hit is None:
                i += 1
                continue
            last = found[i + len(hit[0]) - 1]
            parts += [text[at : found[i].start()], hit[1]]
            at, i = last.end(), i + len(hit[0])
        return "".join([*parts, text[at:]])


def mask_for(whose: Whose, marks: Marks) -> Mask:
    """Everybody but this person: people as `another person`, users by role and department."""
    mask = Mask()
    names = sa.select(Person.name, Person.sort_name, Person.email, Person.phone).where(
        Person.id.not_in(whose.ids), Person.is_pseudonymous.is_(False)
    )
    handles = sa.select(Channel.handle).where(Channel.person_id.not_in(whose.ids))
    for wanted in (names, handles):
        for row in db.session.execute(wanted.execution_options(yield_per=_CHUNK)):
            for text in row:
                mask.add(text, ANOTHER)
    for user in db.session.scalars(sa.select(User)):
        for text in (user.name, user.email):
            mask.add(text, role_of(user))
    return mask.close([*marks.words, *marks.shared])
