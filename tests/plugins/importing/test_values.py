"""One cell → one value."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from youthpilot.core.kernel.cells import CellError, Destroyed, clean_text, neutralise, restore
from youthpilot.core.kernel.identity import check_id_no, check_phone, check_uscc, mask_id_no, mask_name, mask_phone
from youthpilot.plugins.importing.values import parse_bool, parse_choice, parse_date, parse_decimal, parse_int, parse_text

TODAY = date(2023, 7, 3)
DAYS = st.dates(date(1930, 1, 1), date(2099, 12, 31))


def code(result):
    value, problem = result
    assert problem is not None and not problem.message.isascii()
    assert (value is None) == (problem.level == "E")
    return problem.code


@given(DAYS)
def test_a_day_survives_every_way_of_writing_it(day):
    wide = str.maketrans("0123456789", "０１２３４５６７８９")
    serial = (day - date(1899, 12, 30)).days
    texts = [
        day.isoformat(), f"{day.year}/{day.month}/{day.day}", f"{day.year}.{day.month}.{day.day}", f"{day.year}年{day.month}月{day.day}日",
        day.strftime("%Y%m%d"), f"{day.isoformat()} 14:22:05", day.isoformat().translate(wide), str(serial),
    ]  # fmt: skip
    cells = [day, datetime(day.year, day.month, day.day, 23, 59), serial, Decimal(serial) + Decimal("0.5"), int(day.strftime("%Y%m%d")), *texts]
    assert [parse_date(cell) for cell in cells] == [(day, None)] * len(cells)


@pytest.mark.parametrize("cell", ["2023-02-29", "2023-13-01", "20230230", "1899-12-31", "0000-01-01"])
def test_days_that_do_not_exist(cell):
    assert code(parse_date(cell)) == "no_such_date"


@pytest.mark.parametrize("cell", ["35", 35, 2023, "昨天", "23-6-30", "2023-6/30", "2023-06-30-1", "6月30日", "2023年6-30", "²023-06-30", "无"])
def test_what_is_no_date(cell):
    assert code(parse_date(cell)) in ("not_a_date", "no_such_date")


def test_months_and_numbers_typed_as_months():
    assert parse_date("2023年6月")[0] == parse_date("2023-06")[0] == parse_date(Decimal("2023.6"))[0] == date(2023, 6, 1)
    assert code(parse_date("2023.06")) == "month_only"
    assert code(parse_date(Decimal("2023.1"))) == "ambiguous_date"  # 2023.10 typed as a number looks the same
    assert parse_date(Decimal("2023.11"))[0] == date(2023, 11, 1)


@pytest.mark.parametrize("parse", [parse_text, parse_date, parse_int, parse_decimal, parse_bool, check_uscc, check_phone])
def test_blank_is_none_never_zero_and_destroyed_is_refused(parse):
    assert parse(None) == (None, None)
    assert parse(0)[0] in (0, False, "0", None)
    assert code(parse(Destroyed("3.2E+17"))) == "destroyed"
    assert code(parse(CellError("#N/A"))) == "formula_error"
    assert code(parse(CellError(""))) == "no_result"


@given(st.integers(-(10**14), 10**14))
def test_integers_round_trip(number):
    wide = str(number).translate(str.maketrans("0123456789-", "０１２３４５６７８９－"))
    for cell in (number, str(number), f"{number:,}", wide, Decimal(number), f"{number}.0", f"　{number} "):
        assert parse_int(cell) == (number, None)


@given(st.decimals(-(10**9), 10**9, places=3))
def test_decimals_round_trip(number):
    for cell in (number, str(number), f"{number:,}"):
        value, problem = parse_decimal(cell)
        assert problem is None and value == number and isinstance(value, Decimal)


def test_numbers():
    assert parse_decimal("１，２３４．５") == (Decimal("1234.5"), None)
    assert parse_decimal("98.5%") == (Decimal("0.985"), None)
    assert parse_decimal("—") == parse_int("/") == (None, None)
    for wrong in ("1,23", "3人", "1e5", "无", "五", "1 234", "NaN", "Infinity", "٣", "2023-06-30"):
        assert code(parse_decimal(wrong)) == "not_a_number"
    assert code(parse_int("3.5")) == "not_whole"
    assert parse_int(0, minimum=0) == (0, None) and code(parse_int(-1, minimum=0)) == "too_small" and code(parse_int(101, maximum=100)) == "too_large"
    assert parse_decimal("1.20", places=1)[0] == Decimal("1.2") and code(parse_decimal("1.25", places=1)) == "too_many_decimals"


def test_words():
    assert [parse_bool(word)[0] for word in ("是", "有", "√", "Y", 1, "TRUE")] == [True] * 6
    assert [parse_bool(word)[0] for word in ("否", "无", "×", "n", 0, "FALSE")] == [False] * 6
    assert code(parse_bool("大概")) == "not_yes_no"
    kinds = {"专职": "full_time", "挂职(上级)": "secondment"}
    assert parse_choice("专职", kinds) == parse_choice("full_time", kinds) == ("full_time", None)
    assert parse_choice("挂职（上级）", kinds)[0] == "secondment"
    value, problem = parse_choice("兼职", kinds)
    assert value is None and "专职、挂职(上级)" in problem.message
    assert parse_text(320) == ("320", None) and parse_text("甲乙", 2)[0] == "甲乙" and code(parse_text("甲乙丙", 2)) == "too_long"


def id_no(seventeen: str) -> str:
    weights = [2 ** (17 - i) % 11 for i in range(17)]  # the standard's own definition of the weights
    return seventeen + "10X98765432"[sum(int(d) * w for d, w in zip(seventeen, weights, strict=True)) % 11]


@given(DAYS.filter(lambda day: day <= TODAY), st.integers(0, 999))
def test_identity_numbers(day, order):
    text = id_no(f"320924{day:%Y%m%d}{order:03}")
    value, problem = check_id_no(f" {text.lower()}　", TODAY)
    assert problem is None and (value.text, value.birth, value.sex) == (text, day, "male" if order % 2 else "female")
    mistyped = text[:16] + str((int(text[16]) + 1) % 10) + text[17]
    assert code(check_id_no(mistyped, TODAY)) == "id_check"


def test_identity_numbers_at_the_edges():
    assert check_id_no("11010519491231002X", TODAY)[0].birth == date(1949, 12, 31)  # the standard's sample
    assert check_id_no(id_no(f"320921{date(1980, 1, 1):%Y%m%d}001"), TODAY)[1] is None  # a county younger than the person
    assert check_id_no(id_no(f"320924{TODAY:%Y%m%d}001"), TODAY)[1] is None
    assert code(check_id_no(id_no(f"320924{TODAY + timedelta(1):%Y%m%d}001"), TODAY)) == "id_birth"
    assert code(check_id_no(id_no("32092418991231001"), TODAY)) == "id_birth"
    assert code(check_id_no(id_no("32092420230229001"), TODAY)) == "id_birth"
    assert code(check_id_no(id_no("00000019900101001"), TODAY)) == "id_region"  # a warning: the value stands
    assert code(check_id_no("320924900101001", TODAY)) == "id_old"
    assert code(check_id_no("3209241990010100", TODAY)) == code(check_id_no("32092419900101001A", TODAY)) == "id_form"


def test_codes_and_phones():
    assert check_uscc("91110000600037341l")[0] == "91110000600037341L" and check_uscc("91110108551385082Q")[1] is None
    assert code(check_uscc("91110108551385082A")) == "uscc_check" and code(check_uscc("9111010855138508")) == "uscc_form"
    assert check_phone(13800138000) == check_phone("+86 138-0013-8000") == check_phone("１３８００１３８０００") == ("13800138000", None)
    assert check_phone("(0515) 8812 3456")[0] == "0515-88123456"
    assert code(check_phone("12800138000")) == code(check_phone("0515-88123456", mobile_only=True)) == "phone"


def test_masks():
    assert mask_id_no("320924199001011234") == "320924********1234"
    assert mask_phone("13800138000") == "138****8000"
    assert [mask_name(name) for name in ("张", "张三", "张小明", "欧阳小明")] == ["张", "张*", "张*明", "欧**明"]
    assert mask_id_no(None) == mask_phone(None) == mask_name(None) == "" and mask_phone("12345") == "*****"


@given(st.text())
def test_neutralised_text_is_harmless_and_comes_back(text):
    harmless = neutralise(text)
    for line in harmless.split("\n"):
        assert not line.lstrip(" \u00a0\u3000").startswith(tuple("=+-@\t\r＝＋－＠"))
    if not any(line.startswith("'") for line in text.split("\n")):
        assert restore(harmless) == text


@given(st.text(max_size=40))
def test_cleaning_is_idempotent(text):
    once = clean_text(text)
    if isinstance(once, str) and not once.startswith(("=", "'")) and "\n'" not in once:
        assert clean_text(once) == once
