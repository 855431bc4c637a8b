"""How our kinds of columns are stored, the same on SQLite and PostgreSQL."""

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Enum, Integer
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine

# PostgreSQL's own enum types cannot be downgraded and re-created, so an enum is text with a CHECK.
# An identity column must be INTEGER on SQLite to be filled in.
IDENTITY: TypeEngine[int] = BigInteger().with_variant(Integer(), "sqlite")
DOCUMENT: TypeEngine[Any] = JSON().with_variant(JSONB(), "postgresql")


def enum_column(kind: type[StrEnum], *, closed: bool = True) -> Enum:
    """A column that stores the values of `kind` as text.

    A `closed` one lets the database refuse any other value. One that grows with every feature is left open, because
    SQLite copies the whole table to change a CHECK.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=closed,
        length=40,
        values_callable=lambda members: [member.value for member in members],
        name=kind.__name__.lower(),
    )
