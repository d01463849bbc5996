"""Models whose rows name their readers, and the one way to list them: `Model.objects.scoped_to(user)`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from haodun.offices.organisations.standing import own_organisations

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from haodun.offices.organisations.models import User


class ScopedQuerySet(models.QuerySet[Any]):
    """A query that can be narrowed to what a person may read."""

    def scoped_to(self, user: User | AnonymousUser | None) -> Self:
        """Rows one of whose readers is an organisation of this person; none for anyone without a valid membership."""
        own = own_organisations(user)
        return self.filter(readers__overlap=own) if own else self.none()


ScopedManager = models.Manager.from_queryset(ScopedQuerySet)


class Readers(models.Model):
    """A row that names the organisations entitled to read it and all above them (`readers_of`).

    A subclass with a `Meta` of its own inherits `Readers.Meta`, and its migration ends with `rls.enable(table)`.
    """

    readers = ArrayField(models.UUIDField())
    objects = ScopedManager()

    class Meta:
        abstract = True
        indexes: ClassVar[tuple[models.Index, ...]] = (GinIndex(fields=["readers"], name="%(class)s_readers"),)
