"""A community made up by a seed, of any size, with the statistics of real ones.

As measured on a real chat of 160,000 messages: a message has 9 words that carry meaning (median;
a twentieth has 65 and more) and as many that carry none; the commonest word stands in 11 % of
messages, the tenth in 6 %, the hundredth in 2 %, the thousandth in .25 %, the 5,000th in .02 %;
one in fifty is new; one message in six holds a link; the most active of the people writes
one in fifteen. The words of a title are of any rank from 15 to 5,000, each tenfold alike; a title
has 3 of them (median, from 2 to 6). 16.7 messages make up a conversation, some of which go on at
the same time. What a conversation is about gives it a quarter of its words, and who answers are
mostly those who know about that.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

COMMUNITY = "generated"
CHANNELS, TOPICS, TOPIC_WORDS, VOCABULARY = 40, 400, 30, 50_000
IN_CONVERSATION = 1_000_000 / 60_000  # messages
AT_ONCE = 25  # conversations
START, SECONDS = 1_600_000_000, 94_608_000  # three years
MEDIAN, SPREAD, LONGEST = 9, 1.2, 200  # words of a message
OF_TOPIC, NEW, LINKS, KNOWING = 0.25, 0.02, 0.17, 0.7
RANKS, TITLE = (15, 5_000), (2, 2, 3, 3, 4, 5, 6)
ANSWERERS = 5  # in one conversation, at most
# In what share of messages the word of each rank stands.
SHARES = {1: 0.11, 10: 0.06, 100: 0.019, 1_000: 0.0025, 5_000: 0.0002, VOCABULARY: 0.000004}
FILLING = ("the", "is", "to", "and", "that", "it", "in", "for", "you", "this", "have", "with")
_ONSETS, _VOWELS = "bdfgklmnprstvz", "aeiou"


@dataclass(slots=True)
class _Talk:
    """A conversation that goes on."""

    thread: str
    channel: str
    topic: Sequence[str]
    opener: str
    answerers: list[str]
    left: int


def word(rank: int) -> str:
    """A word that nobody knows, the same for the same number."""
    syllables = []
    number = rank + len(_ONSETS) * len(_VOWELS)
    while number:
        number, vowel = divmod(number, len(_VOWELS))
        number, onset = divmod(number, len(_ONSETS))
        syllables.append(_ONSETS[onset] + _VOWELS[vowel])
    return "".join(syllables) + "k"


class Generated:
    """Messages of `people` people; `topics` are the words of each subject."""

    def __init__(self, people: int, seed: int) -> None:
        self._random = random = Random(seed)
        self._words = [word(rank) for rank in range(VOCABULARY)]
        self._common = list(accumulate(_share(rank + 1) for rank in range(VOCABULARY)))
        self.topics = [
            [self._words[_any_rank(random)] for _ in range(TOPIC_WORDS)] for _ in range(TOPICS)
        ]
        self._people = [f"u{number:05}" for number in range(people)]
        self._active = list(accumulate((rank + 1) ** -0.9 for rank in range(people)))
        self._knowing = [self._some_people(max(3, people // 100)) for _ in range(TOPICS)]
        self._channels = list(accumulate((rank + 1) ** -0.8 for rank in range(CHANNELS)))

    def write(self, messages: int, target: Path) -> None:
        """Write so many messages as JSON lines."""
        with target.open("w") as file:
            for line in self._messages(messages):
                file.write(json.dumps(line) + "\n")

    def question(self, terms: int) -> str:
        """Something to ask, with so many words that carry meaning."""
        return self._say(self._random.choice(self.topics), terms)

    def topic(self) -> str:
        """A few words to ask about, as a title has them."""
        random = self._random
        return " ".join(random.sample(random.choice(self.topics), random.choice(TITLE)))

    def _messages(self, messages: int) -> Iterator[dict[str, object]]:
        random = self._random
        talks = [self._talk(f"c{number}") for number in range(AT_ONCE)]
        began = AT_ONCE
        for number in range(messages):
            spot = random.randrange(AT_ONCE)
            talk = talks[spot]
            opens = talk.left < 0
            talk.left = abs(talk.left) - 1
            yield {
                "id": f"m{number}",
                "ts": START + SECONDS * number / messages,
                "channel": talk.channel,
                "thread": talk.thread,
                "user": talk.opener if opens else self._speaker(talk),
                "text": self._say(talk.topic, self._length()),
            }
            if not talk.left:
                began += 1
                talks[spot] = self._talk(f"c{began}")

    def _talk(self, thread: str) -> _Talk:
        random = self._random
        number = random.randrange(TOPICS)
        knowing = self._knowing[number]
        answerers = [
            random.choice(knowing) if random.random() < KNOWING else self._some_people(1)[0]
            for _ in range(random.randint(1, ANSWERERS))
        ]
        size = max(1, round(random.expovariate(1 / IN_CONVERSATION)))
        channel = random.choices(range(CHANNELS), cum_weights=self._channels)[0]
        opener = self._some_people(1)[0]
        # Negative until somebody has opened it.
        return _Talk(thread, f"channel-{channel}", self.topics[number], opener, answerers, -size)

    def _some_people(self, many: int) -> list[str]:
        return self._random.choices(self._people, cum_weights=self._active, k=many)

    def _speaker(self, talk: _Talk) -> str:
        return self._random.choice([talk.opener, *talk.answerers])

    def _length(self) -> int:
        return min(LONGEST, 1 + int(MEDIAN * math.exp(self._random.gauss(0, SPREAD))))

    def _say(self, topic: Sequence[str], terms: int) -> str:
        random = self._random
        said: list[str] = []
        for common in random.choices(self._words, cum_weights=self._common, k=terms):
            chance = random.random()
            if chance < OF_TOPIC:
                said.append(topic[int(len(topic) * random.random() ** 2)])
            elif chance < OF_TOPIC + NEW:
                said.append(f"x{random.getrandbits(40):x}")
            else:
                said.append(common)
            said.append(random.choice(FILLING))
        if random.random() < LINKS:
            said.append(f"https://example.org/{topic[0]}/{random.randrange(10_000)}")
        return " ".join(said)


def _any_rank(random: Random) -> int:
    low, high = RANKS
    return int(low * (high / low) ** random.random())


def _share(rank: int) -> float:
    """In what share of messages the word of a rank stands, between those that were measured."""
    ranks = list(SHARES)
    place = max(1, bisect_left(ranks, rank))
    low, high = ranks[place - 1], ranks[place]
    way = math.log(rank / low) / math.log(high / low)
    return float(SHARES[low] * (SHARES[high] / SHARES[low]) ** way)
