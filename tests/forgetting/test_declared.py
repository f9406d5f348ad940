"""Every column that holds a person is declared in `storage/removal.py`; a new one is noticed."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, ForeignKey, Integer, MetaData, String, Table

from storage import tables
from storage.removal import DERIVED, EMPTIED, KEPT, PERSONAL
from tests.forgetting.traces import Name, personal

DECLARED: set[Name] = {*PERSONAL, *EMPTIED, *DERIVED, *KEPT}


def test_every_column_that_holds_a_person_is_declared() -> None:
    assert personal(tables.metadata) - DECLARED == set()


def test_nothing_is_declared_that_is_not_there() -> None:
    there = {(table.name, one.name) for table in tables.metadata.sorted_tables for one in table.c}
    assert there >= DECLARED


def test_every_column_is_declared_in_one_way_only() -> None:
    assert len(PERSONAL) + len(EMPTIED) + len(DERIVED) + len(KEPT) == len(DECLARED)


def test_children_are_declared_before_the_accounts_and_people_they_refer_to() -> None:
    order = [table for table, _ in PERSONAL]
    assert order.index("account") > max(
        order.index(table) for table in order if table not in {"account", "person"}
    )
    assert order.index("person") == len(order) - 1


@pytest.mark.parametrize(
    "column",
    [
        Column("account_id", Integer),
        Column("person_id", Integer),
        Column("opener_id", Integer),
        Column("about_id", Integer),
        Column("passed_on_by", Integer),
        Column("account_hash", String),
        Column("helper", Integer, ForeignKey("person.id")),
        Column("helper", Integer, ForeignKey("account.id")),
    ],
    ids=str,
)
def test_a_new_table_with_a_person_in_it_would_be_noticed(column: Column[object]) -> None:
    scratch = MetaData()
    for name in ("person", "account"):
        Table(name, scratch, Column("id", Integer, primary_key=True))
    Table("diary", scratch, Column("id", Integer, primary_key=True), column)
    assert personal(scratch) - DECLARED == {("diary", column.name)}


def test_a_new_table_without_people_is_no_matter() -> None:
    scratch = MetaData()
    Table("weather", scratch, Column("id", Integer, primary_key=True), Column("place_id", Integer))
    assert personal(scratch) == set()
