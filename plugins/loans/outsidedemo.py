"""The demonstration's posters: one of the county, three who applied by it, an officer of the first bank. Nobody here exists."""

from datetime import date
from decimal import Decimal
from random import Random

from youthpilot.core import DemoTarget, partners, today
from youthpilot.plugins.demo import invented_name, invented_phone

from . import asking, links, officers, queries, rules, services
from .models import LoanApplication, LoanBank
from .outside import LoanPoster, LoanRequest

OFFICER = "孙立群"
WEIGHTS, CHECKS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), "10X98765432"
TRADES = (("青苇水产家庭农场", "泥鳅", "20亩鱼塘购买苗种和饲料"), ("", "草莓", "新建两座钢架大棚"), ("云上小馆", "土蜂蜜", "电商打包线和冷藏柜"))


def fill_outside(target: DemoTarget) -> None:
    """The open half-year of the flagship county."""
    if target.period.code != "2023H1" or target.county.code != "demo":
        return
    random, root = Random(f"{target.seed} loans outside"), queries.root_id()
    if root is None:
        return
    poster = asking.make_poster(root, "扫码申请青年创业贷款", "县团委农村青年部 0517-80000000", date(2023, 6, 1), date(2023, 8, 31))
    LoanPoster.update(made_by=target.actor).where(LoanPoster.id == poster.id).execute()
    bank = LoanBank.select().order_by(LoanBank.id).first()
    for n, trade in enumerate(TRADES):
        _apply(poster, random, trade, bank if n == 0 else None)
    first = LoanApplication.select().where(LoanApplication.number.in_(_phoned())).order_by(LoanApplication.id).get()
    for state in ("checked", "recommended"):
        services.move(first, state, today(), reason="情况属实，同意推荐。" if state == "recommended" else "", actor=target.actor)
    last = LoanApplication.select().order_by(LoanApplication.id.desc()).get()
    services.move(last, "returned", today(), reason="请写明冷藏柜的型号和报价，再提交。", actor=target.actor)
    if target.flagship and bank is not None:
        officers.invite_officer(bank, OFFICER, partners.DEMO_NAME)


def _phoned() -> list[str]:
    return [row.application.number for row in LoanRequest.select()]


def _apply(poster: LoanPoster, random: Random, trade: tuple[str, str, str], bank: LoanBank | None) -> None:
    sex = random.choice("MF")
    birth = date(random.randint(1986, 1999), random.randint(1, 12), random.randint(1, 28))
    places = [key for found in asking.places_of(poster).values() for key, _name in found[1:]]
    product = random.choice([p for p in asking.products_on(today()) if bank is None or p.bank_id == bank.id])
    values = {
        "name": invented_name(random, sex), "sex": sex, "birth_date": birth, "id_no": _number(random, birth, sex), "phone": invented_phone(random),
        "place": random.choice(places), "kind": random.choice(list(rules.KINDS)), "business_name": trade[0], "main_product": trade[1],
        "jobs_driven": random.randint(0, 12), "product": product.id, "amount": Decimal(random.randint(5, 15) * 10_000), "months": product.max_months,
        "purpose": trade[2], "guarantee": "credit", "remark": "",
    }  # fmt: skip
    asking.hand_in(poster, values, links.new_code(), links.new_code())


def _number(random: Random, birth: date, sex: str) -> str:
    """An identity number of no region in use whose check digit fits."""
    text = f"329999{birth:%Y%m%d}{random.randint(0, 49) * 2 + (sex == 'M'):03d}"
    return text + CHECKS[sum(int(c) * w for c, w in zip(text, WEIGHTS, strict=True)) % 11]
