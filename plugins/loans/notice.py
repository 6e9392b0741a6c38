"""What an applicant reads before he writes (个人信息保护法 第十七、二十三条): who collects what, why, who gets it, how long, his rights.

Content for people, Chinese directly. VERSION is stored with each consent: change it whenever a word changes.
"""

VERSION = "2023-1"

COLLECTED = "姓名、性别、出生日期、身份证号、手机号、所在镇村、经营主体、主要产品、带动就业人数，以及申请的产品、金额、期限、用途和担保方式"

AGREE = "我已阅读上面的告知，同意团组织为办理本次贷款推荐收集、使用这些信息"
AGREE_BANK = "我单独同意：初审通过后，把这些信息提供给所选产品的银行，用于贷款调查和答复"


def notice(committee: str, contact: str) -> list[tuple[str, str]]:
    """(heading, text) of the notice of a committee; contact: whom to ask."""
    return [
        ("谁在收集", f"{committee}。联系：{contact}"),
        ("收集什么", f"{COLLECTED}。身份证号用来核对是不是本人、有没有重复申请，加密保存，页面上不显示。"),
        ("用来做什么", "只用于初审、向银行推荐、告诉您办理结果和贴息办理。团组织只推荐，贷不贷、贷多少由银行决定。"),
        ("谁能看到", "您所在镇村和县团委的经办人；初审通过并推荐后，您所选产品的那一家银行。其他银行、其他人看不到。"),
        ("保存多久", "从申请到贷款结清期间保存。撤销或没有通过的申请，您可以要求删除。"),
        ("您的权利", f"可以查看、更正、撤销申请、收回同意或要求删除，凭查询码在网上办理，或联系：{contact}。不同意不影响到银行柜台直接申请。"),
    ]
