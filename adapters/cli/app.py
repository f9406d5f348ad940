"""The commands of `grapevine`, each a few lines over the file that does the work."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli import guard

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.cli.world import World

# The sign of a backspace keeps a paragraph's lines as they are.
HELP = """\
Grapevine finds who knows about something in the group chats you already have.

\b
Try it:         grapevine demo
Your own chat:  grapevine import my-export.zip
                grapevine whoknows sourdough
                grapevine chat --as ana
On a platform:  grapevine run

Settings are read from the environment and from a file .env; grapevine doctor checks them.
"""
WHAT_CAN_BE_IMPORTED = (
    "A Slack export (zip or folder), a DiscordChatExporter JSON file or a folder of them, "
    "or Grapevine's own JSON lines."
)
SWITCHED_ON = (
    "A private channel that somebody in it switched on; it stays visible to its members only. "
    "May be repeated."
)
ADDRESS = (
    "The workspace's address, like https://acme.slack.com, so that receipts lead to the messages."
)
A_COPY = (
    "What grapevine backup wrote. Without it: the database was brought back by other means, "
    "like PostgreSQL's own."
)
ASKING_AS = "Ask as this person; without it as an outsider, who sees public places only."

PathTo = Annotated[Path, typer.Argument(metavar="PATH", help=WHAT_CAN_BE_IMPORTED)]
Topic = Annotated[
    list[str], typer.Argument(metavar="TOPIC", help="What it is about, in a few words.")
]
AnyTopic = Annotated[
    list[str] | None,
    typer.Argument(metavar="TOPIC", help="What they are about; without it, the newest."),
]
Private = Annotated[
    list[str] | None, typer.Option("--private", metavar="CHANNEL", help=SWITCHED_ON)
]
As = Annotated[str | None, typer.Option("--as", metavar="PERSON", help=ASKING_AS)]
Of = Annotated[
    str | None,
    typer.Option(
        "--community", metavar="NAME", help="The community, when the store holds several."
    ),
]


def build(world: World) -> Callable[[], None]:
    """The command line over a world. What it returns runs it and exits."""
    app = typer.Typer(
        help=HELP, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
    )
    _add_demo(app, world)
    _add_import(app, world)
    _add_questions(app, world)
    _add_chat(app, world)
    _add_service(app, world)
    _add_copies(app, world)
    _add_upkeep(app, world)
    _add_platforms(app, world)
    return lambda: guard.run(app)


def _add_demo(app: typer.Typer, world: World) -> None:
    @app.command()
    def demo() -> None:
        """Try it with an invented neighbourhood.

        In a terminal you talk yourself; elsewhere a scripted tour is played.
        """
        from adapters.cli.demo import run  # noqa: PLC0415 - a command loads what it needs

        run(world)


def _add_import(app: typer.Typer, world: World) -> None:
    @app.command("import")
    def import_(
        path: PathTo,
        private: Private = None,
        community: Annotated[
            str | None,
            typer.Option(
                "--community",
                metavar="NAME",
                help="What to call the community, or its id (T… in Slack) where none is said.",
            ),
        ] = None,
        url: Annotated[str | None, typer.Option("--url", metavar="ADDRESS", help=ADDRESS)] = None,
    ) -> None:
        """Take in a chat export.

        Running it again takes in only what is new; an interrupted import goes on where it was.
        """
        from adapters.cli.importing import run  # noqa: PLC0415 - a command loads what it needs

        run(world, path, frozenset(private or ()), community, url)


def _add_questions(app: typer.Typer, world: World) -> None:
    @app.command()
    def whoknows(topic: Topic, as_: As = None, community: Of = None) -> None:
        """Who knows about something, and what shows it."""
        from adapters.cli.asking import run  # noqa: PLC0415 - a command loads what it needs

        run(world, "whoknows", " ".join(topic), as_, community)

    @app.command()
    def links(topic: AnyTopic = None, as_: As = None, community: Of = None) -> None:
        """Links that people shared, and who shared them first."""
        from adapters.cli.asking import run  # noqa: PLC0415 - a command loads what it needs

        run(world, "links", " ".join(topic or ()), as_, community)


def _add_chat(app: typer.Typer, world: World) -> None:
    @app.command()
    def chat(
        as_: Annotated[
            str | None, typer.Option("--as", metavar="PERSON", help="Who you are in the chat.")
        ] = None,
        in_: Annotated[
            str | None, typer.Option("--in", metavar="PLACE", help="The place you begin in.")
        ] = None,
        community: Of = None,
        script: Annotated[
            Path | None,
            typer.Option(
                "--script",
                metavar="FILE",
                help="Play this .chat file instead of reading what is typed.",
            ),
        ] = None,
        *,
        update: Annotated[
            bool, typer.Option("--update", help="Write into the script what is said now.")
        ] = False,
    ) -> None:
        """Sit down in the chat, as one of its people."""
        from adapters.cli.chatting import run  # noqa: PLC0415 - a command loads what it needs

        run(world, as_, in_, community, script, update=update)


def _add_service(app: typer.Typer, world: World) -> None:
    @app.command()
    def run() -> None:
        """Run on every platform whose settings are there."""
        from adapters.cli.serving import run  # noqa: PLC0415 - a command loads what it needs

        run(world)

    @app.command()
    def status() -> None:
        """What waits to be taken in or sent, and where it listens."""
        from adapters.cli.serving import status  # noqa: PLC0415 - a command loads what it needs

        status(world)

    @app.command()
    def outbox(
        send: Annotated[
            list[str] | None,
            typer.Option("--send", metavar="KEY", help="Send this one again. May be repeated."),
        ] = None,
        drop: Annotated[
            list[str] | None,
            typer.Option("--drop", metavar="KEY", help="Leave this one, or all, at that."),
        ] = None,
    ) -> None:
        """Deliveries that failed or may not have arrived.

        What may have arrived is never sent again by itself: you decide.
        """
        from adapters.cli.outbox import run  # noqa: PLC0415 - a command loads what it needs

        run(world, send or (), drop or ())


def _add_platforms(app: typer.Typer, world: World) -> None:
    @app.command("slack-manifest")
    def slack_manifest(
        http: Annotated[
            str, typer.Option("--http", metavar="URL", help="For HTTP, at this public address.")
        ] = "",
        prefix: Annotated[
            str, typer.Option("--prefix", metavar="TEXT", help="For names that are taken: gv-")
        ] = "",
        install: Annotated[
            str,
            typer.Option("--install", metavar="URL", help="For several workspaces: PUBLIC_URL."),
        ] = "",
    ) -> None:
        """Print the manifest of the Slack app to make."""
        from adapters.cli.slack import print_manifest  # noqa: PLC0415 - a command loads what it needs

        print_manifest(http, prefix, install)

    @app.command("slack-key")
    def slack_key() -> None:
        """Print a key for SLACK_TOKEN_KEYS."""
        from adapters.cli.slack import print_key  # noqa: PLC0415 - a command loads what it needs

        print_key()

    @app.command("discord-invite")
    def discord_invite() -> None:
        """Print the address to invite the bot to Discord.

        It asks for no more permissions than are needed. DISCORD_BOT_TOKEN must be set.
        """
        from adapters.cli.discord import print_invite  # noqa: PLC0415 - a command loads what it needs

        print_invite(world.settings)


def _add_copies(app: typer.Typer, world: World) -> None:
    @app.command()
    def backup(
        target: Annotated[Path, typer.Argument(metavar="FILE", help="The copy to write.")],
    ) -> None:
        """Copy everything into one file, also while Grapevine runs."""
        from adapters.cli.backup import save  # noqa: PLC0415 - a command loads what it needs

        save(world, target)

    @app.command()
    def restore(
        copy: Annotated[
            Path | None, typer.Argument(metavar="FILE", help=A_COPY, show_default=False)
        ] = None,
    ) -> None:
        """Bring a copy back.

        What was deleted or forgotten since then stays so, and nothing that may have been sent is
        sent again by itself.
        """
        from adapters.cli.backup import restore  # noqa: PLC0415 - a command loads what it needs

        restore(world, copy)


def _add_upkeep(app: typer.Typer, world: World) -> None:
    @app.command()
    def doctor() -> None:
        """Check the settings and the store.

        Whatever is wrong is said in one sentence, with what to do about it.
        """
        from adapters.cli.doctor import run  # noqa: PLC0415 - a command loads what it needs

        run(world)

    @app.command()
    def titles(
        most: Annotated[
            int,
            typer.Option("--most", metavar="N", min=1, max=10_000, help="Look up so many at most."),
        ] = 200,
    ) -> None:
        """Ask the pages of shared links for their titles.

        Off until the setting FETCH_TITLES=true allows it; only public addresses are asked.
        """
        from adapters.cli.titles import run  # noqa: PLC0415 - a command loads what it needs

        run(world, most)

    @app.command()
    def picture(
        script: Annotated[
            Path,
            typer.Argument(metavar="FILE", help="The .chat file to play in the demo's community."),
        ],
        target: Annotated[Path, typer.Argument(metavar="SVG", help="The picture to write.")],
    ) -> None:
        """Draw a conversation with the demo as a picture."""
        from adapters.cli.demo import draw  # noqa: PLC0415 - a command loads what it needs

        draw(world, script, target)
