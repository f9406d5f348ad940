"""What SQLite leaves in its file of words that are deleted, and getting rid of it.

`secure_delete` overwrites a row and a page that go, and emptying the write-ahead log takes their
older versions along. One thing stays: when SQLite divides a page it may leave copies of rows in
the unused middle of it, which a later deletion does not reach (`rebuildPage` in its btree.c; we
found a few thousand such crumbs, most of them single words, in a store of 160 MB). Only writing
the whole file anew (VACUUM) removes them, which takes about a second for every 80 MB. So:

* Triggers note every text that a transaction deletes or replaces, cascades included.
* What stands elsewhere in the store as well is no secret and does not count.
* The unused middles are searched for the rest (a second for 500 MB, and nobody waits for it to
  write), and only when something is found, or very much was deleted, the file is written anew.
* Until that is done the database says so, and whoever opens it next after a crash does it.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, select, text

from bot.errors import StoreError
from storage.index import upsert
from storage.tables import meta

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection, Engine

OWED = "unscrubbed"
# More deleted texts than this, and searching for each takes longer than writing the file anew.
MOST = 1_000
# How many bytes of a word, or of a longer text, in a row count as readable.
OF_A_WORD, OF_A_TEXT, LEAST = 6, 16, 3
_WATCHED = "grapevine_leftovers"
_AT_ONCE = 256  # pages read at a time

# (name, what happens, what is noted): `key` says where else the same text would stand.
_TRIGGERS = (
    ("message_gone", "DELETE ON main.message", "'text', old.text, NULL"),
    (
        "message_changed",
        "UPDATE OF text ON main.message WHEN old.text <> new.text",
        "'text', old.text, NULL",
    ),
    ("share_gone", "DELETE ON main.share", "'link', old.canonical, old.canonical"),
    (
        "title_gone",
        "DELETE ON main.share WHEN old.title IS NOT NULL",
        "'title', old.title, old.canonical",
    ),
    ("word_gone", "DELETE ON main.vocabulary", "'word', old.term, NULL"),
    ("share_word_gone", "DELETE ON main.share_term", "'word', old.term, NULL"),
    ("claim_word_gone", "DELETE ON main.claim_term", "'word', old.term, NULL"),
    ("claim_gone", "DELETE ON main.claim", "'text', old.topic, NULL"),
    ("confirmed_gone", "DELETE ON main.confirmed", "'text', old.topic, NULL"),
    ("question_gone", "DELETE ON main.question", "'text', old.text, NULL"),
    ("question_word_gone", "DELETE ON main.question_term", "'word', old.term, NULL"),
    ("answer_gone", "DELETE ON main.answer", "'text', old.text, NULL"),
    (
        "answer_changed",
        "UPDATE OF text ON main.answer WHEN old.text <> new.text",
        "'text', old.text, NULL",
    ),
    (
        "name_changed",
        "UPDATE OF name ON main.account WHEN old.name <> new.name",
        "'text', old.name, NULL",
    ),
    ("person_gone", "DELETE ON main.person", "'all', NULL, NULL"),
    ("place_gone", "DELETE ON main.place", "'all', NULL, NULL"),
)
_TABLE = "CREATE TEMP TABLE gone (kind TEXT, said TEXT, key TEXT)"
_TRIGGERED = tuple(
    f"CREATE TEMP TRIGGER {name} AFTER {what} BEGIN INSERT INTO gone VALUES ({noted}); END"  # noqa: S608 - names of ours only
    for name, what, noted in _TRIGGERS
)
_GONE = text("""
    SELECT DISTINCT kind, said FROM temp.gone AS g WHERE NOT CASE kind
        WHEN 'word' THEN EXISTS (SELECT 1 FROM vocabulary WHERE term = g.said)
            OR EXISTS (SELECT 1 FROM share_term WHERE term = g.said)
            OR EXISTS (SELECT 1 FROM claim_term WHERE term = g.said)
            OR EXISTS (SELECT 1 FROM question_term WHERE term = g.said)
        WHEN 'link' THEN EXISTS (SELECT 1 FROM share WHERE canonical = g.key)
        WHEN 'title' THEN EXISTS (SELECT 1 FROM share WHERE canonical = g.key AND title = g.said)
        ELSE 0 END
    LIMIT :most
""")


@dataclass(frozen=True, slots=True)
class Gone:
    """What a transaction deleted: single texts (words apart), or so much that it counts as all."""

    words: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()
    all: bool = False

    def __or__(self, other: Gone) -> Gone:
        """What either of two deleted."""
        words, texts = self.words | other.words, self.texts | other.texts
        is_much = len(words) + len(texts) > MOST
        return Gone(words, texts, all=self.all or other.all or is_much)


def watch(connection: Connection) -> None:
    """Note from now on what is deleted over a connection; before its transaction begins."""
    if _WATCHED not in connection.info:
        for statement in (_TABLE, *_TRIGGERED):
            _raw(connection).execute(statement)
        connection.info[_WATCHED] = True


def collect(connection: Connection, waiting: Gone | None = None) -> Gone | None:
    """What this transaction deleted for good, None for nothing; the database notes that too.

    `waiting`: what was deleted before and is not cleaned up yet, as far as the caller knows.
    """
    if connection.execute(text("SELECT 1 FROM temp.gone LIMIT 1")).first() is None:
        return None
    rows = connection.execute(_GONE, {"most": MOST + 1}).all()
    connection.execute(text("DELETE FROM temp.gone"))
    if not rows:
        return None
    was_owed = is_owed(connection)
    note = upsert(connection, meta).values(key=OWED, value="1")
    connection.execute(note.on_conflict_do_nothing())
    return Gone(
        frozenset(said for kind, said in rows if kind == "word"),
        frozenset(said for kind, said in rows if kind not in {"word", "all"}),
        # What others deleted before and did not clean up is not known any more.
        all=(was_owed and waiting is None)
        or len(rows) > MOST
        or any(kind == "all" for kind, _ in rows),
    )


def is_owed(connection: Connection) -> bool:
    """Whether something was deleted whose leftovers nobody has looked after yet."""
    return connection.execute(select(meta.c.value).where(meta.c.key == OWED)).first() is not None


def clean(engine: Engine, gone: Gone, turn: AbstractContextManager[object]) -> None:
    """Leave nothing of `gone` in the files. StoreError: a reader is in the way, or no disk space.

    Must not run within a transaction of this thread. `turn` is held while others cannot write
    anyway; the search needs nobody to wait: a deleted text comes to no new place.
    """
    with engine.connect() as connection:
        with turn:
            _empty_log(connection)
        if gone.all or crumbs_of(gone, Path(str(engine.url.database))):
            with turn:
                _write_anew(connection)
                _empty_log(connection)


def settle(engine: Engine) -> None:
    """Note that all is cleaned up."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(delete(meta).where(meta.c.key == OWED))


def _empty_log(connection: Connection) -> None:
    busy, *_ = _raw(connection).execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise StoreError(
            f"The store {connection.engine.url.database} is being read; what was deleted leaves "
            "its log when that ends."
        )


def _write_anew(connection: Connection) -> None:
    """VACUUM, with its scratch file beside the database: there is room, and memory may be short."""
    raw = _raw(connection)
    folder = str(Path(str(connection.engine.url.database)).resolve().parent)
    quoted = folder.replace("'", "''")
    raw.execute(f"PRAGMA temp_store_directory = '{quoted}'")
    raw.execute("PRAGMA temp_store=FILE")  # drops what `watch` made
    connection.info.pop(_WATCHED, None)
    try:
        raw.execute("VACUUM")
    finally:
        raw.execute("PRAGMA temp_store=MEMORY")


def _raw(connection: Connection) -> Any:
    raw = connection.connection.driver_connection
    assert raw is not None
    return raw


# ── Looking into the file ────────────────────────────────────────────────────────────────────


def crumbs_of(gone: Gone, path: Path) -> bool:
    """Whether something of `gone` can be read in the unused parts of a database's pages."""
    wanted = {piece for word in gone.words for piece in _pieces(word, OF_A_WORD)}
    wanted |= {piece for said in gone.texts for piece in _pieces(said, OF_A_TEXT)}
    if not wanted:
        return False
    crumbs = b"\0".join(unused(path))
    return any(piece in crumbs for piece in wanted)


def _pieces(said: str, size: int) -> Iterator[bytes]:
    """Every run of `size` bytes of a text; a shorter text whole, if it is no mere syllable."""
    stored = said.encode("utf-8", "replace")
    if len(stored) >= LEAST:
        for start in range(max(1, len(stored) - size + 1)):
            yield stored[start : start + size]


def unused(path: Path) -> Iterator[bytes]:
    """What stands, of three bytes and more, in the unused middles of a database's pages.

    The layout of a page is SQLite's (its file format, section 1.6): a header, an array of
    pointers that grows upwards, and rows that grow downwards from the end.
    """
    with path.open("rb") as file:
        size = int.from_bytes(file.read(18)[16:18], "big")
        size = 65_536 if size == 1 else size
        file.seek(0)
        start = 100  # the file's own header stands before that of its first page
        while block := file.read(size * _AT_ONCE):
            for page in range(0, len(block), size):
                yield from _SPELLED.findall(_middle(block, page, page + start))
                start = 0


_SPELLED = re.compile(rb"[^\0]{%d,}" % LEAST)
_HEADER = {2: 12, 5: 12, 10: 8, 13: 8}  # kind of b-tree page: length of its header


def _middle(block: bytes, page: int, header: int) -> bytes:
    length = _HEADER.get(block[header])
    if length is None:
        return b""
    pointers = 2 * (block[header + 3] << 8 | block[header + 4])
    rows = block[header + 5] << 8 | block[header + 6]
    return block[header + length + pointers : page + (rows or 65_536)]
