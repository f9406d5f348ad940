"""Many values as one: `among(column, "name")` is `column IN (...)` for a list of any length.

An IN with a parameter for each value is written and planned anew for every length; so the list
is one bound value, and a statement that uses it can be built once.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy import BigInteger, String, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import NullType, TypeDecorator, TypeEngine

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.engine import Dialect
    from sqlalchemy.sql import ColumnElement
    from sqlalchemy.sql.compiler import SQLCompiler


class Numbers(TypeDecorator[list[int]]):
    """A list of whole numbers: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """How the database holds it."""
        is_postgres = dialect.name == "postgresql"
        return ARRAY(BigInteger) if is_postgres else String()

    def process_bind_param(self, value: Collection[int] | None, dialect: Dialect) -> Any:
        """To what the driver takes."""
        numbers = list(value or ())
        return numbers if dialect.name == "postgresql" else json.dumps(numbers)


class Texts(TypeDecorator[list[str]]):
    """A list of words: an array on PostgreSQL, JSON on SQLite."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """How the database holds it."""
        return ARRAY(String) if dialect.name == "postgresql" else String()

    def process_bind_param(self, value: Collection[str] | None, dialect: Dialect) -> Any:
        """To what the driver takes."""
        texts = list(value or ())
        is_postgres = dialect.name == "postgresql"
        return texts if is_postgres else json.dumps(texts, ensure_ascii=False)


class among(FunctionElement[Any]):  # noqa: N801 - reads as a function, as SQLAlchemy's own do
    """Whether a value is one of the list that is bound to `name` when the statement runs."""

    inherit_cache = True
    # Not Boolean: SQLite would be asked for `... = 1`, which no index answers.
    type = NullType()

    def __init__(
        self, value: ColumnElement[Any], name: str, kind: Numbers | Texts | None = None
    ) -> None:
        super().__init__(value, bindparam(name, type_=kind or Numbers()))


@compiles(among, "sqlite")
def _on_sqlite(element: among, compiler: SQLCompiler, **options: Any) -> str:
    value, values = (compiler.process(part, **options) for part in element.clauses)
    listed = f"SELECT value FROM json_each({values})"  # noqa: S608 - parts that are compiled
    return f"{value} IN ({listed})"


@compiles(among, "postgresql")
def _on_postgres(element: among, compiler: SQLCompiler, **options: Any) -> str:
    value, values = (compiler.process(part, **options) for part in element.clauses)
    return f"{value} = ANY({values})"
