"""Which links may be handed on: https, public, no secret in them, no web page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import texts
from bot.domain.addresses import (
    LINK_MAX_CHARS,
    is_public_address,
    link_fault,
    link_name,
    plain_link,
    shown_link,
)

SANDBOX = frozenset({"127.0.0.1"})

GOOD = [
    "https://files.example.com/logo.png",
    "https://files.example.com:443/logo.png",
    "https://files.example.com/download?id=7&name=logo.gif",
    "https://files.example.com/v1.2/asset",
    "https://files.example.com/a.jpeg?X-Signature=abc%2Fdef",
    "https://xn--exmple-cua.com/a.pdf",
    "https://8.8.8.8/a.png",
    "https://[2001:4860:4860::8888]/a.png",
    "https://slack.com.example.org/a.png",
    "https://notlocal/a.png".replace("notlocal", "notlocal.com"),
]

REFUSED = {
    texts.LINK_UNREADABLE: [
        "",
        "logo.png",
        "//files.example.com/a.png",
        "https:///a.png",
        "https://files.example.com/a b.png",
        "https://files.example.com\\@127.0.0.1/a.png",
        "https://files.example.com/a\u200b\n.png",
        "https://files.example.com:port/a.png",
        "https://files..example.com/a.png",
        "https://[::1/a.png",
        f"https://{'a' * 64}.com/a.png",
    ],
    texts.LINK_NOT_HTTPS: [
        "http://files.example.com/a.png",
        "ftp://files.example.com/a.png",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "mailto:ana@example.com",
    ],
    texts.LINK_WITH_LOGIN: [
        "https://ana:secret@files.example.com/a.png",
        "https://ana@files.example.com/a.png",
        "https://files.slack.com@127.0.0.1/a.png",
    ],
    texts.LINK_WITH_PORT: [
        "https://files.example.com:8443/a.png",
        "https://files.example.com:0/a.png",
    ],
    texts.LINK_PRIVATE: [
        "https://127.0.0.1/a.png",
        "https://127.1/a.png",
        "https://2130706433/a.png",
        "https://0177.0.0.1/a.png",
        "https://0x7f.0.0.1/a.png",
        "https://0x7f000001/a.png",
        "https://127.0.0.1./a.png",
        "https://１２７.0.0.1/a.png",  # noqa: RUF001 - full-width digits
        "https://127。0。0。1/a.png",
        "https://10.1.2.3/a.png",
        "https://172.16.0.1/a.png",
        "https://192.168.1.1/a.png",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1/a.png",
        "https://0.0.0.0/a.png",
        "https://224.0.0.1/a.png",
        "https://255.255.255.255/a.png",
        "https://[::1]/a.png",
        "https://[::]/a.png",
        "https://[::ffff:10.0.0.1]/a.png",
        "https://[::ffff:a00:1]/a.png",
        "https://[fc00::1]/a.png",
        "https://[fe80::1]/a.png",
        "https://[fe80::1%25eth0]/a.png",
        "https://[ff02::1]/a.png",
        "https://[64:ff9b::a00:1]/a.png",
        "https://[2002:a00:1::]/a.png",
        "https://localhost/a.png",
        "https://LOCALHOST./a.png",
        "https://app.localhost/a.png",
        "https://intranet/a.png",
        "https://nas.local/a.png",
        "https://vault.internal/a.png",
        "https://printer.home.arpa/a.png",
    ],
    texts.LINK_TO_SLACK: [
        "https://files.slack.com/files-pri/T1-F1/a.png",
        "https://acme.slack.com/archives/C1",
        "https://FILES.slack.com./a.png",
        "https://slack-files.com/T1-F1-abc",
    ],
    texts.LINK_TO_PAGE: [
        "https://example.com",
        "https://example.com/?q=tea",
        "https://example.com/about.html",
        "https://example.com/index.PHP?id=1",
        "https://example.com/a%2Ehtml",
    ],
    texts.LINK_OTHER_TYPE: [
        "https://example.com/a.gif",
        "https://example.com/a.webp?w=100",
        "https://example.com/a.DOCX",
        "https://example.com/notes.txt",
        "https://example.com/a.mov",
    ],
    texts.LINK_TOO_LONG: ["https://example.com/" + "a" * LINK_MAX_CHARS],
}


@pytest.mark.parametrize("link", GOOD)
def test_public_https_link_to_a_file_has_no_fault(link: str) -> None:
    assert link_fault(link) is None


@pytest.mark.parametrize(
    ("sentence", "link"),
    [(sentence, link) for sentence, links in REFUSED.items() for link in links],
    ids=lambda value: value[:60],
)
def test_other_link_is_refused_with_its_reason(sentence: str, link: str) -> None:
    fault = link_fault(link)

    assert fault is not None
    assert fault.template == sentence
    assert "{" not in fault


def test_secret_in_the_query_is_not_shown() -> None:
    fault = link_fault("https://example.com/a.gif?Signature=secret")

    assert fault is not None
    assert "secret" not in fault


def test_link_of_the_greatest_length_is_taken() -> None:
    start = "https://example.com/"

    assert link_fault(start + "a" * (LINK_MAX_CHARS - len(start))) is None


def test_sandbox_of_this_machine_may_be_linked_to_when_it_is_allowed() -> None:
    assert link_fault("http://127.0.0.1:8123/files/a.png", SANDBOX) is None
    assert link_fault("http://127.0.0.1:8123/files/a.html", SANDBOX) is not None
    assert link_fault("http://ana@127.0.0.1:8123/a.png", SANDBOX) is not None
    assert link_fault("ftp://127.0.0.1:8123/a.png", SANDBOX) is not None
    assert link_fault("http://127.0.0.2:8123/a.png", SANDBOX) is not None


@pytest.mark.parametrize(
    ("typed", "plain"),
    [
        ("HTTPS://Files.Example.COM./A%20b.png#top", "https://files.example.com/A%20b.png"),
        ("https://exämple.com/ü.png", "https://xn--exmple-cua.com/%C3%BC.png"),
        ("https://e.com:443/a?x=ü&y=%2F", "https://e.com:443/a?x=%C3%BC&y=%2F"),
        ("https://[2001:DB8::1]/a", "https://[2001:db8::1]/a"),
        ("just words", "just words"),
        ("https://a@b.com/x", "https://a@b.com/x"),
    ],
)
def test_link_is_spelled_as_every_program_spells_it(typed: str, plain: str) -> None:
    assert plain_link(typed) == plain
    assert plain_link(plain) == plain


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://e.com/a/My%20Logo.png?sig=1", "My Logo.png"),
        ("https://e.com/a/folder/", "folder"),
        ("https://e.com/", "e.com"),
        ("no link", "no link"),
    ],
)
def test_link_is_called_by_its_file_or_its_host(link: str, name: str) -> None:
    assert link_name(link) == name


@given(st.text(max_size=300) | st.text(max_size=300).map("https://".__add__))
def test_whatever_is_typed_is_judged_in_words(text: str) -> None:
    link = plain_link(text)
    fault = link_fault(link)

    assert fault is None or "“" in fault
    assert plain_link(link) == link
    assert len(shown_link(text)) <= 80
    assert fault is not None or (link.startswith("https://") and link.isascii())


@given(st.ip_addresses(v=4))
def test_v4_address_inside_another_counts_as_what_it_is(address: object) -> None:
    assert is_public_address(f"::ffff:{address}") == is_public_address(str(address))


@given(st.ip_addresses(v=4))
def test_no_spelling_of_a_private_address_gets_through(address: object) -> None:
    number = int(address)  # type: ignore[call-overload]
    spellings = (str(number), hex(number), f"::ffff:{address}", f"{address}.", str(address))

    if not is_public_address(str(address)):
        for host in spellings:
            link = f"https://[{host}]/a" if ":" in host else f"https://{host}/a"
            assert link_fault(link) is not None
            assert link_fault(plain_link(link)) is not None


def test_what_is_no_address_is_not_public() -> None:
    assert not is_public_address("example.com")
    assert not is_public_address("")


PUBLIC_ADDRESSES = [
    *("1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0"),
    *("126.255.255.255", "128.0.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0"),
    *("198.17.255.255", "198.20.0.0", "223.255.255.255"),
    *("2001:200::", "2001:4860:4860::8888", "2606:4700::1111", "2a00:1450::1", "2003::1"),
    *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
]
SPECIAL_ADDRESSES = [
    *("0.0.0.0", "0.1.2.3", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255"),
    *("127.0.0.1", "127.255.255.255", "169.254.0.0", "169.254.169.254", "172.16.0.0"),
    *("172.31.255.255", "192.0.0.0", "192.0.0.8", "192.0.0.9", "192.0.0.10", "192.0.0.170"),
    *("192.0.0.192", "192.0.0.255", "192.0.2.1", "192.31.196.1", "192.52.193.1", "192.88.99.1"),
    *("192.168.0.1", "192.175.48.1", "198.18.0.0", "198.19.255.255", "198.51.100.1"),
    *("203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"),
    *("::", "::1", "::8.8.8.8", "100::1", "100:0:0:1::1", "5f00::1", "fc00::1", "fdff::1"),
    *("fe80::1", "fe80::1%eth0", "2606:4700::1111%1", "febf::1", "fec0::1", "feff::1", "ff02::1"),
    *("2001::1", "2001:0:4136:e378::1", "2001:1::1", "2001:2::1", "2001:3::1", "2001:4:112::1"),
    *("2001:10::1", "2001:20::1", "2001:30::1", "2001:1ff::1", "2001:db8::1", "3fff::1"),
    *("2002:808:808::1", "2002:a00:1::1", "2620:4f:8000::1", "4000::1", "e000::1"),
    *("::ffff:10.0.0.1", "::ffff:192.0.0.192", "::ffff:169.254.169.254", "::ffff:0:8.8.8.8"),
    *("64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8"),
    *("", "8.8.8", "example.com", "8.8.8.8/32", "08.8.8.8"),
]


@pytest.mark.parametrize("address", PUBLIC_ADDRESSES)
def test_address_of_the_internet_is_public_with_any_python(address: str) -> None:
    assert is_public_address(address)


@pytest.mark.parametrize("address", SPECIAL_ADDRESSES)
def test_special_address_is_not_public_with_any_python(address: str) -> None:
    assert not is_public_address(address)
