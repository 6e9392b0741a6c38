"""Screens of 梦想改造+: the board of rooms, one room, campaigns with their money. Children appear masked only."""

from typing import Any

from flask import abort, flash, request

from youthpilot.admin import expose, needs
from youthpilot.core import acting, today

from . import caring, funding, queries, reading, rules
from .forms import (
    CampaignForm,
    ChildEditForm,
    ChildForm,
    DisclosureForm,
    DonationEditForm,
    DonationForm,
    EndDayForm,
    ExpenseEditForm,
    ExpenseForm,
    PairForm,
    PartsForm,
    ReasonForm,
    StepForm,
    SurveyForm,
)
from .models import Campaign, Disclosure, Donation, Expense, Pairing, Room, RoomStep
from .screens import VolunteersScreen
from .settings import limits
from .words import _, _l

FEW = 20  # donations and expenses of a campaign at first
SHOWN = 40  # cards in a column of the board


class RoomsView(VolunteersScreen):
    """Rooms by their step."""

    name = _l("Care rooms")
    slug = "rooms"
    permission_read = "volunteers.care"
    permission_write = "volunteers.care"

    @expose("/")
    def index(self) -> Any:
        """The board."""
        columns: dict[str, list[Room]] = {key: [] for key in rules.ROOM_ORDER}
        dropped: list[Room] = []
        for room in queries.rooms():
            columns.get(room.state, dropped).append(room)
        return self.show(
            "rooms",
            columns=columns,
            dropped=dropped,
            shown=SHOWN,
            words=rules.ROOM_STATES,
            categories=rules.CATEGORIES,
            missing=self._missing,
            **self._files(),
        )

    @expose("/export/<kind>/", methods=("POST",))
    @needs("volunteers.care")
    def export(self, kind: str) -> Any:
        """The rooms as a file: codes and masked names, whoever asks."""
        rows = [reading.room_cells(r) for r in queries.rooms()]
        return self.file("梦想改造+", kind, reading.ROOM_HEADS, rows, [str(_("Names and addresses of children are not in this file."))])

    @expose("/edit/", methods=("GET", "POST"))
    def edit(self) -> Any:
        """Correct a candidate; what is protected is not shown and stays when left blank."""
        row = self.one(Room)
        form = self.form(ChildEditForm, **{k: getattr(row.child, k) for k in ("category", "birth_date", "guardian_relation", "consent_on")})
        return self.form_page(form, f"{row.code} · {_('Change the candidate')}", lambda: self._done(row, caring.correct_child(row.child, form.data)))

    @expose("/reveal/", methods=("GET", "POST"))
    def reveal(self) -> Any:
        """Name, address and guardian once, for a reason that is logged: whoever surveys or builds must find the house."""
        row = self.one(Room)
        form = self.form(ReasonForm)
        heads = {"name": _("Name"), "address": _("Home address"), "guardian_name": _("Guardian"), "guardian_relation": _("Relation of the guardian"),
                 "guardian_phone": _("Phone of the guardian")}  # fmt: skip

        def shown() -> dict[str, Any]:
            told = caring.reveal_child(row.child, form.reason.data)
            return {"pairs": [(head, told[key] or "—") for key, head in heads.items()]}

        return self.reveal_page(form, f"{row.code} · {_('Home address')}", shown, self.get_url(".room", id=row.id))

    @expose("/unpair/", methods=("GET", "POST"))
    def unpair(self) -> Any:
        """A pairing ends."""
        pairing = self.one(Pairing)
        room = Room.get(Room.child == pairing.child_id)
        form = self.form(EndDayForm, on=today())
        return self.form_page(form, f"{room.code} · {_('End the pairing')}", lambda: self._done(room, caring.end_pairing(pairing, form.on.data)))

    def _files(self) -> dict[str, Any]:
        return {"export_url": lambda kind: self.get_url(".export", kind=kind)}

    def _missing(self, room: Room) -> int:
        return len(rules.missing_parts(room.done.split(",")))

    @expose("/room/")
    def room(self) -> Any:
        """One room with its steps."""
        row = self.one(Room)
        steps = list(RoomStep.select().where(RoomStep.room == row.id).order_by(RoomStep.done_on, RoomStep.id))
        pairs = list(Pairing.select().where(Pairing.child == row.child_id))
        spent = sum((e.amount for e in Expense.select().where(Expense.room == row.id)), start=0)
        done = set(row.done.split(","))
        parts = [(word, key in done) for key, word in {**rules.SURFACES, **rules.ITEMS}.items()]
        words = {"words": rules.ROOM_STATES, "categories": rules.CATEGORIES}
        return self.show("room", row=row, steps=steps, pairs=pairs, spent=spent, parts=parts, onward=acting.acts_of(row), **words)

    @expose("/child/", methods=("GET", "POST"))
    def child(self) -> Any:
        """A new candidate."""
        form = self.form(ChildForm, found_on=today())
        form.organization.choices = queries.places()

        def save() -> str:
            d = dict(form.data)
            made = caring.add_child(d.pop("organization"), d)
            flash(_("Added as %(code)s.", code=made.code), "success")
            return str(self.get_url(".room", id=Room.get(Room.child == made.id).id))

        return self.form_page(
            form, _("New candidate"), save, _("Name and address are encrypted and never shown; lists and files have the masked name.")
        )

    @expose("/survey/", methods=("GET", "POST"))
    def survey(self) -> Any:
        """What the survey found."""
        row = self.one(Room)
        form = self.form(SurveyForm, on=row.child.surveyed_on or today(), note=row.child.survey, eligible=bool(row.child.eligible))
        return self.form_page(
            form, f"{row.code} · {_('Survey')}", lambda: self._done(row, caring.survey(row.child, form.on.data, form.note.data, form.eligible.data))
        )

    @expose("/step/", methods=("GET", "POST"))
    def step(self) -> Any:
        """The next step."""
        row = self.one(Room)
        form = self.form(StepForm, on=today(), builder=row.builder)
        form.to.choices = [(t.after, _("Another air test") if t.act == "test" else t.word) for t in acting.acts_of(row)]

        def save() -> str:
            d = form.data
            if row.state == d["to"] == "air_test":
                caring.repeat_test(row, d["on"], d["test_passed"], d["test_report"] or "")
            else:
                more = {"builder": d["builder"] or "", "test_passed": d["test_passed"], "test_report": d["test_report"] or ""}
                caring.move(row, d["to"], d["on"], d["note"] or "", **more)
            return self._done(row)

        return self.form_page(form, f"{row.code} · {_('Next step')}", save)

    @expose("/parts/", methods=("GET", "POST"))
    def parts(self) -> Any:
        """Surfaces and items that are finished."""
        row = self.one(Room)
        form = self.form(PartsForm, done=row.done.split(","))
        return self.form_page(
            form, f"{row.code} · {_('Three surfaces and six items')}", lambda: self._done(row, caring.finish_parts(row, form.done.data))
        )

    @expose("/pair/", methods=("GET", "POST"))
    def pair(self) -> Any:
        """Somebody accompanies the child."""
        row = self.one(Room)
        form = self.form(PairForm, from_on=today())
        return self.form_page(
            form,
            f"{row.code} · {_('Pairing')}",
            lambda: self._done(row, caring.pair(row.child, form.partner.data, form.kind.data or "", form.from_on.data)),
        )

    def _done(self, row: Room, _made: Any = None) -> str:
        flash(_("Saved."), "success")
        return str(self.get_url(".room", id=row.id))


class CampaignsView(VolunteersScreen):
    """Campaigns: income, spending, what is left, what must be disclosed."""

    name = _l("Fundraising")
    slug = "campaigns"
    permission_write = "volunteers.manage"

    @expose("/")
    def index(self) -> Any:
        """All campaigns."""
        set_to, found = limits(today()), list(Campaign.select().order_by(Campaign.starts_on.desc()))
        rows = [(c, queries.money_of(c.id), queries.owed_disclosures(c, set_to)) for c in found]
        return self.show("campaigns", rows=rows, today=today(), kinds=rules.DISCLOSURES)

    @expose("/campaign/")
    def campaign(self) -> Any:
        """One campaign."""
        row = self.one(Campaign)
        donations = Donation.select().where(Donation.campaign == row.id).order_by(Donation.received_on.desc(), Donation.id.desc())
        expenses = Expense.select().where(Expense.campaign == row.id).order_by(Expense.spent_on.desc(), Expense.id.desc())
        published = list(Disclosure.select().where(Disclosure.campaign == row.id).order_by(Disclosure.published_on))
        most = 10_000 if request.args.get("all") else FEW
        values = {
            "few": FEW,
            "all": bool(request.args.get("all")),
            "donations": list(donations.limit(most)),
            "donation_count": donations.count(),
            "expenses": list(expenses.limit(most)),
            "expense_count": expenses.count(),
            "gifts_url": lambda kind: self.get_url(".export", what="donations", kind=kind, id=row.id),
            "spent_url": lambda kind: self.get_url(".export", what="expenses", kind=kind, id=row.id),
        }
        words = {"donors": rules.DONORS, "channels": rules.CHANNELS, "kinds": rules.DISCLOSURES, "today": today()}
        return self.show(
            "campaign",
            row=row,
            money=queries.money_of(row.id),
            owed=queries.owed_disclosures(row, limits(today())),
            published=published,
            **values,
            **words,
        )

    @expose("/edit/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def edit(self) -> Any:
        """Add (without id) or change a campaign."""
        row = self.one(Campaign) if request.values.get("id") else None
        names = ("title", "qualified_org", "filing_no", "platform", "starts_on", "ends_on", "target")
        form = self.form(CampaignForm, **({k: getattr(row, k) for k in names} if row else {"starts_on": today()}))
        return self.form_page(form, _("Change the campaign") if row else _("New campaign"), lambda: self._done(funding.save_campaign(row, form.data)))

    @expose("/donation/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def donation(self) -> Any:
        """Money that came in."""
        row = self.one(Campaign)
        form = self.form(DonationForm, received_on=today())
        return self.form_page(form, f"{row.title} · {_('New donation')}", lambda: self._done(row, funding.donate(row, form.data)))

    @expose("/expense/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def expense(self) -> Any:
        """Money that was spent."""
        row = self.one(Campaign)
        form = self.form(ExpenseForm, spent_on=today())
        form.room.choices = self._room_choices()
        note = _("%(left)s yuan are left.", left=f"{queries.money_of(row.id).left:,}")
        return self.form_page(form, f"{row.title} · {_('New expense')}", lambda: self._done(row, funding.spend(row, form.data)), note)

    @expose("/correct/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def correct(self) -> Any:
        """Correct a donation, with a reason."""
        gift = self.one(Donation)
        names = ("received_on", "amount", "kind", "donor", "channel", "reference_no", "source_file")
        form = self.form(DonationEditForm, **{k: getattr(gift, k) for k in names})
        save = lambda: self._done(gift.campaign, funding.correct_donation(gift, form.data, form.reason.data))  # noqa: E731
        return self.form_page(form, f"{_('Correct the donation')} · {gift.reference_no}", save)

    @expose("/takeback/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def takeback(self) -> Any:
        """Delete a donation, with a reason."""
        gift = self.one(Donation)
        form = self.form(ReasonForm)
        save = lambda: self._done(gift.campaign, funding.take_back(gift, form.reason.data))  # noqa: E731
        return self.form_page(form, f"{_('Delete the donation')} · {gift.reference_no} {gift.amount:,}", save)

    @expose("/respend/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def respend(self) -> Any:
        """Correct an expense, with a reason."""
        spent = self.one(Expense)
        start = {k: getattr(spent, k) for k in ("spent_on", "amount", "payee", "purpose", "voucher")}
        form = self.form(ExpenseEditForm, **start, room=spent.room_id)
        form.room.choices = self._room_choices(spent)
        save = lambda: self._done(spent.campaign, funding.correct_expense(spent, form.data, form.reason.data))  # noqa: E731
        return self.form_page(form, f"{_('Correct the expense')} · {spent.purpose}", save)

    @expose("/unspend/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def unspend(self) -> Any:
        """Delete an expense, with a reason."""
        spent = self.one(Expense)
        form = self.form(ReasonForm)
        save = lambda: self._done(spent.campaign, funding.remove_expense(spent, form.reason.data))  # noqa: E731
        return self.form_page(form, f"{_('Delete the expense')} · {spent.purpose} {spent.amount:,}", save)

    def _room_choices(self, spent: Expense | None = None) -> list[tuple[Any, str]]:
        """Rooms by their code, the newest first."""
        return [("", "—"), *((r.id, r.code) for r in reversed(queries.rooms()))]

    @expose("/export/<what>/<kind>/", methods=("POST",))
    @needs("volunteers.read")
    def export(self, what: str, kind: str) -> Any:
        """Donations or expenses of a campaign as a file; anonymous donors have no name."""
        row = self.one(Campaign)
        if what == "donations":
            gifts = Donation.select().where(Donation.campaign == row.id).order_by(Donation.received_on, Donation.id)
            return self.file(f"{row.title} {_('Donations')}", kind, reading.DONATION_HEADS, [reading.donation_cells(d, self.person) for d in gifts])
        if what != "expenses":
            abort(404)
        spent = Expense.select().where(Expense.campaign == row.id).order_by(Expense.spent_on, Expense.id)
        return self.file(f"{row.title} {_('Expenses')}", kind, reading.EXPENSE_HEADS, [reading.expense_cells(e) for e in spent])

    @expose("/disclosure/", methods=("GET", "POST"))
    @needs("volunteers.manage")
    def disclosure(self) -> Any:
        """What was published."""
        row = self.one(Campaign)
        form = self.form(DisclosureForm, published_on=today())
        return self.form_page(
            form, f"{row.title} · {_('Enter a disclosure')}", lambda: self._done(row, funding.disclose(row, form.published_on.data, form.link.data))
        )

    def _done(self, row: Campaign, _made: Any = None) -> str:
        flash(_("Saved."), "success")
        return str(self.get_url(".campaign", id=row.id))
