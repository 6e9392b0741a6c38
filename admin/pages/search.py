"""查找: organizations, people and whatever plugins find by a few letters, only what the user may see."""

from flask import request, url_for

from youthpilot.core.accounts import allowed
from youthpilot.core.cadres.models import TITLES, Person, Post
from youthpilot.core.cadres.standing import in_force
from youthpilot.core.hookspecs import Specs
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations.models import KINDS
from youthpilot.core.organizations.queries import search
from youthpilot.core.screens import SearchHit, SearchHits
from youthpilot.core.web.current import current_registry

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
    def index(self) -> str:
        """Up to twenty of each sort."""
        words = request.args.get("q", "").strip()[:60]
        return self.render("home/search.html", words=words, found=hits(words) if words else [])


def hits(words: str) -> list[SearchHits]:
    """What core and the plugins find, each sort that has any."""
    told = current_registry().each(Specs.county_search, words=words, today=today(), most=SHOWN)
    found = [*_organizations(words), *_people(words), *(sort for _name, sorts in told for sort in sorts or ())]
    return sorted((sort for sort in found if sort.hits), key=lambda sort: sort.order)


def _organizations(words: str) -> list[SearchHits]:
    if not allowed("organizations.see"):
        return []
    rows = [SearchHit(o.name, str(KINDS[o.kind]), url_for("organizations.index", id=o.id) + "#org") for o in search(words, SHOWN)]
    return [SearchHits(_("Organizations"), "org", tuple(rows), 20)]


def _people(words: str) -> list[SearchHits]:
    if not allowed("cadres.see"):
        return []
    rows = [SearchHit(p.person.name, f"{p.organization.name} · {TITLES[p.title]}", url_for("cadres.details_view", id=p.id)) for p in people_of(words)]
    return [SearchHits(_("Cadres"), "cadre", tuple(rows), 30)]


def people_of(words: str) -> list[Post]:
    """Posts in force whose holder's name contains the words."""
    query = Post.select(Post, Person).join(Person, on=(Post.person == Person.id)).where(Person.name.contains(words) & in_force(today()))
    return list(query.order_by(Person.name).limit(SHOWN))
