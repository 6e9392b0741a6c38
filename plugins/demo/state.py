"""Whether the demonstration is complete, and taking away one whose build was killed."""

import shutil

from youthpilot.core.accounts.models import User
from youthpilot.core.accounts.queries import user_by_username
from youthpilot.core.accounts.rules import clean_username
from youthpilot.core.accounts.signing_in import DEMO_USERS
from youthpilot.core.counties.models import County
from youthpilot.core.kernel.db import database
from youthpilot.core.kernel.home import home
from youthpilot.core.kernel.schema import drop_tables, table_names


def is_built() -> bool:
    """True if the build of the demonstration came to its end: the account that it makes last is there."""
    return _has(User) and user_by_username(clean_username(DEMO_USERS["platform"])) is not None


def holds_real() -> bool:
    """True if the installation holds anything that people made: a real county, or an account with a password."""
    real_county = _has(County) and County.select().where(County.is_demo == False).exists()  # noqa: E712
    return bool(real_county or _has(User) and User.select().where(User.password_hash != "").exists())


def take_away() -> bool:
    """Take away what a killed build left, tables at once and last; False if there was nothing. Never call it where `holds_real`."""
    if not _has(County) or not County.select().exists():
        return False
    (home() / "audit-ends.json").unlink(missing_ok=True)
    shutil.rmtree(home() / "files", ignore_errors=True)
    drop_tables(name for name in table_names() if not name.startswith("sqlite_"))
    return True


def _has(model: type[County] | type[User]) -> bool:
    return model._meta.table_name in database.get_tables()
