"""Building the index of words anew, when the rules for words have changed.

Taking a message out of the index counts its words by today's rules; that is only right while
they are the rules by which it was counted in. So the index remembers its rules.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, func, select, update

from bot.features.sharing import around, found_by
from bot.text import words
from storage.drafts import AT_ONCE
from storage.index import Index, upsert
from storage.tables import (
    conversation,
    message,
    meta,
    place,
    posting,
    share,
    share_term,
    vocabulary,
)

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

RULES = "words"


def built_with(connection: Connection) -> str | None:
    """The rules by which the index was built."""
    return connection.execute(select(meta.c.value).where(meta.c.key == RULES)).scalar()


def rebuild(connection: Connection) -> None:
    """Count every message in anew by today's rules."""
    for table in (posting, vocabulary, share_term):
        connection.execute(delete(table))
    _conversations(connection)
    _places(connection)
    _shares(connection)
    into = upsert(connection, meta).values(key=RULES, value=words.VERSION)
    connection.execute(
        into.on_conflict_do_update(index_elements=[meta.c.key], set_={"value": words.VERSION})
    )


def _conversations(connection: Connection) -> None:
    last = 0
    length = update(conversation).where(conversation.c.id == bindparam("_id"))
    while True:
        query = select(conversation.c.id).where(conversation.c.id > last)
        numbers = connection.scalars(query.order_by(conversation.c.id).limit(AT_ONCE)).all()
        if not numbers:
            return
        last = numbers[-1]
        index = Index(connection)
        sizes = dict.fromkeys(numbers, 0)
        said = select(message).where(message.c.conversation_id.in_(numbers))
        for row in connection.execute(said).all():
            where = row.place_id, row.conversation_id, row.account_id
            sizes[row.conversation_id] += index.add(*where, row.text)
        index.flush()
        rows = [{"_id": number, "_words": size} for number, size in sizes.items()]
        connection.execute(length.values(words=bindparam("_words")), rows)


def _places(connection: Connection) -> None:
    total = (
        select(func.coalesce(func.sum(conversation.c.words), 0))
        .where(conversation.c.place_id == place.c.id)
        .scalar_subquery()
    )
    connection.execute(update(place).values(words=total))


def _shares(connection: Connection) -> None:
    mine = share.c.id, share.c.place_id, share.c.url, share.c.canonical, share.c.title
    query = select(*mine, message.c.text)
    rows = [
        {"term": term, "place_id": row.place_id, "share_id": row.id}
        for row in connection.execute(query.join(message, message.c.id == share.c.message_id))
        for term in found_by(row.canonical, row.title, around(row.url, row.text))
    ]
    if rows:
        connection.execute(upsert(connection, share_term), rows)
