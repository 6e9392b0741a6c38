"""Sends what is no POST to every route as every role and says which tables changed: none may, but the host's own bookkeeping."""

from hashlib import sha256

from .world import ROLES

BOOKKEEPING = {"core_session", "core_audit", "core_audit_end", "core_plugin_fault", "sqlite_sequence"}
METHODS = ("HEAD", "GET", "OPTIONS", "PUT", "DELETE", "PURGE")


class Still:
    """An explorer's world, looked at from outside: which tables changed since the last look."""

    def __init__(self, world):
        self.world = world
        self.tables = sorted({t for (t,) in world.rows("SELECT name FROM sqlite_master WHERE type = 'table'")} - BOOKKEEPING)
        self.version, self.digests = self._version(), self._digests()

    def _version(self):
        return self.world.rows("PRAGMA data_version")

    def _digests(self):
        return {t: sha256(repr(self.world.rows(f'SELECT * FROM "{t}" ORDER BY 1')).encode()).hexdigest() for t in self.tables}

    def changed(self):
        version = self._version()
        if version == self.version:
            return []
        before, self.version, self.digests = self.digests, version, self._digests()
        return [t for t in self.tables if before[t] != self.digests[t]]


def changes(explorer, chosen=lambda *case: True):
    """Every table that a request which is no POST changed, with who asked for what."""
    still = Still(explorer.world)
    for role in [*ROLES, "anonymous"]:
        for rule, _method in explorer.rules() + explorer.rules(unsafe=True):
            if not explorer.visited(role, rule):
                continue
            for number, (_about, values) in enumerate(explorer.cases(rule, role)):
                for method in METHODS:
                    if not chosen(role, rule.rule, number, method):
                        continue
                    answer = ask(explorer, role, rule, values, method)
                    if method == "HEAD" and answer.data or "这个页面在只供查看时".encode() in answer.data:
                        yield f"a body to HEAD, or a page that tried to write: {method} {rule.rule} as {role} with {values}"
                    yield from (f"{table}: {method} {rule.rule} as {role} with {values}" for table in still.changed())


def ask(explorer, role, rule, values, method):
    path, query = explorer.address(rule, values, explorer.side(role, rule))
    client = explorer.clients[role]
    explorer.requests += 1
    return client.client.open(path, method=method, query_string=query, headers=client.headers)
