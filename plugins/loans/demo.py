"""The demonstration's loans: registry, three banks, applications with their steps, drawdowns, repayments, role models. Nobody here exists.

The default seed comes out at the known report: 35 entered, 57 drawdowns of 49 borrowers, 632万元, 45 role models. Rows go in through
the services, so every check of the module has looked at them.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from youthpilot.core import TOWNSHIP_KINDS, VILLAGE_KINDS, County, DemoTarget, Organization, Person, actor_name, add_months, set_setting, transaction
from youthpilot.plugins.demo import apportion, invented_name, invented_phone

from . import lending, queries, services
from .models import LoanApplication, LoanDrawdown, LoanElite, LoanLine, LoanProduct, LoanStep
from .moredemo import fill_more
from .outsidedemo import fill_outside
from .rules import KINDS

BANKS = (
    ("示范县农村商业银行", "农商行", (("新农菁英贷", 300_000, 24, "4.35"), ("青商贷", 500_000, 12, "4.60"))),
    ("中国农业银行示范县支行", "农行", (("新农菁英贷", 300_000, 24, "4.25"),)),
    ("中国邮政储蓄银行示范县支行", "邮储银行", (("邮青贷", 200_000, 12, "4.50"),)),
)
PRODUCTS = ("泥鳅", "大闸蟹", "草莓", "西瓜", "生态稻米", "菌菇", "蜜梨", "黑山羊", "蛋鸡", "蓝莓", "莲藕", "小龙虾", "多肉花卉", "芦蒿", "土蜂蜜")
PURPOSES = ("购买种苗和饲料", "扩建温室大棚", "添置农机具", "流转土地", "电商仓储和冷链", "池塘改造", "收购农产品周转")
DEEDS = (
    "返乡办起{product}基地，带动周边农户就业。",
    "学成回村种养{product}，手把手教乡亲技术。",
    "牵头成立合作社，把{product}卖到了省外。",
    "开直播帮村里卖{product}，解决了销路难。",
)
NAMED = ("沈祥容", "张其领")


@dataclass(frozen=True)
class Size:
    """How much a half-year holds: persons entered, drawdowns, borrowers, 元, role models."""

    entered: int
    times: int
    borrowers: int
    amount: int
    models: int


SIZES = {
    "2022H1": Size(31, 46, 41, 4_980_000, 38),
    "2022H2": Size(28, 52, 45, 5_630_000, 41),
    "2023H1": Size(35, 57, 49, 6_320_000, 45),
}


def fill(target: DemoTarget) -> None:
    """One half-year of the county's loans."""
    random = Random(f"{target.seed} loans {target.county.code} {target.period.code}")
    size = _size(target, random)
    with transaction():
        if target.first:
            set_setting(County.get_by_id(target.county.id), "loans", "target", 1_000, target.period.start, target.actor)
            _banks(target.period.start)
            _enter(target, random, size.borrowers + 20, target.period.start - timedelta(days=400), target.period.start - timedelta(days=10))
        _enter(target, random, size.entered, target.period.start + timedelta(days=4), target.period.end - timedelta(days=5))
        _repay_older(target, random)
        _lend(target, random, size)
        _waiting(target, random)
        _role_models(target, random, size.models)
        LoanStep.update(actor=target.actor).where(LoanStep.actor == actor_name()).execute()
        fill_outside(target)
        fill_more(target)
    if target.period.code in ("2022H2", "2023H1"):
        text = "全年发放“新农菁英贷”不低于1000万元" if target.period.code == "2022H2" else "下半年发放贷款金额不低于1000万元"
        target.targets.append(("loans.drawn_amount", ">=", Decimal(10_000_000), text, date(2023, 12, 31)))
    target.say("创业贷款", size.times, size.times)


def _size(target: DemoTarget, random: Random) -> Size:
    known = SIZES.get(target.period.code, SIZES["2023H1"])
    if target.flagship:
        return known
    times = random.randint(30, 60)
    borrowers = times - random.randint(3, 9)
    return Size(random.randint(20, 40), times, borrowers, times * random.randint(9, 12) * 10_000, random.randint(20, 45))


def _banks(day: date) -> None:
    for name, short, products in BANKS:
        bank = services.save_bank(name, short)
        for title, limit, months, rate in products:
            values = {"name": title, "limit": Decimal(limit), "max_months": months, "annual_rate": Decimal(rate), "revolving": True}
            services.save_product(bank, values | {"min_age": None, "max_age": None, "valid_from": day - timedelta(days=500), "valid_to": None})


def _villages() -> list[int]:
    query = Organization.select(Organization.id).where(Organization.kind.in_((*TOWNSHIP_KINDS, *VILLAGE_KINDS)), Organization.closed_on.is_null())
    return [i for (i,) in query.order_by(Organization.code).tuples()]


def _enter(target: DemoTarget, random: Random, count: int, first: date, last: date) -> None:
    places, span = _villages(), (last - first).days
    for _n in range(count):
        sex = random.choice("MMF")
        birth = date(random.randint(1984, 1999), random.randint(1, 12), random.randint(1, 28))
        person = {"name": invented_name(random, sex), "sex": sex, "birth_date": birth, "phone": invented_phone(random)}
        product = random.choice(PRODUCTS)
        profile = {"industry": random.choice(("01", "03", "04", "05", "51")), "main_product": product, "jobs_driven": random.randint(2, 30)}
        day = first + timedelta(days=random.randint(0, span))
        # a namesake in the same village is possible among so many: said, not asked
        services.register_elite(random.choice(places), person, random.choice(list(KINDS)), day, profile | {"source": "镇团委推荐"}, reason="已核对")


def _day(random: Random, first: date, last: date) -> date:
    return first + timedelta(days=random.randint(0, max(0, (last - first).days)))


def _lend(target: DemoTarget, random: Random, size: Size) -> None:
    """Borrowers with an application granted in the period; some draw twice."""
    start, end = target.period.start, target.period.end
    products = list(LoanProduct.select().order_by(LoanProduct.id))
    pool = list(LoanElite.select().where(LoanElite.entered_on < end - timedelta(days=60)).order_by(LoanElite.id))
    chosen = random.sample(pool, min(size.borrowers, len(pool)))
    again = max(0, size.times - len(chosen))
    per_time = apportion(size.amount // 10_000, [random.uniform(0.6, 1.4) for _ in range(len(chosen) + again)])
    amounts = [Decimal(max(1, a) * 10_000) for a in per_time]
    serial = 0
    for n, elite in enumerate(chosen):
        draws = [amounts[n]] + ([amounts[len(chosen) + n]] if n < again else [])
        product = products[0] if sum(draws) > 200_000 else random.choice(products)
        applied = _day(random, max(start, elite.entered_on), end - timedelta(days=45))
        line = _granted(random, elite, product, sum(draws, Decimal(0)), applied)
        for amount in draws:
            serial += 1
            day = _day(random, line.start_on, end - timedelta(days=3))
            months = product.max_months if random.random() < 0.8 else 6
            lending.draw(line, day, amount, add_months(day, min(months, product.max_months)), f"{target.period.code}{product.bank_id}{serial:04d}")


def _granted(random: Random, elite: LoanElite, product: LoanProduct, needed: Decimal, applied: date) -> LoanLine:
    """An application that went all the way to an answer, within six weeks."""
    asked = min(product.limit, needed + random.choice((0, 0, 0, 20_000, 50_000)))
    application = services.apply(
        elite, product, asked, product.max_months, random.choice(PURPOSES), applied, guarantee=random.choice(("credit", "guarantee")), reason="已核对"
    )
    day = applied
    for state in ("checked", "recommended", "surveyed", "rated"):
        day += timedelta(days=random.randint(1, 7))
        services.move(application, state, day, reason="情况属实，同意推荐。" if state == "recommended" else "")
    day += timedelta(days=random.randint(1, 7))
    if needed < asked:
        services.move(application, "partial", day, amount=needed, reason="按经营规模核定")
    else:
        services.move(application, "granted", day)
    line = queries.line_of(application)
    assert line is not None
    line.application = application
    return line


def _repay_older(target: DemoTarget, random: Random) -> None:
    """What falls due in the period is repaid; two notes of the open one are not: they are overdue."""
    start, end = target.period.start, target.period.end
    due = list(LoanDrawdown.select().where(LoanDrawdown.drawn_on < start, LoanDrawdown.due_on <= end).order_by(LoanDrawdown.id))
    left = {i: debt.left(end) for i, debt in queries.debts([d.id for d in due]).items()}
    due = [d for d in due if left[d.id] > 0]
    late = due[-2:] if target.period.code == "2023H1" else []
    for row in due:
        day = max(start, row.due_on - timedelta(days=random.randint(1, 6)))
        amount = left[row.id] if row not in late else (left[row.id] / 2).quantize(Decimal(100))
        lending.repay(row, day, amount, None, "银行还款清单.xlsx")
    _settle(end)


def _settle(end: date) -> None:
    """Contracts whose last note is repaid are closed on the last day."""
    drawing = list(LoanApplication.select().where(LoanApplication.state == "drawing"))
    for application in drawing:
        notes = queries.debts([d.id for d in queries.drawdowns_of(queries.line_of(application))])
        if not any(debt.left(end) for debt in notes.values()):
            lending.settle(application, end)


def _waiting(target: DemoTarget, random: Random) -> None:
    """A few applications under way at the end of the open half-year, some refused in every one."""
    end = target.period.end
    products = list(LoanProduct.select().order_by(LoanProduct.id))
    pool = list(LoanElite.select().where(LoanElite.entered_on < end - timedelta(days=40)).order_by(LoanElite.id))
    paths: tuple[tuple[str, ...], ...] = (("checked", "recommended", "refused"),)
    if target.period.code == "2023H1":
        paths = (*paths, (), (), ("checked",), ("checked",), ("checked", "recommended"), ("checked", "recommended", "surveyed"), ("returned",))
    for elite, path in zip(random.sample(pool, len(paths)), paths, strict=True):
        day = end - timedelta(days=random.randint(15, 35))
        amount = Decimal(random.randint(5, 20) * 10_000)
        product = random.choice(products)
        application = services.apply(elite, product, amount, 12, random.choice(PURPOSES), day, reason="已核对")
        for state in path:
            day += timedelta(days=random.randint(1, 4))
            reason = {"refused": "征信记录不符合要求", "returned": "缺经营证明，请补充"}.get(state, "")
            services.move(application, state, day, reason=reason)


def _role_models(target: DemoTarget, random: Random, count: int) -> None:
    """Role models of the half-year; the known two come first in the report."""
    places = _villages()
    elites = list(LoanElite.select(LoanElite, Person).join(Person, on=(LoanElite.person == Person.id)).order_by(LoanElite.id))
    names = list(NAMED) if target.flagship and target.period.code == "2023H1" else []
    chosen = random.sample(elites, min(count - len(names), len(elites)))
    for n in range(count):
        if n < len(names):
            organization = places[n]
            person = services.add_person(organization, {"name": names[n], "sex": "F" if n == 0 else "M", "birth_date": date(1990 + n, 5, 4)})
            product = random.choice(PRODUCTS)
        elif n - len(names) < len(chosen):
            elite = chosen[n - len(names)]
            person, organization, product = elite.person, elite.organization_id, elite.main_product
        else:
            organization, product = random.choice(places), random.choice(PRODUCTS)
            person = services.add_person(organization, {"name": invented_name(random, "M")})
        day = _day(random, target.period.start, target.period.end)
        level = random.choice(("township", "township", "county", "county", "city"))
        values = {
            "named_on": day,
            "level": level,
            "honour": "优秀农村青年",
            "deed": random.choice(DEEDS).format(product=product),
            "place": (n + 1) * 10,
        }
        services.name_role_model(person, organization, values)
