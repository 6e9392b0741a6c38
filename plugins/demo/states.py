"""Who has reported how far: the states of the open half-year, drawn per township and sort of school."""

from random import Random
from typing import Any

STATES = ("accepted", "submitted", "late", "returned", "draft", "none")
# own state, then villages that are not accepted: submitted, late, returned, draft, none
TOWNSHIPS = {
    "柳河镇": ("draft", 5, 3, 1, 1, 2),
    "城关镇": ("accepted", 2, 0, 0, 0, 0),
    "双桥镇": ("late", 3, 0, 1, 1, 3),
    "青石镇": ("accepted", 2, 1, 0, 0, 0),
    "西坪乡": ("submitted", 1, 1, 1, 1, 1),
    "大营镇": ("accepted", 3, 1, 0, 0, 0),
    "河口镇": ("accepted", 2, 0, 0, 1, 0),
    "南沟乡": ("accepted", 1, 0, 0, 0, 1),
    "白水镇": ("accepted", 2, 0, 0, 0, 0),
    "龙泉镇": ("accepted", 2, 0, 0, 0, 0),
    "石门镇": ("submitted", 3, 1, 0, 0, 0),
    "新安镇": ("accepted", 1, 0, 0, 0, 0),
    "清溪镇": ("accepted", 3, 1, 0, 0, 0),
    "东岭乡": ("accepted", 3, 0, 0, 0, 0),
    "北塘乡": ("accepted", 1, 1, 0, 0, 0),
}
SCHOOLS = {"committee": (1, 0, 0, 0, 0), "general_branch": (5, 1, 0, 0, 0), "branch": (3, 1, 0, 1, 1)}
NAMED = {
    "河湾村": "submitted", "小街社区": "submitted", "杨树村": "late", "前进村": "late", "柳河中心村": "returned", "东王村": "draft", "石桥村": "none",
    "后岗村": "accepted",
}  # fmt: skip


def states_of(rows: list[dict[str, Any]], random: Random, flagship_county: bool) -> dict[str, str]:
    """Code of each organization that owes → its state (STATES). 241, 45, 12, 3, 6, 8 in the first county, by chance in another."""
    if not flagship_county:
        return {row["code"]: random.choices(STATES, (55, 18, 4, 3, 6, 14))[0] for row in rows}
    states = {}
    for town in (r for r in rows if r["kind"] in ("township", "street")):
        own, *counts = TOWNSHIPS[town["short_name"]]
        states[town["code"]] = own
        below = [r for r in rows if r["parent_code"] == town["code"]]
        states |= _deal(below, counts, random)
    for org_type, school_counts in SCHOOLS.items():
        states |= _deal([r for r in rows if r["kind"] == "school" and r["org_type"] == org_type], school_counts, random)
    return states


def _deal(rows: list[dict[str, Any]], counts: Any, random: Random) -> dict[str, str]:
    """The named ones have their state; the other states go to the rest by chance, `accepted` to whoever is left."""
    left = [state for state, count in zip(STATES[1:], counts, strict=True) for _ in range(count)]
    dealt = {}
    for row in rows:
        wanted = NAMED.get(row["short_name"])
        if wanted:
            dealt[row["code"]] = wanted
            if wanted in left:
                left.remove(wanted)
    rest = [row["code"] for row in rows if row["code"] not in dealt and row["kind"] != "community"]
    random.shuffle(rest)
    rest += [row["code"] for row in rows if row["code"] not in dealt and row["kind"] == "community"]
    left += ["accepted"] * (len(rest) - len(left))
    return dealt | dict(zip(rest, left, strict=True))
