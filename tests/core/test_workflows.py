"""Every table of transitions, cell by cell; and nobody writes a column of states but who carries the acts out."""

import ast
import threading
from datetime import date
from pathlib import Path

import pytest
from peewee import CharField

from youthpilot.core import Organization, Scope, county_scope, scoped
from youthpilot.core.audit import acting
from youthpilot.core.audit.models import AuditEntry
from youthpilot.core.kernel.db import COUNTY_TABLES, database
from youthpilot.core.kernel.errors import ConflictError, RuleError
from youthpilot.core.kernel.workflow import FOLLOWS, Transition, Workflow
from youthpilot.core.registry import Registry

ROOT = Path(__file__).parents[2]
ENDS = {  # from which nothing leads: a row stays there
    "core_period": set(), "core_submission": set(), "loans_application": {"settled", "withdrawn"}, "loans_subsidy": {"paid", "returned"},
    "loans_difference": {"bank"}, "volunteers_record": {"refused", "withdrawn"}, "volunteers_certificate": {"revoked"},
    "volunteers_activity": {"held"}, "volunteers_project": set(), "volunteers_association": {"ended"}, "volunteers_room": {"followed", "dropped"},
    "reform_measure": set(),
}  # fmt: skip


def machines():
    """Table of the database → its model."""
    Registry().load_installed()
    return {name: model for name, model in sorted(COUNTY_TABLES.items()) if model.workflow is not None}


MACHINES = machines()


@pytest.fixture(params=MACHINES)
def model(request):
    return MACHINES[request.param]


def beginnings(flow):
    return flow.starts or ((flow.none,) if flow.none in flow.states else tuple(flow.states)[:1])


# the tables ----------------------------------------------------------------------------------------------------------


def test_these_have_a_table():
    assert set(MACHINES) == set(ENDS)


def test_every_state_act_and_person_stands_in_the_table_or_is_refused(model):
    flow, rows = model.workflow, {(t.before, t.act): t for t in model.workflow.transitions}
    for state in flow.states:
        for act in (*flow.acts, "conquer"):
            for person in (*flow.people, FOLLOWS, "stranger"):
                row = rows.get((state, act))
                if row is not None and person in row.by:
                    assert flow.check(state, act, {person}) is row
                    continue
                with pytest.raises(ConflictError) as refused:
                    flow.check(state, act, {person}, "甲乡")
                assert str(refused.value).startswith("甲乡") and (flow.states[state] in str(refused.value) or row is not None)


def test_a_button_is_there_exactly_where_its_act_would_be_taken(model):
    flow = model.workflow

    def taken(state, act, held):
        try:
            return flow.check(state, act, held) is not None
        except ConflictError:
            return False

    for state in flow.states:
        for held in [{person} for person in flow.people] + [set(), set(flow.people)]:
            row = model(**{flow.column: state})
            assert [t.act for t in acting.acts_of(row, held)] == [t.act for t in flow.transitions if t.before == state and taken(state, t.act, held)]


def test_every_state_is_reached_and_left_as_it_should_be(model):
    flow, reached = model.workflow, set(beginnings(model.workflow))
    for _round in flow.transitions:
        reached |= {t.after for t in flow.transitions if t.before in reached}
    assert reached == set(flow.states)
    assert {s for s in flow.states if all(t.after == s for t in flow.transitions if t.before == s)} == ENDS[model._meta.table_name]


def test_the_column_begins_where_the_table_does_and_knows_its_states(model):
    flow, field = model.workflow, model._meta.fields[model.workflow.column]
    after_first = {t.after for t in flow.transitions if t.before == flow.none} if flow.none in flow.states and flow.none else set()
    assert isinstance(field, CharField) and field.default in {*beginnings(flow), *after_first}
    assert max(map(len, flow.states)) <= field.max_length
    assert all(name in model._meta.fields for name in flow.compared) and set(flow.asks) <= {n for t in flow.transitions for n in t.needs} | {
        "reason",
        "note",
    }


def test_what_is_missing_is_said_at_its_field(model):
    flow = model.workflow
    for t in (t for t in flow.transitions if set(t.needs) & set(flow.asks)):
        need = next(n for n in t.needs if n in flow.asks)
        with pytest.raises(RuleError) as refused:
            flow.check(t.before, t.act, set(t.by), given={need: "  "})
        assert refused.value.field == need and str(refused.value) == str(flow.asks[need])
        assert flow.check(t.before, t.act, set(t.by), given={need: "因故"}) is t


def test_a_table_that_contradicts_itself_is_none():
    states, people = {"a": "甲", "b": "乙"}, {"x": "某人"}
    for rows in (
        (Transition("go", "a", "b", ("x",)), Transition("go", "a", "a", ("x",))),
        (Transition("go", "a", "c", ("x",)),),
        (Transition("go", "a", "b", ("y",)),),
    ):
        with pytest.raises(ValueError, match="表"):
            Workflow("表", states, rows, people, "x.{act}")


# nobody else writes --------------------------------------------------------------------------------------------------

COLUMNS, NAMES = {model.workflow.column for model in MACHINES.values()}, {model.__name__ for model in MACHINES.values()}
WRITERS = ("update", "insert", "insert_many", "create", "replace", "bulk_create")
# What a row is entered with (`starts`), and demonstrations, which are written as they would have become.
ENTERED = {"plugins/volunteers/serving.py": {"record"}}
# Columns of the same name without a table of transitions: batches that are taken back, the modules of a county, jobs.
OTHERS = {"core/batches/taking_back.py", "core/counties/services.py", "plugins/importing/jobs.py"}


def _key(node):
    return node.value if isinstance(node, ast.Constant) else None


def names_a_state(node):
    """What a piece of code writes into a column of states, as text; '' for nothing."""
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.AnnAssign)):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        flat = [t for target in targets for t in (target.elts if isinstance(target, ast.Tuple) else [target])]
        return next((ast.unparse(t) for t in flat if isinstance(t, ast.Attribute) and t.attr in COLUMNS and ast.unparse(t.value) != "self"), "")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITERS:
        model = ast.unparse(node.func.value).rpartition(".")[2]
        known = model in NAMES or not model[:1].isupper()  # another model's column of the same name is its own affair
        return next((ast.unparse(node) for k in node.keywords if known and k.arg in COLUMNS), "")
    if isinstance(node, ast.FunctionDef):  # a dictionary that goes into such a call, or is set key by key
        calls = [n for n in ast.walk(node) if isinstance(n, ast.Call)]
        spread = any(k.arg is None for c in calls if isinstance(c.func, ast.Attribute) and c.func.attr in WRITERS for k in c.keywords)
        told = {id(k.value) for c in calls for k in c.keywords if k.arg in ("before", "after")}  # of an audit entry
        if spread or any(ast.unparse(c.func) == "setattr" for c in calls):
            return next(
                (ast.unparse(d) for d in ast.walk(node) if isinstance(d, ast.Dict) and id(d) not in told and any(_key(k) in COLUMNS for k in d.keys)),
                "",
            )
    if (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "setattr"
        and isinstance(node.args[1], ast.Constant)
        and node.args[1].value in COLUMNS
    ):
        return ast.unparse(node)
    return ""


def written():
    """(file, function, what) of every such piece in core, admin and plugins."""
    models = {m.__module__.replace("youthpilot.", "").replace(".", "/") + ".py" for m in MACHINES.values()}
    for path in sorted(p for part in ("core", "admin", "plugins") for p in (ROOT / part).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if "demo" in name or name in OTHERS or name in models:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
            for node in ast.walk(function):
                if what := names_a_state(node):
                    yield name, function.name, what


def test_no_module_writes_a_column_of_states():
    found = [(name, function, what) for name, function, what in written() if function not in ENTERED.get(name, ())]
    assert not found, found


def test_the_check_sees_each_way_of_writing():
    ways = ["row.state = 'x'", "a.status, b = 1, 2", "Record.insert(state='x')", "model.create(decision='x')", "setattr(row, 'state', 'x')"]
    ways += [
        "Room.update(state='x')",
        "def f():\n    c = {'state': 'x'}\n    Room.update(**c)",
        "def f():\n    for k, v in {'state': 1}.items(): setattr(row, k, v)",
    ]
    assert all(any(names_a_state(node) for node in ast.walk(ast.parse(way))) for way in ways)
    assert not any(
        names_a_state(node)
        for node in ast.walk(ast.parse("self.state = 1; RoomStep.create(state=1); row.title = 'x'; Model.update(title='x'); f(state=1)"))
    )


# carrying out --------------------------------------------------------------------------------------------------------


Project = MACHINES["volunteers_project"]


@pytest.fixture
def project(in_county):
    return Project.create(county=in_county, organization=Organization.get(), title="护苗", field="culture", starts_on=date(2023, 1, 1))


def test_what_does_not_end_leaves_the_row_as_it_was(project):
    row = project
    with pytest.raises(ZeroDivisionError), acting.carrying_out(row, "running", goals="新目标"):
        assert (row.state, row.goals) == ("running", "新目标")
        1 / 0  # noqa: B018
    assert (row.state, row.goals) == ("planning", "") and Project.get_by_id(row.id).state == "planning" and not row._dirty


def test_one_entry_tells_who_did_what_and_what_was_before(project):
    with acting.carrying_out(project, "running", entry={"reason": "到期", "actor": "周敏"}, goals="一学年") as (step, told):
        told["goals"] = "一学年"
        assert (step.before, step.after) == ("planning", "running")
    entry = AuditEntry.select().order_by(AuditEntry.sequence.desc()).get()
    assert (entry.act, entry.object_type, entry.object_id, entry.object_name) == (
        "volunteers.project.save",
        "volunteers_project",
        str(project.id),
        "护苗",
    )
    assert (entry.actor, entry.reason) == ("周敏", "到期")
    assert entry.before == {"state": "planning", "goals": ""} and entry.after == {"state": "running", "goals": "一学年"}


def test_a_later_save_does_not_write_the_state_again(project):
    stale = Project.get_by_id(project.id)
    acting.carry_out(stale, "running")
    acting.carry_out(Project.get_by_id(project.id), "closed")
    stale.goals = "补充"
    stale.save()
    assert (Project.get_by_id(project.id).state, Project.get_by_id(project.id).goals) == ("closed", "补充")


def test_of_two_at_once_one_wins_and_the_other_hears_of_it(project):
    gate, answers, rows = threading.Barrier(3), {}, {act: Project.get_by_id(project.id) for act in ("running", "closed", "recruiting")}

    def press(act):
        with database.connection_context(), scoped(county_scope(project.county_id)):
            gate.wait(20)
            try:
                acting.carry_out(rows[act], act, entry={"actor": f"{act}的人"})
                answers[act] = ""
            except ConflictError as error:
                answers[act] = str(error)

    threads = [threading.Thread(target=press, args=(act,)) for act in rows]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    winner = Project.get_by_id(project.id).state
    assert [act for act, answer in answers.items() if not answer] == [winner], answers
    others = [answer for act, answer in answers.items() if act != winner]
    assert all(f"{winner}的人已在" in a and f"现在是“{Project.workflow.states[winner]}”" in a for a in others), others
    assert AuditEntry.select().where(AuditEntry.act == "volunteers.project.save").count() == 1


def test_a_stranger_at_the_door_does_not_hear_the_name(project):
    late = Project.get_by_id(project.id)
    acting.carry_out(project, "running", entry={"actor": "周敏"})
    with scoped(Scope(project.county_id, None, None, "public")), pytest.raises(ConflictError) as refused:
        acting.carry_out(late, "closed", {"volunteers.manage"})
    assert "周敏" not in str(refused.value) and "现在是“实施”" in str(refused.value)
