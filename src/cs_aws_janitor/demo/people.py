"""What people do in the sample account: with the console of AWS, or with the janitor's commands.

Each function gives a deed. A deed is done when it is called, and says in words what was done.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources import acts, standing
from cs_aws_janitor.resources.finding import find
from cs_aws_janitor.resources.model import Place
from cs_aws_janitor.resources.sweep import Wish, look

if TYPE_CHECKING:
    from collections.abc import Callable

    from cs_aws_janitor.demo.account import Sample
    from cs_aws_janitor.resources.model import Resource

    Deed = Callable[[Sample], "Said"]

IMAGE = "ami-0123456789abcdef0"
DEVICES = ("/dev/sda1", "/dev/sdf", "/dev/sdg")  # the first is the root


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody did."""

    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Machine:
    """An instance to launch. `name` None: nobody thought of one. `group`: by Auto Scaling."""

    name: str | None
    region: str
    volumes: int = 1
    spot: bool = False
    group: bool = False
    protected: bool = False


def launch(*machines: Machine) -> Deed:
    """Whoever they belong to launch them."""

    def deed(sample: Sample) -> Said:
        for machine in machines:
            (_launch_group if machine.group else _launch)(sample, machine)
        return _launched(machines)

    return deed


def take_address(named: str, region: str) -> Deed:
    """Its owner takes an Elastic IP address, and uses it for nothing."""

    def deed(sample: Sample) -> Said:
        tags: Any = {"ResourceType": "elastic-ip", "Tags": [{"Key": "Name", "Value": named}]}
        client = _client(sample, region, "ec2")
        client.allocate_address(Domain="vpc", TagSpecifications=[tags])
        return Said(_owner(named), f"takes the address {named} in {region}")

    return deed


def create_database(named: str, region: str) -> Deed:
    """Its owner has RDS make a database of this name."""

    def deed(sample: Sample) -> Said:
        _client(sample, region, "rds").create_db_instance(
            DBInstanceIdentifier=named,
            DBInstanceClass="db.t4g.medium",
            Engine="postgres",
            AllocatedStorage=20,
            MasterUsername="demo",
            MasterUserPassword="of-no-account",
        )
        return Said(_owner(named), f"creates the database {named} in {region}")

    return deed


def name(given: str) -> Deed:
    """The owner of what has no name, and was therefore shut off, names it and starts it again."""

    def deed(sample: Sample) -> Said:
        seen = look(sample.world, sample.rules, Wish(everything=True)).plan.steps
        [step] = [step for step in seen if step.name is None]
        client = sample.world.clients(step.place, "ec2", whole=True)
        client.create_tags(Resources=[step.id], Tags=[{"Key": "Name", "Value": given}])
        client.start_instances(InstanceIds=[step.id])
        return Said(_owner(given), f"names {step.id} {given} and starts it again")

    return deed


def extend(named: str, days: int) -> Deed:
    """`janitor extend NAME --days N`."""

    def deed(sample: Sample) -> Said:
        rules, resource = sample.rules, _find(sample, named)
        on = standing.read(resource, rules.policy, rules.now).expires_on
        until = (on or rules.policy.today(rules.now)) + timedelta(days=days)
        act = acts.extend(sample.world, rules, resource, until, None)
        command = f"janitor extend {named} --days {days}"
        return Said(_owner(named), f"{command}: from {act.old} to {act.new}")

    return deed


def keep(named: str, reason: str) -> Deed:
    """`janitor keep NAME --reason TEXT`."""

    def deed(sample: Sample) -> Said:
        act = acts.keep(sample.world, sample.rules, _find(sample, named), reason)
        return Said(_owner(named), f'janitor keep {named} --reason "{act.reason}"')

    return deed


def write(named: str, expiration: Callable[[Sample], str], *, start: bool = False) -> Deed:
    """The owner types a new Expiration into the console, and may start it as well."""

    def deed(sample: Sample) -> Said:
        resource, text = _find(sample, named), expiration(sample)
        client = sample.world.clients(resource.place, "ec2", whole=True)
        key = sample.policy.keys.expiration
        client.create_tags(Resources=[resource.id], Tags=[{"Key": key, "Value": text}])
        if start:
            client.start_instances(InstanceIds=[resource.id])
        also = " and starts it" if start else ""
        return Said(_owner(named), f"types '{text}' into the {key} of {named}{also}")

    return deed


def in_days(days: int) -> Callable[[Sample], str]:
    """The day so many days from then, as people write it: 6 Dec 2026."""

    def text(sample: Sample) -> str:
        rules = sample.rules
        on = rules.policy.today(rules.now) + timedelta(days=days)
        return f"{on.day} {on:%b} {on.year}"

    return text


def words(text: str) -> Callable[[Sample], str]:
    """Just this text."""
    return lambda _: text


def _launch(sample: Sample, machine: Machine) -> None:
    client = _client(sample, machine.region, "ec2")
    given = [{"Key": "Name", "Value": machine.name}] if machine.name else []
    more: dict[str, Any] = {}
    if given:
        more["TagSpecifications"] = [{"ResourceType": "instance", "Tags": given}]
    if machine.spot:
        more["InstanceMarketOptions"] = {"MarketType": "spot"}  # one-time, unless said otherwise
    made = client.run_instances(**_form(machine), MinCount=1, MaxCount=1, **more)
    if machine.protected:
        client.modify_instance_attribute(
            InstanceId=made["Instances"][0]["InstanceId"], DisableApiTermination={"Value": True}
        )


def _launch_group(sample: Sample, machine: Machine) -> None:
    client = _client(sample, machine.region, "autoscaling")
    group = str(machine.name)
    client.create_launch_configuration(LaunchConfigurationName=group, **_form(machine))
    client.create_auto_scaling_group(
        AutoScalingGroupName=group,
        LaunchConfigurationName=group,
        MinSize=1,
        MaxSize=2,
        AvailabilityZones=[f"{machine.region}a"],
        Tags=[{"Key": "Name", "Value": group, "PropagateAtLaunch": True}],
    )


def _client(sample: Sample, region: str, of: str) -> Any:
    return sample.world.clients(Place(sample.aws.account, region), of, whole=True)


def _form(machine: Machine) -> dict[str, Any]:
    devices = [
        {"DeviceName": device, "Ebs": {"VolumeSize": 8, "DeleteOnTermination": True}}
        for device in DEVICES[: machine.volumes]
    ]
    return {"ImageId": IMAGE, "InstanceType": "t3.large", "BlockDeviceMappings": devices}


def _launched(machines: tuple[Machine, ...]) -> Said:
    if len(machines) == 1:
        [machine] = machines
        who = _owner(machine.name) if machine.name else "somebody"
        what = machine.name or "an instance without a name"
        return Said(who, f"launches {what} in {machine.region}")
    regions = {machine.region for machine in machines}
    names = ", ".join(machine.name or "one without a name" for machine in machines)
    return Said("people", f"launch {len(machines)} instances in {len(regions)} regions: {names}")


def _find(sample: Sample, named: str) -> Resource:
    [found] = find(sample.world, [named], sample.policy.keys)
    return found


def _owner(named: str) -> str:
    return named.partition("-")[0]
