"""Conversations in files: played, compared with what they expect, and brought up to date.

A `.chat` file holds what is typed, a line each. A line that begins with `# ` is a comment, one
that begins with `>` says what Grapevine shows for the typed line before it: the plain lines of
`view`, behind one space. `>...` stands for any number of lines, `>` alone for none.

A script with a single expectation expects silence wherever it expects nothing else; without any,
nothing is compared. What a person typed and where they went is no part of the comparison.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from rich.text import Text

from adapters.console import view
from adapters.console.screen import Screen
from adapters.console.session import Session
from adapters.console.shown import Shown, answers

Expected = tuple[str | None, ...]
"""Lines, and None for any number of them."""

_ANYTHING = ">..."


@dataclass(frozen=True, slots=True)
class Step:
    """A typed line, its number in the file, the comments before it and what it expects."""

    number: int
    typed: str
    comments: tuple[str, ...] = ()
    expected: Expected = ()


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A typed line whose answer was another one than expected."""

    number: int
    typed: str
    expected: Expected
    actual: tuple[str, ...]

    def __str__(self) -> str:
        wanted = ["..." if line is None else line for line in self.expected]
        lines = [*_marked("-", wanted), *_marked("+", self.actual)]
        return "\n".join([f"line {self.number}: {self.typed}", *lines])


@dataclass(frozen=True, slots=True)
class Report:
    """What came of playing a script; it is true if all was as expected."""

    mismatches: tuple[Mismatch, ...]

    def __bool__(self) -> bool:
        return not self.mismatches

    def __str__(self) -> str:
        return "\n\n".join(map(str, self.mismatches)) or "All as expected."


def play(text: str, session: Session) -> Report:
    """Play a script and compare."""
    return _report((step, shown) for step, _, shown in _played(text, session))


def run_script(text: str, session: Session, screen: Screen) -> Report:
    """Play a script on a screen, comments and all, and compare."""
    done: list[tuple[Step, list[Shown]]] = []
    for step, prompt, shown in _played(text, session):
        for comment in step.comments:
            screen.caption(comment)
        if step.typed:
            screen.typed(prompt, step.typed, shown)
            screen.show(shown)
        done.append((step, shown))
    return _report(done)


def rewrite(text: str, session: Session) -> str:
    """Play a script and return it with what was actually shown as its expectations.

    Expectations that hold stay as they are written, so `>...` survives.
    """
    updated = {step.number: _update(step, shown) for step, _, shown in _played(text, session)}
    kept: list[str] = []
    for number, line in enumerate(_lines(text), start=1):
        if not line.startswith(">"):
            kept += [line, *map(_written, updated.get(number, ()))]
    return "\n".join(kept).rstrip("\n") + "\n"


def _update(step: Step, shown: Iterable[Shown]) -> Expected:
    actual = _answered(shown)
    return step.expected if _matches(step.expected, actual) else actual


def parse(text: str) -> list[Step]:
    """Read a script.

    Expectations before anything is typed, and comments after everything, belong to a step that
    types nothing.
    """
    steps: list[Step] = []
    comments: list[str] = []
    for number, line in enumerate(_lines(text), start=1):
        if line.startswith(">"):
            before = steps.pop() if steps else Step(0, "")
            steps.append(replace(before, expected=(*before.expected, _expected(line))))
        elif line == "#" or line.startswith("# "):
            comments.append(line[1:].strip())
        elif line:
            steps.append(Step(number, line, tuple(comments)))
            comments = []
    return [*steps, Step(0, "", tuple(comments))] if comments else steps


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.split("\n")]


def _expected(line: str) -> str | None:
    return None if line == _ANYTHING else line[1:].removeprefix(" ")


def _written(line: str | None) -> str:
    return _ANYTHING if line is None else f"> {line}".rstrip()


def _played(text: str, session: Session) -> Iterator[tuple[Step, Text, list[Shown]]]:
    """Yield each step with the prompt it was typed at and what was shown; /quit ends it all."""
    for step in parse(text):
        if session.ended:
            return
        prompt = view.prompt(session.who, session.where)
        yield step, prompt, session.type(step.typed)


def _report(played: Iterable[tuple[Step, list[Shown]]]) -> Report:
    done = list(played)
    if not any(step.expected for step, _ in done):
        return Report(())
    actual = [(step, _answered(shown)) for step, shown in done]
    return Report(
        tuple(
            Mismatch(step.number, step.typed, step.expected, lines)
            for step, lines in actual
            if not _matches(step.expected, lines)
        )
    )


def _answered(shown: Iterable[Shown]) -> tuple[str, ...]:
    """Return the lines of what answers a typed line."""
    return tuple(line for each in shown if answers(each) for line in view.plain_lines(each))


def _matches(expected: Expected, actual: tuple[str, ...]) -> bool:
    lines = _trimmed(actual)
    reached = {0}
    for wanted in _trimmed(expected):
        if wanted is None:
            reached = set(range(min(reached), len(lines) + 1)) if reached else reached
        else:
            reached = {at + 1 for at in reached if at < len(lines) and lines[at] == wanted}
    return len(lines) in reached


def _trimmed(lines: Expected) -> list[str | None]:
    """Return lines without blanks at their ends and without blank lines at the end of all."""
    kept = [line if line is None else line.rstrip() for line in lines]
    while kept and kept[-1] == "":
        kept.pop()
    return kept


def _marked(sign: str, lines: Iterable[str]) -> list[str]:
    return [f"  {sign} {line}".rstrip() for line in lines] or [f"  {sign} (nothing)"]
