"""The only reader of settings files and of the environment.

Source: command-line.md, "Settings: janitor.toml". TOML becomes frozen, validated values, or one
SettingsError that holds every fault with its place and its cure.
"""

from cs_aws_janitor.settings.distant import load_distant
from cs_aws_janitor.settings.effective import Effective, effective
from cs_aws_janitor.settings.files import load
from cs_aws_janitor.settings.model import Settings
from cs_aws_janitor.settings.names import S3Place
from cs_aws_janitor.settings.schema import schema
from cs_aws_janitor.settings.sections import NAMESPACE, Account, Organization
from cs_aws_janitor.settings.surroundings import price_cache

__all__ = [
    "NAMESPACE",
    "Account",
    "Effective",
    "Organization",
    "S3Place",
    "Settings",
    "effective",
    "load",
    "load_distant",
    "price_cache",
    "schema",
]
