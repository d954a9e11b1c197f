"""`make deploy-test`: the template deployed for real, in an AWS on this machine.

The schedule fires, the zip runs, what has expired is stopped; what comes up is tagged within
seconds; and what goes wrong ends among the dead letters.
"""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.deployed.stack import (
    LEDGER,
    STACK,
    Aws,
    DeployedError,
    come_up,
    dead_letters,
    deploy,
    described,
    launch,
    ministack,
    soon,
    until,
)

TODAY = datetime.now(UTC).date()
# Older than the instance itself a Discovered would be another's. Its owner wants it gone.
PAST = {"Discovered": str(TODAY), "Expiration": str(TODAY - timedelta(days=1))}


def main() -> None:
    """Deploy, and see every promise of the template kept; exit code 1 where one is not."""
    python = Path(sys.argv[1]).absolute()
    with tempfile.TemporaryDirectory() as name, ministack(python, Path(name)) as aws:
        try:
            _see(aws, Path(name))
        except DeployedError as error:
            log = (Path(name) / "ministack.log").read_text(encoding="utf-8", errors="replace")
            sys.exit(f"{log[-6000:]}\n{error}")


def _see(aws: Aws, folder: Path) -> None:
    expired, new = launch(aws, Name="jd-expired", **PAST), launch(aws, Name="jd-new")
    deploy(aws, folder, soon(8))
    _told("the stack is made", 0)
    took = until("the expired one is marked", lambda: "ShutOff" in described(aws, expired)[1])
    if described(aws, expired)[0] != "stopped":
        raise DeployedError(f"{expired} is {described(aws, expired)[0]}, and should be stopped")
    _told("the schedule has fired and what had expired is stopped", took)
    until("the new one is tagged", lambda: "Expiration" in described(aws, new)[1])
    _at_creation(aws)
    _dead_letter(aws)
    _gone(aws)


def _at_creation(aws: Aws) -> None:
    """An un-named one: tagged at once, and left its `naming.grace`."""
    unnamed = launch(aws)
    come_up(aws, unnamed)
    took = until("it is tagged at its creation", lambda: "Expiration" in described(aws, unnamed)[1])
    if described(aws, unnamed)[0] != "running":
        raise DeployedError("what had no name was shut off before its grace")
    _told("what came up is tagged", took)


def _dead_letter(aws: Aws) -> None:
    """The settings are gone: the event ends as a dead letter that names them."""
    aws.client("ssm").delete_parameter(Name="/cs-aws-janitor/settings")
    function = aws.client("lambda")
    function.invoke(FunctionName=STACK, InvocationType="Event", Payload=b'{"janitor": "run"}')
    named = "ssm:/cs-aws-janitor/settings: there are no such settings"
    took = until("it is a dead letter", lambda: any(named in each for each in dead_letters(aws)))
    _told("what failed is a dead letter that says why", took)


def _gone(aws: Aws) -> None:
    """The stack goes, and the ledger stays."""
    cloudformation = aws.client("cloudformation")
    cloudformation.delete_stack(StackName=STACK)
    cloudformation.get_waiter("stack_delete_complete").wait(
        StackName=STACK, WaiterConfig={"Delay": 1, "MaxAttempts": 60}
    )
    held = aws.client("s3").list_objects_v2(Bucket=LEDGER, Prefix="janitor/")
    if not held.get("KeyCount"):
        raise DeployedError("the ledger went with the stack")
    _told("the stack is gone, and its ledger is kept", 0)


def _told(what: str, seconds: float) -> None:
    took = f"  ({seconds:.1f} s)" if seconds else ""
    sys.stdout.write(f"ok  {what}{took}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
