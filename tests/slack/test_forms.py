"""Forms open as modals, show what is wrong under their fields, and their answers come back."""

from __future__ import annotations

from bot.events import CommandUsed, FormSubmitted
from bot.replies import Field, Form, Reply, Section
from storage.store import Store
from tests.platforms.slack.reading import read
from tests.slack.house import House, open_house, play
from tests.slack.scenes import Scripted, person, place, village

FORM = Form(
    "Ask the network",
    (
        Field("question", "Your question", hint="One sentence is enough"),
        Field("where", "Where", "x"),
    ),
    "form-1",
    "Ask",
)


def open_form(event: CommandUsed) -> Reply | None:
    if event.text:
        return None
    return Reply((Section(("What do you want to know?",)),), form=FORM)


def take_form(event: FormSubmitted) -> Reply:
    fields = dict(event.fields)
    if not fields["question"]:
        return Reply((Section(("Write a question first.",)),), form=FORM)
    return Reply.say(f"I ask: {fields['question']} ({event.token}, {fields['where']})")


def core(store: Store) -> Scripted:
    return Scripted(store, command_used=open_form, form_submitted=take_form)


def test_a_form_opens_is_mended_and_answered_where_it_came_from(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, core=core) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            await house.command(ana, general, "/links")
            (view,) = house.team.stacks[ana.id]
            assert read(view).split("\n") == [
                "What do you want to know?",
                "Your question:",
                "Where: x",
            ]
            answer = await submit(house, {"question": ""})
            assert answer == {
                "response_action": "errors",
                "errors": {"question": "Write a question first."},
            }
            assert len(house.team.stacks[ana.id]) == 1
            await submit(house, {"question": "Who has a <ladder>?"})
            assert house.team.stacks[ana.id] == []
            assert house.seen(ana, general) == ["I ask: Who has a <ladder>? (form-1, x)"]
            assert house.heard(general) == []

    play(scene())


async def submit(house: House, fields: dict[str, str]) -> object:
    answer = await house.slack.hands.submit(house.team, person(house.team, "ana"), fields)
    await house.settled()
    return answer


def test_a_form_that_came_too_late_waits_for_a_press(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, core=core) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            house.slack.faults.plan("views.open", "denied", error="expired_trigger_id")
            await house.command(ana, general, "/links")
            assert house.team.stacks.get(ana.id, []) == []
            (offer,) = house.whispers(ana, general)
            assert "[Open]" in read(offer)
            await house.press(ana, offer, "Open", general)
            assert len(house.team.stacks[ana.id]) == 1

    play(scene())


def test_the_answer_to_a_form_from_nowhere_is_a_direct_message(sqlite_url: str) -> None:
    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, core=core) as house:
            ana = person(house.team, "ana")
            await house.slack.open_home(house.team, ana)
            await house.settled()
            alone = house.team.direct(ana.id)
            await house.command(ana, alone, "/links")
            await submit(house, {"question": "Who has a ladder?"})
            assert house.heard(alone) == ["I ask: Who has a ladder? (form-1, x)"]

    play(scene())


def test_a_form_that_is_sent_twice_is_taken_once(sqlite_url: str) -> None:
    made: list[Scripted] = []

    def noted(store: Store) -> Scripted:
        made.append(core(store))
        return made[0]

    async def scene() -> None:
        async with open_house(sqlite_url, prepare=village, core=noted) as house:
            ana, general = person(house.team, "ana"), place(house.team, "general")
            await house.command(ana, general, "/links")
            body: list[object] = []
            real = house.slack.deliver

            async def twice(kind: str, payload: dict[str, object], *, again: bool = True) -> object:
                body.append(payload)
                await real(kind, payload, again=again)
                return await real(kind, payload, again=again)

            house.slack.deliver = twice  # type: ignore[method-assign, assignment]
            await submit(house, {"question": "Who has a ladder?"})
            assert len(house.seen(ana, general)) == 1
            assert sum(isinstance(one, FormSubmitted) for one in made[0].asked) == 1

    play(scene())
