"""Forms about webhooks."""

from datetime import timedelta

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, SelectChoice, SelectMultipleField

from app.accounts.models import User
from app.core import clock, forms
from app.core.forms import BaseForm, instant_of, wall_time
from app.webhooks import policies
from app.webhooks.details import SpanDetails, WebhookDetails
from app.webhooks.models import Webhook


class WebhookForm(BaseForm):
    """A program elsewhere and what it is told."""

    name = forms.line(_l("What is it for?"), longest=120, description=_l("For example: the data warehouse."))
    address = forms.line(
        _l("Address"),
        required=False,
        longest=2000,
        description=_l(
            "Begins with https:// and is on the internet: nothing inside this network is ever called."
        ),
    )
    kinds = SelectMultipleField(_l("Tell it of"), choices=[])

    def offer(self, owner: User) -> "WebhookForm":
        """Fill the list of kinds with those the owner may read; returns itself."""
        self.kinds.choices = [
            SelectChoice(kind.name, f"{kind.words} ({kind.name})") for kind in policies.kinds_for(owner)
        ]
        return self

    @classmethod
    def about(cls, hook: Webhook) -> "WebhookForm":
        """The form of a webhook as it is; its address stays unsaid."""
        form = cls(data={"name": hook.name, "kinds": hook.kinds, "version": hook.version})
        form.address.description = _l(
            "Empty keeps the one it has. The address itself may be a key, so nobody is shown it."
        )
        return form

    def details(self) -> WebhookDetails:
        return WebhookDetails(
            name=self.name.data, address=self.address.data, kinds=tuple(self.kinds.data or ())
        )


class AgainForm(BaseForm):
    """A span of time whose events are sent once more."""

    from_at = forms.moment(_l("From"), zone_field=None)
    to_at = forms.moment(_l("Until"), zone_field=None)
    is_all = BooleanField(
        _l("Also what was taken"),
        description=_l(
            "Without it, dead letters and what was withheld. Receivers know an event they have by its id."
        ),
    )

    @classmethod
    def of_yesterday(cls, zone: str) -> "AgainForm":
        """The form with the last day filled in."""
        now = clock.now()
        return cls(data={"from_at": wall_time(now - timedelta(days=1), zone), "to_at": wall_time(now, zone)})

    def details(self, zone: str) -> SpanDetails:
        """What was typed, on the clock of whoever typed it."""
        return SpanDetails(
            from_at=instant_of(self, "from_at", zone), to_at=instant_of(self, "to_at", zone), is_all=bool(self.is_all.data)
        )  # fmt: skip
