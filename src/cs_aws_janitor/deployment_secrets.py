"""Where the secrets of functions are: in Parameter Store, each under its variable's name.

None of them stands in the template. Text out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_FOLDER = "/cs-aws-janitor/secrets"
_PARAMETERS = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter"


def secrets(variables: Iterable[str]) -> list[str]:
    """The lines by which each variable of a function says in which parameter its secret is."""
    return [f'{name}: "ssm:{_FOLDER}/{name}"' for name in variables]


def parameter(variable: str) -> str:
    """The ARN of the parameter that holds the secret of a variable, as CloudFormation makes it."""
    return f'!Sub "{_PARAMETERS}{_FOLDER}/{variable}"'
