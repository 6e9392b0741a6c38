"""公告栏: the hooks that our own modules do not need: a public page, and what happens on enabling, disabling and after a lock."""

from flask import Blueprint, Response
from peewee import CharField, TextField

from youthpilot.core import OrganizationRow, Plugin, hookimpl, policy

PLUGIN = Plugin(name="notice", title="公告栏", description="县里贴一张公告，群众不登录也能看", requires="2", order=600)
TEXT = "本县基层团组织改革试点的公开电话和办事地点，请向团县委询问。"


class Notice(OrganizationRow):
    """Something on the board; carries the county's root."""

    readable_from = "county"

    title = CharField(max_length=80)
    text = TextField(default="")

    class Meta:
        table_name = "notice_post"
        indexes = ((("county", "title"), True),)


@policy(kind="public", side="county", module="notice")
def board():
    """Everybody may read it; no county rows are touched, so no scope is needed."""
    return Response(TEXT, mimetype="text/plain")


@hookimpl
def register_models():
    return [Notice]


@hookimpl
def register_migrations():
    return {
        "0001_initial": [
            """CREATE TABLE "notice_post" ("id" {id}, "county_id" INTEGER NOT NULL, "organization_id" INTEGER NOT NULL,
               "title" VARCHAR(80) NOT NULL, "text" TEXT NOT NULL, UNIQUE ("county_id", "id"),
               FOREIGN KEY ("county_id") REFERENCES "core_county" ("id"),
               FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"))""",
            'CREATE UNIQUE INDEX "notice_post_county_id_title" ON "notice_post" ("county_id", "title")',
            'CREATE INDEX "notice_post_county_id_organization_id" ON "notice_post" ("county_id", "organization_id")',
        ]
    }


@hookimpl
def register_blueprints():
    blueprint = Blueprint("notice", __name__)
    blueprint.add_url_rule("/notice", "board", board)
    return [blueprint]


def post(county, title):
    """Put a line on the board, once."""
    from youthpilot.core import Organization

    root = Organization.get(Organization.parent.is_null())
    Notice.get_or_create(county=county.id, title=title, defaults={"organization": root})


@hookimpl
def county_enabled(county):
    post(county, "公告栏启用了")


@hookimpl
def county_disabled(county):
    """Called after the commit and outside the county's scope: set one before touching rows."""
    from youthpilot.core import county_scope, scoped

    with scoped(county_scope(county.id)):
        post(county, "公告栏停用了")


@hookimpl
def county_period_closed(county, period):
    post(county, f"{period.code}已锁定")
