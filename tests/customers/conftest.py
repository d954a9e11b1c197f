"""What the tests of the second wing share."""

from __future__ import annotations

import pytest

from tests.customers.salesforce_fake import FakeSalesforce, fake_salesforce


@pytest.fixture
def salesforce() -> FakeSalesforce:
    """A Salesforce on this machine."""
    return fake_salesforce()
