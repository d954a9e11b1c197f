"""Elastic IP addresses: none goes while it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.strict import backend
from tests.strict.rules import rule
from tests.strict.wire import RefusalError

if TYPE_CHECKING:
    from tests.strict.wire import Answer
    from tests.strict.world import Exchange


@rule("ec2:ReleaseAddress")
def release(exchange: Exchange) -> Answer:
    """Refused while it is associated; moto would take it away."""
    wanted = exchange.request.form.get("AllocationId")
    for address in backend.ec2(exchange.request).addresses:
        if address.allocation_id == wanted and address.association_id:
            raise RefusalError("InvalidIPAddress.InUse", f"Address {address.public_ip} is in use.")
    return exchange.forward(None)
