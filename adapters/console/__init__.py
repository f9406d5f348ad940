"""The console: a platform to try Grapevine on, in a terminal or from a script.

`Session` is the platform without any I/O, `Chat` its terminal, `play` and `run_script` its scripts.
"""

from adapters.console.chat import Chat
from adapters.console.language import WORDS
from adapters.console.mail import Delivered, Mail
from adapters.console.picture import picture
from adapters.console.screen import Screen
from adapters.console.script import Mismatch, Report, play, rewrite, run_script
from adapters.console.session import Session
from adapters.console.view import render

__all__ = [
    "WORDS",
    "Chat",
    "Delivered",
    "Mail",
    "Mismatch",
    "Report",
    "Screen",
    "Session",
    "picture",
    "play",
    "render",
    "rewrite",
    "run_script",
]
