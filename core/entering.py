"""What a process does before it touches anything in the home."""

from .backups.placing import finish, unfinished
from .occupying import own_home, share_home


def enter() -> None:
    """Take a place in the home, and complete a restore that was killed. Raises ConflictError while another process holds the home alone."""
    share_home()
    if unfinished():
        with own_home():
            finish()
