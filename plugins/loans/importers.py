"""Files that come in: the registry, and a bank's lists of answers, drawdowns and repayments. Twice changes nothing."""

from typing import Any

from youthpilot.plugins.importing import Column, Counts, Importer, ImportOption, Row

from . import differences, judging, lending, services
from .judging import RESULTS, Answers, Bank, Drawdowns, People, Repayments
from .modelimport import ROLE_MODELS
from .models import LoanBank, LoanDrawdown, LoanElite, LoanEntry, LoanLine, LoanRepayment, LoanStep
from .rules import KINDS

BOARD = "loans_applications.index"
PERSON = ("name", "sex", "birth_date", "phone", "id_no")


def apply_elites(batch: Any, rows: list[Row], look: People, options: dict[str, Any]) -> Counts:
    """Enter whoever is not in the registry yet; who is stays as he is."""
    new = [r.values for r in rows if r.values.get("known") is None]
    for v in new:
        person = {k: v.get(k) or "" for k in PERSON} | {"birth_date": v.get("birth_date")}
        profile = {k: v.get(k) or "" for k in ("industry", "main_product", "business_name", "uscc", "source")} | {"jobs_driven": v.get("jobs_driven")}
        services.register_elite(v["organization"], person, v["kind"], v["entered_on"], profile, batch=batch)
    return Counts(len(new), 0, len(rows) - len(new))


def apply_answers(batch: Any, rows: list[Row], look: Bank, options: dict[str, Any]) -> Counts:
    """Move what waits; what was answered before stays."""
    todo = [r.values for r in rows if r.values.get("todo")]
    for v in todo:
        application = v["application"]
        services.keep(batch, application)
        amount = v.get("amount") if v["result"] != "refused" else None
        services.move(application, v["result"], v["on"], reason=v.get("reason") or "", amount=amount, months=v.get("months"), batch=batch)
    _keep_differences(batch, look)
    return Counts(0, len(todo), len(rows) - len(todo))


def apply_drawdowns(batch: Any, rows: list[Row], look: Bank, options: dict[str, Any]) -> Counts:
    """Record new notes."""
    new = sorted((r.values for r in rows if r.values.get("line") is not None), key=lambda v: v["drawn_on"])
    for v in new:
        services.keep(batch, v["line"].application)
        lending.draw(v["line"], v["drawn_on"], v["amount"], v["due_on"], str(v["serial"]), v["rate"], batch=batch)
    _keep_differences(batch, look)
    return Counts(len(new), 0, len(rows) - len(new))


def apply_repayments(batch: Any, rows: list[Row], look: Bank, options: dict[str, Any]) -> Counts:
    """Record new repayments; the file is their proof unless a row names another."""
    new = [r.values for r in rows if r.values.get("drawdown") is not None]
    for v in new:
        proof = v.get("proof") or batch.file_name
        lending.repay(v["drawdown"], v["repaid_on"], v["principal"], v.get("interest"), proof, str(v["serial"]), batch=batch)
    _keep_differences(batch, look)
    return Counts(len(new), 0, len(rows) - len(new))


def _keep_differences(batch: Any, look: Bank) -> None:
    """What the list says otherwise waits for a decision under “Bank reconciliation”; undoing the import leaves it there."""
    differences.store(look.bank_id, look.listed, look.found, look.seen, batch.file_name)


# declarations ----------------------------------------------------------------------------------------------------------


def banks(county_id: int) -> list[tuple[str, str]]:
    """Banks of the county."""
    return [(str(b.id), str(b)) for b in LoanBank.select().order_by(LoanBank.id)]


def guess_bank(rows: Any, file_name: str) -> str | None:
    """The bank named in the file's name or its first rows."""
    texts = [file_name, *(str(cell) for row in list(rows)[:3] for cell in row if isinstance(cell, str))]
    found = [b for b in LoanBank.select() if any(b.name in t or (b.short_name and b.short_name in t) for t in texts)]
    return str(found[0].id) if len(found) == 1 else None


def _text(values: dict[str, Any], *names: str) -> tuple[Any, ...] | None:
    key = tuple(str(values.get(n) or "").strip() for n in names)
    return key if all(key) else None


BANK = ImportOption("bank", "银行", "choice", choices=banks, help="这份清单是哪家银行给的", guess=guess_bank)
NUMBER = Column("number", "申请编号", required=True, aliases=("编号", "推荐编号", "申请号"), example="2023-0012")
MONEY: dict[str, Any] = {"kind": "decimal", "places": 2}

IMPORTERS = [
    Importer(
        key="loans_elites",
        title="新农菁英名录",
        columns=(
            Column("name", "姓名", required=True, max_length=40, example="王芳"),
            Column("sex", "性别", kind="choice", choices={"男": "M", "女": "F"}, example="女"),
            Column("birth_date", "出生日期", kind="date", aliases=("出生年月日", "出生年月"), example="1992-03-08"),
            Column("id_no", "身份证号", kind="id_no", aliases=("身份证号码", "公民身份号码"), help="可不填；加密保存，列表中不显示全号"),
            Column("phone", "手机号", kind="phone", aliases=("手机号码", "联系电话", "手机")),
            Column("organization", "所在镇村", kind="organization", required=True, aliases=("团组织", "镇村", "所属乡镇", "乡镇"), example="河湾村"),
            Column(
                "kind", "类型", kind="choice", required=True, aliases=("新农菁英类型", "人员类型"), example="返乡创业青年",
                choices={word: key for key, word in KINDS.items()} | {"返乡创业": "returnee", "职业农民": "farmer", "致富带头": "leader"},
            ),
            Column("entered_on", "录入日期", kind="date", required=True, aliases=("入库日期", "录入时间", "入库时间"), example="2023-04-12"),
            Column("industry", "行业大类", max_length=2, aliases=("行业代码",), example="04"),
            Column("main_product", "主要产品", max_length=60, aliases=("主营产品", "主导产业"), example="泥鳅"),
            Column("business_name", "经营主体", max_length=80, aliases=("企业名称", "经营主体名称")),
            Column("uscc", "统一社会信用代码", max_length=18, aliases=("信用代码",)),
            Column("jobs_driven", "带动就业", kind="int", minimum=0, aliases=("带动就业人数",), example="12"),
            Column("source", "推荐来源", max_length=60, aliases=("来源",)),
        ),
        row_key=lambda v: _text(v, "id_no") or _text(v, "organization", "name", "birth_date"),
        judge=judging.judge_elite,
        apply=apply_elites,
        permission="loans.record",
        models=(LoanEntry, LoanElite),
        lookups=People,
        help="类型只有三种：返乡创业青年、新型青年职业农民、致富带头人。已在名录里的不重复录入。",
        icon="loan",
        order=30,
        endpoint="loans_elites.index_view",
    ),
    Importer(
        key="loans_answers",
        title="银行答复清单",
        columns=(
            NUMBER,
            Column("person", "姓名", aliases=("借款人", "客户姓名")),
            Column("result", "答复", kind="choice", required=True, choices=RESULTS, aliases=("审批结果", "答复结果"), example="部分授信"),
            Column("amount", "授信额度", **MONEY, minimum=0, aliases=("授信金额", "批准金额"), example="80000"),
            Column("months", "授信期限", kind="int", minimum=1, maximum=120, aliases=("期限（月）",), help="月；空着按申请的期限", example="12"),
            Column("on", "答复日期", kind="date", required=True, aliases=("审批日期", "授信日期"), example="2023-05-10"),
            Column("reason", "说明", aliases=("拒绝原因", "原因", "备注")),
        ),
        row_key=lambda v: _text(v, "number"),
        judge=judging.judge_answer,
        apply=apply_answers,
        permission="loans.answer",
        models=(LoanLine, LoanStep),
        lookups=Answers,
        options=(BANK,),
        help="银行答复推荐名单：全额授信、部分授信或拒绝（写明原因）。与已记录的不同时只提示，不改动。",
        icon="loan",
        order=31,
        endpoint=BOARD,
        check_file=judging.check_answers,
    ),
    Importer(
        key="loans_drawdowns",
        title="银行发放清单（用信）",
        columns=(
            NUMBER,
            Column("person", "姓名", aliases=("借款人", "客户姓名")),
            Column("serial", "借据号", required=True, max_length=40, aliases=("借据编号", "放款编号"), example="NS20230512001"),
            Column("drawn_on", "发放日期", kind="date", required=True, aliases=("放款日期", "用信日期"), example="2023-05-12"),
            Column("amount", "发放金额", **MONEY, required=True, minimum=0, aliases=("放款金额", "用信金额"), example="50000"),
            Column("annual_rate", "年利率", kind="decimal", minimum=0, maximum=36, aliases=("利率", "执行利率"), help="%；空着按产品利率", example="4.35"),
            Column("due_on", "到期日", kind="date", required=True, aliases=("到期日期",), example="2024-05-11"),
        ),
        row_key=lambda v: _text(v, "serial"),
        judge=judging.judge_drawdown,
        apply=apply_drawdowns,
        permission="loans.answer",
        models=(LoanDrawdown, LoanStep),
        lookups=Drawdowns,
        options=(BANK,),
        help="每次发放一行（一人次）。借据号相同的不重复计；与已记录的逐笔核对。",
        icon="loan",
        order=32,
        endpoint=BOARD,
        check_file=judging.check_drawdowns,
    ),
    Importer(
        key="loans_repayments",
        title="银行还款清单",
        columns=(
            Column("note", "借据号", required=True, aliases=("借据编号", "放款编号"), example="NS20230512001"),
            Column("serial", "流水号", required=True, max_length=40, aliases=("还款流水", "凭证号"), example="HK0001"),
            Column("repaid_on", "还款日期", kind="date", required=True, example="2023-06-20"),
            Column("principal", "归还本金", **MONEY, required=True, minimum=0, aliases=("本金", "还本金额"), example="20000"),
            Column("interest", "支付利息", **MONEY, minimum=0, aliases=("利息", "还息金额"), example="98.50"),
            Column("proof", "凭证", max_length=200, help="空着以这份文件为凭证"),
        ),
        row_key=lambda v: _text(v, "note", "serial"),
        judge=judging.judge_repayment,
        apply=apply_repayments,
        permission="loans.answer",
        models=(LoanRepayment,),
        lookups=Repayments,
        options=(BANK,),
        help="每次还款一行；归还本金不会超过发放金额。",
        icon="loan",
        order=33,
        endpoint=BOARD,
        check_file=judging.check_repayments,
    ),
    ROLE_MODELS,
]  # fmt: skip
