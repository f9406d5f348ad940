"""What is named for topics that nobody there talks about: nobody, or it is a wrong name.

Takes a file of messages (JSON lines, plain or gzipped) into a throw-away store and asks who knows
about topics of three kinds, drawn with a seed: subjects of other walks of life whose words nobody
wrote; such a word beside one that is known there; and two known words that no conversation holds
together. A name is wrong when one of its receipts does not mention the whole topic: the text of
its conversation, or of the message with the link, its title and address.

    python -m benchmarks.refusals MESSAGES --json
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.apart import apart
from benchmarks.command import Machine, guarded, parser, table, whole
from benchmarks.community import Community, messages_of
from benchmarks.taking_in import by_the_product
from bot.features.who_knows import Asked, find
from bot.model import Audience
from bot.ranking.rows import Saturation
from bot.text import words
from storage.store import open_store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.features.receipts import Receipt
    from bot.ports import Unit

TOPICS, SEED = 200, 1
TRIES = 50  # draws for each topic that is wanted
KINDS = ("unknown", "half known", "never together")
SUBJECTS = """
    beekeeping falconry upholstery viticulture millinery taxidermy crochet macrame marquetry
    luthier glassblowing cheesemaking charcuterie fermentation sourdough kombucha truffles saffron
    orchids bonsai topiary hydroponics apiary tannery saddlery blacksmith farrier thatching
    drystone plastering grouting veneer origami calligraphy letterpress lithography woodcut
    etching bookbinding heraldry genealogy numismatics philately horology gemology phrenology
    palmistry astrology dowsing kayaking canyoning spelunking paragliding fencing judo taekwondo
    pilates yoga marathon triathlon velodrome snooker croquet curling lacrosse cricket polo
    ballet flamenco tango bagpipes ukulele oboe bassoon harpsichord accordion theremin yodeling
    choir opera puppetry mime juggling trapeze ventriloquism dentistry orthodontics podiatry
    acupuncture osteopathy midwifery veterinary oncology dermatology rheumatology allergies
    pollen asthma eczema adoption probate conveyancing alimony custody bankruptcy mortgage
    annuity pension leasehold landlord plumbing boiler radiator chimney gutters scaffolding
    asbestos subsidence woodworm termites mildew compost manure rhubarb asparagus artichoke
    turnips quince medlar elderflower marmalade chutney pickles sausages haggis paella sushi
    ramen tamales empanadas baklava strudel macarons meringue souffle lasagna gnocchi risotto
    caravan motorhome canoe gondola tugboat lighthouse tramway funicular zeppelin biplane glider
    """.split()


@dataclass(slots=True)
class Kind:
    """How topics of one kind were answered.

    `offered`: to how many a word that is written there was offered instead; `wrong`: names with a
    receipt beside the topic.
    """

    topics: int = 0
    offered: int = 0
    answered: int = 0
    named: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Result:
    """What is printed."""

    kinds: dict[str, Kind]
    machine: Machine


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; what it returns is its exit code."""
    return guarded(lambda: _run(_parser().parse_args(arguments)))


def _parser() -> argparse.ArgumentParser:
    made = parser("refusals", __doc__)
    made.add_argument("messages", type=Path, help="messages as JSON lines, plain or gzipped")
    made.add_argument(
        "--topics", type=whole, default=TOPICS, help=f"so many at most (default {TOPICS})"
    )
    made.add_argument("--seed", type=int, default=SEED, help=f"of drawing them (default {SEED})")
    return made


def _run(options: argparse.Namespace) -> None:
    result = measure(options.messages, options.topics, options.seed)
    print(json.dumps(asdict(result)) if options.json else _table(result))


def measure(messages: Path, topics: int, seed: int) -> Result:
    """Ask for topics that nobody talks about. ImportFailed when it is no file of messages."""
    machine = Machine()
    spelled, end = _heard(messages)
    kinds = {name: Kind() for name in KINDS}
    with TemporaryDirectory(prefix="grapevine-") as name:
        database = Path(name, "store.db")
        apart(by_the_product, messages, database)
        with closing(open_store(f"sqlite:///{database}")) as store, store.read() as unit:
            home = unit.directory.communities()[0]
            asking = _Asking(unit, Audience(end, home.id), home.ref.id)
            for kind, topic in asking.topics(spelled, topics, Random(seed)):
                asking.ask(topic, kinds[kind])
    return Result(kinds, machine)


def _heard(messages: Path) -> tuple[list[str], datetime]:
    """The words that people write, each once, and when they last wrote."""
    spelled: dict[str, str] = {}
    end = datetime(1970, 1, 1, tzinfo=UTC)
    for group in Community(messages).groups():
        for message in messages_of(group):
            for term, spelling in words.count(message.text).spellings.items():
                spelled.setdefault(term, spelling)
            end = max(end, message.at)
    return list(spelled.values()), end


@dataclass(slots=True)
class _Asking:
    """A stranger who asks in one community."""

    unit: Unit
    audience: Audience
    scope: str

    def topics(self, spelled: Sequence[str], most: int, random: Random) -> list[tuple[str, str]]:
        """Half of unknown words, a quarter of each other kind; what lacks of one is of the last."""
        known = self.unit.evidence.frequencies(
            [term for word in SUBJECTS for term in words.terms(word)], self.audience
        )
        unknown = [word for word in SUBJECTS if not known.keys() & words.terms(word)]
        random.shuffle(unknown)
        found = [(KINDS[0], word) for word in unknown[: most // 2]]
        found += [(KINDS[1], f"{random.choice(spelled)} {one}") for one in unknown[: most // 4]]
        for _ in range(TRIES * most):
            if len(found) >= most:
                break
            pair = random.sample(spelled, 2)
            if not self._together(pair):
                found.append((KINDS[2], " ".join(pair)))
        return found

    def _together(self, pair: Sequence[str]) -> bool:
        terms = words.terms(" ".join(pair))
        saturation = Saturation(dict.fromkeys(terms, 1.0), 1.2, 0.75, 100.0)
        hits = self.unit.evidence.score(saturation, self.audience, 5_000, None)
        return len(terms) < 2 or any(hit.weight > 1 for hit in hits)

    def ask(self, topic: str, kind: Kind) -> None:
        """Ask for one topic and look at every name."""
        asked = Asked(topic, self.audience, self.audience.at, scope=self.scope)
        answer = find(asked, self.unit)
        wrong = [
            one.name
            for one in answer.people
            if not all(self._mentions(receipt, topic) for receipt in one.shown())
        ]
        kind.topics += 1
        kind.offered += bool(answer.near)
        kind.answered += bool(answer.people)
        kind.named += len(answer.people)
        kind.wrong += len(wrong)
        if wrong:
            kind.examples.append(f"{topic} → {answer.asked}")

    def _mentions(self, receipt: Receipt, topic: str) -> bool:
        said = self._text(receipt)
        return set(words.terms(topic)) <= set(words.terms(said))

    def _text(self, receipt: Receipt) -> str:
        number, evidence = int(receipt.key), self.unit.evidence
        if receipt.kind == "share":
            share = evidence.shares([number], self.audience)[0]
            return f"{share.title or ''} {words_of(share.url)} {share.words}"
        return " ".join(one.text for one in evidence.said([number], None, self.audience))


def words_of(address: str) -> str:
    """An address as words."""
    return "".join(letter if letter.isalnum() else " " for letter in address)


def _table(result: Result) -> str:
    rows = [("", "topics  offered  answered  named  wrong")]
    for name, kind in result.kinds.items():
        cells = (
            f"{kind.topics:6,}{kind.offered:9,}{kind.answered:10,}{kind.named:7,}{kind.wrong:7,}"
        )
        rows.append((name, cells))
    examples = [example for kind in result.kinds.values() for example in kind.examples]
    return "\n".join([table(rows), *examples, str(result.machine)])


if __name__ == "__main__":
    sys.exit(main())
