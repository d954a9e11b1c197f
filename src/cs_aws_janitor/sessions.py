"""Sessions of the SDK: quick ones for what is done all day, and whole ones.

A quick one knows of a service the operations that the kinds use, of regions the endpoints of what
it asks (`models/trim.py`), and shows of a listing what the kinds read, as `fast_parser.py` has it.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials
from botocore.loaders import Loader

from cs_aws_janitor.fast_parser import FastParsers

if TYPE_CHECKING:
    from botocore.session import Session

    from cs_aws_janitor.settings import Account

MODELS = Path(__file__).with_name("aws_models")


def quick() -> Session:
    """A session with the credentials that are found the ordinary AWS ways."""
    session = botocore.session.get_session()
    own = (session.get_config_variable("data_path") or "").split(os.pathsep)
    paths = [os.path.expandvars(path) for path in own if path]
    # Who has models of services or endpoints of regions of one's own means them.
    found = [Path(path).expanduser() for path in (*paths, Loader.CUSTOMER_DATA_PATH)]
    return _quick(session, _models(tuple(map(str, [*found, MODELS]))))


@cache
def _models(paths: tuple[str, ...]) -> Loader:
    """What reads the models: each once, for all runs of a daemon and all calls of a function."""
    return _Models(list(paths))


def _quick(session: Session, loader: Any) -> Session:
    session.register_component("data_loader", loader)
    session.register_component("response_parser_factory", FastParsers())
    return session


class _Models(Loader):
    """Takes a service for known where there is a folder for it.

    botocore looks into all of its 440 folders first, and that three times in each process.
    """

    def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002  botocore's signature
        folders = filter(Path.is_dir, map(Path, self.search_paths))
        return sorted({found.name for folder in folders for found in folder.iterdir()})


def whole(like: Session) -> Session:
    """A session for the same caller as `like`, that knows and shows everything."""
    session = botocore.session.get_session()
    return _with_credentials(session, like.get_credentials())


def assumed(by: Session, sts: Any, account: Account, role: str) -> Session:
    """A quick session in `account`, whose credentials are had when needed and renewed.

    `sts` asks for them on behalf of `by`, with which it shares what that has read of the services:
    an account costs a quarter of the memory then.
    """
    extra = {"RoleSessionName": account.session_name}
    if account.external_id:
        extra["ExternalId"] = account.external_id
    fetcher = AssumeRoleCredentialFetcher(
        client_creator=lambda *_, **__: sts,
        source_credentials=by.get_credentials(),
        role_arn=role,
        extra_args=extra,
    )
    renewed = DeferredRefreshableCredentials(fetcher.fetch_credentials, "assume-role")
    session = _quick(botocore.session.get_session(), by.get_component("data_loader"))
    return _with_credentials(session, renewed)


def _with_credentials(session: Session, credentials: Any) -> Session:
    session._credentials = credentials  # type: ignore[attr-defined]  # noqa: SLF001  it has no other way
    return session
