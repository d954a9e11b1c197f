"""AWS does not answer, answers no, or something else answers in its place: one line each."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.blackbox.janitor import Janitor

ERROR = (
    "<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}</Message></Error>"
    "<RequestId>r</RequestId></ErrorResponse>"
)
SIGN_IN = "The security token included in the request is"
PAGE = "<html><body><h1>{}</h1></body></html>"


@contextmanager
def answering(status: int, body: str) -> Iterator[str]:
    """Something that always answers the same; its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "why"),
    [
        (
            403,
            ERROR.format("ExpiredToken", f"{SIGN_IN} expired"),
            "the AWS session token has expired. Log in again",
        ),
        (
            403,
            ERROR.format("InvalidClientTokenId", f"{SIGN_IN} invalid"),
            "AWS does not accept these credentials (GetCallerIdentity: InvalidClientTokenId: ",
        ),
        (
            403,
            ERROR.format("UnrecognizedClientException", f"{SIGN_IN} invalid"),
            "AWS does not accept these credentials (denied: GetCallerIdentity: Unrecognized",
        ),
        (
            403,
            ERROR.format("SignatureDoesNotMatch", "Signature expired"),
            "AWS does not accept these credentials (GetCallerIdentity: SignatureDoesNotMatch: ",
        ),
        (
            502,
            PAGE.format("502 Bad Gateway"),
            "AWS cannot be asked who is calling (An error occurred (502)",
        ),
        (
            200,
            PAGE.format("Log in to the wireless network"),
            "what answers in the place of AWS is something else. Check AWS_ENDPOINT_URL",
        ),
        (200, "", "what answers in the place of AWS is something else. Check AWS_ENDPOINT_URL"),
    ],
)
def test_what_answers_is_told_apart(janitor: Janitor, status: int, body: str, why: str) -> None:
    """Expired, not accepted, broken, not AWS at all: each has its own line and cure."""
    with answering(status, body) as url:
        assert janitor("run", "--yes", AWS_ENDPOINT_URL=url).refusal.startswith(why)


@pytest.mark.parametrize(
    ("variables", "why"),
    [
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"},
            "AWS cannot be asked who is calling (Could not connect to the endpoint URL",
        ),
        (
            {"AWS_ENDPOINT_URL": "nonsense"},
            "the AWS settings of this machine cannot be used (Invalid endpoint: nonsense). Check",
        ),
        (
            {"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "no AWS credentials were found. Set AWS_PROFILE, log in with `aws sso login`, or try",
        ),
        (
            {"AWS_PROFILE": "nobody", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "the AWS settings of this machine cannot be used (The config profile (nobody) could",
        ),
        (
            {"AWS_PROFILE": "sso", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""},
            "there is no valid login to AWS (Error loading SSO Token: Token for team does not",
        ),
    ],
)
def test_what_is_wrong_on_this_machine_is_told(
    janitor: Janitor, variables: dict[str, str], why: str
) -> None:
    """Its network, its endpoint, its credentials, its profile, its login."""
    (janitor.home / "aws-config").write_text(
        "[profile sso]\nsso_session = team\nsso_account_id = 123456789012\nsso_role_name = cs\n"
        "[sso-session team]\nsso_region = eu-west-1\nsso_start_url = https://team.example\n",
        encoding="utf-8",
    )
    variables = {"AWS_CONFIG_FILE": str(janitor.home / "aws-config"), **variables}
    assert janitor("plan", **variables).refusal.startswith(why)


def test_a_region_that_is_denied_is_a_blind_spot(janitor: Janitor) -> None:
    """The others are looked after; what could not be seen is told in every format: exit code 1."""
    account = janitor.account
    janitor.settings = janitor.settings.replace('"eu-west-1"]', '"eu-west-1", "eu-central-1"]')
    seen = account.launch("jd-seen")
    hidden = account.launch("jd-hidden", region="eu-central-1")
    account.deny_region("eu-central-1")

    planned = janitor("plan", "--format", "json")
    assert planned.code == 1
    [dark, lit] = planned.json["coverage"]
    assert (dark["region"], dark["status"], dark["resources"]) == ("eu-central-1", "denied", 0)
    assert "UnauthorizedOperation" in dark["why"]
    assert (lit["region"], lit["status"], lit["why"]) == ("eu-west-1", "ok", None)
    rows = janitor("plan", "--format", "csv")
    assert (rows.code, [row["id"] for row in rows.rows]) == (1, [seen])
    assert rows.err.startswith("janitor: ec2_instance in eu-central-1 of 123456789012: denied: ")
    listed = janitor("list")
    assert (listed.code, "  denied  " in listed.out) == (1, True)

    ran = janitor("run", "--yes")
    assert ran.code == 1
    assert "1 blind spot.\nSteps: 1 done.\n" in ran.out
    assert ("Discovered" in account.tags(seen), "Discovered" in account.tags(hidden)) == (
        True,
        False,
    )
    # A name may be borne unseen as well; an id may not.
    refusal = janitor("extend", "jd-seen", "--days", "1").refusal
    told = f"'jd-seen' is the name of {seen} (EC2 instance) in eu-west-1 (1 place could not"
    assert refusal.startswith(told)
    assert refusal.endswith("Give the id of one")
    assert janitor("extend", seen, "--days", "1").code == 0


def test_what_cannot_be_read_closely_is_unknown(janitor: Janitor) -> None:
    """Nothing destructive is done to it; it is told, once, and fails the exit code."""
    instance = janitor.account.launch(None)
    janitor.account.deny("ec2:DescribeInstanceAttribute")
    ran = janitor("run", "--yes", "--format", "json")
    assert (ran.code, ran.json["outcomes"]) == (1, [])
    assert [row["phase"] for row in ran.json["attention"]] == ["unknown"]
    explained = janitor("explain", instance, "--format", "json")
    assert (explained.code, len(explained.json["attention"])) == (1, 1)
    assert janitor.account.writes == []
