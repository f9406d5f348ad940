"""What is offered while a topic is typed: what people here talk about, claim, and are called."""

from __future__ import annotations

from datetime import timedelta

from bot.events import AccountSeen, CommandUsed, MembersSeen, PlaceSeen, Role, Visibility
from bot.replies import plain
from tests.features.village import Village, buttons, person, place


def offered(village: Village, who: str, typed: str, command: str = "whoknows") -> list[str]:
    """What somebody is offered in the kitchen."""
    return village.bot.suggest(
        CommandUsed(place("kitchen"), person(who), command, typed, village.now)
    )


def talk(village: Village) -> None:
    village.post("ana", "does anybody know kubernetes? or kumquats")
    village.now += timedelta(hours=1)
    village.post("mei", "kubernetes clusters need Kubernetes people")
    village.now += timedelta(hours=1)


def test_words_go_on_as_people_write_them_the_most_used_first(village: Village) -> None:
    talk(village)
    assert offered(village, "bob", "ku") == ["kubernetes", "kumquats"]
    assert offered(village, "bob", "KUM") == ["kumquats"]
    assert offered(village, "bob", "kubernetes") == ["kubernetes"]
    both = ["clusters kubernetes", "clusters kumquats"]
    assert offered(village, "bob", "clusters ku", "links") == both
    assert offered(village, "bob", "zebra") == []


def test_what_people_say_they_know_is_offered_before_anything_is_typed(village: Village) -> None:
    talk(village)
    village.ask("mei", "iknow", "Kummerspeck, rye bread")
    assert set(offered(village, "bob", "")) == {"Kummerspeck", "rye bread"}
    assert offered(village, "bob", "rye br") == ["rye bread"]
    assert offered(village, "bob", "ku")[0] == "Kummerspeck"


def test_who_is_in_no_list_is_not_offered_nor_what_they_claim(village: Village) -> None:
    talk(village)
    village.ask("mei", "iknow", "rye bread")
    assert offered(village, "bob", "@") == ["@ana", "@mei"]
    village.press("mei", buttons(village.ask("mei", "me"))["Take me off all lists"].token)
    assert offered(village, "bob", "@") == ["@ana"]
    assert offered(village, "bob", "") == []


def test_a_topic_that_somebody_hid_is_not_offered_for_their_claim(village: Village) -> None:
    village.ask("mei", "iknow", "rye")
    question = village.post("ana", "who bakes rye?")
    village.post("mei", "rye every week, rye", reply_to=question)
    assert offered(village, "bob", "") == ["rye"]
    village.press("mei", buttons(village.ask("mei", "me"))["Never for “rye”"].token)
    assert offered(village, "bob", "") == []


def test_private_places_are_for_those_who_are_in_them(village: Village) -> None:
    village.do(PlaceSeen(place("attic"), "attic", Visibility.PRIVATE))
    village.do(MembersSeen(place("attic"), ("ana", "mei"), village.now))
    village.ask("mei", "here", "on", where="attic")
    village.post("mei", "kohlrabi grows behind the shed", where="attic")
    assert offered(village, "ana", "koh") == ["kohlrabi"]
    assert offered(village, "ana", "@m") == ["@mei"]
    assert offered(village, "bob", "koh") == offered(village, "bob", "@m") == []
    village.now += timedelta(minutes=16)
    assert offered(village, "ana", "koh") == []


def test_guests_bots_and_strangers_are_offered_nothing(village: Village) -> None:
    talk(village)
    village.do(AccountSeen(person("guest"), "guest", Role.GUEST))
    village.do(AccountSeen(person("robot"), "robot", Role.MEMBER, is_bot=True))
    for who in ("guest", "robot", "nobody"):
        assert offered(village, who, "ku") == offered(village, who, "@a") == []
    with village.store.read() as unit:
        assert not unit.directory.has_met(person("nobody"))


def test_what_everybody_says_all_the_time_is_no_topic(village: Village) -> None:
    for number in range(60):
        village.post("ana", f"lunch today? kale number {number % 30}" if number % 20 else "kayaks")
        village.now += timedelta(hours=1)
    assert offered(village, "bob", "ka") == ["kayaks"]
    assert offered(village, "bob", "lun") == []


def test_what_is_followed_is_offered_to_be_unfollowed(village: Village) -> None:
    village.ask("bob", "follow", "sourdough")
    village.ask("bob", "follow", "bees")
    assert offered(village, "bob", "", "unfollow") == ["sourdough", "bees"]
    assert offered(village, "bob", "B", "unfollow") == ["bees"]
    assert offered(village, "ana", "", "unfollow") == []


def test_commands_without_topics_offer_nothing(village: Village) -> None:
    talk(village)
    for name in ("digest", "privacy", "nonsense"):
        assert offered(village, "bob", "ku", name) == []


def test_a_name_behind_whoknows_means_that_person(village: Village) -> None:
    question = village.post("ana", "who knows kumquats?")
    village.post("mei", "kumquats want sun", reply_to=question)
    found = village.ask("bob", "whoknows", "@Mei")
    assert "What mei is found for" in plain(found)
    unknown, silent = (village.ask("bob", "whoknows", name) for name in ("@nobody", "@tom"))
    assert unknown == silent
