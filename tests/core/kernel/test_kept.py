"""A kept result never differs from a fresh one, whoever writes, in whatever way, at whatever moment; and it is kept where it may be."""

import contextvars
import multiprocessing
import os
import random
import threading
from contextlib import ExitStack
from datetime import date

import pytest

from youthpilot.core.accounts.models import Session
from youthpilot.core.cli import assemble, cli
from youthpilot.core.counties.models import County, CountyPlugin, CountySetting
from youthpilot.core.counties.services import set_setting, setting
from youthpilot.core.kernel import collecting, kept, memo
from youthpilot.core.kernel.clock import now
from youthpilot.core.kernel.db import bulk_load, database, is_sqlite, plain_rows, raw_allowed, transaction
from youthpilot.core.kernel.engines import open_database
from youthpilot.core.kernel.rawsql import write_back
from youthpilot.core.kernel.scope import county_scope, scoped, unscoped
from youthpilot.core.migrating import Step, _apply
from youthpilot.core.organizations.founding import create_county

DAY = date(2023, 7, 3)


def row(county_id, key, value):
    return {"county": county_id, "owner": "core", "key": key, "valid_from": DAY, "value": value, "changed_by": "x", "changed_at": now()}


def settings():
    return list(
        CountySetting.select(CountySetting.id, CountySetting.key, CountySetting.value, CountySetting.changed_by).order_by(CountySetting.id).tuples()
    )


def names():
    return [name for (name,) in County.select(County.name).order_by(County.id).tuples()]


def plugins():
    return plain_rows(CountyPlugin.select(CountyPlugin.plugin, CountyPlugin.state).order_by(CountyPlugin.id))


def both():
    return kept.kept(("settings of all",), settings), kept.kept(("names",), names), memo.remembered(("plugins",), plugins)


def same_question_twice():
    with memo.remembering():
        return [kept.kept(("plugins", n), lambda: memo.remembered(("plugins",), plugins)) for n in (1, 2)]


READ = {"settings of all": settings, "names": names, "both": both, "twice": same_question_twice}


class Hands:
    """What an actor does, in a thread or a process of its own, one act at a time."""

    def __init__(self, county_id, end):
        self.county_id, self.end, self.blocks = county_id, end, []

    def begin(self):
        self.blocks.append(ExitStack())
        self.blocks[-1].enter_context(transaction())

    def finish(self):
        self.blocks.pop().close()

    def undo(self):
        self.blocks.pop().__exit__(ValueError, ValueError("undone"), None)

    def insert(self, key, value):
        CountySetting.insert(**row(self.county_id, key, value)).execute()

    def insert_many(self, key, value):
        CountySetting.insert_many([row(self.county_id, f"{key}-{n}", value) for n in range(3)]).execute()

    def update(self, key, value):
        CountySetting.update(value=value).where(CountySetting.id.bin_and(1) == value % 2).execute()

    def delete(self, key, value):
        CountySetting.delete().where(CountySetting.id.bin_and(3) == value % 4).execute()

    def save(self, key, value):
        plugin, _made = CountyPlugin.get_or_create(county=self.county_id, plugin="toy", defaults={"state": "enabled", "changed_at": now()})
        plugin.state = str(value)
        plugin.save()

    def load(self, key, value):
        bulk_load(CountySetting, [row(self.county_id, f"{key}-{n}", value) for n in range(3)])

    def driver(self, key, value):
        with transaction():
            write_back(CountySetting, self.county_id, [(i, {"changed_by": str(value)}) for i, *_rest in settings()[:2]])

    def text(self, key, value):
        mark = "?" if is_sqlite() else "%s"
        with raw_allowed():
            database.execute_sql(
                f'WITH x AS (SELECT 1) UPDATE "core_county_setting" SET "changed_by" = {mark} WHERE "county_id" = {mark}',
                (str(value), self.county_id),
            )

    def everywhere(self, key, value):
        with unscoped("test"):
            CountySetting.update(changed_by=f"all {value}").execute()

    def platform(self, key, value):
        County.update(name=f"县{value}").where(County.id == self.county_id).execute()

    def check(self):
        """What is kept otherwise than it is."""
        return [(name, found, fresh) for name, make in READ.items() if (found := kept.kept((name,), make)) != (fresh := make())]

    def slow(self):
        """Make a result while others act: between what it reads first and what it reads then."""

        def make():
            first = settings()
            self.end.send(("paused", None))
            self.end.recv()
            return first, names(), plugins()

        return kept.kept(("both",), make) and None


WRITES = ("insert", "insert_many", "update", "delete", "save", "load", "driver", "text", "everywhere", "platform")


def serve(end, county_id, url=""):
    if url:
        database.obj._state.reset()  # the parent's connection is not ours
        open_database(url)
        kept.PATIENCE = 0.01  # who is paused keeps others waiting
    database.connect(reuse_if_open=True)
    hands = Hands(county_id, end)
    with scoped(county_scope(county_id)):
        while (order := end.recv()) is not None:
            try:
                end.send(("done", getattr(hands, order[0])(*order[1:])))
            except Exception as error:
                end.send(("failed", f"{order}: {error!r}"))
    database.close()


class Actor:
    def __init__(self, start):
        self.end, other = multiprocessing.Pipe()
        self.running = start(other)
        self.running.start()

    def do(self, *order):
        self.end.send(order)
        return self.answer()

    def answer(self):
        assert self.end.poll(30), "nobody answers"
        kind, found = self.end.recv()
        assert kind != "failed", found
        return kind if kind == "paused" else found

    def stop(self):
        self.end.send(None)
        self.running.join(30)


@pytest.fixture
def actors(home, county):
    """A process and two threads."""
    url = f"sqlite:///{home / 'youthpilot.db'}" if is_sqlite() else os.environ["DATABASE_URL"]
    make = multiprocessing.get_context("fork").Process
    found = [Actor(lambda end: make(target=serve, args=(end, county.id, url)))]
    found += [Actor(lambda end: threading.Thread(target=serve, args=(end, county.id))) for _n in range(2)]
    yield found
    for actor in found:
        actor.stop()


@pytest.mark.parametrize("seed", range(6))
def test_what_is_kept_is_what_is_there(actors, seed, monkeypatch):
    """Random acts of two threads and another process, and whatever is asked in between."""
    monkeypatch.setattr(kept, "PATIENCE", 0.01)
    chance, told = random.Random(seed), []
    writer, depth, slow = None, 0, None
    for step in range(150):
        free = [a for a in actors if a is not slow]
        act = chance.choice(["write", "write", "check", "check", "begin", "end", "slow"])
        if act in ("write", "begin") and (writer is not None or slow is None or chance.random() < 0.7):
            who = writer or chance.choice(free)
            if act == "begin" and depth < 3:
                writer, depth = who, depth + 1
                told.append((actors.index(who), who.do("begin") or "begin"))
            elif act == "write":
                order = (chance.choice(WRITES), f"k{step}", chance.randrange(1000))
                told.append((actors.index(who), order))
                who.do(*order)
        elif act == "end" and depth:
            depth -= 1
            end = chance.choice(("finish", "undo"))
            told.append((actors.index(writer), writer.do(end) or end))
            writer = writer if depth else None
        elif act == "slow" and slow is not None:
            told.append("goes on")
            slow.end.send(None)
            slow.answer()
            slow = None
        elif act == "slow":
            slow = chance.choice([a for a in free if a is not writer])
            told.append((actors.index(slow), "slow"))
            slow = slow if slow.do("slow") == "paused" else None
        asked = chance.choice([a for a in actors if a is not slow])
        assert asked.do("check") == [], (asked is writer, told[-12:])
    while depth:
        depth -= 1
        writer.do("finish")
    if slow is not None:
        slow.end.send(None)
        slow.answer()
    assert [a.do("check") for a in actors] == [[], [], []], told[-12:]


# one by one ----------------------------------------------------------------------------------------------------------


class Counted:
    """A computation that reads the settings, and how often it was made."""

    def __init__(self, *parts):
        self.times, self.parts = 0, parts or (settings,)

    def __call__(self):
        self.times += 1
        return [part() for part in self.parts]


@pytest.fixture
def other(county):
    return create_county("other", "别县")


def test_a_result_is_kept_until_its_tables_are_written(in_county, other):
    made = Counted()

    def asked():
        kept.kept(("counted",), made)
        return made.times

    assert [asked(), asked()] == [1, 1]
    CountyPlugin.create(county=in_county, plugin="toy", state="enabled", changed_at=now())
    Session.create(token_hash="x", created_at=now(), seen_at=now())
    with scoped(county_scope(other)):
        Hands(other.id, None).insert("theirs", 1)
    assert asked() == 1  # another table, one that does not count, another county
    times = 1
    for act in WRITES:
        getattr(Hands(in_county.id, None), act)(f"mine {act}", 1)
        times += act not in ("save", "platform")  # those write other tables
        assert [asked(), asked()] == [times, times], act
    with pytest.raises(ValueError, match="undone"), transaction():
        Hands(in_county.id, None).insert("undone", 1)
        raise ValueError("undone")
    assert asked() == times


def test_a_stamp_is_raised_last_in_the_transaction_of_its_rows(in_county):
    if not is_sqlite():
        pytest.skip("SQLite tells its statements")
    sent = []
    database.connection().set_trace_callback(sent.append)
    County.update(name="改名县").where(County.id == in_county.id).execute()
    set_setting(in_county, "core", "k", 1, DAY, "我")
    database.connection().set_trace_callback(None)
    words = [text.split()[0] + (" stamps" if '"core_stamp"' in text else "") for text in sent if not text.startswith(("SELECT", "PRAGMA"))]
    assert words[:4] == ["BEGIN", "UPDATE", "INSERT stamps", "COMMIT"]
    assert words[-2:] == ["INSERT stamps", "COMMIT"] and words.count("INSERT stamps") == words.count("COMMIT") == words.count("BEGIN")


def test_what_is_undone_raises_nothing(in_county):
    before = database.stamps(in_county.id)
    with pytest.raises(ValueError, match="undone"), transaction():
        Hands(in_county.id, None).insert("undone", 1)
        raise ValueError("undone")
    Hands(in_county.id, None).platform("", 1)
    after = database.stamps(in_county.id)
    assert before.holds(after, {"core_county_setting"}) and not before.holds(after, {"core_county"})


def test_a_result_made_while_others_write_is_not_taken_for_what_is_now(in_county):
    def make():
        found = names()
        thread = threading.Thread(target=Hands(in_county.id, None).platform, args=("", 7))
        thread.start()
        thread.join()
        return found

    assert kept.kept(("names",), make) == ["试验县"] and kept.kept(("names",), names) == ["县7"]


def test_who_commits_in_a_request_reads_what_he_wrote(in_county):
    with collecting.holding_vectors():
        assert kept.kept(("names",), names) == ["试验县"]
        Hands(in_county.id, None).platform("", 7)
        assert kept.kept(("names",), names) == ["县7"]


def test_the_numbers_are_read_once_in_a_request(in_county):
    if not is_sqlite():
        pytest.skip("SQLite tells its statements")
    sent = []
    database.connection().set_trace_callback(sent.append)
    with collecting.holding_vectors():
        both()
        both()
    database.connection().set_trace_callback(None)
    assert sum('"core_stamp"' in text for text in sent) == 1


def test_what_is_inside_is_read_as_well(in_county):
    """What was kept or remembered for somebody else before: the outer result depends on its tables all the same."""
    inner = Counted(settings)
    kept.kept(("inner",), inner)
    outer = Counted(names, lambda: kept.kept(("inner",), inner))
    kept.kept(("outer",), outer)
    Hands(in_county.id, None).insert("k", 1)
    kept.kept(("outer",), outer)
    assert (inner.times, outer.times) == (2, 2)
    with memo.remembering():
        memo.remembered(("q",), settings)
        remembering = Counted(names, lambda: memo.remembered(("q",), settings))
        kept.kept(("remembering",), remembering)
    Hands(in_county.id, None).insert("k2", 1)
    kept.kept(("remembering",), remembering)
    assert remembering.times == 2


def test_what_a_thread_reads_is_collected_in_a_copy_of_the_context(in_county):
    def threaded():
        found = []
        thread = threading.Thread(target=contextvars.copy_context().run, args=(lambda: (found.extend(settings()), database.close()),))
        thread.start()
        thread.join()
        return found

    made = Counted(names, threaded)
    kept.kept(("threaded",), made)
    Hands(in_county.id, None).insert("k", 1)
    assert len(kept.kept(("threaded",), made)[1]) == 1


def test_what_is_not_kept(in_county, other, monkeypatch):
    def uncounted():
        return Session.select().count()

    def of_others():
        with scoped(county_scope(other)):
            return settings()

    def of_all():
        with unscoped("test"):
            return settings()

    def writing():
        Hands(in_county.id, None).platform("", 1)
        return names()

    monkeypatch.delenv("YOUTHPILOT_STRICT", raising=False)
    for what in (uncounted, of_others, of_all, writing, lambda: 1):
        for made in (Counted(what), Counted(settings, lambda what=what: kept.kept(("it", what), Counted(what)))):
            kept.kept(("unkept", made), made)
            kept.kept(("unkept", made), made)
            assert made.times == 2, what
    failed = Counted()
    for _n in range(2):
        kept.kept(("failed",), failed, lambda made: False)
    with transaction():
        for _n in range(2):
            kept.kept(("failed",), failed)
    assert failed.times == 4
    monkeypatch.setenv("YOUTHPILOT_STRICT", "1")
    with pytest.raises(collecting.UncountedRead, match="core_session"):
        kept.kept(("uncounted",), uncounted)
    for later in (CountySetting.select, lambda: iter(settings())):
        with pytest.raises(TypeError, match="reads later"):
            kept.kept(("later",), lambda later=later: (settings(), later())[1])


def test_two_databases_of_one_process_are_never_confused(in_county, home):
    """A copy has the numbers of the original and other rows."""
    if not is_sqlite():
        pytest.skip("a copied file")
    kept.kept(("names",), names)
    database.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    (home / "copy.db").write_bytes((home / "youthpilot.db").read_bytes())
    Hands(in_county.id, None).platform("", 1)
    assert kept.kept(("names",), names) == ["县1"]
    bound = database.obj
    try:
        open_database(f"sqlite:///{home / 'copy.db'}")
        database.connect()
        Hands(in_county.id, None).platform("", 2)
        assert kept.kept(("names",), names) == ["县2"]
        database.close()
    finally:
        database.initialize(bound)


def test_one_makes_and_the_others_wait(in_county):
    """Eight ask at once: one computes. If it takes too long, they compute themselves."""
    begun, go, times = threading.Event(), threading.Event(), []

    def make():
        times.append(1)
        begun.set()
        go.wait(10)
        return settings()

    def ask():
        with scoped(county_scope(in_county)):
            kept.kept(("slow",), make)
        database.close()

    threads = [threading.Thread(target=ask) for _n in range(8)]
    for thread in threads:
        thread.start()
    begun.wait(10)
    threads[0].join(0.3)
    go.set()
    for thread in threads:
        thread.join(10)
    assert len(times) == 1


def test_nobody_waits_for_ever(in_county, monkeypatch):
    monkeypatch.setattr(kept, "PATIENCE", 0.05)
    begun, stuck = threading.Event(), threading.Event()

    def ask():
        with scoped(county_scope(in_county)):
            kept.kept(("stuck",), lambda: begun.set() or stuck.wait(10))
        database.close()

    thread = threading.Thread(target=ask)
    thread.start()
    begun.wait(10)
    assert kept.kept(("stuck",), names) == ["试验县"] and thread.is_alive()
    assert kept.kept(("own",), lambda: kept.kept(("own",), names)) == ["试验县"]  # nor for himself
    stuck.set()
    thread.join()


# what goes past the stamps -------------------------------------------------------------------------------------------


def test_rows_changed_by_hand_need_a_touch(in_county):
    kept.kept(("names",), names)
    with unscoped("test"):
        database.cursor().execute("UPDATE core_county SET name = '手改县'")  # past everything that looks at statements
    assert kept.kept(("names",), names) == ["试验县"]
    bound = database.obj
    assemble()
    cli.main(["db", "touch"], standalone_mode=False, prog_name="youthpilot")
    if database.obj is not bound:
        database.close()
        database.initialize(bound)
    assert kept.kept(("names",), names) == ["手改县"]


def test_a_migration_renews_the_epoch(in_county):
    kept.kept(("names",), names)
    rename = "UPDATE core_county SET name = '升级县'"
    with unscoped("test"):
        _apply(Step("core", "9999_names", lambda: database.cursor().execute(rename)), [])  # past everything that looks at statements
    assert kept.kept(("names",), names) == ["升级县"]


def test_settings_are_read_once_and_follow(in_county):
    if not is_sqlite():
        pytest.skip("SQLite tells its statements")
    set_setting(in_county, "core", "list", [1], DAY, "我")
    sent = []
    database.connection().set_trace_callback(sent.append)
    first = setting(in_county.id, "core", "list", DAY)
    first.append(2)  # his own
    assert setting(in_county.id, "core", "list", DAY) == [1] and setting(in_county.id, "core", "list", date(2023, 7, 2), "none") == "none"
    assert sum("core_county_setting" in text for text in sent) == 1
    database.connection().set_trace_callback(None)
    with transaction():
        set_setting(in_county, "core", "list", [3], DAY, "我")
        assert setting(in_county.id, "core", "list", DAY) == [3]
    assert setting(in_county.id, "core", "list", DAY) == [3]
