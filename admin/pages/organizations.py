"""团组织: the tree as of a day, what is to be put in order, and the verbs: new, change, move, merge, close, reopen."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from wtforms import DateField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from youthpilot.core.cadres.models import TITLES, Person, Post
from youthpilot.core.cadres.queries import seats
from youthpilot.core.cadres.standing import in_force, problems, registered_and_effective
from youthpilot.core.kernel.actor import current_actor
from youthpilot.core.kernel.clock import today
from youthpilot.core.kernel.errors import NotFound, YouthpilotError
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.organizations import services
from youthpilot.core.organizations.models import KINDS, TYPES, Organization, OrganizationEvent, OrganizationLink
from youthpilot.core.organizations.queries import search, term_end, tree_as_of
from youthpilot.core.organizations.settings import thresholds
from youthpilot.core.web.current import current_registry, the_county

from ..baseview import BaseAdminView, expose, needs
from .forms import PageForm

CHILDREN_SHOWN = 60
EARLIEST = date(1949, 1, 1)
PROPOSED = {  # kind of the superior → kind and type that a new organization below it is proposed with
    "county": ("township", "committee"),
    "township": ("village", "branch"),
    "street": ("community", "branch"),
    "school": ("class", "branch"),
}
CHIPS = (
    ("no_cadre", _l("No cadre"), "cadre"),
    ("no_secretary", _l("No secretary"), "cadre"),
    ("hollow", _l("Fewer than 3 members"), "people"),
    ("term_over", _l("Term over"), "clock"),
)
EVENTS = {
    "create": _l("founded"),
    "move": _l("moved"),
    "moved": _l("moved"),
    "merge": _l("merged"),
    "merged": _l("merged"),
    "split": _l("divided"),
    "close": _l("closed"),
    "closed": _l("closed"),
    "reopen": _l("reopened"),
    "reopened": _l("reopened"),
    "renamed": _l("renamed"),
}


def parent_choices() -> list[tuple[int, str]]:
    """Organizations that may have others below them, indented as in the tree."""
    tree = tree_as_of(the_county().id, today())
    return [(n.id, "　" * n.depth + n.name) for n in tree if n.active and n.org_type != "branch"]


class OrganizationForm(PageForm):
    """What an organization is; where it stands is moved apart."""

    code = StringField(_l("Code"), [InputRequired(_l("Give a code: it identifies the organization in files")), Length(max=60)])
    name = StringField(_l("Full name"), [InputRequired(_l("Give the full name, without abbreviations")), Length(max=120)])
    short_name = StringField(_l("Short name"), [Length(max=60)])
    kind = SelectField(_l("Kind of place"), choices=list(KINDS.items()))
    org_type = SelectField(_l("Type"), choices=list(TYPES.items()))
    parent = SelectField(_l("Superior"), coerce=int, validate_choice=True)
    established_on = DateField(_l("Founded on"), [Optional()])
    last_elected_on = DateField(_l("Last election"), [Optional()])
    term_years = IntegerField(_l("Years of a term"), [Optional(), NumberRange(1, 5)], description=_l("Empty: as the rules say for its type"))
    member_count = IntegerField(_l("Members"), [Optional(), NumberRange(0, 100_000)], description=_l("Empty: not known; 0: really none"))
    member_count_on = DateField(_l("Members counted on"), [Optional()])
    posts_due = IntegerField(_l("Posts due"), [Optional(), NumberRange(0, 500)], description=_l("Empty: as the rules say for its type"))
    note = TextAreaField(_l("Note"), [Length(max=1000)])


class ActForm(PageForm):
    """A day, a reason, and for a move or merger the other organization."""

    other = SelectField(_l("To which"), coerce=int, validate_choice=True)
    on = DateField(_l("From this day"), [InputRequired(_l("Give the day"))])
    reason = TextAreaField(_l("Reason"), [InputRequired(_l("Say why: the reason stays in the history")), Length(max=500)])


ACTS: dict[str, tuple[Any, Any, bool]] = {
    "move": (_l("Move to another superior"), _l("From the day on it stands there; earlier days keep the old place and the old totals."), True),
    "merge": (
        _l("Merge into another"),
        _l("Its children and people go there, its posts end, it closes the day before. Records stay in the totals."),
        True,
    ),
    "close": (_l("Close this organization"), _l("The day is its last one. Its posts end; its records stay at its last place in every total."), False),
    "reopen": (_l("Reopen"), _l("It stands at its last place again; former posts stay ended."), False),
}


class OrganizationsView(BaseAdminView):
    """The tree."""

    name = _l("Organizations")
    category = _l("Organizations and cadres")
    icon = "org"
    slug = "organizations"
    permission_read = "organizations.see"
    permission_write = "organizations.edit"

    @expose("/")
    def index(self) -> Any:
        """Tree of a day (?on=), opened at ?id=; ?problem= lists the organizations with one problem, ?q= searches."""
        day = day_asked()
        county_id = the_county().id
        standings = registered_and_effective(county_id, day)
        found = problems(county_id, day)
        marks: dict[int, list[Any]] = {}
        for problem in found:
            marks.setdefault(problem.organization_id, []).append(problem)
        tree = standings.tree
        chosen = request.args.get("id", type=int) or (tree.root if tree.root is not None else None)
        if chosen is not None and chosen not in tree:
            raise NotFound(_("There is no such organization here"))
        opened = {tree.root, chosen, *(tree.ancestors(chosen) if chosen is not None else ())}
        wanted = request.args.get("problem", "")
        q = request.args.get("q", "").strip()[:60]
        listed = None
        if wanted:
            listed = [tree[p.organization_id] for p in found if p.code == wanted]
        elif q:
            listed = [tree[o.id] for o in search(q, 100) if o.id in tree]
        return self.render(
            "organizations/index.html",
            day=day,
            tree=tree,
            standings=standings,
            marks=marks,
            opened=opened,
            chosen=tree[chosen] if chosen is not None else None,
            detail=detail(chosen, day, standings) if chosen is not None else None,
            chips=chips(found, standings.registered, wanted, q),
            listed=listed,
            q=q,
            limit=CHILDREN_SHOWN,
            everything="all" in request.args,
            secretaries=secretaries(day),
            terms=terms(),
            words={"KINDS": KINDS, "TYPES": TYPES, "TITLES": TITLES, "EVENTS": EVENTS},
        )

    @expose("/new", methods=("GET", "POST"))
    @needs("organizations.edit")
    def new(self) -> Any:
        """A new organization below ?parent=."""
        form = OrganizationForm()
        form.parent.choices = parent_choices()
        if request.method == "GET":
            propose(form, request.args.get("parent", type=int))
        if form.validate_on_submit():
            made = attempt(form, lambda: services.create(the_county().id, values_of(form, True)))
            if made is not None:
                flash(_("%(name)s is entered", name=made.name), "success")
                return redirect(url_for("organizations.index", id=made.id))
        return self.render("organizations/form.html", form=form, title=_("New organization"), cancel=url_for("organizations.index"))

    @expose("/<int:key>/change", methods=("GET", "POST"))
    @needs("organizations.edit")
    def change(self, key: int) -> Any:
        """Change what an organization is."""
        row = visible(key)
        form = OrganizationForm(obj=row)
        del form.parent
        if form.validate_on_submit():
            done = attempt(form, lambda: services.update(row, values_of(form, False)))
            if done is not None:
                flash(_("Saved"), "success")
                return redirect(url_for("organizations.index", id=key))
        return self.render("organizations/form.html", form=form, title=row.name, cancel=url_for("organizations.index", id=key))

    @expose("/<int:key>/act/<verb>", methods=("GET", "POST"))
    @needs("organizations.edit")
    def act(self, key: int, verb: str) -> Any:
        """Move, merge, close or reopen, with day and reason."""
        if verb not in ACTS:
            raise NotFound(_("There is no such page"))
        row, (title, text, needs_other) = visible(key), ACTS[verb]
        form = ActForm()
        if needs_other:
            form.other.choices = [c for c in parent_choices() if c[0] != key] if verb == "move" else merge_choices(row)
            form.other.label.text = _("New superior") if verb == "move" else _("Into")
        else:
            del form.other
        if request.method == "GET":
            form.on.data = today()
        if form.validate_on_submit():
            done = attempt(form, lambda: perform(verb, row, form))
            if done is not None:
                flash(_("Done: %(name)s", name=row.name), "success")
                return redirect(url_for("organizations.index", id=done.id))
        page = {"title": f"{title} · {row.name}", "text": text, "danger": verb in ("close", "merge")}
        return self.render("organizations/form.html", form=form, cancel=url_for("organizations.index", id=key), **page)


def propose(form: OrganizationForm, wanted: int | None) -> None:
    """The superior that was chosen in the tree, else the first; and what an organization below it mostly is."""
    above = wanted if wanted in dict(form.parent.choices) else next((key for key, _name in form.parent.choices), None)
    if above is not None:
        form.parent.data = above
        form.kind.data, form.org_type.data = PROPOSED.get(visible(above).kind, (form.kind.data, form.org_type.data))


def perform(verb: str, row: Organization, form: ActForm) -> Organization:
    """One verb of the services; modules hear of it inside the transaction."""
    on, reason, registry = form.on.data, form.reason.data or "", current_registry()
    if verb in ("move", "merge"):
        done: Organization = getattr(services, verb)(row, form.other.data, on, reason, registry)
    else:
        done = getattr(services, verb)(row, on, reason, registry)
    return done


def attempt(form: PageForm, act: Callable[[], Any]) -> Any:
    """Run a service; its refusal stands at the field it names."""
    try:
        return act()
    except YouthpilotError as error:
        form.refuse(error)
        return None


def values_of(form: OrganizationForm, with_parent: bool) -> dict[str, Any]:
    """The form's values for the service."""
    skip = {"csrf_token"} | (set() if with_parent else {"parent"})
    values = {f.short_name: f.data for f in form if f.short_name not in skip}
    return {k: ("" if v is None and k in ("short_name", "note") else v) for k, v in values.items()}


def visible(key: int) -> Organization:
    """The organization if the user may see it. Raises NotFound."""
    return services.visible(key)


def merge_choices(row: Organization) -> list[tuple[int, str]]:
    """Open organizations of the same sort beside it."""
    query = Organization.select().where((Organization.id != row.id) & Organization.closed_on.is_null() & (Organization.org_type == row.org_type))
    return [(o.id, o.name) for o in query.where(Organization.kind == row.kind).order_by(Organization.code).limit(500)]


def day_asked() -> date:
    """?on=YYYY-MM-DD between 1949 and a year from now; today if it is missing or no day."""
    try:
        day = date.fromisoformat(request.args.get("on", ""))
    except ValueError:
        return today()
    return day if EARLIEST <= day <= today() + timedelta(days=366) else today()


def chips(found: list[Any], total: int, wanted: str, q: str) -> list[dict[str, Any]]:
    """Filters with their counts."""
    first = {"label": _("All"), "count": total, "url": url_for("organizations.index"), "current": not wanted and not q}
    rest = [
        {
            "label": str(label),
            "count": sum(p.code == code for p in found),
            "url": url_for("organizations.index", problem=code),
            "icon": icon,
            "current": wanted == code,
        }
        for code, label, icon in CHIPS
    ]
    return [first, *rest]


def secretaries(day: date) -> dict[int, str]:
    """Organization → its secretary's name on a day, of all that the user sees."""
    query = Post.select(Post.organization, Person.name).join(Person, on=(Post.person == Person.id)).where((Post.title == "secretary") & in_force(day))
    return dict(query.tuples())


def terms() -> dict[int, date | None]:
    """Organization → last day of its term, where it is known."""
    limits = thresholds(the_county().id)
    return {o.id: term_end(o, limits) for o in Organization.select().where(Organization.last_elected_on.is_null(False))}


def detail(key: int, day: date, standings: Any) -> dict[str, Any]:
    """The side panel: one organization."""
    row = Organization.get_by_id(key)
    posts = Post.select().where((Post.organization == key) & in_force(day)).order_by(Post.id)
    own = [s for s in seats(the_county().id, day) if s.organization_id in set(standings.tree.subtree(key))]
    events = OrganizationEvent.select().where(OrganizationEvent.organization == key).order_by(OrganizationEvent.happened_on.desc()).limit(20)
    links = OrganizationLink.select().where(OrganizationLink.organization == key).order_by(OrganizationLink.from_on.desc())
    names = dict(
        Organization.select(Organization.id, Organization.name).where(Organization.id.in_([li.parent_id for li in links if li.parent_id])).tuples()
    )
    registered, effective = standings.below(key)
    return {
        "row": row,
        "posts": [(p, p.person) for p in posts],
        "due": sum(s.due for s in own),
        "filled": sum(s.filled for s in own),
        "registered": registered,
        "effective": effective,
        "standing": standings.by_id[key],
        "events": list(events),
        "links": [(li, names.get(li.parent_id, "")) for li in links],
        "may_edit": (actor := current_actor()) is not None and actor.may("organizations.edit") and (row.parent_id is not None),
    }
