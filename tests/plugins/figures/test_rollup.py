"""One pass over the tree: total = own + children at every node, for every kind that adds; distinct is counted anew."""

from hypothesis import given
from hypothesis import strategies as st

from youthpilot.plugins.figures.rollup import Statement, count_up, roll, roll_distinct
from youthpilot.plugins.figures.rules import plus


@st.composite
def trees(draw):
    """(id, parent) in preorder: each node's parent lies on the path to the node before it."""
    size = draw(st.integers(1, 25))
    line, path = [(0, None)], [0]
    for i in range(1, size):
        depth = draw(st.integers(1, len(path)))
        path = [*path[:depth], i]
        line.append((i, path[-2]))
    return line


def children(line, i):
    return [c for c, p in line if p == i]


numbers = st.dictionaries(st.integers(0, 24), st.integers(0, 1000).map(lambda n: (n, None)))
origins = st.sampled_from(["override", "entered", "total"])
statements = st.dictionaries(st.integers(0, 24), st.builds(lambda o, n: Statement(o, (n, None)), origins, st.integers(0, 1000)))


@given(trees(), numbers, statements, st.booleans())
def test_total_is_own_plus_children_whatever_was_stated(line, own, said, by_hand):
    known = {i for i, _ in line}
    own = {} if by_hand else {i: p for i, p in own.items() if i in known}
    done = roll(line, own, {i: s for i, s in said.items() if i in known}, by_hand)
    for i in known:
        total = done.own.get(i)
        for child in children(line, i):
            total = plus(total, done.parts.get(child))
        assert total == done.parts.get(i)
        assert (i in done.parts) == (i in done.sources)


@given(trees(), st.dictionaries(st.integers(0, 24), st.tuples(st.integers(0, 9), st.integers(1, 9))))
def test_pairs_roll_up_component_by_component(line, own):
    own = {i: p for i, p in own.items() if i < len(line)}
    done = roll(line, own, {}, by_hand=False)
    assert done.parts.get(0) == ((sum(n for n, _ in own.values()), sum(d for _, d in own.values())) if own else None)


@given(trees(), st.lists(st.tuples(st.integers(0, 24), st.integers(0, 8))))
def test_distinct_is_the_union_at_every_node(line, rows):
    rows = [(i, key) for i, key in rows if i < len(line)]
    done = roll_distinct(line, rows, {})
    below = {i: {i} for i, _ in line}
    for i, parent in reversed(line):
        if parent is not None:
            below[parent] |= below[i]
    for i, _ in line:
        expected = {key for at, key in rows if at in below[i]}
        assert done.parts.get(i) == ((len(expected), None) if expected else None)


LINE = [(1, None), (2, 1), (3, 2), (4, 2), (5, 1)]


def test_an_override_states_the_area_and_never_counts_twice():
    done = roll(LINE, {3: (3, None), 4: (4, None), 5: (10, None)}, {2: Statement("override", (20, None))}, by_hand=False)
    assert done.parts[2] == (20, None) and done.parts[1] == (30, None)
    assert done.own[2] == (13, None) and done.records == {2: (7, None)}


def test_numbers_entered_by_hand_add_up():
    said = {2: Statement("entered", (5, None)), 3: Statement("entered", (2, None))}
    done = roll(LINE, {}, said, by_hand=True)
    assert done.parts[2] == (7, None) and done.parts[1] == (7, None) and 5 not in done.parts


def test_a_total_gives_way_to_records_and_fills_silence():
    totals = {1: Statement("total", (100, None)), 2: Statement("total", (60, None))}
    assert roll(LINE, {}, totals, by_hand=False).parts[1] == (100, None)
    done = roll(LINE, {3: (3, None)}, totals, by_hand=False)
    assert done.parts[2] == (3, None) and done.parts[1] == (3, None)


def test_a_corrected_distinct_count_travels_up_as_a_difference():
    rows = [(3, "a"), (4, "a"), (4, "b"), (5, "a")]
    done = roll_distinct(LINE, rows, {2: Statement("override", (5, None))})
    assert done.parts[2] == (5, None) and done.parts[1] == (5, None)  # {a, b} and 3 more
    assert roll_distinct(LINE, [(3, None)], {}).parts == {3: (0, None), 2: (0, None), 1: (0, None)}


def test_n_of_m_counts_those_asked_below():
    counts = count_up(LINE, [2, 3, 4, 5], [3, 5])
    assert counts[1] == (2, 4) and counts[2] == (1, 3) and counts[5] == (1, 1)
