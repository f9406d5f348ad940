"""Bringing a database to this version of the tables.

Every open checks the version with one small query; alembic is only loaded when there is something
to do. Two processes that start at once wait for one another.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from bot.errors import StoreError
from storage.engine import explained, lock_for_writing, name_of, open_engine

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy.engine import Connection, Engine

FOLDER = Path(__file__).parent / "migrations"


def head() -> str:
    """The newest version: the number that the last step's file name begins with."""
    return max(_versions())


def _versions() -> set[str]:
    return {path.name.split("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py")}


def check(engine: Engine) -> None:
    """Bring the database to this version if it is older.

    StoreError when it is of a newer version, or holds somebody else's tables.
    """
    with engine.connect() as connection:
        if version_of(connection) == head():
            return
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        lock_for_writing(connection)
        _upgrade(connection, name_of(engine))


def upgrade(url: str) -> None:
    """Bring the database at `url` to this version."""
    engine = open_engine(url)
    try:
        with explained(engine):
            check(engine)
    finally:
        engine.dispose()


def version_of(connection: Connection) -> str | None:
    """The version of a database's tables; None when it has none of ours."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()


def _upgrade(connection: Connection, name: str) -> None:
    found = version_of(connection)
    if found is None and set(inspect(connection).get_table_names()) - {"alembic_version"}:
        raise StoreError(
            f"The store {name} holds other tables; give Grapevine a database of its own."
        )
    if found is not None and found > head():
        raise StoreError(f"The store {name} was made by a newer Grapevine; update this one.")
    if found is not None and found not in _versions():
        raise StoreError(f"The store {name} was made by another Grapevine; use that one.")
    from alembic import command  # noqa: PLC0415 - slow to load, and almost never needed

    command.upgrade(config(connection), "head")


def config(connection: Connection) -> Config:
    """Alembic's settings for running on a connection of ours."""
    from alembic.config import Config  # noqa: PLC0415 - slow to load, and almost never needed

    made = Config()
    made.set_main_option("script_location", str(FOLDER))
    made.attributes["connection"] = connection
    return made
