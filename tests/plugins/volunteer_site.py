"""The real application with volunteers on it, and browsers that bring the token: shared by the tests of the module's screens."""

import re
from datetime import date

GOOD = "green-river-7-boats"
GUARDIAN = {"guardian_name": "王建国", "guardian_relation": "父亲", "consent_on": date(2023, 3, 1)}
CHILD = {
    "category": "defacto",
    "name": "张小明明",
    "birth_date": date(2012, 4, 1),
    "found_on": date(2023, 3, 1),
    "address": "甲村一组5号",
    **GUARDIAN,
}


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page)[1]


def text_of(html):
    html = re.sub(r"<script.*?</script>|<svg.*?</svg>", " ", (re.search(r"<main.*?</main>", html, re.S) or [html])[0], flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


class Browser:
    def __init__(self, app, user=""):
        self.client = app.test_client()
        if user:
            page = self.client.get("/login").text
            answer = self.client.post("/login", data={"csrf_token": token_of(page), "username": user, "password": GOOD})
            assert answer.status_code == 303, answer.text

    def get(self, path, status=200):
        answer = self.client.get(f"/c/test/volunteers/{path}")
        assert answer.status_code == status, (path, answer.status_code, text_of(answer.text)[-600:])
        return answer.text

    def post(self, path, status=302, form="", **data):
        token = token_of(self.client.get("/c/test" + (form or "/account/")).text)
        answer = self.client.post(f"/c/test/volunteers/{path}", data={"csrf_token": token, **data})
        assert answer.status_code == status, (path, answer.status_code, text_of(answer.text)[-900:])
        return answer.text


def chinese_only(html):
    words = set(re.findall(r"[A-Za-z]{3,}", re.sub(r"&[a-z]+;|https?://\S+", " ", text_of(html)))) - {"VTEST", "CSV", "Excel"}
    assert not words, words
