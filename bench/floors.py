"""What reading the same pages costs at least: `paginate` by boto3, `tokenise` by expat alone.

A script of its own: it is measured as a process.
"""

from __future__ import annotations

import os
import re
import sys
from http.client import HTTPConnection
from urllib.parse import quote, urlencode, urlsplit
from xml.parsers import expat

STATES = ("pending", "running", "stopping", "stopped")
PAGE = 1000

_TOKEN = re.compile(rb"<nextToken>([^<]+)</nextToken>")
_SCOPE = "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/ec2/aws4_request"


def paginate() -> int:
    """Read all pages with boto3; how many instances there are."""
    import boto3  # noqa: PLC0415  the other floor is measured without it

    pages = (
        boto3.client("ec2")
        .get_paginator("describe_instances")
        .paginate(
            Filters=[{"Name": "instance-state-name", "Values": list(STATES)}],
            PaginationConfig={"PageSize": PAGE},
        )
    )
    return sum(len(one["Instances"]) for page in pages for one in page["Reservations"])


def tokenise() -> int:
    """Fetch all pages and let expat run over them; how many instances there are."""
    server = HTTPConnection(urlsplit(os.environ["AWS_ENDPOINT_URL"]).netloc)
    asked = {
        "Action": "DescribeInstances",
        "MaxResults": PAGE,
        "Filter.1.Name": "instance-state-name",
    }
    asked |= {f"Filter.1.Value.{number}": state for number, state in enumerate(STATES, 1)}
    count, token = 0, ""
    while True:
        body = urlencode(asked) + (f"&NextToken={quote(token)}" if token else "")
        server.request("POST", "/", body, {"Authorization": _SCOPE})
        page = server.getresponse().read()
        expat.ParserCreate().Parse(page, True)  # noqa: FBT003  expat takes no name for it
        count += page.count(b"<instanceId>")
        following = _TOKEN.search(page, len(page) - PAGE)
        if not following:
            return count
        token = following[1].decode()


if __name__ == "__main__":
    print({"paginate": paginate, "tokenise": tokenise}[sys.argv[1]]())  # noqa: T201
