"""Sends every form as every role with the ids of rows that are not the role's, and compares all those rows before and after."""

import time
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from lxml import html as lxml_html

from .explorer import EVERYBODY, MARKERS, NAMES, Explorer, Finding

PLATFORM_TABLES = ("core_county", "core_user", "core_grant")
MODULES = ("study", "ledger", "hostile")
TALLIES = ("loans_try",)  # how often a network knocked at a public page: whoever knocks is counted


class Writer(Explorer):
    """An explorer that writes; the database is put back after every request that changed it."""

    def foreign_rows(self, role: str) -> dict[str, str]:
        """table → digest of every row that a role may not touch: of other counties, outside its subtree, other people's accounts."""
        code, _role, place = EVERYBODY.get(role, ("", "", ""))
        county = self.world.counties[code].id if code else 0
        below = self.world.subtree(code, place) if place else None
        kept = sorted(c.id for c in self.world.counties.values())
        found = {}
        for model in self.world.models():
            if model._meta.table_name in TALLIES:
                continue
            table, column = (
                model._meta.table_name,
                model._meta.columns[model.scope_column].column_name
                if model.scope_column in model._meta.columns
                else model._meta.fields[model.scope_column].column_name,
            )
            rows = self.world.rows(f'SELECT "{column}", * FROM "{table}" WHERE county_id IN ({",".join(map(str, kept))}) ORDER BY id')
            at = self._column(table)
            foreign = [r for r in rows if r[at] != county or (below is not None and column != "county_id" and r[0] not in below)]
            found[table] = sha256(repr(foreign).encode()).hexdigest()
        for table in PLATFORM_TABLES:
            found[table] = sha256(repr(self._foreign_platform(table, role, county, place)).encode()).hexdigest()
        return found

    def _column(self, table: str) -> int:
        if table not in self._columns:
            names = [c for (c,) in self.world.rows("SELECT name FROM pragma_table_info(?) ORDER BY cid", (table,))]
            self._columns[table] = names.index("county_id") + 1
        return self._columns[table]

    _columns: dict[str, int] = {}  # noqa: RUF012

    def _foreign_platform(self, table: str, role: str, county: int, place: str) -> list[Any]:
        """Rows of the platform's own tables that a role may not change; the platform's administrator may add counties and their first links."""
        narrowed = bool(place) or role == "anonymous"
        if table == "core_county":
            return self.world.rows("SELECT * FROM core_county WHERE id <= 2")
        mine = self.world.users.get(role, 0)
        if table == "core_user":
            there = "SELECT user_id FROM core_grant WHERE county_id = ?"
            return self.world.rows(f"SELECT id, username, display_name, password_hash, disabled, session_key FROM core_user WHERE id <> ? AND (? OR id NOT IN ({there})) AND id <= ?",
                                   (mine, narrowed, county, max(self.world.users.values())))  # fmt: skip
        return self.world.rows(
            "SELECT * FROM core_grant WHERE (? OR county_id IS NULL OR county_id <> ?) AND user_id <= ?",
            (narrowed, county, max(self.world.users.values())),
        )

    def form(self, role: str, rule: Any, values: dict[str, str]) -> dict[str, Any]:
        """What the page of the same address, if there is one, would send."""
        if "GET" not in (rule.methods or ()):
            return {}
        answer = self.get(role, rule, values)
        if answer.status_code != 200 or answer.mimetype != "text/html":
            return {}
        filled: dict[str, Any] = {}
        for node in lxml_html.fromstring(answer.data).xpath("//main//form[@method='post']//*[self::input or self::select or self::textarea][@name]"):
            NAMES[rule.endpoint].add(node.get("name"))
            if node.tag == "select":
                options = node.xpath(".//option[@selected]") or node.xpath(".//option[@value!='']")
                filled[node.get("name")] = options[0].get("value", "") if options else ""
            elif node.tag == "textarea":
                filled[node.get("name")] = node.text or "词"
            elif node.get("type") not in ("checkbox", "radio", "file") or node.get("checked") is not None:
                filled[node.get("name")] = node.get("value") or (
                    "2023-06-01" if node.get("type") == "date" else "1" if node.get("type") == "number" else "词"
                )
        return filled

    def post(self, role: str, rule: Any, values: dict[str, Any], token: bool = True, prefix: str | None = None) -> Any:
        """The answer to a form sent with these values, in the address too where the route has places for them."""
        path, rest = self.address(rule, values, self.side(role, rule) if prefix is None else prefix)
        rest.pop("csrf_token", None)
        self.requests += 1
        query = {k: v for k, v in rest.items() if k in ("id", "organization", "period", "block")}
        answer = self.clients[role].post(path, query_string=query, data={**rest, **({"csrf_token": self.tokens[role]} if token else {})})
        self._settle(rule)
        return answer

    def _settle(self, rule: Any) -> None:
        """Imports are written by a thread: wait until it has done."""
        if rule.endpoint.startswith("imports."):
            for _try in range(200):
                if not self.world.rows("SELECT 1 FROM core_job WHERE created_by_id IS NOT NULL AND state IN ('waiting', 'running')"):
                    return
                time.sleep(0.02)

    def without_token(self, role: str) -> Iterator[Finding]:
        """Every unsafe route refuses a form without the page's token and changes nothing."""
        before = self.everything()
        for rule, method in self.rules(unsafe=True):
            if not self.visited(role, rule):
                continue
            answer = self.post(role, rule, next(self.cases(rule, role))[1], token=False)
            if answer.status_code != 400:
                yield Finding("csrf", rule.endpoint, role, f"{method} without a token: {answer.status_code}")
        if self.everything() != before:
            yield Finding("csrf", "*", role, "something was written without a token")

    def everything(self) -> str:
        """One digest of every county-owned table."""
        rows = [self.world.rows(f'SELECT * FROM "{m._meta.table_name}" ORDER BY id') for m in self.world.models()]
        return sha256(repr(rows).encode()).hexdigest()

    def learn(self, role: str) -> None:
        """Send each form once with own rows: the routes ask for the names they know."""
        for rule, _method in self.rules(unsafe=True):
            if role != "admin" and not self.visited(role, rule):
                continue
            own = next(self.cases(rule, role))[1]
            for _round in range(2):
                self.post(role, rule, {**own, **self.form(role, rule, own), **{n: v for n, v in own.items() if n in rule.arguments}})
                self.world.restore()
                own = next(self.cases(rule, role))[1]

    def write(self, role: str, prefix: str | None = None) -> Iterator[Finding]:
        """Every foreign row that a role managed to change, and every answer that broke or leaked."""
        before = self.foreign_rows(role)
        for rule, _method in self.rules(unsafe=True):
            if not self.visited(role, rule):
                continue
            form: dict[str, Any] | None = None
            for number, (about, values) in enumerate(self.cases(rule, role)):
                if number and not self.chosen(role, rule.endpoint, about, values):
                    continue
                if form is None:
                    form = self.form(role, rule, values)
                sent = {
                    **(values if number % 2 else {}),
                    **form,
                    **(values if not form else {k: v for k, v in values.items() if k in rule.arguments or about != "own" and self.is_id(k, rule)}),
                }
                answer = self.post(role, rule, {k: v for k, v in sent.items() if k not in MARKERS}, prefix=prefix)
                yield from self.judge(role, rule, about, sent, answer)
                after = self.foreign_rows(role)
                changed = [t for t in before if before[t] != after[t]]
                if changed:
                    yield Finding("write", rule.endpoint, role, f"{', '.join(changed)} ({about} {sent})")
                self.world.restore()
                if number == 0 and answer.status_code == 403:
                    break
