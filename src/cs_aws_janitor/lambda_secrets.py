"""The environment of a function, in which a secret may stand elsewhere: in Parameter Store.

Whoever may look at a function sees its variables. So one that holds `ssm:/name` stands for what
the parameter of that name holds, and is read by the function alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cs_aws_janitor.resources.refusals import Refusal, Sort, attempt
from cs_aws_janitor.shared.errors import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable

ELSEWHERE = "ssm:/"
_MISSING = "ParameterNotFound"


class Secrets(Mapping[str, str]):
    """The variables of `environ`. `client` gives the client of a service, once one is needed."""

    def __init__(self, environ: Mapping[str, str], client: Callable[[str], Any]) -> None:
        self._environ = environ
        self._client = client
        self._read: dict[str, str] = {}

    def __getitem__(self, variable: str) -> str:
        """What it holds, or stands for. Raises RefusedError where that cannot be read."""
        value = self._environ[variable]
        if not value.startswith(ELSEWHERE):
            return value
        if variable not in self._read:
            self._read[variable] = self._fetched(variable, value.removeprefix("ssm:"))
        return self._read[variable]

    def __iter__(self) -> Iterator[str]:
        """Their names."""
        return iter(self._environ)

    def __len__(self) -> int:
        """How many there are."""
        return len(self._environ)

    def _fetched(self, variable: str, name: str) -> str:
        def get() -> str:
            answer = self._client("ssm").get_parameter(Name=name, WithDecryption=True)
            return str(answer["Parameter"]["Value"])

        value = attempt(get)
        if not isinstance(value, Refusal):
            return value
        what = f"the variable {variable} names the parameter {name}"
        if value.code == _MISSING:
            cure = f"aws ssm put-parameter --name {name} --type SecureString --value ..."
            raise RefusedError(f"{what}, and there is none", f"Write it: {cure}")
        cure = "Run it again later"
        if value.sort is Sort.DENIED:
            cure = "Allow ssm:GetParameter on it, and kms:Decrypt with its key, to the function"
        raise RefusedError(f"{what}, which cannot be read ({value.sentence})", cure)
