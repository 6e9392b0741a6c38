"""Erasing a person (个人信息保护法 47): what tells of him goes, here and in every installed module; that somebody held a post stays counted."""

from ..audit.services import record
from ..hookspecs import Specs
from ..kernel.clock import today
from ..kernel.db import transaction
from ..kernel.errors import ConflictError, NotFound, RuleError
from ..kernel.i18n import _
from ..registry import CountyRegistry
from .models import Person, Post

ERASED = "已删除"
_BLANK = {"name": ERASED, "sex": "", "birth_date": None, "id_no": "", "id_no_index": "", "phone": "", "phone_index": "", "ethnicity": "",
          "political_status": "", "education": ""}  # fmt: skip


def erase_person(person_id: int, reason: str, registry: CountyRegistry) -> None:
    """Erase a person of the county in scope. Modules that are off erase too: their rows tell of him as well.

    Raises NotFound, RuleError without a reason, ConflictError while he holds a post, and what a module refuses; then nothing is erased.
    """
    row = Person.get_or_none(Person.id == person_id)
    if row is None:
        raise NotFound(_("There is no such person"))
    if not reason.strip():
        raise RuleError(_("Say why: the reason stays in the history"), "reason")
    if Post.select().where((Post.person == row.id) & (Post.end_on.is_null() | (Post.end_on >= today()))).exists():
        raise ConflictError(_("This person still holds a post: end it first"))
    with transaction():
        registry.with_all_installed().abort(Specs.county_person_erased, person_id=row.id)
        Person.update(**_BLANK).where(Person.id == row.id).execute()
        record("person.erase", object_type="person", object_id=row.id, object_name=ERASED, organization_id=row.organization_id, reason=reason)
