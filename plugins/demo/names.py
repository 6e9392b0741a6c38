"""Names of invented people and places, drawn from a seed. Nobody here exists."""

from random import Random

SURNAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁郑罗宋谢唐韩曹许邓萧冯曾程蔡彭潘袁于董余苏叶吕魏蒋田杜丁沈姜范江傅钟卢汪戴崔任陆廖姚方金邱夏谭韦贾邹石熊孟秦阎薛侯雷白龙段郝孔邵史毛常万顾赖武康贺严尹钱施牛洪龚"
BOYS = "伟强磊洋勇军杰涛明超刚平辉鹏宇浩然俊凯博文轩泽昊天航晨阳旭东志远思源子豪家瑞嘉诚建国海峰晓龙立新永康振华"
GIRLS = "芳娜敏静丽艳娟霞燕玲雪琳婷慧莹倩颖雯欣怡佳悦晓梦琪诗涵雨薇思雅若兰春梅秀英玉洁美玲嘉宁子涵心妍文静可欣"
TOWNSHIPS = (
    "柳河镇", "城关镇", "双桥镇", "青石镇", "西坪乡", "大营镇", "河口镇", "南沟乡", "白水镇", "龙泉镇", "石门镇", "新安镇", "清溪镇", "东岭乡", "北塘乡",
)  # fmt: skip
SECOND_TOWNSHIPS = ("临河镇", "东港镇", "大桥镇", "新集镇", "六合乡", "高桥乡", "沙沟镇", "马集乡")
LIUHE = (
    "河湾村", "小街社区", "杨树村", "前进村", "柳河中心村", "东王村", "石桥村", "后岗村", "柳园村", "新河村", "三里村", "西王村", "龙湾村", "桥头村", "北滩村", "南柳村",
)  # fmt: skip
PLACES = (
    "河东", "河西", "上湾", "下湾", "桥东", "桥西", "东岗", "西岗", "南坡", "北坡", "张庄", "李庄", "王庄", "赵庄", "刘庄", "陈庄", "杨庄", "孙庄", "周庄", "吴庄",
    "大柳树", "小柳树", "枣林", "梨园", "桃源", "杏花", "竹园", "松林", "槐树", "榆树", "石磨", "瓦窑", "油坊", "铁匠铺", "马店", "羊圈", "双井", "甜水", "清泉", "龙潭",
    "凤凰", "金星", "红星", "东风", "团结", "友谊", "胜利", "光明", "和平", "幸福", "永兴", "永丰", "新兴", "新民", "民主", "建设", "卫星", "朝阳", "向阳", "春光",
    "高台", "平川", "大湾", "小湾", "塘坊", "渡口", "码头", "堤北", "堤南", "圩东", "圩西", "沙河", "沙窝", "芦荡", "荷塘", "莲花", "白鹭", "青龙", "黄土", "红土",
)  # fmt: skip
SENIOR = (
    "县第一中学", "县第二中学", "县第三中学", "县实验高级中学", "县高级中学分校", "县职教中心", "县卫生职业学校", "县农业职业中学", "县体育运动学校",
)  # fmt: skip
JUNIOR_TOWN = (
    "县实验初级中学", "县第四中学", "县第五中学", "县第六中学", "县城北初级中学", "县城南初级中学", "县育才中学", "县外国语初级中学", "县特殊教育学校",
)  # fmt: skip
PRIMARY_TOWN = (
    "实验小学", "县第一小学", "县第二小学", "县第三小学", "县城北小学", "县城南小学", "县育红小学", "县师范附属小学", "县朝阳小学", "县滨河小学", "县东门小学", "县西门小学",
)  # fmt: skip
AGENCIES = (
    "县委办公室", "县政府办公室", "县纪委监委机关", "县委组织部", "县委宣传部", "县委统战部", "县委政法委", "县人大机关", "县政协机关", "县法院", "县检察院", "县公安局",
    "县财政局", "县发展和改革局", "县教育局", "县工业和信息化局", "县民政局", "县司法局", "县人力资源和社会保障局", "县自然资源局", "县生态环境局", "县住房和城乡建设局",
    "县交通运输局", "县水利局", "县农业农村局", "县商务局", "县文化广电旅游局", "县卫生健康局", "县退役军人事务局", "县应急管理局", "县审计局", "县市场监督管理局", "县统计局",
    "县医疗保障局", "县乡村振兴局", "县信访局", "县行政审批局", "县城市管理局", "县总工会", "县妇联", "县科协", "县残联", "县税务局", "县气象局", "县供销合作社",
)  # fmt: skip
INSTITUTIONS = (
    "县人民医院", "县中医院", "县妇幼保健院", "县疾病预防控制中心", "县融媒体中心", "县图书馆", "县文化馆", "县博物馆", "县公共就业服务中心", "县不动产登记中心", "县道路养护中心",
    "县河道管理所", "县农技推广中心", "县种子站", "县畜牧站", "县林场", "县环卫所", "县园林所", "县自来水管理站", "县殡葬服务站", "县福利院", "县青少年活动中心", "县老年大学",
    "县党校", "县档案馆",
)  # fmt: skip
TRADES = ("纺织", "食品", "机械", "电子", "建材", "化工", "物流", "农机", "粮油", "水产", "家居", "印务", "电气", "环保", "药业")
FIRMS = (
    "恒达", "宏远", "金鑫", "华泰", "盛源", "瑞丰", "东方", "天成", "永昌", "富民", "鼎新", "联创", "新元", "海纳", "正大", "绿源", "同德", "中兴",
)  # fmt: skip


def invented_name(random: Random, sex: str) -> str:
    """A surname and one or two characters that suit the sex (M, F)."""
    pool = BOYS if sex == "M" else GIRLS
    first = random.choice(pool)
    second = random.choice(pool) if random.random() < 0.72 else ""
    return random.choice(SURNAMES) + first + ("" if second == first else second)


def invented_phone(random: Random) -> str:
    """A mobile number of a range that is not given out (170 0000)."""
    return f"1700000{random.randrange(10_000):04d}"


def villages(random: Random, sizes: list[int], first: tuple[str, ...]) -> list[list[str]]:
    """Names of villages and communities per township, unique inside the county; the first township takes those of `first`."""
    free = [f"{place}{'社区' if random.random() < 0.12 else '村'}" for place in PLACES]
    more = [f"{way}{place}村" for way in ("东", "西", "上", "下", "新") for place in PLACES if len(place) == 2]
    random.shuffle(more)
    free = [*free, *more]
    head = free[: sum(sizes)]
    random.shuffle(head)
    made = []
    for number, size in enumerate(sizes):
        names = list(first[:size]) if number == 0 else []
        while len(names) < size:
            name = head.pop()
            if name not in first:
                names.append(name)
        made.append(names)
    return made


def firms(random: Random, count: int) -> list[str]:
    """Names of companies, each once."""
    pool = [f"{name}{trade}公司" for name in FIRMS for trade in TRADES]
    return random.sample(pool, count)
