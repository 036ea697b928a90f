"""Forms of the desk: how far a visa has got, and how long things take."""

from app.core.forms import BaseForm, choice, whole, words_of
from app.travel.details import VisaDetails
from app.travel.models import VisaState
from app.travel.policies_timings import Timings


class VisaForm(BaseForm):
    """How far a visa has got, and how long the consulate takes."""

    state = choice("Visa", words_of(VisaState))
    lead_days = whole(
        "Days the consulate takes",
        most=730,
        required=False,
        description="Left empty, the weeks of the event hold.",
    )

    def details(self) -> VisaDetails:
        return VisaDetails(state=VisaState(self.state.data), lead_days=self.lead_days.data)


class TimingsForm(BaseForm):
    """Minutes that the desk and the trips reckon with."""

    domestic = whole("Change within one country", most=1440)
    international = whole("Change across a border", most=1440)
    change = whole("Change of airport, or from train to flight", most=1440)
    buffer = whole("Between arriving and the first duty", most=1440)
    pick_up = whole("From landing to the car", most=1440)
    drop_off = whole("From the car to departure", most=1440)

    def details(self) -> Timings:
        return Timings(**{name: self[name].data for name in Timings.model_fields})
