"""How things look: what a session shows, as plain lines or as something for rich to draw.

Both forms are made of the same `Text`, and every text in it has passed `escape`. Nothing here is
ever parsed as rich's markup.
"""

from __future__ import annotations

from typing import NamedTuple
from zlib import crc32

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from adapters.console.escape import clean, inline
from adapters.console.shown import Answer, Aside, FormOpened, History, Marks, Notice, Said, Shown
from bot.replies import (
    Button,
    Chart,
    Field,
    File,
    Form,
    Line,
    Link,
    Quote,
    Reply,
    Section,
    Source,
    Span,
)
from bot.replies import Strong as StrongSpan

NAME = "Grapevine"
ONLY_YOU = "only you can see this"
FOLD_LINES = 4
FOLD_SIGNS = 400
_SOME_MORE = 1.25  # nothing is folded to save a word or two
_GUTTER = 4
_INDENT = 2
_COLOURS = ("cyan", "green", "magenta", "yellow", "blue", "bright_cyan", "bright_green", "red")
_KB = 1_000
_READY = "\u203a"  # a small angle, not the greater-than sign of quotations


class Row(NamedTuple):
    """A line of text, `indent` columns from the left."""

    indent: int
    text: Text


# ── Grapevine's answers ──────────────────────────────────────────────────────────────────────────


def render(reply: Reply, marks: Marks | None = None, *, private: bool | None = None) -> Panel:
    """Return a reply as a quiet panel; `private` (else the reply's own word) marks it so."""
    shown = Answer(reply, marks or Marks(), reply.private if private is None else private)
    return _answer(shown)


def _answer(answer: Answer) -> Panel:
    return _panel(_rows(answer.reply, answer.marks), _title(answer))


def _panel(rows: list[Row], title: str) -> Panel:
    drawn = [Padding(row.text, (0, 0, 0, row.indent)) for row in rows]
    return Panel(
        Group(*drawn),
        box=box.ROUNDED,
        title=Text(title, style="bold green"),
        title_align="left",
        border_style="dim",
        expand=False,
    )


def _title(answer: Answer) -> str:
    if answer.number is not None:
        return f"{NAME} · {answer.number}{' (edited)' if answer.edited else ''}"
    return f"{NAME} · {ONLY_YOU}" if answer.private else NAME


def _rows(reply: Reply, marks: Marks) -> list[Row]:
    rows = [row for section in reply.sections for row in _section(section, marks)]
    if reply.file is not None:
        rows.append(_file(reply.file))
    if reply.chart is not None:
        rows.append(_chart(reply.chart))
    return rows


def _section(section: Section, marks: Marks) -> list[Row]:
    indent = _INDENT if section.heading else 0
    rows = [Row(0, _line(section.heading, marks))] if section.heading else []
    rows += [Row(indent, _line(line, marks)) for line in section.lines]
    if section.buttons:
        buttons = [_button(button, marks) for button in section.buttons]
        rows.append(Row(indent, Text(" ").join(buttons)))
    return rows


def _line(line: Line, marks: Marks) -> Text:
    return Text.assemble(*(_span(span, marks) for span in line))


def _span(span: Span, marks: Marks) -> Text:
    match span:
        case StrongSpan(text):
            return Text(inline(text), "bold")
        case Quote(text):
            return Text(f"“{inline(text).strip()}”", "italic")
        case Link(text, url):
            return _link(inline(text), inline(url))
        case Source():
            return _source(span, marks)
        case str():
            return Text(inline(span))


def _link(text: str, url: str) -> Text:
    """Show where a link leads beside what it is called, so that no name hides an address."""
    if text in {"", url}:
        return Text(url, "underline")
    return Text.assemble((text, "underline"), (f" ({url})", "dim"))


def _source(source: Source, marks: Marks) -> Text:
    """Show the way to a message: the number that opens it, else its address, else nothing."""
    number = marks.sources.get((source.place, source.message))
    text = inline(source.text).removesuffix("↗").rstrip()
    if number is None and source.url is None:
        return Text(text)
    gap = " " if text else ""
    if number is None:
        return Text.assemble(f"{text}{gap}", ("↗ ", "cyan"), (inline(source.url or ""), "dim"))
    return Text(f"{text}{gap}↗{number}", "cyan")


def _button(button: Button, marks: Marks) -> Text:
    number = marks.buttons.get(button.token)
    label = inline(button.label)
    text = f"[{label}]" if number is None else f"[{number} {label}]"
    return Text(text, "bold red" if button.danger else "bold cyan")


def _file(file: File) -> Row:
    size = len(file.content.encode("utf-8", "replace"))
    written = f"{size} bytes" if size < _KB else f"{round(size / _KB):,} KB"
    return Row(0, Text(f"{inline(file.name)} ({written}) — save with /keep PATH"))


def _chart(chart: Chart) -> Row:
    """Say in words what a picture shows."""
    return Row(0, Text(f"{inline(chart.name)}: {inline(chart.alt)} — save with /keep PATH"))


# ── Messages ─────────────────────────────────────────────────────────────────────────────────────


def _said(said: Said, *, whole: bool = False) -> RenderableType:
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(justify="right", style="dim", width=_GUTTER, no_wrap=True)
    grid.add_column(overflow="fold")
    first, *rest = _said_text(said, whole=whole)
    body = Text("\n").join([Text.assemble(_head(said), "  ", first), *rest])
    grid.add_row(Text(str(said.number)), Padding(body, (0, 0, 0, _thread_indent(said))))
    return grid


def _head(said: Said) -> Text:
    name = inline(said.author)
    where = f" in {inline(said.where)}" if said.where else ""
    thread = "↳ " if said.in_thread else ""
    return Text.assemble(
        (thread, "dim"), (name, person_style(name)), (f"{where} {said.when}", "dim")
    )


def _thread_indent(said: Said) -> int:
    return _INDENT if said.in_thread else 0


def _said_text(said: Said, *, whole: bool) -> list[Text]:
    text = clean(said.text).strip()
    lines = text.split("\n")
    kept = lines if whole else _folded(lines)
    shown = [Text(line) for line in kept]
    if said.edited:
        shown[-1].append(" (edited)", "dim")
    if kept != lines:
        shown.append(Text(f"… /open {said.number} for all", "dim"))
    return shown


def _folded(lines: list[str]) -> list[str]:
    kept = lines
    if len(lines) > FOLD_LINES * _SOME_MORE:
        kept = lines[:FOLD_LINES]
    if sum(map(len, kept)) <= FOLD_SIGNS * _SOME_MORE:
        return kept
    return _cut(kept)


def _cut(lines: list[str]) -> list[str]:
    kept: list[str] = []
    left = FOLD_SIGNS
    for line in lines:
        if len(line) >= left:
            return [*kept, line[:left].rsplit(" ", 1)[0]]
        kept.append(line)
        left -= len(line)
    return kept


def person_style(name: str) -> str:
    """Return a colour that stays the same for a name."""
    return f"bold {_COLOURS[crc32(name.encode('utf-8', 'replace')) % len(_COLOURS)]}"


# ── Forms and the console's own words ────────────────────────────────────────────────────────────


def form_rows(form: Form) -> list[Row]:
    """Return a form's fields and how to fill them."""
    fields = [Row(_INDENT, _field(field)) for field in form.fields]
    names = "; ".join(f"{inline(field.name)}=…" for field in form.fields)
    how = Row(_INDENT, Text(f"/fill {names}".strip() + " or /cancel", "dim"))
    return [*fields, how]


def _field(field: Field) -> Text:
    label, hint, value = inline(field.label), inline(field.hint), inline(field.value)
    text = Text.assemble((inline(field.name), "bold"), f": {label}" if label else "")
    if hint:
        text.append(f" ({hint})", "dim")
    return text.append(f" — now “{value}”") if value else text


def form_title(form: Form) -> str:
    """Return what stands over a form."""
    return f"Form “{inline(form.title)}”"


def prompt(who: str, where: str) -> Text:
    """Return what stands before a line that is typed: who, and where they are."""
    name = inline(who)
    return Text.assemble((name, person_style(name)), (f" {inline(where)} {_READY} ", "dim"))


def caption(text: str) -> Text:
    """Return a comment of a script."""
    return Text(inline(text), "italic dim")


def _notice(notice: Notice) -> list[Row]:
    lines = [Row(_INDENT, Text(inline(line))) for line in notice.lines]
    return [Row(0, Text(inline(notice.text), "yellow")), *lines]


# ── The two forms ────────────────────────────────────────────────────────────────────────────────


def drawn(shown: Shown) -> RenderableType:
    """Return what rich draws for something shown."""
    match shown:
        case Said():
            return _said(shown)
        case History(said, title, whole):
            head = [Text(inline(title), "bold")] if title else []
            return Group(*head, *(_said(each, whole=whole) for each in said))
        case Answer():
            return _answer(shown)
        case FormOpened(form):
            return _panel(form_rows(form), form_title(form))
        case Notice():
            rows = _notice(shown)
            return Group(*(Padding(row.text, (0, 0, 0, row.indent)) for row in rows))
        case Aside(text):
            return Text(inline(text), "dim")


def plain_lines(shown: Shown) -> list[str]:
    """Return something shown as lines of plain text that are not wrapped."""
    match shown:
        case Said():
            return _plain_said(shown)
        case History(said, title, whole):
            head = [inline(title)] if title else []
            return head + [line for each in said for line in _plain_said(each, whole=whole)]
        case Answer():
            return [_title(shown), *_indented(_rows(shown.reply, shown.marks))]
        case FormOpened(form):
            return [form_title(form), *_plain(form_rows(form))]
        case Notice():
            return _plain(_notice(shown))
        case Aside(text):
            return [inline(text)]


def _plain(rows: list[Row]) -> list[str]:
    return [f"{' ' * row.indent}{row.text.plain}".rstrip() for row in rows]


def _indented(rows: list[Row]) -> list[str]:
    return [f"{' ' * _INDENT}{line}".rstrip() for line in _plain(rows)]


def _plain_said(said: Said, *, whole: bool = False) -> list[str]:
    margin = " " * (_GUTTER + 1 + _thread_indent(said))
    first, *rest = (line.plain for line in _said_text(said, whole=whole))
    head = f"{said.number:>{_GUTTER}}{margin[_GUTTER:]}{_head(said).plain}"
    return [f"{head}  {first}".rstrip(), *(f"{margin}{line}".rstrip() for line in rest)]
