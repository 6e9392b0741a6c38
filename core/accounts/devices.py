"""A browser in which an account has signed in before: whoever only knows the user name cannot lock its owner out there.

The browser keeps a signed cookie that names the account. It opens nothing: a password is asked for as ever, and wrong ones
count against this browser alone.
"""

import secrets
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from .models import User

COOKIE, SECURE_COOKIE = "yp_device", "__Host-yp_device"
KNOWN_FOR = timedelta(days=180)


def _signer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="youthpilot.device")


def known_device(request: Request, user: User | None) -> str:
    """The mark of the browser if `user` signed in with it before (in the last 180 days), else ''."""
    raw = request.cookies.get(SECURE_COOKIE if request.is_secure else COOKIE, "")
    try:
        user_id, mark = _signer(current_app).loads(raw[:400], max_age=int(KNOWN_FOR.total_seconds()))
    except (BadSignature, ValueError, TypeError):
        return ""
    return str(mark) if user is not None and user_id == user.id else ""


def remember_device(response: Response, user_id: int, secure: bool) -> None:
    """Let the browser keep that the account signed in with it."""
    value: Any = _signer(current_app).dumps([user_id, secrets.token_urlsafe(12)])
    response.set_cookie(SECURE_COOKIE if secure else COOKIE, value, max_age=KNOWN_FOR, httponly=True, samesite="Lax", secure=secure, path="/")
