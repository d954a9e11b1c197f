"""The words of the command for what has no switch: nobody reads that it was shut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.resources.kinds import test_ebs_volume, test_elastic_ip, test_rds_instance

if TYPE_CHECKING:
    from tests.blackbox.janitor import Janitor

ONE = {"elastic_ip": test_elastic_ip.one, "ebs_volume": test_ebs_volume.one}


def of_kind(janitor: Janitor, kind: str) -> None:
    """Settings for this kind alone."""
    janitor.settings = janitor.settings.replace("ec2_instance", kind)


@pytest.mark.parametrize("kind", ONE)
def test_what_has_no_switch_is_marked(janitor: Janitor, kind: str) -> None:
    """In the plan, in what was done, in the history and in what explains it."""
    made = ONE[kind](janitor.account)
    of_kind(janitor, kind)
    janitor("run", "--yes")
    janitor.account.travel(days=14)
    assert "The next run will: mark." in janitor("explain", made).out
    told = [janitor("plan").out, janitor("run", "--yes").out, janitor("history").out]
    assert [(" mark " in out, "shut off" in out) for out in told] == [(True, False)] * 3


def test_a_database_goes_by_its_own_name(janitor: Janitor) -> None:
    """`explain` calls it what the plan calls it."""
    made = test_rds_instance.one(janitor.account)
    of_kind(janitor, "rds_instance")
    assert janitor("explain", made).out.startswith(f"{made}  {made}  rds_instance  ")


def test_no_history_says_that_nothing_was_backed_up(janitor: Janitor) -> None:
    """The backup of a database is its last act, and begins after what it was is recorded."""
    test_rds_instance.one(janitor.account)
    of_kind(janitor, "rds_instance")
    janitor("run", "--yes")
    for days in (14, 7):
        janitor.account.travel(days=days, hours=1)
        janitor("run", "--yes")
    told = janitor("history").out
    assert "what it was is recorded" in told
    assert "backed up as nothing" not in told
