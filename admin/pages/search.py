"""查找: organizations, people and figures by a few letters, only what the user may see."""

from typing import Any

from flask import request, url_for

from youthpilot.core.accounts import allowed, current_actor
from youthpilot.core.cadres.models import TITLES, Person, Post
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.models import KINDS
from youthpilot.core.organizations.queries import in_force, search
from youthpilot.core.periods.queries import current_period
from youthpilot.core.web.current import current_registry, the_county
from youthpilot.plugins.figures.queries import figures_of
from youthpilot.plugins.reports.pages import written

from ..baseview import BaseAdminView, expose

SHOWN = 20


class SearchView(BaseAdminView):
    """One box for everything."""

    name = _l("Search")
    icon = "search"
    slug = "search"
    permission_read = "home.see"
    in_menu = False

    @expose("/")
    def index(self) -> Any:
        """Up to twenty of each sort."""
        words = request.args.get("q", "").strip()[:60]
        organizations = list(search(words, SHOWN)) if words and allowed("organizations.see") else []
        people = people_of(words) if words and allowed("cadres.see") else []
        figures = figures_with(words) if words and allowed("figures.see") else []
        return self.render("home/search.html", words=words, organizations=organizations, people=people, figures=figures, KINDS=KINDS, TITLES=TITLES)


def people_of(words: str) -> list[Post]:
    """Posts in force whose holder's name contains the words."""
    query = Post.select(Post, Person).join(Person, on=(Post.person == Person.id)).where(Person.name.contains(words) & in_force(today()))
    return list(query.order_by(Person.name).limit(SHOWN))


def figures_with(words: str) -> list[tuple[Any, str, str]]:
    """(figure, wording, address) of indicators whose title contains the words, at the user's own organization."""
    period, actor = current_period(today()), current_actor()
    if period is None or actor is None:
        return []
    found = figures_of(the_county(), period, current_registry()).visible(actor.root_id)
    at = actor.root_id or found.root
    rows = [f for f in found.for_organization(at) if words in f.title][:SHOWN]
    page = "report.index" if allowed("report.see") else "report.records"
    return [
        (f, written(f), url_for(page, period=period.code, figure=f.key, organization=at) + ("#trace" if page == "report.index" else "")) for f in rows
    ]
