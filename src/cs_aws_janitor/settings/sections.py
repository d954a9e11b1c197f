"""The sections of `janitor.toml`: their keys and defaults (command-line.md, Settings).

The defaults are those of `Policy`; each description is what an editor shows for the key.
"""

# Annotations are read by pydantic at run time, so they are not postponed here.
from collections.abc import Mapping
from datetime import date
from typing import Any, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)

from cs_aws_janitor.resources import policy
from cs_aws_janitor.settings import names, values
from cs_aws_janitor.settings.faults import fault

RULES = policy.Policy()
SESSION_NAME = "cs-aws-janitor"
NAMESPACE = "Janitor"


class Section(BaseModel):
    """A table of the settings: strict, frozen, and refusing keys that it does not know."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class Account(Section):
    """An account that may be touched.

    `regions` None means all.
    """

    id: values.AccountId = Field(description="Its 12 digits.")
    name: str | None = Field(None, description="What people call it.")
    role: values.Role | None = Field(None, description="ARN of the role to assume in it.")
    external_id: values.ExternalId | None = Field(
        None, repr=False, description="What the trust policy of the role asks for."
    )
    session_name: values.SessionName = Field(
        SESSION_NAME, description="What CloudTrail calls the session of the role."
    )
    regions: values.Regions = Field(
        None, description="Its regions, where they differ from those at the top."
    )
    owner: str | None = Field(
        None, description="Initials of who hears of what is nobody's in it; else owners.fallback."
    )

    @model_validator(mode="after")
    def _role_fits(self) -> "Account":
        if self.external_id and not self.role:
            raise fault("external_id is of no use without a role", "give the role, or remove it")
        if self.role and names.role_account(self.role) != self.id:
            owner = names.role_account(self.role)
            raise fault(f"its role belongs to account {owner}", f"name a role of account {self.id}")
        return self

    @model_serializer(mode="wrap")
    def _shown(self, handler: SerializerFunctionWrapHandler) -> str | dict[str, Any]:
        given = {key: value for key, value in handler(self).items() if key in self.model_fields_set}
        return self.id if given.keys() == {"id"} else given


class Organization(Section):
    """Accounts that are discovered, beside those that are listed.

    A role turns it on. `units` None means all.
    """

    role: values.RoleName | None = Field(
        None, description="Name of the role that each of its accounts has; it turns this on."
    )
    external_id: values.ExternalId | None = Field(
        None, repr=False, description="What the trust policies of the roles ask for."
    )
    session_name: values.SessionName = Field(
        SESSION_NAME, description="What CloudTrail calls the sessions of the roles."
    )
    units: values.Units = Field(
        None, description='"all", or a list of ids; what is nested in them counts as well.'
    )
    exclude: values.AccountIds = Field((), description="Accounts that are left alone.")

    @model_validator(mode="after")
    def _of_use(self) -> "Organization":
        usual = type(self).model_fields
        given = [key for key, value in self if value != usual[key].default]
        if given and not self.role:
            what = f"{given[0]} is of no use without a role"
            raise fault(what, "give the role that each account has, or remove it")
        return self


class Tags(Section):
    """The key of each tag, as it is written.

    Source: aws-lifecycle.md, Tags.
    """

    name: values.TagKey = Field(RULES.keys.name, description="Bears what it is and whose.")
    discovered: values.TagKey = Field(
        RULES.keys.discovered, description="Bears the day of the first sighting."
    )
    expiration: values.TagKey = Field(
        RULES.keys.expiration, description="Bears the date for cleanup, which people may move."
    )
    shut_off: values.TagKey = Field(
        RULES.keys.shut_off, description="Bears when it was shut off because it expired."
    )
    permanent: values.TagKey = Field(
        RULES.keys.permanent, description="Bears why it is permanent and what it is for."
    )
    note: values.TagKey = Field(
        RULES.keys.note, description="Bears what was done last, why, and what comes next."
    )
    owner: values.TagKey = Field(
        RULES.keys.owner, description="Bears whose it is, where its name does not tell: by people."
    )

    @model_validator(mode="after")
    def _distinct_keys(self) -> "Tags":
        uses: dict[str, list[str]] = {}
        for use, key in self:
            uses.setdefault(key.lower(), []).append(use)
        shared = [f"{' and '.join(users)} share one key" for users in uses.values() if users[1:]]
        if shared:
            raise fault(", ".join(shared), "tag keys match in any case, so write different words")
        return self


class Lifecycle(Section):
    """The two spans of a resource's life.

    Source: S3, S5 and S6 of aws-lifecycle.md.
    """

    expire_after: values.Days = Field(
        RULES.expire_after, description="From the first sighting to its Expiration."
    )
    terminate_after: values.Duration = Field(
        RULES.terminate_after, description="From the shut-off on expiration to termination."
    )


class Naming(Section):
    """What a meaningful name is.

    Source: S1 of aws-lifecycle.md.
    """

    pattern: values.Pattern = Field(
        RULES.naming.pattern,
        description="Regular expression that names match from their start; its group `owner` is"
        " who deployed the resource.",
    )
    enforce: bool = Field(
        RULES.naming.enforce,
        description="Shut off what breaks the pattern too, not only what has no name.",
    )
    grace: values.AnyDuration = Field(
        RULES.naming.grace, description="How long a new resource may stay un-named."
    )


class Extension(Section):
    """How far an Expiration may be moved.

    Source: S3 of aws-lifecycle.md.
    """

    longest: values.Days = Field(
        RULES.longest_extension,
        description="`extend` refuses a date further away, and one set by hand is flagged.",
    )


class Backup(Section):
    """What is kept of a resource that is terminated.

    Source: S6 and S7 of aws-lifecycle.md.
    """

    when: Literal["always", "stopped"] = Field(
        "always", description="Back up whatever is terminated, or only what is still off."
    )
    form: Literal["snapshot", "image"] = Field(
        "snapshot", alias="as", description="Snapshots of the volumes, or a machine image."
    )
    keep: values.KeptFor = Field(
        RULES.backup.keep, description='How long a backup is kept, or "forever".'
    )
    when_impossible: Literal["hold", "terminate"] = Field(
        "hold", description="What becomes of a resource that cannot be backed up."
    )
    group_image: bool = Field(
        RULES.backup.group_image,
        description="Make an image of one member of an Auto Scaling group before it is shut off.",
    )


class ShutOffLimit(Section):
    """The most that is shut off per account, region, kind and run."""

    count: values.Count = Field(RULES.limits.shut_off.count, description="Resources at most.")
    share: values.Share = Field(
        RULES.limits.shut_off.share, description="Of all seen, from 0 to 1; from 10 resources up."
    )


class TerminateLimit(Section):
    """The most that is terminated per account, region, kind and run."""

    count: values.Count = Field(RULES.limits.terminate.count, description="Resources at most.")
    share: values.Share = Field(
        RULES.limits.terminate.share, description="Of all seen, from 0 to 1; from 10 resources up."
    )


class Limits(Section):
    """Past one of these a run aborts the kind before its first action.

    Source: aws-lifecycle.md, Guard rails.
    """

    shut_off: ShutOffLimit = Field(ShutOffLimit(), description="The most that is shut off.")
    terminate: TerminateLimit = Field(TerminateLimit(), description="The most that is terminated.")


class Rollout(Section):
    """A gentle first install: until a day nothing happens but tagging.

    Source: aws-lifecycle.md, Guard rails.
    """

    tag_only_until: date | None = Field(
        None, description="The first day on which more than tagging may happen."
    )
    kinds: Mapping[values.KindName, date] = Field(
        {}, description="The same for single kinds; the later of the two days counts."
    )


class Ledger(Section):
    """Where what was done is written down: a file or a place in S3."""

    s3: values.S3 = Field(None, description="s3://bucket/prefix, for several machines or Lambda.")
    path: values.LedgerPath = Field(
        None,
        validate_default=True,
        description="A file, from the folder of the settings. Without path and s3:"
        " cs-aws-janitor/ledger.jsonl in $XDG_STATE_HOME or ~/.local/state.",
    )

    @model_validator(mode="after")
    def _one_place(self) -> "Ledger":
        if self.s3 and self.path:
            raise fault("path and s3 are both given", "keep one of the two")
        return self


class Metrics(Section):
    """Where CloudWatch keeps what the log line of a run tells."""

    namespace: values.Namespace = Field(
        NAMESPACE, description="The namespace of its metrics; another one for each janitor."
    )
