"""The life of the sample account: who does what, so many days before the present.

One of each: nobody cares, extended by command and by hand, kept, protected without a word,
un-named, a date that cannot be read, a spot instance, a member of an Auto Scaling group, a database
and an address that nothing uses.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cs_aws_janitor.demo.people import (
    Machine,
    create_database,
    extend,
    in_days,
    keep,
    launch,
    name,
    take_address,
    words,
    write,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cs_aws_janitor.demo.people import Deed

BEGAN = 28  # days ago: one life of 14 + 7 days to its end, and some more

LIFE: Mapping[int, Sequence[Deed]] = {
    BEGAN: (
        launch(
            Machine("jd-GitLabRunner", "eu-west-1"),
            Machine("mk-demo-acme", "us-east-1", volumes=2),
            Machine("tl-geo-primary", "eu-central-1"),
            Machine("bn-vault", "eu-central-1", protected=True),
            Machine("ow-load-test", "us-east-1", spot=True),
            Machine("sv-runners", "eu-west-1", group=True),
            Machine(None, "eu-west-1"),
        ),
        take_address("hk-demo-ip", "us-east-1"),
    ),
    27: (name("rs-k8s-poc"),),
    21: (create_database("lp-migration-db", "us-east-1"),),
    20: (
        extend("jd-GitLabRunner", days=21),
        keep("tl-geo-primary", "shown to customers every week"),
    ),
    18: (write("hk-demo-ip", words("next friday")),),
    14: (launch(Machine("jd-demo-globex", "eu-central-1")),),
    12: (write("rs-k8s-poc", in_days(30), start=True),),
    0: (launch(Machine(None, "eu-west-1")),),
}
