"""农家书屋: a whole module in one file, from a distribution of its own. The tests install it and docs/write-a-plugin.md quotes it."""

from peewee import CharField, DateField, IntegerField, fn

from youthpilot.core import OrganizationRow, Panel, Plugin, hookimpl
from youthpilot.plugins.figures import FigureContext, Indicator, Records
from youthpilot.plugins.reports import ReportSection

PLUGIN = Plugin(name="library", title="农家书屋", description="村里的农家书屋和借阅人次", requires="2", order=500)


class Visit(OrganizationRow):
    """A day's visits to a village's reading room."""

    visited_on = DateField()
    visitors = IntegerField()  # 人次
    note = CharField(max_length=80, default="")
    date_field = "visited_on"

    class Meta:
        table_name = "library_visit"
        indexes = ((("county", "organization", "visited_on"), True),)


def in_range(ctx: FigureContext):
    """Visits inside the period, both ends included."""
    return (Visit.visited_on >= ctx.start) & (Visit.visited_on <= ctx.end)


def visitors(ctx: FigureContext):
    """(organization_id, 人次): only organizations that have a record."""
    return Visit.select(Visit.organization, fn.SUM(Visit.visitors)).where(in_range(ctx)).group_by(Visit.organization).tuples()


def visit_records(ctx: FigureContext, organization_ids: list[int]) -> Records:
    """The rows behind the figure."""
    rows = Visit.select(Visit.visited_on, Visit.visitors).where(in_range(ctx) & Visit.organization.in_(organization_ids))
    return Records(("日期", "人次"), rows.order_by(Visit.visited_on).tuples())


@hookimpl
def register_models():
    return [Visit]


@hookimpl
def register_migrations():
    return {
        "0001_initial": [
            """CREATE TABLE "library_visit" ("id" {id}, "county_id" INTEGER NOT NULL, "organization_id" INTEGER NOT NULL,
               "visited_on" DATE NOT NULL, "visitors" INTEGER NOT NULL, "note" VARCHAR(80) NOT NULL, UNIQUE ("county_id", "id"),
               FOREIGN KEY ("county_id") REFERENCES "core_county" ("id"),
               FOREIGN KEY ("county_id", "organization_id") REFERENCES "core_organization" ("county_id", "id"))""",
            """CREATE UNIQUE INDEX "library_visit_county_id_organization_id_visited_on"
               ON "library_visit" ("county_id", "organization_id", "visited_on")""",
        ]
    }


@hookimpl
def register_indicators():
    return [
        Indicator("library.visitors", "农家书屋借阅", "人次", "flow", "报告期内各村农家书屋借阅人次之和", compute=visitors, records=visit_records)
    ]


def compose(report):
    """One sentence, only if there is a figure."""
    report.sentence("农家书屋接待借阅", report.figure("library.visitors"), "。", when=report.has("library.visitors"))


@hookimpl
def register_report_sections():
    return [ReportSection("library.visits", "service", "建好农家书屋", 400, compose)]


@hookimpl
def county_panels(county, period, today):
    return [Panel("农家书屋", (f"共 {Visit.select().count()} 天有记录",))]
