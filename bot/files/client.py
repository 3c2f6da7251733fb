"""How files go over HTTP, both ways and to whomever: one kind of client, one look at a length."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

import httpx


def file_client(
    *,
    timeout: httpx.Timeout,
    trusts_env: bool,
    tls: ssl.SSLContext | None,
    headers: Mapping[str, str] | None = None,
    limits: httpx.Limits | None = None,
    proxy: str | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> httpx.AsyncClient:
    """A client that follows no redirect by itself: where one leads is checked first.

    Without `trusts_env` no proxy and no ~/.netrc of this machine is used. `tls` is the context to
    share with other clients, `transport` replaces the network.
    """
    return httpx.AsyncClient(
        headers=headers,
        follow_redirects=False,
        timeout=timeout,
        # The default is httpx's own, which has no public name.
        limits=limits or httpx.Limits(max_connections=100, max_keepalive_connections=20),
        proxy=proxy,
        transport=transport,
        trust_env=trusts_env,
        verify=tls or True,
    )


def told_bytes(answer: httpx.Response) -> int | None:
    """How long the answer says it is; None when it does not say, or nothing that is a length."""
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isascii() and length.isdigit() else None
