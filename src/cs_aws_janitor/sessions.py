"""Sessions of the SDK: quick ones for what is done all day, and whole ones.

A quick one knows of a service the operations that the kinds use (`models/trim.py`), and shows of a
listing what they read (`fast_parser.py`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import botocore.session
from botocore.credentials import AssumeRoleCredentialFetcher, DeferredRefreshableCredentials

from cs_aws_janitor.fast_parser import FastParsers

if TYPE_CHECKING:
    from botocore.session import Session

    from cs_aws_janitor.settings import Account

MODELS = Path(__file__).with_name("aws_models")


def quick() -> Session:
    """A session with the credentials that are found the ordinary AWS ways."""
    session = botocore.session.get_session()
    paths = (str(MODELS), session.get_config_variable("data_path"))
    return _quick(session, botocore.session.create_loader(os.pathsep.join(filter(None, paths))))


def _quick(session: Session, loader: Any) -> Session:
    session.register_component("data_loader", loader)
    session.register_component("response_parser_factory", FastParsers())
    return session


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
