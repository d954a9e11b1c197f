"""How every fault is told: one line with its place, what was wrong, and what to do.

Source: command-line.md, "Settings: janitor.toml".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from cs_aws_janitor.settings import effective, schema
from tests.settings.reading import ID, KINDS, ROLE, faults, read
from tests.settings.test_accepted import ACCEPTED, DISCOVERED, SALESFORCE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

# What a key may not say: TOML, the place and what was wrong, and the cure.
A_DURATION = 'write a number and one of w, d, h, m in quotes, such as "14d"'
A_DATE = "write one without quotes, such as 2026-12-01"
A_TAG_KEY = "write letters, digits, inner spaces or any of _ . : / = + - @"
KEYS_OF_NOTIFY = (
    "the keys here are before, sns_topic, email_from, email_region, required, before_terminate,"
    " weekly, slack"
)
WHOLE_DAYS = 'tags bear dates, so write days or weeks, such as "1d"'
IN_QUOTES = "write it in quotes"
ONCE = "remove one of the two"
A_FILE = "write the name of a file in quotes"
SOMETHING = "write something or remove the line"
A_TABLE = "write name = value lines under a [section] of its own"
A_ZONE = 'write one such as "Europe/Berlin"'
NO_PATTERN = "is not a regular expression"
REFUSED: list[tuple[str, str, str]] = [
    (
        f"accounts = [{ID}]",
        f"accounts[0]: {ID} is a number",
        "an account id is text, so write it in quotes",
    ),
    (f'accounts = "{ID}"', f"accounts: '{ID}' is not a list", "write it in [ ]"),
    (
        'accounts = ["12345"]',
        "accounts[0].id: '12345' is not an account id",
        "write its 12 digits in quotes",
    ),
    (
        "accounts = [true]",
        "accounts[0]: true is not an account",
        'write "123456789012" or {id = "123456789012", …}',
    ),
    ('accounts = [{name = "x"}]', "accounts[0].id: it is missing", "add id = …"),
    (
        f'accounts = [{{id = "{ID}", rol = "x"}}]',
        "accounts[0].rol: unknown key 'rol', did you mean 'role'?",
        "",
    ),
    (f'accounts = [{{id = "{ID}", name = 1}}]', "accounts[0].name: 1 is not text", IN_QUOTES),
    (
        f'accounts = [{{id = "{ID}", role = "janitor"}}]',
        "accounts[0].role: 'janitor' is not the ARN of a role",
        'write "arn:aws:iam::ACCOUNT:role/NAME"',
    ),
    (
        'accounts = [{id = "000000000001", role = "' + ROLE + '"}]',
        f"accounts[0]: its role belongs to account {ID}",
        "name a role of account 000000000001",
    ),
    (
        f'accounts = [{{id = "{ID}", role = "{ROLE}", external_id = "?"}}]',
        "accounts[0].external_id: AWS takes no such external id",
        "write 2 to 1224 letters, digits or any of _ + = , . @ : / -",
    ),
    (
        f'accounts = [{{id = "{ID}", external_id = "ours"}}]',
        "accounts[0]: external_id is of no use without a role",
        "give the role, or remove it",
    ),
    (
        f'accounts = [{{id = "{ID}", regions = "eu-west-1"}}]',
        "accounts[0].regions: 'eu-west-1' is neither \"all\" nor a list",
        'write ["eu-west-1"]',
    ),
    (
        f'accounts = ["{ID}", {{id = "{ID}", name = "demo"}}]',
        f"accounts: '{ID}' stands in it twice",
        ONCE,
    ),
    ("regions = 1", 'regions: 1 is neither "all" nor a list', 'write ["…", "…"]'),
    (
        "regions = []",
        "regions: the list is empty, so nothing would be seen",
        'name one at least, or "all"',
    ),
    ("regions = [1]", "regions[0]: 1 is not text", IN_QUOTES),
    (
        'regions = ["eu-west-1a"]',
        "regions[0]: 'eu-west-1a' is an availability zone, not a region",
        "did you mean 'eu-west-1'?",
    ),
    (
        'regions = ["Europe"]',
        "regions[0]: 'Europe' is not the name of a region",
        'write one such as "eu-west-1"',
    ),
    ('regions = ["eu-west-1", "eu-west-1"]', "regions: 'eu-west-1' stands in it twice", ONCE),
    (
        'timezone = "europe/berlin"',
        "timezone: 'europe/berlin' is not a known time zone",
        "did you mean 'Europe/Berlin'?",
    ),
    (
        'timezone = "../../etc/passwd"',
        "timezone: '../../etc/passwd' is not a known time zone",
        A_ZONE,
    ),
    ("timezone = 1", "timezone: 1 is not a time zone", A_ZONE),
    (
        'kinds = ["ec2_instnce"]',
        "kinds[0]: unknown kind 'ec2_instnce'",
        "did you mean 'ec2_instance'?",
    ),
    ('kinds = ["rds"]', "kinds[0]: unknown kind 'rds'", "the kinds are ebs_volume, ec2_instance"),
    ('kinds = ["ebs_volume", "ebs_volume"]', "kinds: 'ebs_volume' stands in it twice", ONCE),
    (
        '[organization]\nrole = "arn:aws:iam::1:role/x"',
        "organization.role: 'arn:aws:iam::1:role/x' is not the name of a role",
        'write the name alone, such as "janitor", or "path/janitor"',
    ),
    (
        f'{DISCOVERED}external_id = "?"',
        "organization.external_id: AWS takes no such external id",
        "write 2 to 1224 letters, digits or any of _ + = , . @ : / -",
    ),
    (
        f'{DISCOVERED}session_name = "x"',
        "organization.session_name: AWS takes no session name 'x'",
        "write 2 to 64 letters, digits or any of _ + = , . @ -",
    ),
    (
        f'{DISCOVERED}units = ["demos"]',
        "organization.units[0]: 'demos' is not the id of an organisational unit",
        'write its id, such as "ou-ab12-11111111", or that of the root, "r-ab12"',
    ),
    (
        f'{DISCOVERED}exclude = ["1"]',
        "organization.exclude[0]: '1' is not an account id",
        "write its 12 digits in quotes",
    ),
    (
        f'{DISCOVERED}unit = "all"',
        "organization.unit: unknown key 'unit', did you mean 'units'?",
        "",
    ),
    (
        f'[organization]\nexclude = ["{ID}"]',
        "organization: exclude is of no use without a role",
        "give the role that each account has, or remove it",
    ),
    (
        f'accounts = ["{ID}"]\n{DISCOVERED}exclude = ["{ID}"]',
        f"the file: account {ID} stands in accounts and in organization.exclude",
        ONCE,
    ),
    ("[tags]\nname = 1", "tags.name: 1 is not text", IN_QUOTES),
    (
        '[tags]\ndiscovered = "Aws:x"',
        "tags.discovered: 'Aws:x' begins with aws:, which AWS reserves",
        "choose another key",
    ),
    (
        '[tags]\nexpiration = ""',
        "tags.expiration: a tag key of 0 characters is not allowed",
        "write 1 to 128",
    ),
    (
        f'[tags]\nshut_off = "{"x" * 129}"',
        "tags.shut_off: a tag key of 129 characters is not allowed",
        "write 1 to 128",
    ),
    (
        '[tags]\npermanent = "why?"',
        "tags.permanent: AWS does not take 'why?' as a tag key",
        A_TAG_KEY,
    ),
    (
        '[tags]\nowner = "aws:x"',
        "tags.owner: 'aws:x' begins with aws:, which AWS reserves",
        "choose another key",
    ),
    ('[tags]\nnote = " Note"', "tags.note: AWS does not take ' Note' as a tag key", A_TAG_KEY),
    (
        '[tags]\nnote = "NAME"',
        "tags: name and note share one key",
        "tag keys match in any case, so write different words",
    ),
    ("[lifecycle]\nexpire_after = 14", "lifecycle.expire_after: 14 is not a duration", A_DURATION),
    (
        '[lifecycle]\nexpire_after = "12h"',
        "lifecycle.expire_after: '12h' is not a number of whole days",
        WHOLE_DAYS,
    ),
    (
        '[lifecycle]\nterminate_after = "0d"',
        "lifecycle.terminate_after: it is zero",
        "write more than nothing",
    ),
    (
        '[lifecycle]\nterminate_after = "999999999w"',
        "lifecycle.terminate_after: '999999999w' is longer than ten years",
        'write "3650d" at the most',
    ),
    (
        '[lifecycle]\nexpires_after = "14d"',
        "lifecycle.expires_after: unknown key 'expires_after', did you mean 'expire_after'?",
        "",
    ),
    (
        "[naming]\npattern = '('",
        f"naming.pattern: '(' {NO_PATTERN}: missing ), unterminated subpattern at position 0",
        "mend it there",
    ),
    (
        "[naming]\npattern = '^[a-z]+-'",
        "naming.pattern: '^[a-z]+-' has no group named owner, so no resource would have one",
        "put the owner's part in (?P<owner>…)",
    ),
    (
        "[naming]\npattern = '(?P<owner>[[a])'",
        f"naming.pattern: '(?P<owner>[[a])' {NO_PATTERN}: Possible nested set at position 11",
        "mend it there",
    ),
    ("[naming]\npattern = 1", "naming.pattern: 1 is not a pattern", "write it in single quotes"),
    (
        '[naming]\nenforce = "yes"',
        "naming.enforce: 'yes' is neither true nor false",
        "write one of them without quotes",
    ),
    ('[naming]\ngrace = "-1d"', "naming.grace: '-1d' is not a duration", A_DURATION),
    (
        '[extension]\nlongest = "forever"',
        "extension.longest: 'forever' is not a duration",
        A_DURATION,
    ),
    (
        '[backup]\nwhen = "sometimes"',
        "backup.when: 'sometimes' is none of the choices",
        "write 'always' or 'stopped'",
    ),
    (
        '[backup]\nas = ["image"]',
        "backup.as: a list is none of the choices",
        "write 'snapshot' or 'image'",
    ),
    ('[backup]\nkeep = "for ever"', "backup.keep: 'for ever' is not a duration", A_DURATION),
    (
        "[backup]\nwhen_impossible = 1",
        "backup.when_impossible: 1 is none of the choices",
        "write 'hold' or 'terminate'",
    ),
    (
        "[backup]\ngroup_image = 1",
        "backup.group_image: 1 is neither true nor false",
        "write one of them without quotes",
    ),
    (
        '[backup]\nform = "image"',
        "backup.form: unknown key 'form'",
        "the keys here are when, as, keep, when_impossible, group_image",
    ),
    (
        "[limits]\nshut_off = 5",
        "limits.shut_off: 5 is not a table",
        "write key = value lines under a [section]",
    ),
    (
        "[limits]\nshut_off.count = -1",
        "limits.shut_off.count: -1 is too small",
        "write 0 at the least",
    ),
    (
        "[limits]\nterminate.count = 2.5",
        "limits.terminate.count: 2.5 is not a whole number",
        "write one without quotes, such as 20",
    ),
    (
        "[limits]\nterminate.count = true",
        "limits.terminate.count: true is not a whole number",
        "write one without quotes, such as 20",
    ),
    (
        f"[limits]\nterminate.count = 0x{'f' * 5000}",
        "limits.terminate.count: so large a number is too large",
        "write 1000000 at the most",
    ),
    (
        "[limits]\nshut_off.share = 50",
        "limits.shut_off.share: 50 is too large",
        "write 1 at the most",
    ),
    (
        "[limits]\nterminate.share = nan",
        "limits.terminate.share: nan is not a number",
        "write one such as 0.25",
    ),
    (
        '[rollout]\ntag_only_until = "2026-12-01"',
        "rollout.tag_only_until: '2026-12-01' is not a date",
        A_DATE,
    ),
    (
        "[rollout]\ntag_only_until = 2026-12-01T06:00:00Z",
        "rollout.tag_only_until: 2026-12-01T06:00:00+00:00 is not a date",
        A_DATE,
    ),
    (
        "[rollout]\nkinds = 1",
        "rollout.kinds: 1 is not a table",
        "write name = value lines under a [section] of its own",
    ),
    (
        "[rollout.kinds]\nebs = 2026-12-01",
        "rollout.kinds.ebs: unknown kind 'ebs'",
        "the kinds are ebs_volume, ec2_instance",
    ),
    (
        "[rollout.kinds]\nebs_volume = 06:00:00",
        "rollout.kinds.ebs_volume: 06:00:00 is not a date",
        A_DATE,
    ),
    (
        '[ledger]\npath = "a"\ns3 = "s3://bucket/p"',
        "ledger: path and s3 are both given",
        "keep one of the two",
    ),
    ("[ledger]\npath = 1", "ledger.path: 1 is not a path", "write the name of a file in quotes"),
    (
        '[ledger]\npath = "s3://bucket/p"',
        "ledger.path: 's3://bucket/p' is a place in S3",
        "write s3 = instead of path =",
    ),
    (
        '[ledger]\ns3 = "bucket/p"',
        "ledger.s3: 'bucket/p' is not a place in S3",
        'write "s3://bucket/prefix", the bucket in lower case',
    ),
    (
        '[notify]\nsns_topic = "arn:aws:sns:eu-west-1:1:x"',
        "notify.sns_topic: 'arn:aws:sns:eu-west-1:1:x' is not the ARN of a topic",
        'write "arn:aws:sns:REGION:ACCOUNT:NAME"; a topic that ends in .fifo will not do',
    ),
    (
        '[notify]\nemail_from = "Janitor <j@example.com>"',
        "notify.email_from: 'Janitor <j@example.com>' is no address",
        'write one such as "name@example.com"',
    ),
    (
        '[notify]\nemail_region = "Ireland"',
        "notify.email_region: 'Ireland' is not the name of a region",
        'write one such as "eu-west-1"',
    ),
    (
        '[notify]\nemail_region = "eu-west-1"',
        "notify: email_region is of no use without email_from",
        "give it, or remove both",
    ),
    (
        "[notify]\nrequired = 1",
        "notify.required: 1 is neither true nor false",
        "write one of them without quotes",
    ),
    (
        "[notify]\nrequired = true",
        "notify: required is true, and there is no channel, so nothing would end",
        "set sns_topic, email_from or slack.by, or remove it",
    ),
    (
        '[notify]\nweekly = "Mon"',
        "notify: weekly is of no use without a channel",
        "set sns_topic, email_from or slack.by, or remove it",
    ),
    (
        '[notify]\nweekly = "Monday"',
        "notify.weekly: 'Monday' is none of the choices",
        "write 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun' or ''",
    ),
    (
        '[notify.slack]\nby = "bot"\nchannel = "#janitor"',
        "notify.slack.channel: '#janitor' is not the id of a channel in Slack",
        "write it as C0123456789: it stands at the end of the channel's details",
    ),
    (
        '[notify.slack]\nby = "mail"',
        "notify.slack.by: 'mail' is none of the choices",
        "write 'bot' or 'webhook'",
    ),
    (
        '[notify.slack]\nwebhook_from = "https://hooks.slack.example.com/services/T/B/x"',
        "notify.slack.webhook_from: it is not the name of a variable of the environment",
        "put the secret in a variable such as GITLAB_TOKEN, and its name here",
    ),
    (
        '[notify.slack]\nurl = "slack.example.com"',
        "notify.slack.url: 'slack.example.com' is not an address",
        "write https://HOST",
    ),
    (
        '[notify.slack]\nchannel = "C1"',
        'notify.slack: channel is of no use without by = "bot"',
        'write by = "bot", or remove channel',
    ),
    (
        '[notify.slack]\nby = "webhook"\nchannel = "C1"',
        "notify.slack: a webhook is for one channel, and cannot be told another",
        'write by = "bot", or remove channel',
    ),
    (
        '[notify.slack]\ntoken_from = "xoxb-1-2"',
        "notify.slack.token_from: it is not the name of a variable of the environment",
        "put the secret in a variable such as GITLAB_TOKEN, and its name here",
    ),
    (
        '[notify]\nbefore_terminate = "36h"',
        "notify.before_terminate: '36h' is not a number of whole days",
        WHOLE_DAYS,
    ),
    ("[owners]\nfile = 1", "owners.file: 1 is not a path", "write the name of a file in quotes"),
    (
        '[owners]\ncloudtrail = "yes"',
        "owners.cloudtrail: 'yes' is neither true nor false",
        "write one of them without quotes",
    ),
    ("[owners]\npeople = 7", "owners.people: 7 is not a list", 'write [{initials = "jd"}, ...]'),
    (
        '[owners]\npeople = [{name = "jd"}]',
        "owners.people: entry 1: initials are missing",
        'add initials = "…"',
    ),
    (
        "[owners]\npeople = [7]",
        "owners.people: entry 1 is not a table",
        'write {initials = "jd"}, or [[owner]] above its lines in a file',
    ),
    ("[owners]\nfallback = 7", "owners.fallback: 7 is not text", "write it in quotes"),
    ('[notify]\nbefore = "7d"', "notify.before: '7d' is not a list", "write it in [ ]"),
    (
        '[notify]\nbefore = ["36h"]',
        "notify.before[0]: '36h' is not a number of whole days",
        WHOLE_DAYS,
    ),
    ('[notify]\nbefore = ["7d", "1w"]', "notify.before: '7d' stands in it twice", ONCE),
    (
        "[customers]\nsource = 7",
        "customers.source: 7 is not a path",
        "write the name of a file in quotes",
    ),
    (
        "[customers]\nplaybooks = 7",
        "customers.playbooks: 7 is not a path",
        "write the name of a file in quotes",
    ),
    (
        "[customers]\ntasks = 7",
        "customers.tasks: 7 is not a path",
        "write the name of a file in quotes",
    ),
    (
        "[customers]\ncalendar = 7",
        "customers.calendar: 7 is not a path",
        "write the name of a file in quotes",
    ),
    (
        "[customers]\nledger = 7",
        "customers.ledger: 7 is not a path",
        "write the name of a file in quotes",
    ),
    ('[customers]\nsink = ""', "customers.sink: '' is empty", "write something or remove the line"),
    (
        '[customers]\nmails = ""',
        "customers.mails: '' is empty",
        "write something or remove the line",
    ),
    (
        '[customers]\nsink = "gitlap"',
        "customers.sink: there is no sink 'gitlap'",
        "did you mean 'gitlab'?",
    ),
    (
        '[customers]\nsink = "gitlab"',
        "customers.sink: the sink 'gitlab' is not set up",
        'give it gitlab.project = "GROUP/NAME"',
    ),
    (
        '[customers]\nmails = "mail"',
        "customers.mails: the sink 'mail' is not set up",
        "give it mail.sender, and mail.server or mail.ses = true",
    ),
    (
        '[customers.gitlab]\ntoken_from = "glpat-x1"',
        "customers.gitlab.token_from: it is not the name of a variable of the environment",
        "put the secret in a variable such as GITLAB_TOKEN, and its name here",
    ),
    (
        '[customers.gitlab]\nurl = "git.example.com"',
        "customers.gitlab.url: 'git.example.com' is not an address",
        "write https://HOST",
    ),
    (
        '[customers.gitlab]\nurl = "http://git.example.com/x"',
        "customers.gitlab.url: a token would cross the network in the clear",
        "write https://git.example.com",
    ),
    (
        '[customers.slack]\nurl = "https://[::1"',
        "customers.slack.url: 'https://[::1' is not an address",
        "write https://HOST",
    ),
    (
        '[customers.slack]\nurl = "https://me:secret@slack.example.com"',
        "customers.slack.url: a user or password stands in it",
        "put the secret in a variable",
    ),
    (
        '[customers.mail]\nserver = "mx.example.com"',
        "customers.mail: one of server and sender is missing",
        "give both, or sender and ses = true",
    ),
    (
        '[customers.mail]\nserver = "a"\nsender = "a@example.com"\nuser = "a"\nstarttls = false',
        "customers.mail: the password would cross the network in the clear",
        "set starttls = true",
    ),
    (
        '[customers.people.csm-1]\nemail = "csm-1"',
        "customers.people.csm-1.email: 'csm-1' is no address",
        'write one such as "name@example.com"',
    ),
    (
        "[customers]\npeople = 7",
        "customers.people: 7 is not a table",
        "write name = value lines under a [section] of its own",
    ),
    (
        '[customers.gitlab]\nproject = ""',
        "customers.gitlab.project: '' is empty",
        "write something or remove the line",
    ),
    (
        '[customers.gitlab]\nlabels = "a"',
        "customers.gitlab.labels: 'a' is not a list",
        "write it in [ ]",
    ),
    (
        "[customers.gitlab]\nrequests = 7",
        "customers.gitlab.requests: 7 is not text",
        "write it in quotes",
    ),
    (
        "[customers.slack]\nenabled = 1",
        "customers.slack.enabled: 1 is neither true nor false",
        "write one of them without quotes",
    ),
    (
        '[customers.slack]\ntoken_from = "xoxb-1"',
        "customers.slack.token_from: it is not the name of a variable of the environment",
        "put the secret in a variable such as GITLAB_TOKEN, and its name here",
    ),
    ("[customers.mail]\nserver = 7", "customers.mail.server: 7 is not text", "write it in quotes"),
    ("[customers.mail]\nport = 0", "customers.mail.port: 0 is too small", "write 1 at the least"),
    (
        '[customers.mail]\nsender = "a"',
        "customers.mail.sender: 'a' is no address",
        'write one such as "name@example.com"',
    ),
    (
        '[customers.mail]\nuser = ""',
        "customers.mail.user: '' is empty",
        "write something or remove the line",
    ),
    (
        "[customers.mail]\nses = 1",
        "customers.mail.ses: 1 is neither true nor false",
        "write one of them without quotes",
    ),
    (
        '[customers.mail]\nses_region = "Ireland"',
        "customers.mail.ses_region: 'Ireland' is not the name of a region",
        'write one such as "eu-west-1"',
    ),
    (
        '[customers.mail]\nses = true\nserver = "a"\nsender = "a@example.com"',
        "customers.mail: both ses and server would take the mails",
        "remove one of the two",
    ),
    (
        "[customers.mail]\nses = true",
        "customers.mail: one of server and sender is missing",
        "give both, or sender and ses = true",
    ),
    (
        '[customers]\nsource = "s3://book"',
        "customers.source: 's3://book' names no object",
        'write "s3://bucket/key"',
    ),
    (
        '[customers]\ntasks = "s3:/book"',
        "customers.tasks: 's3:/book' is not a place in S3",
        'write "s3://bucket/prefix", the bucket in lower case',
    ),
    (
        '[customers.mail]\npassword_from = "a b"',
        "customers.mail.password_from: it is not the name of a variable of the environment",
        "put the secret in a variable such as GITLAB_TOKEN, and its name here",
    ),
    (
        '[customers.mail]\nstarttls = "yes"',
        "customers.mail.starttls: 'yes' is neither true nor false",
        "write one of them without quotes",
    ),
    (
        '[customers]\nsince = "soon"',
        "customers.since: 'soon' is not a date",
        "write one without quotes, such as 2026-12-01",
    ),
    (
        "[customers.usage_goals]\nci = -1",
        "customers.usage_goals.ci: -1 is too small",
        "write 0 at the least",
    ),
    (
        "[customers]\nusage_goals = 1",
        "customers.usage_goals: 1 is not a table",
        "write name = value lines under a [section] of its own",
    ),
    (
        '[customers.goals]\ntime_to_engage = "14d"',
        "customers.goals.time_to_engage: '14d' is not a whole number",
        "write one without quotes, such as 20",
    ),
    (
        '[customers.goals]\ntime_to_first_value = "14d"',
        "customers.goals.time_to_first_value: '14d' is not a whole number",
        "write one without quotes, such as 20",
    ),
    (
        '[customers.goals]\ntime_to_onboard = "14d"',
        "customers.goals.time_to_onboard: '14d' is not a whole number",
        "write one without quotes, such as 20",
    ),
    *(
        (
            f'{SALESFORCE}url = "{url}"',
            "customers.salesforce.url: it is not the address of an organisation",
            'write that of My Domain, such as "https://example.my.salesforce.com"',
        )
        for url in (
            "example.my.salesforce.com",
            "http://example.my.salesforce.com",
            "https://example.my.salesforce.com/home",
            "https://user@example.my.salesforce.com",
            "https://[::1",
        )
    ),
    *(
        (
            f'{SALESFORCE}{key} = "8E5A3C0F-B1-s3cret"',
            f"customers.salesforce.{key}: it is not the name of a variable of the environment",
            "put the secret in a variable such as GITLAB_TOKEN, and its name here",
        )
        for key in ("client_id_from", "client_secret_from")
    ),
    (
        f'{SALESFORCE}api_version = "62"',
        "customers.salesforce.api_version: '62' is no version of the API",
        'write one such as "v62.0"',
    ),
    *(
        (f"{SALESFORCE}{key} = 7", f"customers.salesforce.{key}: 7 is not text", IN_QUOTES)
        for key in ("where", "opportunities")
    ),
    *(
        (
            f'{SALESFORCE}{key} = "Owner.Name"',
            f"customers.salesforce.{key}: 'Owner.Name' is not the name of a field",
            'write its API name, such as "Janitor_Key__c"',
        )
        for key in ("key_field", "user_field")
    ),
    *(
        (f'{SALESFORCE}{key} = ""', f"customers.salesforce.{key}: '' is empty", SOMETHING)
        for key in ("status", "withdrawn", "priority")
    ),
    *(
        (
            f'{SALESFORCE}{key} = {{sa = "X FROM User"}}',
            f"customers.salesforce.{key}.sa: 'X FROM User' is not the name of a field",
            'write its API name, such as "Segment__c" or "Owner.Name"',
        )
        for key in ("account", "contact", "opportunity")
    ),
    (
        f'{SALESFORCE}events = {{Demo = "talk"}}',
        "customers.salesforce.events.Demo: 'talk' is none of the choices",
        "write 'call', 'meeting' or 'mail'",
    ),
    *(
        (f"{SALESFORCE}{key} = 1", f"customers.salesforce.{key}: 1 is not a table", A_TABLE)
        for key in ("account", "contact", "opportunity", "events", "values")
    ),
    ("tags = 1", "tags: 1 is not a table", "write key = value lines under a [section]"),
    ("[lifecyle]", "lifecyle: unknown key 'lifecyle', did you mean 'lifecycle'?", ""),
    (
        'expire_after = "1d"',
        "expire_after: unknown key 'expire_after' here",
        "it belongs in [lifecycle]",
    ),
    (
        'expires_after = "1d"',
        "expires_after: unknown key 'expires_after', did you mean 'expire_after' in [lifecycle]?",
        "",
    ),
    (
        '[tags]\ntimezone = "UTC"',
        "tags.timezone: unknown key 'timezone' here",
        "it belongs at the top (above the first [section])",
    ),
    (
        'external_id = "ours"',
        "external_id: unknown key 'external_id' here",
        "it belongs in an entry of accounts or in [organization]",
    ),
    (
        '[metrics]\nnamespace = "AWS/Janitor"',
        "metrics.namespace: 'AWS/Janitor' is not a namespace of metrics",
        "write 1 to 255 letters, digits or any of _ . - / # : and not AWS/ at its start",
    ),
    ('[notify]\n"a\\nb" = 1', 'notify."a\\nb": unknown key "a\\nb"', KEYS_OF_NOTIFY),
]


# What is not a settings file at all: its bytes, and how the line begins and ends.
NOT_TOML: list[tuple[str, bytes, str]] = [
    (
        "a duration without quotes",
        b"[lifecycle]\nexpire_after = 14d\n",
        r"line 2, column 18: .* in 'expire_after = 14d'; text and durations stand in quotes.*",
    ),
    (
        "a key twice",
        b'timezone = "UTC"\r\ntimezone = "UTC"\r\n',
        r"line 2, column \d+: .* in 'timezone = \"UTC\"'; .* each key and \[section\] only once",
    ),
    ("a section twice", b"[tags]\n[tags]", r"line 2, column \d+: .* in '\[tags\]'; .*"),
    ("text without an end", b'timezone = "UTC', r".*: .*; text and durations .*"),
    ("an unfinished list", b"regions = [", r".*: .*; text and durations .*"),
    ("a day that is not", b"[rollout]\ntag_only_until = 2026-02-30", r"line 2, .*; .*"),
    ("Latin-1", b"a = 1\n# M\xe4rz", r"line 2: byte 0xe4 is not UTF-8; save the file as UTF-8"),
    ("UTF-16", "a = 1".encode("utf-16"), r"line 1: byte 0xf[ef] is not UTF-8; save .*"),
    ("nested without end", b"a = " + b"[" * 9000, r"the lists .* too deep; write them flat"),
    ("digits without end", b"a = " + b"1" * 9000, r"one of the numbers .*; write a shorter one"),
]


@pytest.mark.parametrize(
    ("text", "what", "cure"), REFUSED, ids=[row[1].split(":")[0] for row in REFUSED]
)
def test_a_fault_is_one_line_with_its_place_and_its_cure(
    tmp_path: Path, text: str, what: str, cure: str
) -> None:
    """Each fault is told as `key.path: what was wrong; what to do`."""
    assert faults(tmp_path, text) == [f"{what}; {cure}" if cure else what]


@pytest.mark.parametrize(
    ("content", "line"), [row[1:] for row in NOT_TOML], ids=[r[0] for r in NOT_TOML]
)
def test_what_is_not_toml_is_told_with_its_line(tmp_path: Path, content: bytes, line: str) -> None:
    """A file that cannot be read as TOML names the line, and what is the matter there."""
    (told,) = faults(tmp_path, content)
    assert re.fullmatch(line, told)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """Whoever mends the settings sees every fault in one go, in the order of the contract."""
    text = """
    regoins = "all"
    accounts = [1, "2"]
    kinds = ["x"]
    [lifecycle]
    expire_after = "soon"
    terminate_after = 7
    [limits]
    shut_off = {count = "many", share = 2}
    [ledger]
    s3 = "bucket"
    """
    assert [line.partition(": ")[0] for line in faults(tmp_path, text)] == [
        "accounts[0]",
        "accounts[1].id",
        "kinds[0]",
        "lifecycle.expire_after",
        "lifecycle.terminate_after",
        "limits.shut_off.count",
        "limits.shut_off.share",
        "ledger.s3",
        "regoins",
    ]


def test_an_external_id_is_never_shown(tmp_path: Path) -> None:
    """Neither a fault, nor the list of what holds, nor a log gives an external id away."""
    account = f'accounts = [{{id = "{ID}", role = "{ROLE}", external_id = "%s"}}]'
    assert "s3cret" not in str(faults(tmp_path, account % "s3cret!"))
    settings = read(tmp_path, account % "s3cret")
    assert settings.accounts[0].external_id == "s3cret"
    assert "s3cret" not in f"{effective(settings)} {settings!r}"
    settings = read(tmp_path, f'{DISCOVERED}external_id = "s3cret"')
    assert settings.organization.external_id == "s3cret"
    assert "s3cret" not in f"{effective(settings)} {settings!r}"


def test_every_key_has_its_rows() -> None:
    """No key of the settings is without a row of what it takes and one of what it refuses."""
    keys = {
        key.removesuffix(".ebs_volume")
        for key in keys_of(schema(KINDS))
        if not key.startswith("accounts.")
    }
    assert {key.removesuffix(".ebs_volume") for key, _, _ in ACCEPTED} == keys
    refused = {re.sub(r"\[\d+\]", "", line.partition(":")[0]) for _, line, _ in REFUSED}
    assert keys <= refused | {"ledger"}


def keys_of(part: Mapping[str, Any], at: str = "") -> Iterator[str]:
    """The dotted keys that a schema describes."""
    for key, field in part.get("properties", {}).items():
        inner = list(keys_of(field, f"{at}{key}."))
        yield from inner or [f"{at}{key}"]
