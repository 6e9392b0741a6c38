"""Files that come with a form, and stored files that go out: as downloads, never shown by the browser itself."""

from typing import Any

from flask import request, send_file

from youthpilot.core.kernel.filing import LIMIT, SentFile, StoredFile, sent_file

MOST_AT_ONCE = 10


def posted_files(field: str) -> list[SentFile]:
    """The files that a form sent under `field`, at most ten, each judged by its content. Raises RuleError at the field; [] for none."""
    sent = [f for f in request.files.getlist(field) if f.filename]
    return [sent_file(f.filename or "", f.stream.read(LIMIT + 1), field) for f in sent[:MOST_AT_ONCE]]


def send_stored(found: StoredFile) -> Any:
    """The answer that sends a stored file as a download. Give it only what a row in scope names."""
    response = send_file(found.path, "application/octet-stream", as_attachment=True, download_name=found.file_name, max_age=0)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response
