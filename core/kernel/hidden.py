"""What a foreign key answers that points to a row which the reader may not see.

A row that the whole county may read (a campaign, a decision) may point to one of a single township's. For a reader narrowed to
another township that one is not there: it is neither loaded nor an error, but a row without contents.
"""

from typing import Any

from peewee import CharField, ForeignKeyAccessor, ForeignKeyField, Model, TextField

from .fields import DecimalTextField, JsonField, UtcDateTimeField
from .scope import scope_or_none

NOTHING = "—"
_NO_TEXT = DecimalTextField | JsonField | UtcDateTimeField


class ScopedAccessor(ForeignKeyAccessor):
    """Reads the row behind a foreign key through the wall."""

    def get_rel_instance(self, instance: Any) -> Any:
        """The row; None for a key without a value; a hidden row for one outside the scope. Raises DoesNotExist as peewee does else."""
        key = instance.__data__.get(self.name)
        if instance.is_hidden:
            return hidden_row(self.rel_model, None)
        try:
            return super().get_rel_instance(instance)
        except self.rel_model.DoesNotExist:
            scope = scope_or_none()
            if key is None or scope is None or scope.whole or scope.county_id is None:
                raise
            return hidden_row(self.rel_model, key)


def hidden_row(model: type[Model], key: Any) -> Any:
    """A row of `model` that tells nothing but its key: texts are “—”, everything else None, what it points to hidden too. It cannot be saved."""
    row = model()
    row.__data__.update({field.name: _nothing(field) for field in model._meta.sorted_fields})
    row.__data__[model._meta.primary_key.name] = key
    row.is_hidden = True
    return row


def _nothing(field: Any) -> str | None:
    return NOTHING if isinstance(field, CharField | TextField) and not isinstance(field, _NO_TEXT) else None


def guard_references(model: type[Model], owned: type[Model]) -> None:
    """Let every foreign key of `model` to a county-owned table (a subclass of `owned`) read through the wall."""
    for field in model._meta.sorted_fields:
        if isinstance(field, ForeignKeyField) and isinstance(field.rel_model, type) and issubclass(field.rel_model, owned):
            setattr(model, field.name, ScopedAccessor(model, field, field.name))
