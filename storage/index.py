"""The index of words: which account used which term how often in which conversation.

`posting` is what BM25 reads, `vocabulary` how many conversations of a place hold a term. Both are
counted per place, so that every statistic can be summed over just the places an audience may see;
a full-text engine's own ranking would let hidden text change the order (rule 1), and the two
databases' rankings differ. Changes are gathered and written set-wise.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Table,
    and_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateTable

from bot.text import words
from storage.columns import Id, Word
from storage.tables import posting, vocabulary

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy.engine import Connection

# What one transaction changes, before it is folded into the index.
_change = Table(
    "posting_change",
    MetaData(),
    Column("term", Word, primary_key=True),
    Column("place_id", Id, primary_key=True),
    Column("conversation_id", Id, primary_key=True),
    Column("account_id", Id, primary_key=True),
    Column("tf", Integer, nullable=False),
    prefixes=["TEMPORARY"],
    sqlite_with_rowid=False,
)

_BINDS = tuple(f"_{column.name}" for column in _change.columns)

Where = tuple[int, int, int]  # place, conversation, account
# Rows that one statement takes over, in the order of their terms. Until it ends, SQLite keeps the
# old version of every page it changes in memory, and of a large index nearly every row is on
# another; PostgreSQL is better off with all of them.
AT_ONCE = {"sqlite": 2_000, "postgresql": 1_000_000}


def upsert(connection: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    """An INSERT that can say ON CONFLICT, in the connection's dialect."""
    return inserting(connection.dialect.name, table)


def inserting(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    """Like `upsert`, for a statement that is built once for a dialect."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


@cache
def _whole(dialect: str, table: Table) -> sqlite.Insert | postgresql.Insert:
    into = inserting(dialect, table)
    every = {column.name: into.excluded[column.name] for column in table.c}
    return into.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=every)


def put(connection: Connection, table: Table, row: Mapping[str, object]) -> None:
    """Write a whole row down, instead of the one with its key; the statement is built once."""
    connection.execute(_whole(connection.dialect.name, table), row)


def bring(connection: Connection, table: str, rows: Sequence[tuple[object, ...]]) -> None:
    """Hand rows to the driver as they are: for the words, of which every message has twenty."""
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        with cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.close()
    elif rows:
        marks = ", ".join("?" * len(rows[0]))
        into = f"INSERT INTO {table} VALUES ({marks})"  # noqa: S608 - names of ours only
        connection.exec_driver_sql(into, list(rows))


class Index:
    """Gathers changes to the index for one transaction; `flush` writes them."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._changes: defaultdict[Where, Counter[str]] = defaultdict(Counter)

    def add(self, place_id: int, conversation_id: int, account_id: int, text: str) -> int:
        """Count the words of one message in; returns how many there are."""
        terms = words.sequence(text)
        self._changes[place_id, conversation_id, account_id].update(terms)
        return len(terms)

    def remove(self, place_id: int, conversation_id: int, account_id: int, text: str) -> None:
        """Take the words of one message out again."""
        self._changes[place_id, conversation_id, account_id].subtract(words.sequence(text))

    def flush(self) -> None:
        """Write what was gathered."""
        added: list[tuple[object, ...]] = []
        taken: list[tuple[object, ...]] = []
        for where, changes in self._changes.items():
            for term, tf in changes.items():
                if tf > 0:
                    added.append((term, *where, tf))
                elif tf < 0:
                    taken.append((term, *where, -tf))
        self._changes.clear()
        if taken:
            self._subtract([dict(zip(_BINDS, row, strict=True)) for row in taken])
        if added:
            added.sort(key=itemgetter(0))
            self._connection.execute(CreateTable(_change, if_not_exists=True))
            size = AT_ONCE[self._connection.dialect.name]
            for start in range(0, len(added), size):
                self._insert(added[start : start + size])

    def _insert(self, rows: list[tuple[object, ...]]) -> None:
        """The vocabulary first, while the postings still show which conversations lack a term."""
        connection = self._connection
        bring(connection, _change.name, rows)
        self._insert_vocabulary()
        self._insert_postings()
        # PostgreSQL keeps what is deleted until a table is vacuumed, which no temporary one is.
        is_postgres = connection.dialect.name == "postgresql"
        connection.execute(text(f"TRUNCATE {_change.name}") if is_postgres else delete(_change))

    def _insert_vocabulary(self) -> None:
        known = select(posting.c.tf).where(
            posting.c.term == _change.c.term,
            posting.c.place_id == _change.c.place_id,
            posting.c.conversation_id == _change.c.conversation_id,
        )
        # The offset changes nothing but PostgreSQL's plan, which would else read every posting.
        lacking = ~known.correlate(_change).offset(0).exists()
        fresh = (
            select(
                _change.c.term,
                _change.c.place_id,
                func.count(_change.c.conversation_id.distinct()),
            )
            .where(lacking)
            .group_by(_change.c.term, _change.c.place_id)
        )
        into = upsert(self._connection, vocabulary).from_select(
            ["term", "place_id", "conversations"], fresh
        )
        counted = vocabulary.c.conversations + into.excluded.conversations
        self._connection.execute(
            into.on_conflict_do_update(
                index_elements=list(vocabulary.primary_key.columns),
                set_={"conversations": counted},
            )
        )

    def _insert_postings(self) -> None:
        added = select(*(_change.c[name] for name in posting.c.keys())).where(_change.c.tf > 0)  # noqa: SIM118
        into = upsert(self._connection, posting).from_select(list(posting.c.keys()), added)
        self._connection.execute(
            into.on_conflict_do_update(
                index_elements=list(posting.primary_key.columns),
                set_={"tf": posting.c.tf + into.excluded.tf},
            )
        )

    def _subtract(self, binds: list[dict[str, object]]) -> None:
        """Row by row: taking out is rare and small, and must use the key on both databases."""
        same = and_(*(column == bindparam(f"_{column.name}") for column in posting.primary_key))
        fewer = update(posting).where(same).values(tf=posting.c.tf - bindparam("_tf"))
        self._connection.execute(fewer, binds)
        self._connection.execute(delete(posting).where(same, posting.c.tf <= 0), binds)
        self._recount(binds)

    def _recount(self, binds: list[dict[str, object]]) -> None:
        """Count the words taken out anew, so that the vocabulary cannot drift."""
        word = and_(
            vocabulary.c.term == bindparam("_term"), vocabulary.c.place_id == bindparam("_place_id")
        )
        left = (
            select(func.count(posting.c.conversation_id.distinct()))
            .where(posting.c.term == vocabulary.c.term, posting.c.place_id == vocabulary.c.place_id)
            .scalar_subquery()
        )
        self._connection.execute(update(vocabulary).where(word).values(conversations=left), binds)
        self._connection.execute(
            delete(vocabulary).where(word, vocabulary.c.conversations == 0), binds
        )
