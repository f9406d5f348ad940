"""How fast an import is, measured on a village."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.apart import ProcessEnded, apart, peak_memory
from benchmarks.import_speed import main, marginal
from benchmarks.taking_in import TakenIn, by_the_product
from bot.errors import ImportFailed
from tests.benchmarks.conftest import Told, Trouble, Village
from tests.benchmarks.village import FUTURE, PAST, write

PACE = ["messages", "seconds", "per_second", "us", "cpu_us", "file_mib", "peak_memory_mib"]
MIB = 2**20


def test_the_json_tells_of_the_whole_of_its_first_lines_and_of_the_floor(
    village: Village, told: Told
) -> None:
    bots = [line | {"id": f"b{n}", "bot": True} for n, line in enumerate(PAST)]
    write(village.messages, [*bots, *PAST, *FUTURE])
    result = told(main, village.messages, "--first", str(len(bots) + 5))
    keys = ["whole", "first", "growth", "cpu_growth", "marginal", "floor", "machine"]
    assert list(result) == keys
    for name, messages in (("whole", 15), ("first", 5), ("floor", 15)):
        pace = result[name]
        assert list(pace) == PACE
        assert pace["messages"] == messages
        assert pace["per_second"] == pytest.approx(1e6 / pace["us"], rel=0.01)
        assert pace["file_mib"] >= 0
        assert pace["peak_memory_mib"] > 5
    assert result["growth"] == pytest.approx(result["whole"]["us"] / result["first"]["us"], abs=0.1)
    assert result["marginal"]["messages"] == 5
    machine = ["processor", "cores", "load", "python", "sqlite", "date"]
    assert list(result["machine"]) == machine


def test_a_plain_file_that_is_smaller_than_its_beginning_gives_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plain = write(tmp_path / "m.jsonl", PAST + FUTURE)
    assert main([str(plain)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:4]] == ["import", "its", "floor"]
    assert [line.split()[-8 + 1] for line in lines[1:4]] == ["15", "15", "15"]
    assert " cores of " in lines[-1]


def test_trouble_is_one_sentence(village: Village, tmp_path: Path, trouble: Trouble) -> None:
    assert "There is no file or folder" in trouble(main, tmp_path / "gone.jsonl")
    other = tmp_path / "other.jsonl"
    other.write_text("a,b\n1,2\n")
    assert "is not an export that Grapevine knows" in trouble(main, other)
    discord = tmp_path / "channel.json"
    discord.write_text(
        '{"guild": {"id": "1", "name": "g"}, "channel": {"id": "2", "name": "c"}, "messages": []}'
    )
    assert trouble(main, discord) == "channel.json is not Grapevine's JSON lines."
    village.messages.write_bytes(village.messages.read_bytes()[:-20])
    assert "is damaged or cut short" in trouble(main, village.messages)
    bots = write(tmp_path / "bots.jsonl", [line | {"bot": True} for line in PAST])
    assert trouble(main, bots) == "bots.jsonl holds no messages of people."


def test_where_there_is_no_room_it_is_one_sentence(village: Village, tmp_path: Path) -> None:
    """A limit on the size of files is what a full disk is to a program."""
    run = f"ulimit -f 64 && exec {sys.executable} -m benchmarks.import_speed {village.messages}"
    done = subprocess.run(
        ["/bin/sh", "-c", run],
        env=os.environ | {"TMPDIR": str(tmp_path / "temporary")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "could not be" in done.stderr


@given(steps=st.lists(st.integers(1, 50), min_size=1, max_size=20), messages=st.integers(1, 1_000))
def test_an_even_import_grows_by_nothing(steps: list[int], messages: int) -> None:
    """However its messages fall into transactions."""
    counts = list(accumulate(steps))
    some = min(messages, counts[-1])
    taken = TakenIn(counts[-1], 9, 9, 9, None, tuple((n, n / 1000) for n in counts))
    found = marginal(taken, some)
    assert found.growth == pytest.approx(1, abs=0.002)
    assert found.first_us == pytest.approx(1000)
    assert found.last_us == pytest.approx(1000)


def test_an_import_that_slows_down_shows_it() -> None:
    taken = TakenIn(300, 9, 9, 9, None, ((0, 0.5), (100, 1.5), (200, 3.5), (300, 6.5)))
    assert marginal(taken, 100).first_us == pytest.approx(15_000)
    assert marginal(taken, 100).last_us == pytest.approx(30_000)
    assert marginal(taken, 150).growth == pytest.approx((3 + 1) / 2.5, abs=0.001)


def test_memory_is_that_of_the_process_alone() -> None:
    ballast = b"x" * (200 * MIB)
    here, there = peak_memory(), apart(peak_memory)
    assert here is None or (there is not None and here > len(ballast) > 2 * there)


def test_what_goes_wrong_apart_is_told_here(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed):
        apart(by_the_product, tmp_path / "gone", tmp_path / "store.db")
    with pytest.raises(ProcessEnded, match="memory"):
        apart(signal.raise_signal, signal.SIGKILL)
