"""The settings as a whole: what `janitor.toml` may hold, and the rules that come of it."""

# Annotations are read by pydantic at run time, so they are not postponed here.
from datetime import UTC
from pathlib import Path
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    model_validator,
)

from cs_aws_janitor.resources import owners, policy
from cs_aws_janitor.settings import partitions, values
from cs_aws_janitor.settings.customers import Customers
from cs_aws_janitor.settings.faults import fault
from cs_aws_janitor.settings.notifying import Notify
from cs_aws_janitor.settings.owners import Owners
from cs_aws_janitor.settings.sections import (
    Account,
    Backup,
    Extension,
    Ledger,
    Lifecycle,
    Limits,
    Metrics,
    Naming,
    Organization,
    Rollout,
    Section,
    Tags,
)
from cs_aws_janitor.settings.surroundings import around


class Settings(Section):
    """Everything that a team can set.

    `kinds` and `regions` None mean all there are.
    """

    accounts: Annotated[
        tuple[Annotated[Account, BeforeValidator(values.account)], ...],
        BeforeValidator(values.listed),
        AfterValidator(values.distinct_accounts),
    ] = Field((), description="Accounts that `run` and `apply` may touch.")
    regions: values.Regions = Field(None, description='"all" that are enabled, or a list.')
    timezone: values.Zone = Field(
        default_factory=lambda: UTC,
        description="Where a date without a zone is read, such as Europe/Berlin.",
    )
    kinds: values.Kinds = Field(None, description='"all" kinds of resources, or a list.')
    organization: Organization = Organization()
    tags: Tags = Tags()
    lifecycle: Lifecycle = Lifecycle()
    naming: Naming = Naming()
    extension: Extension = Extension()
    backup: Backup = Backup()
    limits: Limits = Limits()
    rollout: Rollout = Rollout()
    # Its default path hangs on the environment, so it is always validated.
    ledger: Ledger = Field(default_factory=dict, validate_default=True)
    owners: Owners = Field(default_factory=dict, validate_default=True)
    notify: Notify = Notify()
    metrics: Metrics = Metrics()
    # Its default paths hang on the environment as well.
    customers: Customers = Field(default_factory=dict, validate_default=True)

    _file: Path | None = PrivateAttr(None)
    _region: str = PrivateAttr("")

    @model_validator(mode="after")
    def _remember_surroundings(self, info: ValidationInfo) -> "Settings":
        self._file, self._region = around(info).file, around(info).region
        return self

    @model_validator(mode="after")
    def _left_alone(self) -> "Settings":
        for account in self.accounts:
            if account.id in self.organization.exclude:
                what = f"account {account.id} stands in accounts and in organization.exclude"
                raise fault(what, "remove one of the two")
        return self

    @model_validator(mode="after")
    def _known_owners(self) -> "Settings":
        for account in self.accounts:
            if account.owner:
                self.owners.require(account.owner)
        return self

    @property
    def file(self) -> Path | None:
        """The settings file as it was named or found; None where the defaults hold."""
        return self._file

    @property
    def partition(self) -> str:
        """The partition that its roles or regions tell of, or else the region chosen for AWS."""
        roles = (account.role for account in self.accounts if account.role)
        listed = (self.regions, *(account.regions for account in self.accounts))
        regions = [each for some in listed for each in some or ()]
        return partitions.told_by(roles, [*regions, self._region])

    def regions_of(self, account: Account) -> tuple[str, ...] | None:
        """The regions to look at in `account`: its own, else those of all; None means all."""
        return account.regions if "regions" in account.model_fields_set else self.regions

    def policy(self) -> policy.Policy:
        """The rules as the pure rooms read them."""
        limits = self.limits
        return policy.Policy(
            timezone=self.timezone,
            keys=policy.TagKeys(**dict(self.tags)),
            naming=policy.Naming(**dict(self.naming)),
            backup=policy.BackupRules(**dict(self.backup)),
            limits=policy.Limits(
                policy.Limit(**dict(limits.shut_off)), policy.Limit(**dict(limits.terminate))
            ),
            rollout=policy.Rollout(self.rollout.tag_only_until, self.rollout.kinds),
            owners=owners.of(
                self.owners.everybody,
                self.owners.fallback,
                self._own_defaults(),
                sender=self.notify.email_from,
                cloudtrail=self.owners.cloudtrail,
            ),
            expire_after=self.lifecycle.expire_after,
            terminate_after=self.lifecycle.terminate_after,
            longest_extension=self.extension.longest,
            notices=policy.Notices(
                self.notify.channels,
                required=bool(self.notify.channels) and self.notify.required is not False,
                before_terminate=self.notify.before_terminate,
                weekly=self.notify.weekday,
            ),
            notify_before=tuple(sorted({span.days for span in self.notify.before}, reverse=True)),
        )

    def _own_defaults(self) -> dict[str, str]:
        return {account.id: account.owner for account in self.accounts if account.owner}
