"""Pages of the contact rule and of the texts of letters."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts.access import acting_user, requires
from app.core import clock
from app.outreach import operations, queries, queries_outbox, queries_templates, words_letters
from app.outreach.forms import ContactRuleForm, LetterForm
from app.outreach.views import bp
from app.people.languages import language_words


@bp.get("/rule")
@requires("outreach:read")
def rule() -> ResponseReturnValue:
    now = clock.now()
    rules = queries.list_rules()
    return render_template(
        "outreach/rule.html", rule=queries.rule_in_force(now), rules=rules, limit=queries.limit_in_force(now)
    )


@bp.route("/rule/new", methods=["GET", "POST"])
@requires("settings:write")
def new_rule() -> ResponseReturnValue:
    form = ContactRuleForm.of(queries.limit_in_force(clock.now()), queries.newest_rule())
    if form.validate_on_submit():
        with form.attempt():
            made = operations.set_contact_rule(form.details(), by=acting_user(), seen_id=form.seen_version)
            flash(
                _(
                    "From now on: at most %(n_touches)s unsolicited contacts in %(n_days)s days.",
                    n_touches=made.n_touches,
                    n_days=made.n_days,
                ),
                "ok",
            )
            return redirect(url_for("outreach.rule"), 303)
    return render_template("outreach/new_rule.html", form=form), form.status


@bp.get("/letters")
@requires("outreach:read")
def letters() -> ResponseReturnValue:
    return render_template("outreach/letters.html", rows=queries_outbox.list_templates())


@bp.route("/letters/new", methods=["GET", "POST"])
@requires("outreach:write")
def new_letter() -> ResponseReturnValue:
    key, language = request.args.get("key", ""), request.args.get("language", "")
    form = LetterForm.begun(key, language, queries_outbox.template_in_force(key, language))
    if form.validate_on_submit():
        with form.attempt():
            by, seen = acting_user(), form.number_seen()
            made = operations.write_letter_template(form.details(), by=by, seen_number=seen)
            text = _(
                "Version %(made)s in %(language)s is in force. Letters that waited for it are in the outbox.",
                made=made.number, language=language_words(made.language),
            )  # fmt: skip
            flash(text, "ok")
            return redirect(url_for("outreach.letter", id=made.id), 303)
    original = queries_outbox.template_in_force(key or "invitation", "en")
    return render_template(
        "outreach/new_letter.html", form=form, words=words_letters.PLACEHOLDERS, original=original
    ), form.status


@bp.get("/letters/<int:id>")
@requires("outreach:read")
def letter(id: int) -> ResponseReturnValue:
    template = queries_outbox.get_template(id)
    versions = queries_outbox.list_versions(template.key, template.language)
    subject, body = queries_templates.preview(template, acting_user())
    return render_template(
        "outreach/letter.html", template=template, versions=versions, titles=words_letters.KEYS, example_subject=subject,
        example_body=body, uses=queries_templates.uses_of(versions),
    )  # fmt: skip


@bp.post("/letters/<int:id>/restore")
@requires("outreach:write")
def restore_letter(id: int) -> ResponseReturnValue:
    """Put an earlier version in force again."""
    made = operations.restore_letter_template(queries_outbox.get_template(id), by=acting_user())
    flash(_("Version %(n)s holds these words again and is in force.", n=made.number), "ok")
    return redirect(url_for("outreach.letter", id=made.id), 303)
