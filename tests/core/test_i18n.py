"""Messages are Chinese with and without a request, and what is compiled is what is written."""

import pytest
from flask import Flask, render_template
from flask_babel import Babel, force_locale
from jinja2 import DictLoader

from youthpilot.core import words
from youthpilot.core.kernel import i18n
from youthpilot.core.kernel.i18n import _, _l, ngettext, register_translations, withdraw_translations
from youthpilot.core.web import templatewords

HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n'


@pytest.fixture
def catalogue(tmp_path):
    """Gives an owner words of his own; taken out again after the test."""
    made = {}

    def write(owner, **chinese):
        folder = tmp_path / owner / "zh_Hans_CN" / "LC_MESSAGES"
        folder.mkdir(parents=True, exist_ok=True)
        entries = [f'msgid "{m.replace("_", " ")}"\nmsgid_plural "…"\nmsgstr[0] "{text}"\n' for m, text in chinese.items()]
        (folder / f"{owner}.po").write_text("\n".join([HEAD, *entries]), "utf-8")
        made[owner] = tmp_path / owner
        register_translations(owner, made[owner])
        return folder / f"{owner}.po"

    yield write
    for owner, folder in made.items():
        withdraw_translations(owner, folder)


@pytest.fixture
def pages():
    """An application with the templates that a test puts into the dictionary."""
    app, texts = Flask(__name__), {}
    app.jinja_loader = DictLoader(texts)
    Babel(app, default_locale="zh_Hans_CN")
    templatewords.install(app)
    with app.test_request_context():
        yield texts


def test_chinese_without_a_request_and_english_on_request(pages):
    assert _("Save") == "保存" == str(_l("Save"))
    assert ngettext("%(num)s person", "%(num)s persons", 3) == "3 人"
    assert _("never written %(message)s", message="x") == "never written x"
    pages["page.html"] = "{{ _('Save') }}"
    assert render_template("page.html") == "保存"
    with force_locale("en"):
        assert _("Save") == "Save" == render_template("page.html") == words("importing").gettext("Save")


def test_a_plugin_brings_its_own_words_compiled_or_not(catalogue, tmp_path):
    po = catalogue("kite", Kite="风筝")
    _, _l, _ngettext = words("kite")
    late = _l("Kite")
    assert _("Kite") == "风筝" == str(late)  # not compiled yet: read as it is
    folder = tmp_path / "kite"
    assert i18n.compile_catalogues([folder]) and not i18n.compile_catalogues([folder])
    assert not i18n.stale_catalogues([folder])
    po.write_text(po.read_text("utf-8").replace("风筝", "纸鸢"), "utf-8")
    assert i18n.stale_catalogues([folder]) == [po] and i18n.compile_catalogues([folder])
    assert _("Kite") == "纸鸢" == str(late)
    withdraw_translations("kite", tmp_path)  # another folder of that name
    assert _("Kite") == "纸鸢"
    withdraw_translations("kite", folder)
    assert _("Kite") == "Kite" and _("Save") == "保存"


def test_words_of_one_are_neither_the_hosts_nor_anothers(catalogue):
    catalogue("kite", Save="收线", Fly="放飞")
    catalogue("boat", Fly="启航", Sail="扬帆")
    kite, boat = words("kite"), words("boat")
    assert (kite.gettext("Save"), boat.gettext("Save"), _("Save")) == ("收线", "保存", "保存")
    assert (kite.gettext("Fly"), boat.gettext("Fly"), _("Fly")) == ("放飞", "启航", "Fly")
    assert (kite.gettext("Sail"), str(kite.lazy_gettext("Sail")), kite.ngettext("Sail", "Sails", 2)) == ("Sail", "Sail", "Sails")
    assert kite.gettext("Cancel") == "取消"  # the host's, without writing it again


def test_each_template_speaks_the_words_of_its_folder_whoever_uses_it(catalogue, pages):
    catalogue("kite", Save="收线", Fly="放飞")
    catalogue("boat", Save="靠岸", Fly="启航")
    pages["yp/base.html"] = "{{ _('Save') }}|{% block body %}{% endblock %}|{% trans %}Save{% endtrans %}"
    pages["yp/macros.html"] = "{% macro button() %}{{ _('Save') }}{% endmacro %}"
    pages["yp/part.html"] = "{{ gettext('Save') }}"
    page = "{% extends 'yp/base.html' %}{% import 'yp/macros.html' as m with context %}{% set _ = 5 %}{% block body %}"
    page += (
        "{{ _('Save') }} {% trans %}Fly{% endtrans %} {{ m.button() }} {% include 'yp/part.html' %} {{ ngettext('Fly', 'Flies', 1) }}{% endblock %}"
    )
    pages["kite/page.html"] = pages["boat/page.html"] = page
    assert render_template("kite/page.html", _=lambda text: "假") == "保存|收线 放飞 保存 保存 放飞|保存"
    assert render_template("boat/page.html") == "保存|靠岸 启航 保存 保存 启航|保存"
    pages["yp/own.html"] = "{{ _('Save') }}{{ _('Fly') }}"
    assert render_template("yp/own.html") == "保存Fly"


def test_values_are_escaped_and_placeholders_filled_in_templates(catalogue, pages):
    catalogue("kite", **{"%(num)s_of_%(who)s": "%(who)s的%(num)s只"})
    pages["kite/page.html"] = (
        "{{ _('%(num)s of %(who)s', num=2, who=name) }} {{ ngettext('%(num)s of %(who)s', 'x', 1, who=name) }} {{ [name]|map('upper')|first }}"
    )
    assert render_template("kite/page.html", name="<b>") == "&lt;b&gt;的2只 &lt;b&gt;的1只 &lt;B&gt;"


def test_no_compiled_catalogue_is_stale():
    assert i18n.stale_catalogues() == []  # run `make translations`
