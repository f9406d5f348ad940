"""`grapevine import`: recognise, check, take in with a progress bar, and say what came of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from adapters.cli.output import complain, err, say
from adapters.files import open_export
from bot.events import MessagePosted, PlaceSeen, Visibility
from bot.importing import Outcome, take_in
from bot.wording import listed, number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from adapters.cli.world import World
    from adapters.files import Export
    from bot.events import Event

INTERRUPTED = "What was taken in is kept; the same command goes on from there."


def run(
    world: World, path: Path, private: frozenset[str], community: str | None, url: str | None
) -> None:
    """Import `path` into the store. ImportFailed leaves the store as it was."""
    export = open_export(path, private=private, community=community, url=url)
    store = world.store
    passing = _Passing()
    with _bar() as progress:
        task = progress.add_task("Taking in", total=_checked(export, progress))
        try:
            outcome = take_in(
                store,
                world.bot,
                passing.by(export.events()),
                export.fingerprint,
                lambda _done: progress.update(task, completed=passing.messages),
            )
        except KeyboardInterrupt:
            complain(INTERRUPTED)
            raise
    say(summary(export, outcome, world.store_name))
    for name in sorted(private - passing.private):
        say(f"There is no private channel called {name} in it.")


def _checked(export: Export, progress: Progress) -> int:
    """How many messages will come. Trouble that cannot be seen from outside shows here."""
    if export.total is not None:
        return export.total
    checking = progress.add_task("Checking", total=None)
    total = sum(isinstance(event, MessagePosted) for event in export.events())
    progress.remove_task(checking)
    return total


@dataclass(slots=True)
class _Passing:
    """What has gone by: how many messages, and by which names its private channels can be asked."""

    messages: int = 0
    private: set[str] = field(default_factory=set)

    def by(self, events: Iterable[Event]) -> Iterator[Event]:
        """Pass events on, noting them."""
        for event in events:
            if isinstance(event, MessagePosted):
                self.messages += 1
            elif isinstance(event, PlaceSeen) and event.visibility is Visibility.PRIVATE:
                self.private |= {event.name, f"#{event.name}", event.place.id}
            yield event


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=not err.is_terminal,  # else it would still leave an empty line
    )


def summary(export: Export, outcome: Outcome, store: str) -> str:
    """What an import did, in a few lines."""
    lines = [f"{export.format} into {store}"]
    if outcome.resumed_at:
        lines.append("Went on where an earlier import was interrupted.")
    if not outcome.messages:
        lines.append("Nothing was new.")
    else:
        new = [
            number(outcome.messages, "message"),
            number(outcome.people, "person", "people"),
            number(outcome.conversations, "conversation"),
            number(outcome.links, "link"),
        ]
        lines.append(f"New: {listed(new)}.")
    skipped = [f"{one.reason} ({one.count:,})" for one in export.left_out()]
    if skipped:
        lines.append(f"Skipped: {', '.join(skipped)}.")
    return "\n".join(lines)
