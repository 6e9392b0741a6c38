"""What a process does before it touches anything in the home."""

from .kernel.home import file_of
from .kernel.occupying import own_home, share_home
from .migrating import nothing_installed
from .replacing import finish, unfinished


def refuse_empty(url: str) -> None:
    """Raise RuntimeError if nothing was ever installed at the address of the database; nothing is made on the way, not even the home.

    On PostgreSQL, and while a restore is to be completed, only the database itself can tell: `migrating.refuse_pending`.
    """
    file = file_of(url)
    if file is not None and not file.exists() and not unfinished():
        raise RuntimeError(nothing_installed())


def enter() -> None:
    """Take a place in the home, and complete a restore that was killed. Raises ConflictError while another process holds the home alone."""
    share_home()
    if unfinished():
        with own_home():
            finish()
