"""AWS Organizations: whoever belongs to none is told so; moto shows an empty one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from moto.organizations.models import organizations_backends
from moto.utilities.utils import get_partition

from tests.strict.rules import check
from tests.strict.wire import RefusalError

if TYPE_CHECKING:
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
