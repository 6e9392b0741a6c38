"""Addresses that work without an account: a signed token names the county and one row. And the code (QR) that carries them."""

from typing import Any

from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from youthpilot.core import external_url

from .models import Activity, Certificate


def _signer(purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=f"volunteers.{purpose}")


def token(purpose: str, county_id: int, row: int) -> str:
    """A token for one row."""
    return str(_signer(purpose).dumps([county_id, row]))


def read(purpose: str, text: str, county_id: int) -> int | None:
    """The row that a token names in this county; None if it was forged, or is another county's."""
    try:
        county, row = _signer(purpose).loads(text)
    except (BadSignature, ValueError, TypeError):
        return None
    return int(row) if county == county_id else None


def sign_url(activity: Activity) -> str:
    """Where a phone signs in to an activity."""
    return external_url(url_for("volunteers.sign", text=token("sign", activity.county_id, activity.id)))


def proof_url(certificate: Certificate) -> str:
    """Where anybody sees whether a certificate is valid."""
    return external_url(url_for("volunteers.proof", text=token("proof", certificate.county_id, certificate.id)))


def check_url() -> str:
    """Where anybody checks a certificate by its number and name: short enough to be typed."""
    return external_url(url_for("volunteers.certificate"))


def qr_svg(url: str) -> Any:
    """The address as a QR code; '' where the library that draws it (segno) is not installed: the page then shows the address."""
    try:
        import segno
    except ImportError:
        return ""
    return Markup(segno.make(url, error="m").svg_inline(scale=5, border=3, omitsize=False))  # noqa: S704 - drawn by us from our own address
