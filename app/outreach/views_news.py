"""The page that writes news to a cohort."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from wtforms import SelectChoice

from app.accounts.access import acting_user, requires
from app.core.forms import BaseForm, choice, line, prose
from app.outreach import operations_news, queries_news, queries_outbox
from app.outreach.policies_outbox import NEWS
from app.outreach.views import bp


class NewsForm(BaseForm):
    """News for the members of a cohort."""

    cohort_id = choice("To", [])
    title = line(
        "Title", longest=200, description="How the batch is called in the outbox; nobody outside reads it."
    )
    message = prose("News", longest=10_000, description="It stands where {message} is in the letter.")

    def offer(self) -> "NewsForm":
        """Fill the cohorts."""
        rows = [(str(row.id), f"{row.name}, {row.program.name}") for row in queries_news.list_audiences()]
        self.cohort_id.choices = [SelectChoice("", "—"), *(SelectChoice(*row) for row in rows)]
        return self


@bp.route("/news/new", methods=["GET", "POST"])
@requires("outreach:write")
def new_news() -> ResponseReturnValue:
    """Who did not agree to news is in the batch, with why, and gets nothing (P4)."""
    by, form = acting_user(), NewsForm(data={"cohort_id": request.args.get("cohort", "")}).offer()
    if form.validate_on_submit():
        with form.attempt():
            audience = queries_news.audience_of(int(form.cohort_id.data), by)
            batch = operations_news.write_news(audience, form.title.data, form.message.data, by=by)
            if audience.without_mail:
                flash(
                    _(
                        "Without a mail address: %(without_mail)s.",
                        without_mail=", ".join(one.name for one in audience.without_mail),
                    ),
                    "warn",
                )
            flash(_("It waits in the outbox. Nothing has been sent."), "ok")
            return redirect(url_for("outreach.batch", name=batch), 303)
    return render_template(
        "outreach/new_news.html", form=form, written=queries_outbox.languages_of(NEWS), key=NEWS
    ), form.status
