"""AWS Organizations: what people make of it; and whoever belongs to none is told so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.organizations.models import organizations_backends
from moto.utilities.utils import get_partition

from tests.strict.rules import check
from tests.strict.wire import RefusalError

if TYPE_CHECKING:
    from tests.strict.aws import Account
    from tests.strict.world import Exchange


@check
def belongs_to_one(exchange: Exchange) -> None:
    """There is nothing to list before an organisation was made."""
    request = exchange.request
    if request.service != "organizations" or not request.operation.startswith("List"):
        return
    if organizations_backends[request.account][get_partition(request.region)].org is None:
        message = "Your account is not a member of an organization."
        raise RefusalError("AWSOrganizationsNotInUseException", message)


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation of people, managed from the account of `client`."""

    client: Any
    root: str

    def unit(self, name: str, within: str | None = None) -> str:
        """Make an organisational unit; its id."""
        made = self.client.create_organizational_unit(ParentId=within or self.root, Name=name)
        return str(made["OrganizationalUnit"]["Id"])

    def account(self, name: str, within: str | None = None) -> str:
        """Make an account in a unit; its id."""
        made = self.client.create_account(AccountName=name, Email=f"{name}@example.com")
        number = str(made["CreateAccountStatus"]["AccountId"])
        if within:
            self.client.move_account(
                AccountId=number, SourceParentId=self.root, DestinationParentId=within
            )
        return number


def founded(account: Account, region: str = "eu-west-1") -> Organisation:
    """An organisation that the account of `account` manages, in the partition of `region`."""
    client = account.client("organizations", region)
    client.create_organization(FeatureSet="ALL")
    return Organisation(client, client.list_roots()["Roots"][0]["Id"])
