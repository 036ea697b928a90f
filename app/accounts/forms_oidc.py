"""Forms about the provider of the company."""

from wtforms import HiddenField

from app.accounts.details_sign_in import GroupDetails
from app.accounts.models import Role
from app.core import forms
from app.core.forms import BaseForm


class FinishForm(BaseForm):
    """What came back from the provider, on its way to the request that lets somebody in."""

    form_key = None
    version = None
    proof = HiddenField()


class GroupForm(BaseForm):
    """What a group means here."""

    group_name = forms.line("Group", description="Exactly as the provider writes it: a name, or a number.")
    role = forms.choice(
        "Role", [(role.value, role.value.capitalize()) for role in Role if role != Role.PARTNER]
    )
    department = forms.line("Department", description="A new name makes a new department.")

    def details(self) -> GroupDetails:
        return GroupDetails(
            group_name=self.group_name.data, role=Role(self.role.data), department=self.department.data
        )
