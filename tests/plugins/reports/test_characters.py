"""A character that no document can hold is refused at its field in a module's form; what nobody sees is cleaned there."""

import re

from youthpilot.plugins.volunteers.models import Activity

DAY = {"place": "广场", "starts_at": "2023-05-04T09:00", "ends_at": "2023-05-04T11:00", "is_theme": "y", "late_reason": "补登记"}


def fields(desk):
    """What the form needs besides a title: no project, the county's own activity."""
    page = desk.get("/volunteers/activities/edit/").text
    place = re.search(r'<select[^>]*name="organization".*?<option[^>]*value="(\d+)"', page, re.S)[1]
    return {**DAY, "project": "", "organization": place}


def titles(desk):
    with desk.inside():
        return [row.title for row in Activity.select()]


def test_a_title_with_u_fffe_is_refused_at_its_field(desk):
    answer = desk.post("/volunteers/activities/edit/", title="清洁家园\ufffe", **fields(desk))
    assert answer.status_code in (200, 422) and "第5个字（U+FFFE）存不进去" in answer.text and titles(desk) == []


def test_zero_width_marks_are_cleaned(desk):
    answer = desk.post("/volunteers/activities/edit/", title="清\u200b洁家\u202e园", **fields(desk))
    assert answer.status_code in (302, 303), answer.text
    assert titles(desk) == ["清洁家园"]
