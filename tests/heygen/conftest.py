"""A client against the stand-in, a client against one handler function, and no waiting."""

from collections.abc import AsyncIterator, Callable, Iterator

import httpx
import pytest
import stamina

from bot.heygen.client import HeyGenClient
from bot.sandbox.heygen.server import HeyGenSandbox
from tests.contract.transport import ContractedTransport

KEY = "hg_test_0123456789abcdef"
TLS = httpx.create_ssl_context()  # made once: reading the certificates takes longer than a test


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
async def heygen() -> AsyncIterator[HeyGenSandbox]:
    sandbox = HeyGenSandbox(api_key=KEY)
    await sandbox.start()
    yield sandbox
    await sandbox.stop()


@pytest.fixture
async def client(heygen: HeyGenSandbox) -> AsyncIterator[HeyGenClient]:
    client = HeyGenClient(KEY, heygen.url, transport=httpx.AsyncHTTPTransport(verify=TLS))
    yield client
    await client.close()


@pytest.fixture
async def client_of() -> AsyncIterator[Callable[..., HeyGenClient]]:
    """client_of(handler): a client whose requests go to that function; `odd` as its answers."""
    clients: list[HeyGenClient] = []

    def build(
        handler: Callable[[httpx.Request], httpx.Response], *, odd: bool = False
    ) -> HeyGenClient:
        clients.append(HeyGenClient(KEY, transport=ContractedTransport(handler, odd=odd)))
        return clients[-1]

    yield build
    for client in clients:
        await client.close()
