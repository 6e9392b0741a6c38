"""Messages are Chinese with and without a request, and what is compiled is what is written."""

from flask import Flask, render_template_string
from flask_babel import Babel, force_locale

from youthpilot.core.kernel import i18n
from youthpilot.core.kernel.i18n import _, _l, ngettext, register_translations
from youthpilot.core.registry import Registry

EMPTY = "There is nothing in the file."


def test_chinese_without_a_request_and_english_on_request():
    Registry()  # the words of the platform's plugins
    assert _(EMPTY) == "文件里没有内容，请检查后重新上传。" == str(_l(EMPTY))
    assert ngettext("%(num)s hidden row was read too.", "%(num)s hidden rows were read too.", 3) == "有3行是隐藏的，也已读取。"
    assert _("never written %(message)s", message="x") == "never written x"
    app = Flask(__name__)
    Babel(app, default_locale="zh_Hans_CN")
    i18n.install(app)
    with app.test_request_context():
        assert render_template_string("{{ _('There is nothing in the file.') }}") == _(EMPTY)
        with force_locale("en"):
            assert _(EMPTY) == EMPTY


def test_a_module_brings_its_own_words(tmp_path):
    folder = tmp_path / "zh_Hans_CN" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "kite.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Kite of %(n)s"\nmsgstr "%(n)s的风筝"\n', "utf-8"
    )
    register_translations(tmp_path)
    try:
        assert _("Kite of %(n)s", n="张三") == "张三的风筝"  # not compiled yet: read as it is
        assert i18n.compile_catalogues([tmp_path]) and not i18n.compile_catalogues([tmp_path])
        assert not i18n.stale_catalogues([tmp_path])
        po = folder / "kite.po"
        po.write_text(po.read_text("utf-8").replace("风筝", "纸鸢"), "utf-8")
        assert i18n.stale_catalogues([tmp_path]) == [po] and i18n.compile_catalogues([tmp_path])
        assert _("Kite of %(n)s", n="张三") == "张三的纸鸢"
    finally:
        i18n._folders.remove(tmp_path)
        i18n._catalogues.clear()


def test_no_compiled_catalogue_is_stale():
    assert i18n.stale_catalogues() == []  # run `make translations`
