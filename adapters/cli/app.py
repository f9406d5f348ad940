"""The commands of `grapevine`, each a few lines over the file that does the work."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from bot.errors import GrapevineError

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.cli.world import World

HELP = (
    "Grapevine finds who knows about something in the group chats you already have.\n\n"
    "Try it:  grapevine demo\n\n"
    "Your own chat:  grapevine import my-export.zip, then  grapevine whoknows TOPIC"
)

PathTo = Annotated[
    Path,
    typer.Argument(
        help="A Slack export (zip or folder), a DiscordChatExporter JSON file or a folder of them, or Grapevine's own JSON lines."
    ),
]
Topic = Annotated[list[str], typer.Argument(help="What it is about, in a few words.")]
As = Annotated[
    str | None,
    typer.Option(
        "--as", help="Ask as this person; without, as an outsider who sees public places only."
    ),
]
Of = Annotated[
    str | None, typer.Option("--community", help="The community, when the store holds several.")
]


def build(world: World) -> Callable[[], None]:
    """The command line over a world. What it returns runs it and exits."""
    app = typer.Typer(
        help=HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    _add_stores(app, world)
    _add_questions(app, world)
    _add_console(app, world)
    return lambda: _guarded(app)


def _guarded(app: typer.Typer) -> None:
    """Run; every expected error is one sentence on standard error and exit code 1."""
    try:
        app()
    except GrapevineError as error:
        _complain(str(error))
    except KeyboardInterrupt:
        _complain("Stopped.", 130)
    except OSError as error:
        _complain(f"The system refused: {error.strerror or 'an unknown reason'}.")


def _complain(sentence: str, code: int = 1) -> None:
    Console(stderr=True, markup=False, highlight=False, soft_wrap=True).print(sentence)
    sys.exit(code)


def _add_stores(app: typer.Typer, world: World) -> None:
    @app.command("import")
    def import_(
        path: PathTo,
        private: Annotated[
            list[str] | None,
            typer.Option(
                "--private",
                help="A private channel that somebody in it switched on; it stays visible to its members only. May be repeated.",
            ),
        ] = None,
        community: Annotated[
            str | None,
            typer.Option(
                "--community", help="What to call the community, when the export does not say."
            ),
        ] = None,
        url: Annotated[
            str | None,
            typer.Option(
                "--url",
                help="The workspace's address, like https://acme.slack.com, so that receipts lead to the messages.",
            ),
        ] = None,
    ) -> None:
        """Take in a chat export. Running it again takes in only what is new."""
        from adapters.cli.importing import run  # noqa: PLC0415 - a command loads what it needs

        run(world, path, frozenset(private or ()), community, url)

    @app.command()
    def doctor() -> None:
        """Check the settings and the store, and say what to do about what is wrong."""
        from adapters.cli.doctor import run  # noqa: PLC0415 - a command loads what it needs

        run(world)

    @app.command()
    def titles(
        most: Annotated[
            int,
            typer.Option("--most", min=1, max=10_000, help="How many links to look up at most."),
        ] = 200,
    ) -> None:
        """Ask the pages of shared links for their titles (needs FETCH_TITLES=true)."""
        from adapters.cli.titles import run  # noqa: PLC0415 - a command loads what it needs

        run(world, most)


def _add_questions(app: typer.Typer, world: World) -> None:
    @app.command()
    def whoknows(topic: Topic, as_: As = None, community: Of = None) -> None:
        """Who knows about something, and what shows it."""
        from adapters.cli.asking import run  # noqa: PLC0415 - a command loads what it needs

        run(world, "whoknows", " ".join(topic), as_, community)

    @app.command()
    def links(
        topic: Annotated[
            list[str] | None, typer.Argument(help="What they are about; without, the newest.")
        ] = None,
        as_: As = None,
        community: Of = None,
    ) -> None:
        """Links that people shared, and who shared them first."""
        from adapters.cli.asking import run  # noqa: PLC0415 - a command loads what it needs

        run(world, "links", " ".join(topic or ()), as_, community)


def _add_console(app: typer.Typer, world: World) -> None:
    @app.command()
    def chat(
        as_: Annotated[str | None, typer.Option("--as", help="Who you are in the chat.")] = None,
        in_: Annotated[str | None, typer.Option("--in", help="The place you begin in.")] = None,
        community: Of = None,
        script: Annotated[
            Path | None,
            typer.Option("--script", help="Play this .chat file instead of reading what is typed."),
        ] = None,
        update: Annotated[
            bool, typer.Option("--update", help="Write into the script what is said now.")
        ] = False,
    ) -> None:
        """Sit down in the chat, as one of its people."""
        from adapters.cli.chatting import run  # noqa: PLC0415 - a command loads what it needs

        run(world, as_, in_, community, script, update=update)

    @app.command()
    def demo() -> None:
        """Try it with an invented neighbourhood; a tour when nobody is at the terminal."""
        from adapters.cli.demo import run  # noqa: PLC0415 - a command loads what it needs

        run(world)

    @app.command()
    def picture(
        script: Annotated[
            Path, typer.Argument(help="The .chat file to play in the demo's community.")
        ],
        target: Annotated[Path, typer.Argument(help="The SVG file to write.")],
    ) -> None:
        """Draw a conversation with the demo's community as an SVG picture."""
        from adapters.cli.demo import draw  # noqa: PLC0415 - a command loads what it needs

        draw(world, script, target)
