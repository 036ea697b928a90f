"""Kinds and platforms as lists, dated parts of a record, files, and what those who serve need to know.

Revision ID: 0008
Revises: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_KINDS = (
    "Academic",
    "Analyst",
    "Blogger",
    "Consultant",
    "Journalist",
    "Live streamer",
    "Podcaster",
    "Video blogger",
)

_PLATFORMS = {
    "Bilibili": ["bilibili.com"],
    "Blog": [],
    "Facebook": ["facebook.com"],
    "Instagram": ["instagram.com"],
    "Journal": [],
    "KakaoTalk": ["pf.kakao.com"],
    "LinkedIn": ["linkedin.com"],
    "Livestream": [],
    "Magazine": [],
    "Mastodon": ["mastodon.social"],
    "Naver": ["naver.com", "blog.naver.com"],
    "Newsletter": [],
    "Note": ["note.com"],
    "Podcast": [],
    "Radio": [],
    "Research notes": [],
    "Telegram": ["t.me"],
    "Television": [],
    "TikTok": ["tiktok.com"],
    "Twitch": ["twitch.tv"],
    "Web": [],
    "Vimeo": ["vimeo.com"],
    "WeChat": ["mp.weixin.qq.com"],
    "Weibo": ["weibo.com"],
    "X": ["x.com", "twitter.com"],
    "Xiaohongshu": ["xiaohongshu.com"],
    "YouTube": ["youtube.com", "youtu.be"],
    "Zhihu": ["zhihu.com", "zhuanlan.zhihu.com"],
}

_EVIDENCE = ("talk", "citation", "advisory_call", "publication", "standards_work", "award", "other")
_CATEGORIES = ("agreement", "consent", "biography", "portrait", "correspondence", "other")


def upgrade() -> None:
    _list_kinds()
    _list_platforms()
    for table in ("affiliation", "channel", "evidence", "may_accept"):
        op.add_column(table, sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("affiliation", sa.Column("consented_on", sa.Date(), nullable=True))
    op.add_column("channel", sa.Column("audience_read_on", sa.Date(), nullable=True))
    op.add_column("channel", sa.Column("ended_on", sa.Date(), nullable=True))
    kind = sa.Enum(*_EVIDENCE, name="evidencekind", native_enum=False, length=40)
    op.add_column("evidence", sa.Column("kind", kind, nullable=False, server_default="other"))
    op.add_column("evidence", sa.Column("note", sa.Text(), nullable=False, server_default=sa.text("''")))
    op.add_column(
        "may_accept", sa.Column("source", sa.String(length=320), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "organisation",
        sa.Column("rule_url", sa.String(length=2000), nullable=False, server_default=sa.text("''")),
    )
    _make_files()
    _make_hospitality()


def _list_kinds() -> None:
    """Kinds that were typed so far keep their rows; the usual ones come beside them."""
    # SQLite cannot rebuild a table that others point to, so what old rows need comes as a default of the column.
    op.add_column(
        "person_kind", sa.Column("code", sa.String(length=320), nullable=False, server_default=sa.text("''"))
    )
    op.add_column(
        "person_kind", sa.Column("is_retired", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("person_kind", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.execute(sa.text("UPDATE person_kind SET code = name"))
    op.create_index(op.f("ix_person_kind_code"), "person_kind", ["code"], unique=True)
    here = {name.lower() for name in op.get_bind().scalars(sa.text("SELECT name FROM person_kind"))}
    table = sa.table(
        "person_kind",
        sa.column("code"),
        sa.column("name"),
        sa.column("is_retired", sa.Boolean()),
        sa.column("version"),
    )
    new = [name for name in _KINDS if name.lower() not in here]
    op.bulk_insert(table, [{"code": name, "name": name, "is_retired": False, "version": 1} for name in new])


def _list_platforms() -> None:
    """Every platform a channel names is on the list; those that differ in case only become one."""
    op.create_table(
        "platform",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("hosts", sa.JSON(), nullable=False),
        sa.Column("is_retired", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_platform")),
        sa.UniqueConstraint("code", name=op.f("uq_platform_code")),
        sa.UniqueConstraint("name", name=op.f("uq_platform_name")),
    )
    rows = {name.lower(): {"code": name, "name": name, "hosts": hosts} for name, hosts in _PLATFORMS.items()}
    bind = op.get_bind()
    for named in bind.scalars(sa.text("SELECT DISTINCT platform FROM channel ORDER BY platform")).all():
        listed = rows.setdefault(named.lower(), {"code": named, "name": named, "hosts": []})
        if listed["code"] != named:
            change = sa.text("UPDATE channel SET platform = :code WHERE platform = :named")
            bind.execute(change, {"code": listed["code"], "named": named})
    table = sa.table(
        "platform",
        sa.column("code"),
        sa.column("name"),
        sa.column("hosts", sa.JSON()),
        sa.column("is_retired", sa.Boolean()),
        sa.column("version"),
    )
    op.bulk_insert(table, [rows[key] | {"is_retired": False, "version": 1} for key in sorted(rows)])


def _make_files() -> None:
    op.create_table(
        "person_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=True),
        sa.Column(
            "category",
            sa.Enum(*_CATEGORIES, name="filecategory", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column(
            "audience",
            sa.Enum("everybody", "holders", name="fileaudience", native_enum=False, length=40),
            nullable=False,
        ),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_by_id", sa.Integer(), nullable=True),
        sa.Column("remove_reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_person_file_by_id_user")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["stored_file.id"], name=op.f("fk_person_file_file_id_stored_file")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_file_person_id_person")),
        sa.ForeignKeyConstraint(
            ["removed_by_id"], ["user.id"], name=op.f("fk_person_file_removed_by_id_user")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_file")),
    )
    op.create_index(op.f("ix_person_file_person_id"), "person_file", ["person_id"], unique=False)


def _make_hospitality() -> None:
    op.create_table(
        "hospitality",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("diet", sa.Text(), nullable=False),
        sa.Column("access_needs", sa.Text(), nullable=False),
        sa.Column("quiet_days", sa.Text(), nullable=False),
        sa.Column("consented_on", sa.Date(), nullable=False),
        sa.Column("consent_source", sa.String(length=320), nullable=False),
        sa.Column("purge_on", sa.Date(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["user.id"], name=op.f("fk_hospitality_by_id_user")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_hospitality_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hospitality")),
        sa.UniqueConstraint("person_id", name=op.f("uq_hospitality_person_id")),
    )
    op.create_index(op.f("ix_hospitality_purge_on"), "hospitality", ["purge_on"], unique=False)


def downgrade() -> None:
    op.drop_table("hospitality")
    op.drop_index(op.f("ix_person_file_person_id"), table_name="person_file")
    op.drop_table("person_file")
    for table, names in {
        "organisation": ("rule_url",),
        "may_accept": ("source", "version"),
        "evidence": ("note", "kind", "version"),
        "channel": ("ended_on", "audience_read_on", "version"),
        "affiliation": ("consented_on", "version"),
    }.items():
        for name in names:
            op.drop_column(table, name)
    op.drop_table("platform")
    op.drop_index(op.f("ix_person_kind_code"), table_name="person_kind")
    for name in ("version", "is_retired", "code"):
        op.drop_column("person_kind", name)
    unused = "DELETE FROM person_kind WHERE id NOT IN (SELECT kind_id FROM person WHERE kind_id IS NOT NULL)"
    op.execute(sa.text(unused))
