"""Values that are checked together when they are made, and stay as they are."""

from pydantic import BaseModel, ConfigDict


class Checked(BaseModel):
    """What operations take, and what requests and answers hold: frozen, ValidationError for what cannot be.

    What checks it is put together at its first use, so that a server that starts waits for none of three hundred. Pydantic
    holds a lock meanwhile (2.14, its pull request 13438): before, two threads at once could be checked by a parent's rules.
    """

    model_config = ConfigDict(frozen=True, defer_build=True)
