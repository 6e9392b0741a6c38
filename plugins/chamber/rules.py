"""Pure rules of the youth chamber: sectors by category, ages, dues, quorum. Sources: domain.md §5, §11.5."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from youthpilot.core import age, chinese_number, round_half_up

POSTS = {
    "president": "会长",
    "executive": "常务副会长",
    "vice": "副会长",
    "standing": "常务理事",
    "director": "理事",
    "overseer": "监事长",
    "supervisor": "监事",
    "secretary": "秘书长",
    "member": "会员",
}
MEETINGS = {"congress": "会员大会", "board": "理事会", "standing": "常务理事会", "presidents": "会长会议", "overseers": "监事会"}
SECTORS = {1: "第一产业", 2: "第二产业", 3: "第三产业"}
SHARES = {"1/2": "过半数", "2/3": "三分之二以上", "3/4": "四分之三以上"}
SERVICES_INSIDE = ("05", "11", "43")  # tertiary although the letter says primary or secondary (三次产业划分规定 2018)

CATEGORIES = {
    "01": "农业", "02": "林业", "03": "畜牧业", "04": "渔业", "05": "农、林、牧、渔专业及辅助性活动",
    "06": "煤炭开采和洗选业", "07": "石油和天然气开采业", "08": "黑色金属矿采选业", "09": "有色金属矿采选业", "10": "非金属矿采选业",
    "11": "开采专业及辅助性活动", "12": "其他采矿业",
    "13": "农副食品加工业", "14": "食品制造业", "15": "酒、饮料和精制茶制造业", "16": "烟草制品业", "17": "纺织业", "18": "纺织服装、服饰业",
    "19": "皮革、毛皮、羽毛及其制品和制鞋业", "20": "木材加工和木、竹、藤、棕、草制品业", "21": "家具制造业", "22": "造纸和纸制品业",
    "23": "印刷和记录媒介复制业", "24": "文教、工美、体育和娱乐用品制造业", "25": "石油、煤炭及其他燃料加工业", "26": "化学原料和化学制品制造业",
    "27": "医药制造业", "28": "化学纤维制造业", "29": "橡胶和塑料制品业", "30": "非金属矿物制品业", "31": "黑色金属冶炼和压延加工业",
    "32": "有色金属冶炼和压延加工业", "33": "金属制品业", "34": "通用设备制造业", "35": "专用设备制造业", "36": "汽车制造业",
    "37": "铁路、船舶、航空航天和其他运输设备制造业", "38": "电气机械和器材制造业", "39": "计算机、通信和其他电子设备制造业", "40": "仪器仪表制造业",
    "41": "其他制造业", "42": "废弃资源综合利用业", "43": "金属制品、机械和设备修理业",
    "44": "电力、热力生产和供应业", "45": "燃气生产和供应业", "46": "水的生产和供应业",
    "47": "房屋建筑业", "48": "土木工程建筑业", "49": "建筑安装业", "50": "建筑装饰、装修和其他建筑业",
    "51": "批发业", "52": "零售业", "53": "铁路运输业", "54": "道路运输业", "55": "水上运输业", "56": "航空运输业", "57": "管道运输业",
    "58": "多式联运和运输代理业", "59": "装卸搬运和仓储业", "60": "邮政业", "61": "住宿业", "62": "餐饮业",
    "63": "电信、广播电视和卫星传输服务", "64": "互联网和相关服务", "65": "软件和信息技术服务业",
    "66": "货币金融服务", "67": "资本市场服务", "68": "保险业", "69": "其他金融业", "70": "房地产业", "71": "租赁业", "72": "商务服务业",
    "73": "研究和试验发展", "74": "专业技术服务业", "75": "科技推广和应用服务业", "76": "水利管理业", "77": "生态保护和环境治理业",
    "78": "公共设施管理业", "79": "土地管理业", "80": "居民服务业", "81": "机动车、电子产品和日用产品修理业", "82": "其他服务业",
    "83": "教育", "84": "卫生", "85": "社会工作", "86": "新闻和出版业", "87": "广播、电视、电影和录音制作业", "88": "文化艺术业", "89": "体育",
    "90": "娱乐业", "91": "中国共产党机关", "92": "国家机构", "93": "人民政协、民主党派", "94": "社会保障",
    "95": "群众团体、社会团体和其他成员组织", "96": "基层群众自治组织及其他组织", "97": "国际组织",
}  # fmt: skip


def sector_of(category: str) -> int:
    """1, 2 or 3 for a category of two digits. Raises ValueError for one that does not exist."""
    if category not in CATEGORIES:
        raise ValueError(category)
    if category in SERVICES_INSIDE:
        return 3
    return 1 if category <= "04" else 2 if category <= "50" else 3


def find_category(text: str) -> str | None:
    """The category that a cell names: 13, C13, 农副食品加工业, 13 农副食品加工业, 0131 (its first two digits); None if it names none."""
    text = text.strip().replace(" ", "")
    digits = "".join(c for c in text if c.isdigit())
    if digits:
        code = digits[:2] if len(digits) > 1 else f"0{digits}"
        return code if code in CATEGORIES else None
    found = [code for code, name in CATEGORIES.items() if text and text in (name, name.removesuffix("业"))]
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True)
class MeanAge:
    """Σ of full years, of how many, and how many have no birth date and are left out."""

    total: int
    count: int
    unknown: int

    @property
    def value(self) -> Decimal | None:
        """Half-up to one decimal; None of nobody."""
        return round_half_up(Decimal(self.total) / self.count, 1) if self.count else None


def mean_age(births: Iterable[date | None], on: date) -> MeanAge:
    """The mean age on a day."""
    every = list(births)
    ages = [age(b, on) for b in every if b is not None and b <= on]
    return MeanAge(sum(ages), len(ages), len(every) - len(ages))


def years_later(day: date, years: int) -> date:
    """The last day of a span of full years that begins on `day`: 2023-05-20 and 5 → 2028-05-19."""
    try:
        return day.replace(year=day.year + years) - timedelta(days=1)
    except ValueError:  # 29 February
        return day.replace(year=day.year + years, day=28)


def ordinal(number: int) -> str:
    """第三届, 第十二届; from the hundredth on in digits."""
    if not 0 < number < 100:
        return f"第{number}届"
    return f"第{chinese_number(number)}届"


def months_between(first: date, last: date) -> Decimal:
    """Months from one day to a later one, a started month as its share of 31 days."""
    return Decimal((last.year - first.year) * 12 + last.month - first.month) + Decimal(last.day - first.day) / 31


def due_amount(rate: Decimal, year: int, joined_on: date, left_on: date | None, prorate: bool) -> Decimal | None:
    """What a unit owes for a year in 元; None for a year in which it was no member. The first year counts from the month of entry."""
    if joined_on.year > year or (left_on is not None and left_on <= date(year, 1, 1)):
        return None
    months = 13 - joined_on.month if prorate and joined_on.year == year else 12
    return round_half_up(rate * months / 12, 2)


def reached(part: int, whole: int, share: str) -> bool:
    """Whether `part` of `whole` is enough: more than the half, at least two thirds or three quarters."""
    if share == "1/2":
        return part * 2 > whole
    above, below = (int(n) for n in share.split("/"))
    return whole > 0 and part * below >= whole * above


def rate(part: int, whole: int) -> Decimal | None:
    """part ÷ whole in %, one decimal; None without a whole."""
    return round_half_up(Decimal(part) * 100 / whole, 1) if whole else None


# receipts by number ------------------------------------------------------------------------------------------------------

_NUMBERED = re.compile(r"(.*?)(\d+)", re.S)


def split_number(text: str) -> tuple[str, int, int] | None:
    """(what stands before, the running number at the end, its digits) of QSH2023-014; None without a number at the end."""
    found = _NUMBERED.fullmatch(text.strip())
    return (found[1], int(found[2]), len(found[2])) if found else None


def next_number(used: Iterable[str], year: int) -> str:
    """The number after the highest one of the commonest book; 2023-001 for the first of a year."""
    parts = [p for p in map(split_number, used) if p]
    if not parts:
        return f"{year}-001"
    books = [p[0] for p in parts]
    book = max(books, key=books.count)
    _prefix, last, digits = max(p for p in parts if p[0] == book)
    return f"{book}{last + 1:0{digits}d}"


def missing_numbers(used: Iterable[str], limit: int = 30) -> list[str]:
    """Numbers that lie between used ones of the same book and are not used, in order; at most `limit`."""
    books: dict[tuple[str, int], set[int]] = {}
    for part in map(split_number, used):
        if part:
            books.setdefault((part[0], part[2]), set()).add(part[1])
    out = []
    for (prefix, digits), have in sorted(books.items()):
        for number in range(min(have), max(have)):
            if number not in have:
                out.append(f"{prefix}{number:0{digits}d}")
                if len(out) >= limit:
                    return out
    return out
