"""The page of the labels tester: what a post is worth to each of its audiences, and which of them is the strictest."""

from collections.abc import Sequence

from flask import render_template, request
from flask.typing import ResponseReturnValue
from msgspec import Struct

from app.accounts.access import requires
from app.core import clock
from app.core.forms import args_without
from app.disclosures import policies, policies_labels, queries
from app.disclosures.forms_tester import TesterForm
from app.disclosures.models import PolicyVersion
from app.disclosures.policies_labels import Judgement
from app.disclosures.views import bp
from app.people.queries_lists import offered_platforms


class Tested(Struct, frozen=True):
    """One policy with its verdict; `is_decisive` where no other is stricter (D1)."""

    version: PolicyVersion
    judgement: Judgement
    is_decisive: bool


@bp.route("/tester", methods=["GET", "POST"])
@requires("disclosures:read")
def tester() -> ResponseReturnValue:
    """Paste a post: what is its label worth where it is read, and why? Nothing is written (D1, D5)."""
    versions = queries.published_on(clock.today())
    form = TesterForm(data={"version_id": request.args.get("version", "all")}).offer(
        versions, offered_platforms()
    )
    judged: list[tuple[PolicyVersion, Judgement]] = []
    unruled: list[str] = []
    if form.validate_on_submit():
        asked = _asked(form, versions)
        judged = [(one, _judged(one, form)) for one in asked]
        ruled = {one.policy.jurisdiction for one in asked}
        unruled = [code for code in form.audience if not policies.jurisdictions_of([code]) & ruled]
    worst = policies_labels.strictest([judgement for _, judgement in judged]) if judged else None
    rows = [Tested(one, found, worst is not None and found.verdict is worst.verdict) for one, found in judged]
    return render_template(
        "disclosures/tester.html", form=form, rows=rows, worst=worst, unruled=unruled, args=args_without()
    ), form.status


def _asked(form: TesterForm, versions: Sequence[PolicyVersion]) -> Sequence[PolicyVersion]:
    """One policy by name, else those of the audience, else every one in force."""
    if form.version_id.data != "all":
        return [one for one in versions if str(one.id) == form.version_id.data]
    if form.audience:
        return policies.applicable(versions, policies.jurisdictions_of(form.audience))
    return versions


def _judged(version: PolicyVersion, form: TesterForm) -> Judgement:
    return policies_labels.judge_label(version, form.read_as, form.text.data, form.language.data)
