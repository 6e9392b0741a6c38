"""Goes to every route as every role, with every target's ids, and says what is wrong with the answers.

Which parameters a route reads is not written down anywhere: the request's own dictionaries note the names that are asked for,
and the next round sends them.
"""

import re
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from typing import Any

from flask import Request, request
from flask_admin.contrib.peewee import ModelView
from lxml import html as lxml_html
from werkzeug.datastructures import ImmutableMultiDict

from youthpilot.core.web.current import state
from youthpilot.core.web.policies import policy_of, routes

from .world import PASSWORD, ROLES, SIBLINGS, TARGETS, World

EVERYBODY = {**ROLES, **SIBLINGS}

MISSING = 987654321
PART = 0.4  # of the routes, for each role of a sample
NAMES: dict[str, set[str]] = defaultdict(set)
# What a string in the address may be. A name that is not here is tried with "x".
WORDS = {"kind": ("xlsx", "csv", "html", "md", "json"), "verb": ("move", "merge", "split", "close", "reopen", "rename"), "code": ("aa", "bb", "zz"),
         "act": ("role", "disable", "enable", "revoke", "unlock", "code", "sessions"), "module": ("study", "ledger"), "token": ("x",), "filename": ("app.css",), "what": ("donations", "expenses")}  # fmt: skip
PLACES = {"organization", "parent", "place", "unit", "into", "other", "target", "root", "root_id", "organization_id"}
TABLES = {"submission": "core_submission", "evidence_id": "core_evidence", "batch_id": "core_batch", "job_id": "core_job", "person": "core_person"}
TEXTS = {"q": "cnr", "search": "cnr", "query": "cnr", "text": "cnr", "name": "cnr", "period": "2023H1", "figure": "study.participations", "page": "0", "sort": "0",
         "on": "2023-06-30", "start": "2023-01-01", "end": "2023-06-30", "from": "2023-01-01", "to": "2023-06-30", "first": "2023-01-01", "last": "2023-06-30", "year": "2023", "version": "1",
         "username": "newcomer", "display_name": "新来的", "number": "7", "role": "reporter"}  # fmt: skip


class Noting(ImmutableMultiDict):  # type: ignore[type-arg]
    """Request values that note which names a route asks for."""

    def _note(self, name: Any) -> None:
        if request and request.endpoint and isinstance(name, str):
            NAMES[request.endpoint].add(name)

    def __getitem__(self, name: Any) -> Any:
        self._note(name)
        return super().__getitem__(name)

    def __contains__(self, name: Any) -> bool:
        self._note(name)
        return super().__contains__(name)

    def get(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        self._note(name)
        return super().get(name, *args, **kwargs)

    def getlist(self, name: Any, *args: Any, **kwargs: Any) -> Any:
        self._note(name)
        return super().getlist(name, *args, **kwargs)


class NotingRequest(Request):
    """Flask's request with those."""

    parameter_storage_class = Noting


@dataclass(frozen=True)
class Finding:
    """What is wrong: leak, oracle, broken, markup, inline, header, address, write, csrf; where and who saw it."""

    kind: str
    endpoint: str
    role: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.role} at {self.endpoint}: {self.text}"


class Steady:
    """A client that keeps the cookie it was given, whatever the answers say: the database behind it is put back too.

    roams: every request comes from another network, so that pages without an account go on answering.
    """

    def __init__(self, client: Any, cookie: str, roams: bool = False) -> None:
        self.client, self.headers, self.roams, self.count = client, {"Cookie": cookie}, roams, 0

    def get(self, path: str, **kwargs: Any) -> Any:
        return self.client.get(path, headers=self.headers, environ_overrides=self._from(), **kwargs)

    def post(self, path: str, **kwargs: Any) -> Any:
        return self.client.post(path, headers=self.headers, environ_overrides=self._from(), **kwargs)

    def _from(self) -> dict[str, str]:
        self.count += self.roams
        return {"REMOTE_ADDR": f"10.{self.count // 256 % 256}.{self.count % 256}.1"} if self.roams else {}


class Explorer:
    """Visits the world's application. `share`: which part of the cases is looked at, 1.0 all."""

    def __init__(self, world: World, share: float = 1.0) -> None:
        world.app.request_class = NotingRequest
        self.world, self.share, self.requests = world, share, 0
        self.clients: dict[str, Any] = {}
        self.tokens: dict[str, str] = {}
        for role in [*ROLES, *SIBLINGS, "anonymous"]:
            self._enter(role)
        self._jobs()
        world.keep()
        self.seen: dict[str, set[str]] = defaultdict(set)
        self.allowed = {role: self._allowed(role) for role in self.clients}

    def _enter(self, role: str) -> None:
        client: Any = self.world.app.test_client()
        token = self._token(client, "/login")
        if role != "anonymous":
            answer = client.post("/login", data={"username": role, "password": PASSWORD, "csrf_token": token})
            assert answer.status_code == 303, answer.text
            token = self._token(client, f"{self.prefix(role)}/account/")
        cookie = "; ".join(f"{c.key}={c.value}" for c in client._cookies.values())
        self.clients[role], self.tokens[role] = Steady(self.world.app.test_client(use_cookies=False), cookie, role == "anonymous"), token

    def _jobs(self) -> None:
        """Whoever may import has a file under way, with a mark in it."""
        for role, (code, _role, place) in EVERYBODY.items():
            if not code:
                continue
            where = self.world.places[code][place or "R"]
            mark = self.world.canaries.text("core_job", "file", 0, self.world.counties[code].id, where)
            rows = f"姓名\t团组织\t是否团员\n{mark}\t{mark}\t是\n"
            for key in ("study_learners", "cadres.posts"):
                self.clients[role].post(f"/c/{code}/imports/new/{key}", data={"csrf_token": self.tokens[role], "text": rows})

    def _token(self, client: Any, path: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)
        assert found, path
        return found[1]

    # who may meet what ---------------------------------------------------------------------------------------------------

    def prefix(self, role: str) -> str:
        """Where a role works."""
        code = EVERYBODY.get(role, ("", "", ""))[0]
        return f"/c/{code}" if code else ""

    def side(self, role: str, rule: Any) -> str:
        """The prefix under which a role finds a route."""
        found = policy_of(self.world.app, rule.endpoint, "GET") or policy_of(self.world.app, rule.endpoint, "POST")
        return "" if found is not None and found.side == "platform" else self.prefix(role)

    def _allowed(self, role: str) -> set[int]:
        code, _role, place = ROLES.get(role, ("", "", ""))
        county = self.world.counties[code].id if code else None
        below = self.world.subtree(code, place) if place else None
        above = self.world.above(code, place) | {self.world.places[code][place]} if place else set()
        good = set()
        for number, mark in enumerate(self.world.canaries.known):
            own = mark.table == "core_user" and mark.row == list(self.world.users).index(role) if role in self.world.users else False
            administrator = (
                role in EVERYBODY and mark.table == "core_user" and mark.county_id is None
            )  # who can give a right is named in every refusal
            if own or administrator or (role == "platform" and (mark.table == "core_county" or mark.table == "core_user")):
                good.add(number)
            elif role == "partner":
                if mark.table == "core_county" and mark.county_id == county:  # the name above every page; nothing else of the house
                    good.add(number)
            elif county is not None and mark.county_id == county and (below is None or mark.open_to_county or mark.organization_id in below):
                good.add(number)
            elif county is not None and mark.county_id == county and mark.table == "core_user" and mark.row in self._county_staff(code):
                good.add(number)  # the same in the county
            elif county is not None and mark.county_id == county and self._reviews(mark, above):
                good.add(number)  # the body above that reviews, and its people, are named on the form
        return good

    def _reviews(self, mark: Any, above: set[int]) -> bool:
        if mark.table == "core_organization":
            return mark.column in ("name", "short_name") and mark.row in above
        name = list(self.world.users)[mark.row] if mark.table == "core_user" else ""
        code, role, place = EVERYBODY.get(name, ("", "", ""))
        return role == "reviewer" and self.world.places[code][place] in above

    def _county_staff(self, code: str) -> set[int]:
        names = list(self.world.users)
        return {names.index(n) for n in names if EVERYBODY[n][0] == code and EVERYBODY[n][1] == "county_admin"}

    # where to go ---------------------------------------------------------------------------------------------------------

    def rules(self, unsafe: bool = False) -> list[tuple[Any, str]]:
        """(rule, method) of every route that is no static file."""
        wanted = [(r, m, e) for r, m, e in routes(self.world.app) if (m != "GET") == unsafe and not e.endswith("static")]
        by_key = {(r.rule, r.endpoint): r for r in self.world.app.url_map.iter_rules()}
        return [(by_key[rule, endpoint], method) for rule, method, endpoint in wanted]

    def view(self, endpoint: str) -> Any:
        """The Flask-Admin view behind an endpoint, None for a plain function."""
        return next((v for v in state(self.world.app)["admin"]._views if v.endpoint == endpoint.partition(".")[0]), None)

    def is_id(self, name: str, rule: Any) -> bool:
        """True if a name stands for a row."""
        return (
            name in PLACES
            or name in TABLES
            or name in ("id", "key", "rowid", "user_id", "account")
            and name not in self._words(rule)
            or name.endswith("-id")
        )

    def _words(self, rule: Any) -> set[str]:
        return {n for n, c in rule._converters.items() if type(c).__name__ == "UnicodeConverter" and not n.endswith("_id") and n != "id"}

    def values(self, name: str, rule: Any, code: str, place: str) -> list[str]:
        """What to send for a name so that it points at a place's rows; the likeliest first."""
        endpoint, view = rule.endpoint, self.view(rule.endpoint)
        if name in (getattr(view, "_form_ajax_refs", None) or {}) and endpoint.endswith(("create_view", "edit_view")):
            return [n for (n,) in self.world.rows("SELECT name FROM core_organization WHERE id = ?", (self.world.places[code][place],))]
        if name in PLACES or name.endswith("-id"):
            return [str(self.world.places[code][place])]
        if name in TABLES:
            return [str(i) for i in self._of_place(code, place, TABLES[name])][:8]
        if name in ("user_id", "account"):
            return [str(i) for n, i in self.world.users.items() if (ROLES.get(n) or ("aa", "", "T2"))[0] == code][:3] if place != "sibling" else []
        if self.is_id(name, rule):
            tables = [view.model._meta.table_name] if isinstance(view, ModelView) else self._tables(endpoint)
            return self._ids(code, place, tables)
        if name == "name" and endpoint.endswith(".ajax_lookup"):
            return [*(getattr(view, "_form_ajax_refs", None) or {}), "x"]
        if name in self._words(rule):
            if name == "key":
                return ["organizations.organizations", "cadres.posts", "study_learners", "x"]
            return [w for w in WORDS.get(name, ("x",))]
        return [TEXTS.get(name, "1")]

    def _tables(self, endpoint: str) -> list[str]:
        module = endpoint.partition("_")[0]
        own = [m._meta.table_name for m in self.world.models() if m._meta.table_name.startswith(f"{module}_")]
        near = {
            "board": ["core_submission"],
            "cadres": ["core_post"],
            "fill": ["core_submission", "core_evidence"],
            "imports": ["core_batch", "core_job"],
        }
        return [*own, *near.get(endpoint.partition(".")[0], []), "core_organization"]

    def _ids(self, code: str, place: str, tables: list[str]) -> list[str]:
        every = [self._of_place(code, place, t) for t in tables]
        found = [str(i) for ids in every for i in (*ids[:1], *ids[-1:])]
        return list(dict.fromkeys(found))

    def _of_place(self, code: str, place: str, table: str) -> list[int]:
        if table == "core_organization":
            return [self.world.places[code][place]]
        key = (code, place, table)
        if key not in self._known:
            self._known[key] = self.world.ids(code, place, table)
        return self._known[key]

    _known: dict[Any, list[int]] = {}  # noqa: RUF012

    def chosen(self, *case: object) -> bool:
        """True if a case belongs to the share looked at; the same ones every time."""
        return int(sha256(repr(case).encode()).hexdigest()[:8], 16) < self.share * 2**32

    def visited(self, role: str, rule: Any) -> bool:
        """True if a role goes to a route at all: in a sample each role has its own part of the routes, so that several go to each."""
        return self.share == 1.0 or int(sha256(f"{role} {rule.rule}".encode()).hexdigest()[:8], 16) < PART * 2**32

    def cases(self, rule: Any, role: str) -> Iterator[tuple[str, dict[str, str]]]:
        """(what it is about, values) for one route: own rows; then one name at a time, then all, pointing at each target."""
        code, _role, place = ROLES.get(role, ("aa", "", ""))
        code, home = code or "aa", place or "T1"
        names = sorted({*rule.arguments, *NAMES[rule.endpoint]} - {"csrf_token", "url"})
        ids = [n for n in names if self.is_id(n, rule)]
        own = {n: (self.values(n, rule, code, home) or ["1"])[0] for n in names}
        yield "own", own
        yield "bare", {n: v for n, v in own.items() if n in rule.arguments}
        if rule.endpoint.endswith(".index_view"):
            for extra in self._conditions(rule):
                yield "own", extra
        for n in ids:
            for value in [*self.values(n, rule, code, home), *self.values(n, rule, code, "R")][1:]:
                yield "own", {**own, n: value}
        for n in names:
            if n in self._words(rule) or n == "name":
                for word in self.values(n, rule, code, home)[1:]:
                    yield "own", {**own, n: word}
        for about, (county, where) in self.targets(code, home).items():
            for n in ids:
                for value in self.values(n, rule, county, where):
                    yield about, {**{k: v for k, v in own.items() if k in ids or k in rule.arguments or k == "period"}, n: value}
            if len(ids) > 1:
                yield about, {**own, **{n: (self.values(n, rule, county, where) or ["1"])[0] for n in ids}}

    def _conditions(self, rule: Any) -> Iterator[dict[str, str]]:
        """Every condition and every order of a list, with marks and foreign ids as values."""
        view = self.view(rule.endpoint)
        for index, condition in enumerate(view._filters or ()):
            for value in ("cnr", "2023-05-01", "1", str(self.world.places["aa"]["T2"]), str(self.world.places["bb"]["T1"])):
                yield {f"flt0_{index}": value, f"flt0_{condition.name}": value}
        for index in range(len(view._list_columns)):
            yield {"sort": str(index), "desc": "1"}

    def targets(self, code: str, home: str) -> dict[str, tuple[str, str]]:
        """target → (county, place), seen from a role's home."""
        other = "bb" if code == "aa" else "aa"
        found = {name: (code, place) for name, place in TARGETS.items() if place != home}
        return {**found, "other county": (other, "T1"), "other county's village": (other, "V11")}

    def address(self, rule: Any, values: dict[str, str], prefix: str) -> tuple[str, dict[str, str]]:
        """The path, and what is left for the query."""
        path = rule.rule
        for name in rule.arguments:
            path = re.sub(rf"<(?:\w+:)?{name}>", str(values.get(name, "x")), path)
        return prefix + path, {n: v for n, v in values.items() if n not in rule.arguments}

    # asking --------------------------------------------------------------------------------------------------------------

    def get(self, role: str, rule: Any, values: dict[str, str], prefix: str | None = None) -> Any:
        """The answer to a GET."""
        path, query = self.address(rule, values, self.side(role, rule) if prefix is None else prefix)
        self.requests += 1
        return self.clients[role].get(path, query_string=query)

    def discover(self) -> None:
        """Learn which names the routes ask for: each round sends what is known so far."""
        for roles in (("admin", "platform"), ("admin", "reporter")):
            for rule, _method in self.rules():
                for role in roles:
                    if role != "admin" and not self.visited(role, rule):
                        continue
                    for values in dict.fromkeys(
                        tuple(v.items()) for about, v in self.cases(rule, role) if about == "own" and "sort" not in v and not set("".join(v)) & {"0"}
                    ):
                        self.get(role, rule, dict(values))

    def read(self, role: str, prefix: str | None = None) -> Iterator[Finding]:
        """Everything wrong with what a role gets by GET."""
        for rule, _method in self.rules():
            if not self.visited(role, rule):
                continue
            first = True
            for about, values in self.cases(rule, role):
                if not first and not self.chosen(role, rule.endpoint, about, values):
                    continue
                answer = self.get(role, rule, values, prefix)
                yield from self.judge(role, rule, about, values, answer)
                if first and answer.status_code in (302, 401, 403) and (role == "anonymous" or answer.status_code == 403):
                    break  # the guard stands before the view
                first = False

    # judging -------------------------------------------------------------------------------------------------------------

    def judge(self, role: str, rule: Any, about: str, values: dict[str, str], answer: Any) -> Iterator[Finding]:
        """What is wrong with one answer."""
        where = f"{about} {values}"
        body = unpacked(answer)
        headers = "\n".join(f"{k}: {v}" for k, v in answer.headers).encode()
        self.seen[role] |= {n for n in self.world.canaries.found(body) if n in self.allowed[role]}
        echoed = self.world.canaries.found(repr(values).encode())
        for number in sorted(self.world.canaries.found(body + headers) - self.allowed[role] - echoed)[:3]:
            yield Finding("leak", rule.endpoint, role, f"{self.world.canaries.known[number]} ({where})")
        if answer.status_code >= 500:
            yield Finding("broken", rule.endpoint, role, f"{answer.status_code} ({where})")
        if answer.mimetype == "text/html":
            file = "attachment" in answer.headers.get("Content-Disposition", "")  # opened from the disk, where our policy does not rule
            for kind, text in wrong_markup(answer.data, self.world.canaries.tail):
                if not (file and kind == "inline" and text == "<style>"):
                    yield Finding(kind, rule.endpoint, role, f"{text} ({where})")
            own = ROLES.get(role, ("", "", ""))[0]
            other = {"aa": b"/c/bb/", "bb": b"/c/aa/"}.get(own)
            if other and other in answer.data and (answer.request.path.startswith(f"/c/{own}/")):
                yield Finding("address", rule.endpoint, role, f"a link to the other county ({where})")
            for name, wanted in HEADERS.items():
                if wanted not in answer.headers.get(name, "") or "unsafe-inline" in answer.headers.get(name, ""):
                    yield Finding("header", rule.endpoint, role, f"{name}: {answer.headers.get(name)} ({where})")

    def oracles(self, role: str) -> Iterator[Finding]:
        """Routes that answer a foreign row otherwise than a missing one."""
        code, _role, place = ROLES[role]
        for rule, _method in self.rules():
            cases = list(self.cases(rule, role))
            own = cases[0][1]
            if not self.visited(role, rule) or self.get(role, rule, own).status_code == 403:
                continue
            for name in [n for n in own if self.is_id(n, rule)]:
                base = {k: v for k, v in own.items() if k in rule.arguments or k == "period"}
                missing = plain(self.get(role, rule, {**base, name: str(MISSING)}), ())
                for about, (county, where) in self.targets(code, place or "T1").items():
                    if county == code and (not place or where in ("V11", "R")):
                        continue
                    for value in self.values(name, rule, county, where):
                        if self._readable(role, name, rule, value) or not self.chosen(role, rule.endpoint, name, about, value):
                            continue
                        got = plain(self.get(role, rule, {**base, name: value}), (value,))
                        if got != plain_again(missing, value):
                            yield Finding(
                                "oracle",
                                rule.endpoint,
                                role,
                                f"{name}={value} ({about}): {got[0]}, missing: {missing[0]} {difference(got[1], plain_again(missing, value)[1])}",
                            )

    def _readable(self, role: str, name: str, rule: Any, value: str) -> bool:
        """True if the same number is, in one of the tables the name may mean, a row the role may read."""
        code, _role, place = ROLES[role]
        view = self.view(rule.endpoint)
        if name in ("user_id", "account") or not value.isdigit():
            return True
        tables = (
            ["core_organization"]
            if name in PLACES or name.endswith("-id")
            else [TABLES[name]]
            if name in TABLES
            else [view.model._meta.table_name]
            if isinstance(view, ModelView)
            else self._tables(rule.endpoint)
        )
        below = self.world.subtree(code, place) if place else None
        for table in tables:
            column = "id" if table == "core_organization" else "organization_id"
            model = self.world.model(table)
            for county, organization in self.world.rows(f'SELECT county_id, "{column}" FROM "{table}" WHERE id = ?', (int(value),)):
                if county == self.world.counties[code].id and (below is None or model.readable_from == "county" or organization in below):
                    return True
        return False

    # bad numbers ---------------------------------------------------------------------------------------------------------

    def bad_numbers(self, role: str) -> Iterator[Finding]:
        """10^30, -1 and a word where a number belongs: 4xx for a row, never 5xx."""
        for rule, _method in self.rules():
            own = next(self.cases(rule, role))[1]
            if not self.visited(role, rule) or self.get(role, rule, own).status_code == 403:
                continue
            for name in own:
                for bad in (str(10**30), "-1", "x", "", "\x00", "1e9"):
                    if not bad and name in rule.arguments or not self.chosen(role, rule.endpoint, name, bad):
                        continue
                    answer = self.get(role, rule, {**own, name: bad})
                    if answer.status_code >= 500:
                        yield Finding("broken", rule.endpoint, role, f"{name}={bad!r}: {answer.status_code}")
                    elif (
                        answer.status_code < 400
                        and bad in (str(10**30), "-1")
                        and self.is_id(name, rule)
                        and (name in rule.arguments or name == "id")
                    ):
                        if answer.status_code == 200:
                            yield Finding("number", rule.endpoint, role, f"{name}={bad!r}: {answer.status_code}")


MARKERS = {"file", "csrf_token"}  # sent by their own means
HEADERS = {"Content-Security-Policy": "default-src 'self'", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store", "Vary": "Cookie"}


def unpacked(answer: Any) -> bytes:
    """The body; of a workbook or a Word file everything inside."""
    data: bytes = answer.data
    if not data.startswith(b"PK"):
        return data
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return b"\n".join(archive.read(n) for n in archive.namelist())


def wrong_markup(data: bytes, tail: str) -> Iterator[tuple[str, str]]:
    """(markup | inline, what) for a page that runs what a user typed, or that the strict policy would break."""
    if tail and b"<img src=x" in data:
        yield "markup", "a mark came out unescaped: " + data[max(0, data.index(b"<img src=x") - 80) :][:130].decode(errors="replace")
    root = lxml_html.fromstring(data or b"<p></p>")
    for node in root.iter():
        if not isinstance(node.tag, str):
            continue
        for name, value in node.attrib.items():
            if name.startswith("on") or name == "style" or value.strip().lower().startswith("javascript:"):
                yield "inline", f"<{node.tag} {name}={value[:40]!r}>"
            if "cnr" in name:
                yield "markup", f"a mark broke out of an attribute: {name}"
        if node.tag == "style" or node.tag == "script" and not node.get("src"):
            yield "inline", f"<{node.tag}>"


_VOLATILE = re.compile(r'name="csrf_token" value="[^"]+"|content="Im[^"]+"|编号 [0-9A-F]{8}|[0-9A-F]{8}|\d\d:\d\d|csrf-token" content="[^"]+"')


def plain(answer: Any, ids: tuple[str, ...]) -> tuple[int, str, str]:
    """Status, body and place to go of an answer, without what changes each time and without the number asked for."""
    text = _VOLATILE.sub("#", answer.text) if answer.mimetype.startswith(("text/", "application/json")) else str(len(answer.data))
    where = answer.headers.get("Location", "")
    for number in (*ids, str(MISSING)):
        text, where = re.sub(rf"\b{number}\b", "#", text), re.sub(rf"\b{number}\b", "#", where)
    return answer.status_code, text, where


def plain_again(kept: tuple[int, str, str], number: str) -> tuple[int, str, str]:
    """The same with one more number taken out."""
    return kept[0], re.sub(rf"\b{number}\b", "#", kept[1]), re.sub(rf"\b{number}\b", "#", kept[2])


def difference(one: str, other: str) -> str:
    """Where two texts part."""
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return f"{one[max(0, at - 30) : at + 60]!r} / {other[max(0, at - 30) : at + 60]!r}" if one != other else ""


def policies_of(world: World) -> dict[str, Any]:
    """endpoint → the policy of its GET."""
    return {e: policy_of(world.app, e, m) for _r, m, e in routes(world.app)}
