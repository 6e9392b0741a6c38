"""What the demonstration's county counts itself. Values of 2022H1, 2022H2, 2023H1; an average as sum/count."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Own:
    """One figure of the demonstration."""

    slug: str
    title: str
    unit: str
    kind: str
    values: tuple[str, str, str]
    responsible: str
    definition: str
    asked_of: tuple[str, ...] = ()
    format: str = ""
    decimals: int = 0


PUBLICITY, SCHOOLS, DEVELOPMENT, BASE, OFFICE = "宣传部", "学少部", "青发部", "组织部", "办公室"
SOURCES = {
    PUBLICITY: "宣传工作统计表.xlsx",
    SCHOOLS: "学校少先队工作统计表.xlsx",
    DEVELOPMENT: "青年发展工作台账.xlsx",
    BASE: "组织工作台账.xlsx",
    OFFICE: "团县委工作台账.xlsx",
}
TOWNS, SCHOOL, BRANCHES = ("township",), ("school",), ("village", "school")

FIGURES = (
    Own("demonstration_lessons", "主题示范队课", "次", "flow", ("1", "1", "1"), SCHOOLS, "团县委组织的全县主题示范队课次数。"),
    Own("lesson_schools", "参与录制微队课学校", "所", "distinct", ("4", "3", "5"), SCHOOLS, "报告期内录制微队课的学校，同一所学校只计一次。"),
    Own("micro_lessons", "录制微队课", "堂", "flow", ("12", "10", "15"), SCHOOLS, "录制完成并发布的微队课堂数。"),
    Own("contest_participants", "诵读比赛参赛少先队员", "名", "flow", ("18", "16", "20"), SCHOOLS, "遴选参加省、市诵读比赛的少先队员。"),
    Own("national_honours", "全国级入选作品", "个", "flow", ("0", "1", "1"), SCHOOLS, "入选全国级展示或获奖的作品，以文件为准。"),
    Own("first_prizes", "省级一等奖", "个", "flow", ("1", "0", "1"), SCHOOLS, "省级比赛一等奖，以文件为准。"),
    Own("special_prizes", "市级特等奖组别", "个", "flow", ("3", "2", "4"), SCHOOLS, "市级诵读比赛四个组别中获特等奖的组别数。"),
    Own("youth_home_sessions", "青年之家集中统一活动", "次", "flow", ("4", "5", "5"), OFFICE, "依托青年之家开展的集中统一活动次数。"),
    Own("party_lectures", "邀请领导讲党课", "次", "flow", ("1", "2", "1"), OFFICE, "邀请上级和县领导为团员青年讲党课的次数。"),
    Own("online_viewers", "主题活动网上观看", "人次", "flow", ("61200", "70500", "82300"), PUBLICITY, "主题活动线上直播和回放观看人次，不含现场人数。"),
    Own("articles", "公众号推送", "篇", "flow", ("148", "152", "161"), PUBLICITY, "团县委微信公众号推送的文章篇数。"),
    Own("reads", "公众号阅读量", "人次", "flow", ("121800", "133600", "142500"), PUBLICITY, "上述文章在报告期内的阅读人次，取自公众号后台。"),
    Own("new_followers", "新增关注用户", "人", "flow", ("655", "702", "846"), PUBLICITY, "报告期新关注减取消关注的净增数，取自公众号后台。"),
    Own("accounts_opened", "新开通账号", "个", "flow", ("0", "1", "2"), PUBLICITY, "报告期内新开通的新媒体账号。"),
    Own("contests", "线上挑战赛", "次", "flow", ("0", "0", "1"), PUBLICITY, "组织的线上短视频挑战赛次数。"),
    Own("works", "制作宣传作品", "部", "flow", ("2", "2", "3"), PUBLICITY, "制作完成并发布的宣传视频。"),
    Own("video_views", "微党课在线观看", "人次", "flow", ("40300", "52800", "82500"), PUBLICITY, "微党课视频在线观看人次。"),
    Own("media_pickups", "被上级平台和媒体转载报道", "次", "flow", ("1", "2", "2"), PUBLICITY, "被上级平台转载、市级以上媒体报道的次数。"),
    Own("bulletins", "发布岗位信息", "期", "flow", ("4", "4", "5"), DEVELOPMENT, "发布的岗位信息期数。"),
    Own("posts", "岗位数", "个", "flow", ("1652", "1480", "1983"), DEVELOPMENT, "上述岗位信息中的岗位数之和。"),
    Own("placements", "锻炼岗位", "个", "flow", ("213", "96", "258"), DEVELOPMENT, "为大学生提供的政务、公益、企业和兼职锻炼岗位。"),
    Own("matched_pairs", "联谊牵线", "对", "flow", ("36", "30", "42"), DEVELOPMENT, "联谊活动中牵线搭桥的单身青年对数。"),
    Own("team_building", "团建活动参加青年", "名", "flow", ("35", "44", "39"), DEVELOPMENT, "青年团建活动参加人数。"),
    Own("commendations", "省级表彰", "项", "flow", ("0", "1", "1"), OFFICE, "受到团省委表彰的项目，以文件为准。"),
    Own("admitted", "新发展团员", "名", "flow", ("1290", "1105", "1269"), BASE, "报告期内经支部大会通过、上级批准的新团员。", asked_of=SCHOOL),
    Own(
        "organization_life", "三会两制一课", "次", "flow", ("1422", "1465", "1512"), BASE,
        "支部大会、支委会、团小组会、团课等组织生活次数之和。", asked_of=BRANCHES,
    ),
    Own("cadre_lectures", "团干部上讲台宣讲", "场次", "flow", ("26", "28", "30"), BASE, "县镇两级团干部宣讲场次。", asked_of=TOWNS),
    Own("cadre_forums", "团干部党史座谈会", "次", "flow", ("2", "1", "2"), BASE, "组织的团干部座谈会次数。"),
    Own("integrity_forums", "年轻干部廉政教育座谈会", "次", "flow", ("1", "1", "1"), BASE, "组织的廉政教育座谈会次数。"),
)  # fmt: skip

RED, LEAD, VOICE = "开展红色教育", "抓实思想引领", "强化舆论引导"
JOBS, TEAM, CARE = "助力青年创业就业", "持续开展团建活动", "持续开展志愿服务"
MEMBERS, CADRES = "规范团员发展管理", "丰富团干部培养手段"
ALWAYS = ()

# chapter, heading, place, text, condition (key, comparator, value)
SENTENCES: tuple[tuple[str, str, int, str, tuple], ...] = (
    ("thought", RED, 10, "深入学习贯彻回信精神，组织{ledger.demonstration_lessons|chinese}主题示范队课活动，", ALWAYS),
    ("thought", RED, 11, "组织县实验小学等{ledger.lesson_schools|plain}学校录制{ledger.micro_lessons|plain}微队课，", ALWAYS),
    ("thought", RED, 12, "其中《在旗帜下走向胜利》等{ledger.national_honours|plain}作品入选全国青少年美育云课堂；", ("ledger.national_honours", ">", 0)),
    ("thought", RED, 13, "开展“红领巾心向党、队旗伴成长”首批少先队员入队仪式，建立一批红领巾讲师团；", ALWAYS),
    ("thought", RED, 14, "遴选{ledger.contest_participants|plain}少先队员参加省市“菁菁杯”诵读大赛，获省级小学组一等奖{ledger.first_prizes|plain}", ALWAYS),
    ("thought", RED, 15, "，囊括市级{ledger.special_prizes|chinese}组别全部特等奖。", ("ledger.special_prizes", "==", 4)),
    ("thought", RED, 16, "，市级特等奖{ledger.special_prizes|plain}。", ("ledger.special_prizes", "<", 4)),
    (
        "thought", LEAD, 30,
        "依托联青服务站、青年之家开展集中统一活动{ledger.youth_home_sessions|plain}，邀请领导讲党课{ledger.party_lectures|plain}，"
        "举办“青春向党、奋斗强国”主题活动，{ledger.online_viewers|wan}网上观看。", ALWAYS,
    ),
    (
        "thought", VOICE, 40,
        "聚焦青年思想建设阵地，强化正面宣传和热点引导。制作推送微信公众号内容{ledger.articles|plain}，阅读量{ledger.reads|wan}，"
        "新增关注用户{ledger.new_followers|plain}。", ALWAYS,
    ),
    ("thought", VOICE, 41, "新开通“青春示范”抖音号、微信视频号等账号{ledger.accounts_opened|plain}，", ("ledger.accounts_opened", ">", 0)),
    ("thought", VOICE, 42, "组织旅投杯短视频挑战赛{ledger.contests|plain}，", ("ledger.contests", ">", 0)),
    (
        "thought", VOICE, 43,
        "制作《奋斗的青春最美丽》《青春正当时》等宣传作品{ledger.works|plain}，微党课在线观看{ledger.video_views|wan}，"
        "被学习强国平台和省电视台转载报道{ledger.media_pickups|plain}。", ALWAYS,
    ),
    (
        "service", JOBS, 10,
        "聚焦大学毕业生群体，组织实施“百校千企万岗”计划，发布岗位信息{ledger.bulletins|plain}、岗位数{ledger.posts|plain}，"
        "组织大学生“青春留乡”岗位实践活动，提供政务、公益、企业和兼职锻炼岗位{ledger.placements|plain}。", ALWAYS,
    ),
    (
        "service", TEAM, 30,
        "开展“‘驿’路同心”单身青年联谊活动，为{ledger.matched_pairs|plain}单身青年牵线搭桥；开展“‘驿’路青春畅想未来”青年团建活动，"
        "邀请{ledger.team_building|plain}青年共享美好时光。", ALWAYS,
    ),
    ("service", CARE, 42, "关爱计划在全省率先推开，受到团省委表彰{ledger.commendations|plain}。", ("ledger.commendations", ">", 0)),
    (
        "base", MEMBERS, 30,
        "严把团员“入口关”，根据各校学生数量、教育情况等因素科学分配发展计划，新发展团员{ledger.admitted|plain}，常态化开展“三会两制一课”{ledger.organization_life|plain}。", ALWAYS,
    ),
    (
        "base", CADRES, 40,
        "组织“团干部上讲台”集中宣讲，县镇两级团干部宣讲{ledger.cadre_lectures|plain}，组织团干部座谈会{ledger.cadre_forums|plain}、"
        "年轻干部廉政教育座谈会{ledger.integrity_forums|plain}，邀请县纪委领导以案讲纪。", ALWAYS,
    ),
    (
        "plan", "强化基层团组织改革试点探索", 10,
        "以健全联系青年、服务大局的组织体系为着力点，不断改革创新团干部选用、团组织设置和运营、团员教育管理、领导保障等方面的体制机制，"
        "推动改革向基层延伸。", ALWAYS,
    ),
    (
        "plan", "推动青年志愿服务队伍不断壮大", 30,
        "以项目服务传导志愿精神，不断扩大志愿服务社会覆盖面，推动志愿服务向村居延伸，打造一批叫得响、立得住的特色志愿服务品牌。", ALWAYS,
    ),
)  # fmt: skip
