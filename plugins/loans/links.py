"""Addresses that work without an account: a poster's signed token, an applicant's secret code; and the code (QR) that carries them.

A poster's token is signed and names the county and one poster, so that the county can print it again. An applicant's code is
random (80 bits); only its hash is stored, and it is shown once.
"""

import base64
import hashlib
import hmac
import secrets
from typing import Any

from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from youthpilot.core import external_url

from .outside import LoanPoster

_LOOKALIKES = str.maketrans({"0": "O", "1": "I", "8": "B", " ": None, "-": None, "\u3000": None, "－": None})


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"loans.{purpose}")


def poster_token(poster: LoanPoster) -> str:
    """The token printed on a poster."""
    return str(_signer("poster").dumps([poster.county_id, poster.id]))


def read_poster(text: str, county_id: int) -> int | None:
    """The poster that a token names in this county; None if it was forged, or is another county's."""
    try:
        county, row = _signer("poster").loads(text[:200])
    except (BadSignature, ValueError, TypeError):
        return None
    return int(row) if county == county_id else None


def new_form_key() -> str:
    """A key for one form that is filled in; sent twice it counts once."""
    return str(_signer("form").dumps(secrets.token_urlsafe(16)))


def form_key_is_ours(key: str) -> bool:
    """True if this application made the key."""
    try:
        return bool(_signer("form").loads(key[:200]))
    except (BadSignature, ValueError, TypeError):
        return False


def code_for(form_key: str) -> str:
    """The applicant's code that belongs to a form: who sends the same form again is led to the same page."""
    secret = hashlib.sha256(f"loans.code {current_app.config['SECRET_KEY']}".encode()).digest()
    return base64.b32encode(hmac.new(secret, form_key.encode(), hashlib.sha256).digest()[:10]).decode()


def new_code() -> str:
    """A fresh code, in place of a lost one."""
    return base64.b32encode(secrets.token_bytes(10)).decode()


def clean_code(text: str) -> str:
    """A code as it is compared: capitals, no blanks or dashes, digits that cannot occur read as the letters they look like."""
    return text[:60].upper().translate(_LOOKALIKES)


def shown_code(code: str) -> str:
    """ABCD-EFGH-JKLM-NPQR."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def hashed(text: str) -> str:
    """What is stored of a code or a form's key."""
    return hashlib.sha256(text.encode()).hexdigest()


def poster_url(poster: LoanPoster) -> str:
    """Where a phone applies."""
    return external_url(url_for("loans_public.ask", text=poster_token(poster)))


def status_url(code: str) -> str:
    """Where the applicant sees his status."""
    return external_url(url_for("loans_public.status", code=code))


def look_url() -> str:
    """Where a code can be typed in."""
    return external_url(url_for("loans_public.look"))


def qr_svg(url: str) -> Any:
    """The address as a QR code; '' where the library that draws it (segno) is not installed: the page then shows the address."""
    try:
        import segno
    except ImportError:
        return ""
    return Markup(segno.make(url, error="m").svg_inline(scale=5, border=3, omitsize=False))  # noqa: S704 - drawn by us from our own address
