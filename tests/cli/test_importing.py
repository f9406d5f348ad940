from __future__ import annotations

import gzip
import json
import zipfile
from pathlib import Path

import pytest

from tests.cli.running import COMMUNITY, Grapevine, rows_of
from tests.files.building import (
    DISCORD,
    LINES,
    SLACK,
    as_json,
    line,
    payload_files,
    slack_day,
    small_discord,
    small_slack,
    write_folder,
    write_lines,
    write_zip,
)

STORE = "sqlite:///grapevine.db"
SECRET_TOPIC = "nightjar"  # spoken of in the committee's private channel only


def stored(table: str) -> list[tuple[object, ...]]:
    return rows_of(STORE)[table]


def test_the_summary_says_what_is_new_and_what_was_left_out_and_why(grapevine: Grapevine) -> None:
    said = grapevine("import", COMMUNITY)
    assert (said.code, said.err) == (0, "")
    assert said.out == (
        "Slack export into grapevine.db\n"
        "New: 315 messages, 12 people, 92 conversations and 64 links.\n"
        "Skipped: deleted messages (1), posted by bots (4), private channels (1), "
        "system messages (3).\n"
    )


def test_the_second_run_says_that_nothing_was_new_and_changes_nothing(
    grapevine: Grapevine, riverbend: Path
) -> None:
    grapevine("import", COMMUNITY, "--private", "committee", "--community", "Riverbend")
    before = rows_of(STORE)
    said = grapevine("import", COMMUNITY, "--private", "committee", "--community", "Riverbend")
    assert said.out.splitlines()[1] == "Nothing was new."
    assert rows_of(STORE) == before


@pytest.mark.parametrize(
    ("sample", "first"),
    [
        (SLACK, "Slack export into grapevine.db"),
        (DISCORD, "DiscordChatExporter JSON into grapevine.db"),
        (LINES, "Grapevine JSONL into grapevine.db"),
    ],
    ids=["slack", "discord", "lines"],
)
def test_each_kind_of_export_is_recognised_and_taken_in_once(
    grapevine: Grapevine, sample: Path, first: str
) -> None:
    said = grapevine("import", sample)
    assert said.code == 0, said.err
    assert said.out.startswith(f"{first}\nNew: ")
    messages = stored("message")
    assert messages
    assert "Nothing was new." in grapevine("import", sample).out
    assert stored("message") == messages


def test_a_later_export_brings_only_what_is_new(grapevine: Grapevine, workdir: Path) -> None:
    first, second = line(id="m1"), line(id="m2", ts=1714557700, text="See https://soil.example/")
    grapevine("import", write_lines(workdir / "a.jsonl", first), "--community", "allotment")
    later = write_lines(workdir / "b.jsonl", first, second)
    said = grapevine("import", later, "--community", "allotment")
    assert "New: 1 message, 0 people, 0 conversations and 1 link." in said.out


def test_a_private_channel_comes_only_when_it_was_switched_on(grapevine: Grapevine) -> None:
    grapevine("import", COMMUNITY)
    public = stored("message")
    assert SECRET_TOPIC not in repr(public).casefold()
    said = grapevine("import", COMMUNITY, "--private", "#committee")
    assert "New: 15 messages" in said.out
    assert "private channels" not in said.out
    assert SECRET_TOPIC in repr(stored("message")).casefold()


def test_a_private_channel_that_is_not_there_is_named(grapevine: Grapevine) -> None:
    said = grapevine("import", COMMUNITY, "--private", "commitee", "--private", "G0RBCOM007")
    assert said.code == 0
    assert said.out.endswith("\nThere is no private channel called commitee in it.\n")


def test_what_was_private_is_found_by_its_members_alone(
    grapevine: Grapevine, riverbend: Path, workdir: Path
) -> None:
    (workdir / "ask.chat").write_text(f"/whoknows {SECRET_TOPIC}\n")
    member = grapevine("chat", "--as", "tom", "--script", "ask.chat")
    other = grapevine("chat", "--as", "ana", "--script", "ask.chat")
    outsider = grapevine("whoknows", SECRET_TOPIC)
    assert "in #committee" in member.out
    assert "nobody" in other.out
    assert "nobody" in outsider.out
    assert "#committee" not in other.out + outsider.out


def test_the_community_and_its_address_can_be_named(grapevine: Grapevine, workdir: Path) -> None:
    export = write_folder(workdir / "export", small_slack())
    grapevine("import", export, "--community", "Mill", "--url", "https://mill.slack.com/")
    ((_, platform, ident, name, url, *_),) = stored("community")
    assert (platform, ident, name, url) == ("slack", "T1", "Mill", "https://mill.slack.com")
    assert "https://mill.slack.com/archives/C1/p" in repr(stored("message"))


def slipping(folder: Path) -> Path:
    return write_zip(folder / "x.zip", small_slack() | {"../../evil.json": b"[]"})


def bomb(folder: Path) -> Path:
    return write_zip(folder / "x.zip", slack_day() | {"general/2024-05-02.json": b" " * 40_000_000})


def huge_file(folder: Path) -> Path:
    export = write_folder(folder / "export", small_slack())
    with (export / "general/2024-05-02.json").open("wb") as file:
        file.truncate(71 * 1024 * 1024)
    return export


def broken_late(folder: Path) -> Path:
    """Sound on its first day, so that trouble shows only after something could be stored."""
    return write_zip(folder / "x.zip", small_slack() | {"general/2024-05-02.json": b'[{"type": '})


def broken_last_line(folder: Path) -> Path:
    return write_lines(folder / "x.jsonl", *(line(id=f"m{n}") for n in range(50)), b'{"id": "m51"')


def wrong_encoding(folder: Path) -> Path:
    path = folder / "x.json"
    path.write_bytes(json.dumps(small_discord()).encode("utf-16"))
    return path


def latin(folder: Path) -> Path:
    return write_zip(folder / "x.zip", small_slack() | {"general/2024-05-02.json": b'["caf\xe9"]'})


def cut_short(folder: Path) -> Path:
    path = folder / "x.jsonl.gz"
    path.write_bytes(gzip.compress(as_json(line()) * 100)[:-20])
    return path


def cut_zip(folder: Path) -> Path:
    path = write_zip(folder / "x.zip", payload_files(SLACK))
    path.write_bytes(path.read_bytes()[:-100])
    return path


def nested(folder: Path) -> Path:
    return write_zip(folder / "x.zip", small_slack() | {"general/2024-05-02.json": b"[" * 200_000})


def linked(folder: Path) -> Path:
    path = write_zip(folder / "x.zip", small_slack())
    link = zipfile.ZipInfo("general/2024-05-02.json")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(link, "/etc/hostname")
    return path


def no_export(folder: Path) -> Path:
    return write_lines(folder / "x.json", {"recipe": "bread"})


def nothing(folder: Path) -> Path:
    return folder / "no" / "such.zip"


HOSTILE = [
    *(slipping, bomb, huge_file, broken_late, broken_last_line, wrong_encoding, latin),
    *(cut_short, cut_zip, nested, linked, no_export, nothing),
]


@pytest.mark.parametrize("build", HOSTILE, ids=lambda build: build.__name__)
def test_what_cannot_be_imported_gives_a_sentence_and_leaves_the_store_as_it_was(
    grapevine: Grapevine, workdir: Path, build: object
) -> None:
    assert callable(build)
    grapevine("import", LINES)
    before = rows_of(STORE)
    said = grapevine("import", build(workdir))
    assert said.code == 1
    assert said.sentence.endswith(".")
    assert not said.out
    assert rows_of(STORE) == before


def test_signs_that_no_database_takes_become_harmless(grapevine: Grapevine, workdir: Path) -> None:
    odd = line(text="sour\ud800dough \x00 bread", name="M\ud800ira")
    grapevine("import", write_lines(workdir / "odd.jsonl", odd))
    said = grapevine("import", write_lines(workdir / "again.jsonl", odd))
    assert said.code == 0
    assert "sour\ufffddough" in repr(stored("message"))
