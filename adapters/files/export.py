"""What every reader of exports offers, whatever it reads."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from urllib.parse import urlsplit

from adapters.files.records import MAX_ID, first_name
from bot.errors import ImportFailed
from bot.events import Event, PlaceRef

_ORDER = "2"
"""Goes up when a reader yields other events, or in another order, for the same input."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """How many things of one kind were not imported.

    Private channels, direct messages, folders and files are counted as such, without looking
    inside; everything else is counted in messages.
    """

    reason: str
    count: int


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who imports said besides the path; see `open_export`."""

    private: frozenset[str] = frozenset()
    community: str | None = None
    url: str | None = None

    @classmethod
    def checked(cls, private: frozenset[str], community: str | None, url: str | None) -> Options:
        """Return tidied options; raise `ImportFailed` for a community or URL that cannot be."""
        name = None if community is None else first_name(community)
        if community is not None and (name is None or len(community) > MAX_ID):
            raise ImportFailed("The name of the community should have 1 to 200 characters.")
        return cls(frozenset(p.removeprefix("#") for p in private), name, _checked_url(url))


def _checked_url(url: str | None) -> str | None:
    """Return the URL's scheme and host, or None; raise `ImportFailed` for anything else."""
    if url is None:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        parts = urlsplit("")
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise ImportFailed("The workspace's address should look like https://acme.slack.com.")
    return f"{parts.scheme}://{parts.netloc}"


class Export(ABC):
    """An export that was recognised and looks sound.

    `format` is its kind in words. `fingerprint` is a digest of the input and the options: while
    it is the same, `events` yields the same events, so an interrupted import resumes by skipping
    those it has stored. `total` is the number of messages if it is known, else None;
    `bytes_total` is what `events` is going to read, and `bytes_read` how far it is.
    """

    format: str

    def __init__(self, stamp: str, options: Options) -> None:
        said = (_ORDER, self.format, stamp, *sorted(options.private))
        joined = repr((said, options.community, options.url)).encode("utf-8", "replace")
        self.fingerprint = blake2b(joined, digest_size=16).hexdigest()
        self.total: int | None = None
        self.bytes_total = 0
        self.bytes_read = 0
        self.skipped: Counter[str] = Counter()
        self.skipped_at_open: Counter[str] = Counter()

    def events(self) -> Iterator[Event]:
        """Yield what the export says, in an order that is always the same.

        `ImportFailed` is raised for trouble that was not visible from outside; whoever stores the
        events then takes back what they stored.
        """
        self.bytes_read = 0
        self.skipped.clear()
        self.skipped.update(self.skipped_at_open)
        yield from self._events()

    def left_out(self) -> tuple[Skipped, ...]:
        """Return what was skipped so far, by reason."""
        return tuple(Skipped(reason, n) for reason, n in sorted(self.skipped.items()) if n)

    @abstractmethod
    def _events(self) -> Iterator[Event]:
        """Yield the events, counting in `skipped` and `bytes_read`."""


def switched_on(
    private: Iterable[tuple[PlaceRef, str]], asked: frozenset[str]
) -> frozenset[PlaceRef]:
    """Return the private places (each with its name) that were asked for by id or name.

    A name that two places share switches on neither: only their ids can say which one is meant.
    """
    meant: defaultdict[str, set[PlaceRef]] = defaultdict(set)
    for place, name in private:
        meant[place.id].add(place)
        meant[name].add(place)
    return frozenset(place for label in asked if len(meant[label]) == 1 for place in meant[label])
