"""The end of every command: one sentence for whatever went wrong, and the exit code."""

from __future__ import annotations

import secrets
import sys

import typer

from adapters.cli.output import complain
from bot import logs
from bot.errors import GrapevineError
from bot.logs import logger

PROGRAM = "grapevine"
STOPPED = 130  # what a shell makes of Ctrl-C


def run(app: typer.Typer) -> None:
    """Run what stands on the command line, and exit.

    0 when all is well, 2 when the command line itself makes no sense, 130 when it was stopped, 1
    for everything else. No mistake shows a traceback; a defect of ours is logged under a number.
    """
    logs.configure("warning")  # until the settings say how much
    try:
        code = app(sys.argv[1:] or ["--help"], prog_name=PROGRAM, standalone_mode=False)
    except GrapevineError as error:
        _end(str(error))
    except typer.TyperException as error:
        _end(_misspelt(error), error.exit_code)
    except typer.Abort:
        code = STOPPED
    except OSError as error:
        _end(_refused(error))
    except Exception:  # noqa: BLE001 - nobody at a terminal shall ever see a traceback
        _end(_incident())
    if code == STOPPED:
        _end("Stopped.", STOPPED)
    sys.exit(code)


def _end(sentence: str, code: int = 1) -> None:
    complain(sentence)
    sys.exit(code)


def _misspelt(error: typer.TyperException) -> str:
    """What is wrong with the command line, and where to read how it goes."""
    said = error.format_message().rstrip(".")
    if said.endswith("?"):
        return said
    command = getattr(getattr(error, "ctx", None), "command_path", PROGRAM)
    return f"{said}; see {command} --help"


def _refused(error: OSError) -> str:
    what = f" {error.filename}" if error.filename else ""
    return f"The system refused{what}: {error.strerror or 'it does not say why'}."


def _incident() -> str:
    incident = secrets.token_hex(4)
    logger().exception("unexpected", incident=incident)
    return f"Something went wrong in Grapevine itself; the log has it as incident {incident}."
