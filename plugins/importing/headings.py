"""Headings and notes as people write them in sheets: what counts as the same heading, what is a footer. Pure text rules."""

import re
import unicodedata

_BRACKETS = re.compile(r"[(\[{<《【〔「『][^)\]}>》】〕」』]*[)\]}>》】〕」』]")
# A bracket that changes what the number means: 金额(万元) is not 金额(元).
_SCALE = re.compile(r"万|亿|千元|百|[%‰]|元")
_NOISE = re.compile(r"[\W_]+")
_NAMED_NOTE = re.compile(
    r"^(?:制表|填表|填报|审核|审批|复核|校对|经办|报送|统计|导出|打印|生成|更新|单位|主要|分管)?"
    r"(?:负责人|人|单位|部门|日期|时间|签字|签章|盖章)?(?:[((].{0,10}[))])?\s*[::]"
)
_DATED_NOTE = re.compile(r"^(?:制表|填表|填报|报送|统计|导出|打印|生成|更新)(?:日期|时间)\s*\d")
_REMARK = re.compile(r"^(?:填表说明|填写说明|说明|备注|附注|注意|注|以上)\s*\d*\s*(?:[::.、;;]|$)")
_TOTAL = re.compile(r"^(?:合计|总计|共计|累计|小计|本页合计|本页小计)(?:[::].*|\d.*)?$")
IGNORED_HEADINGS = {"序号", "编号", "问题", "no", "行号"}


def forms(heading: str) -> tuple[str, str]:
    """(whole, short): letters and digits only, half-width, lower case; `short` also without what stands in brackets,
    or "" where the brackets hold a unit that changes the number."""
    text = unicodedata.normalize("NFKC", heading).casefold()
    whole = _NOISE.sub("", text)
    inside = _BRACKETS.findall(text)
    if any(_SCALE.search(part) for part in inside):
        return whole + ("%" if "%" in text else ""), ""
    return whole, _NOISE.sub("", _BRACKETS.sub("", text)) or whole


def is_total(text: str) -> bool:
    """合计, 小计 … alone in their cell, however they are spaced."""
    return bool(_TOTAL.match(re.sub(r"\s", "", unicodedata.normalize("NFKC", text))))


def is_note(text: str) -> bool:
    """制表人:…, 导出时间 2023…, 说明:…: what stands below a table and is no row of it."""
    plain = unicodedata.normalize("NFKC", text).strip()
    squeezed = re.sub(r"\s", "", plain)
    named = _NAMED_NOTE.match(squeezed)
    return bool((named and len(named[0]) > 1) or _DATED_NOTE.match(squeezed) or _REMARK.match(squeezed))
