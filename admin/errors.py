"""What went wrong, as a page: what, why, what to do now. Never a traceback; a failure of ours has a number to report."""

import secrets
from typing import Any

import structlog
from flask import g, has_request_context, render_template, request
from markupsafe import escape

from youthpilot.core.accounts.queries import current_user
from youthpilot.core.kernel.i18n import _
from youthpilot.core.kernel.i18n import lazy_gettext as _l
from youthpilot.core.web.current import platform_url
from youthpilot.core.web.hosts import same_site

log = structlog.get_logger()

WORDS: dict[int, tuple[Any, Any]] = {
    400: (
        _l("This could not be understood"),
        _l("The page was open for too long, or something in it is missing. Go back, load the page again and send it once more."),
    ),
    401: (_l("Please sign in"), _l("Your session has ended. Sign in again; what you had not saved must be entered again.")),
    403: (_l("You may not do this"), _l("Your role does not include it. The administrator of your county can change that.")),
    404: (_l("There is nothing here"), _l("The page or the record does not exist, or it is not meant for you.")),
    405: (_l("This address does not work like that"), _l("Open the page by the menu and use the buttons there.")),
    409: (_l("Somebody was faster"), _l("The record has changed meanwhile. Load the page again, look, and decide anew.")),
    413: (_l("The file is too large"), _l("Split it, or remove pictures and empty sheets, then try again.")),
    422: (_l("This cannot be done"), _l("Check what was entered and try again.")),
    429: (_l("Too many requests"), _l("Wait a minute, then try again.")),
    500: (
        _l("Something failed on our side"),
        _l("Nothing was changed. Try again; if it fails again, tell the platform administrator the number below."),
    ),
    503: (_l("Please try again in a moment"), _l("The program is busy at this moment. Nothing was changed.")),
}


def error_page(status: int, title: str = "", text: str = "") -> str:
    """The page of an HTTP status; `title` and `text` replace the usual words if given. Works signed in or not, and without a database."""
    own_title, own_text = WORDS.get(status) or WORDS[500 if status >= 500 else 400]
    values = {
        "status": status,
        "title": title or str(own_title),
        "text": text or str(own_text),
        "reference": _reference() if status >= 500 and status != 503 else "",
    }
    try:
        return render_template("yp/error.html", **values, sign_in_url=None if current_user() else platform_url("login"))
    except Exception as error:  # the page must come, whatever is broken: database gone, county unknown
        log.error("error page failed", exc_info=error, reference=values["reference"])
        return _bare(values)


def busy_page(text: str) -> str:
    """The page (503) for whoever met a locked database: what the form sent stands on it and can be sent again, but no password and no file."""
    return _kept_page(str(WORDS[503][0]), text, _("Wait a few seconds, then send it again. Leave this page open until it is saved."))


def ended_page(must_sign_in: bool) -> str:
    """The page for a form whose session has ended or was renewed: what was typed stands on it, as on `busy_page`, and can be sent in the new one.

    must_sign_in: nobody is signed in, and the form is not for everybody.
    """
    user = current_user()
    if must_sign_in:
        text, hint = (
            _("Your session has ended, so nothing was saved."),
            _("Sign in, come back to this page and send it again. Leave it open until then."),
        )
        return _kept_page(str(WORDS[401][0]), text, hint, sign_in_url=f"{platform_url('login')}?next=/")
    text = (
        _("This page is from before your last sign-in, so nothing was saved.") if user else _("The page was open for too long, so nothing was saved.")
    )
    hint = _("You are signed in as %(name)s. Send it again if it is yours.", name=user.display_name) if user else _("Send it again.")
    return _kept_page(_("This page has expired"), text, hint)


def _kept_page(title: str, text: str, hint: str, sign_in_url: str = "") -> str:
    sent = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    secret = any("password" in name for name, _value in sent)
    if secret:  # typed anew, with all that stands beside it
        sent = []
    values: dict[str, Any] = {
        "title": title,
        "text": text,
        "hint": hint,
        "sent": sent,
        "words": [v for _n, v in sent if _is_text(v)],
        "files": _file_names(),
    }
    try:
        return render_template(
            "yp/kept.html", **values, address=_address(), back=_back(), sign_in_url=sign_in_url, may_send=request.method == "POST" and not secret
        )
    except Exception as error:  # the page must come
        log.error("page with a kept form failed", exc_info=error)
        return _bare(values | {"reference": "", "text": "\n".join([text, *map(str, values["words"])])})


def _is_text(value: str) -> bool:
    """True for what somebody wrote: words, not a number, a day or a choice."""
    return bool(value.strip()) and (len(value) > 40 or any(ord(c) > 127 for c in value))


def _file_names() -> list[tuple[str, str]]:
    """(field, name) of the files that came along: they must be chosen again."""
    return [(field, sent.filename) for field, sent in request.files.items(multi=True) if sent.filename]


def _address() -> str:
    return request.script_root + request.full_path.rstrip("?")


def _back() -> str:
    """Where the form stood, if that was a page of ours; else the address that was asked."""
    return request.referrer if request.method == "POST" and request.referrer and same_site(request.referrer) else _address()


def _reference() -> str:
    """The incident's number: on the page and in the log."""
    number = secrets.token_hex(4).upper()
    log.error("incident", reference=number, path=request.path if has_request_context() else "", user=getattr(g.get("actor"), "user_id", None))
    return _("incident %(number)s", number=number)


def _bare(values: dict[str, Any]) -> str:
    lines = "".join(f"<p>{escape(values[key])}</p>" for key in ("text", "reference") if values[key])
    return f'<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8"><title>{escape(values["title"])}</title></head><body><h1>{escape(values["title"])}</h1>{lines}</body></html>'
