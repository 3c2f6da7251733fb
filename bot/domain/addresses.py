"""Which links of people's may be followed, by us or by HeyGen: https, public, no secret in them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import SplitResult, quote, unquote, urlsplit, urlunsplit

from bot.domain import texts
from bot.domain.words import Text

LINK_MAX_CHARS = 2_000  # longer ones are refused by some servers on the way
SHOWN_MAX_CHARS = 80
NO_HOSTS: frozenset[str] = frozenset()

# By RFC 6761, RFC 8375 and what routers and companies use at home.
_HOME_NAMES = (
    *("localhost", "local", "internal", "intranet", "lan", "home", "corp", "private"),
    *("home.arpa", "localdomain"),
)
_SLACK_HOSTS = ("slack.com", "slack-files.com")  # need a token, which nobody else may see
_PAGE_ENDINGS = frozenset({*("html", "htm", "xhtml", "shtml"), *("php", "asp", "aspx", "jsp")})
_OTHER_ENDINGS = frozenset(
    {
        *("gif", "webp", "heic", "heif", "avif", "svg", "bmp", "tif", "tiff", "psd"),
        *("mov", "avi", "mkv", "wmv", "m4a", "aac", "ogg", "flac"),
        *("doc", "docx", "odt", "rtf", "ppt", "pptx", "xls", "xlsx", "zip", "gz"),
        *("txt", "md", "csv", "srt", "json", "xml"),
    }
)
_NUMBER_LABEL = re.compile(r"\d+|0[xX][0-9a-fA-F]*")  # in the last place: an IPv4 address
# IANA, IPv4 Special-Purpose Address Registry and multicast, all that is not for everybody's traffic
# (RFC 6890, 8190, 5736, 7534, 7535, 7723, 8155; 192.88.99.0/24 by RFC 7526).
_SPECIAL_4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24"),
        *("192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15"),
        *("198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
# Of IPv6 only 2000::/3 is given out (IANA, IPv6 Address Space), without what the IPv6
# Special-Purpose Address Registry takes out of it: protocols with Teredo, documentation, 6to4,
# AS112, documentation again. Segment routing (5f00::/16) lies outside.
_UNICAST_6 = ipaddress.IPv6Network("2000::/3")
_SPECIAL_6 = tuple(
    ipaddress.IPv6Network(network)
    for network in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
# With an IPv4 address in the last four bytes: IPv4-mapped, and NAT64 (RFC 6052).
_CARRIERS = (ipaddress.IPv6Network("::ffff:0:0/96"), ipaddress.IPv6Network("64:ff9b::/96"))
_PATH_SAFE, _QUERY_SAFE = "/%:@!$&'()*+,;=~", "/%:@!$&'()*+,;=~?"


def link_fault(link: str, allowed_hosts: Collection[str] = NO_HOSTS) -> Text | None:
    """Why this link cannot be handed to HeyGen, as far as its text tells; None if it can.

    `allowed_hosts` may be reached by http and on any port too: the sandbox on this machine.
    """
    fault = _fault(link, allowed_hosts)
    return fault and fault.format(
        link=shown_link(link),
        count=len(link),
        most=LINK_MAX_CHARS,
        allowed=texts.ALLOWED_LINK_TYPES,
    )


def _fault(link: str, allowed_hosts: Collection[str]) -> Text | None:
    if len(link) > LINK_MAX_CHARS:
        return texts.LINK_TOO_LONG
    url = _split(link)
    if url is None or not url.scheme:
        return texts.LINK_UNREADABLE
    if "@" in url.netloc:
        return texts.LINK_WITH_LOGIN
    if url.scheme in ("http", "https") and url.hostname in allowed_hosts:
        return _name_fault(url)
    if url.scheme != "https":
        return texts.LINK_NOT_HTTPS
    if url.port not in (None, 443):
        return texts.LINK_WITH_PORT
    return _host_fault(url.hostname or "") or _name_fault(url)


def plain_link(link: str) -> str:
    """The link as every program spells it: ASCII, lower-case host, no trailing dot, no fragment.

    What cannot be read stays as it is: `link_fault` has a sentence for it.
    """
    url = _split(link)
    if url is None or not url.hostname or "@" in url.netloc:
        return link
    host = ascii_host(url.hostname) or url.hostname
    host = f"[{host}]" if ":" in host else host
    netloc = host if url.port is None else f"{host}:{url.port}"
    path, query = quote(url.path, safe=_PATH_SAFE), quote(url.query, safe=_QUERY_SAFE)
    return urlunsplit((url.scheme, netloc, path, query, ""))


def link_name(link: str) -> str:
    """What to call it among the attachments: its file's name, else its host."""
    url = _split(link)
    if url is None:
        return shown_link(link)
    name = unquote(url.path.rstrip("/").rpartition("/")[2]) or url.hostname or link
    return " ".join(name.split())[:SHOWN_MAX_CHARS]


def ending_of(name: str) -> str:
    """The extension, lower case, without its dot; empty when there is none."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def shown_link(link: str) -> str:
    """The link for a sentence: short, and without the query, which may hold a secret."""
    short = link.partition("?")[0] or link
    return short if len(short) <= SHOWN_MAX_CHARS else short[: SHOWN_MAX_CHARS - 1] + "…"


def ascii_host(host: str) -> str:
    """The name as DNS has it, without trailing dots; empty when there is no such name.

    Also turns ideographic dots and full-width digits, which some programs read as plain ones.
    """
    if ":" in host:  # IPv6, which urlsplit has taken out of its brackets
        return host
    try:
        return host.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:
        return ""


def is_public_address(address: str) -> bool:
    """Whether this IP address is one of the internet's: not private, local, multicast or reserved.

    Addresses that carry another one inside (IPv4-mapped, NAT64) count as what they carry. Decided
    by the tables at the top, for what Python's own says differs from release to release.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv4Address):
        return not any(ip in network for network in _SPECIAL_4)
    if ip.scope_id is not None:
        return False
    for prefix in _CARRIERS:
        if ip in prefix:
            return is_public_address(str(ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)))
    return ip in _UNICAST_6 and not any(ip in network for network in _SPECIAL_6)


def _split(link: str) -> SplitResult | None:
    """None for what is no address at all: a blank or control character in it, an odd port."""
    if not link.isprintable() or any(char.isspace() or char == "\\" for char in link):
        return None
    try:
        url = urlsplit(link)
        _ = url.port  # raises where it is no number
    except ValueError:
        return None
    return url


def _host_fault(host: str) -> Text | None:
    name = ascii_host(host)
    if not name:
        return texts.LINK_UNREADABLE
    if ":" in name or _NUMBER_LABEL.fullmatch(name.rpartition(".")[2]):
        return None if is_public_address(name) else texts.LINK_PRIVATE
    if "." not in name or _is_within(name, _HOME_NAMES):
        return texts.LINK_PRIVATE
    return texts.LINK_TO_SLACK if _is_within(name, _SLACK_HOSTS) else None


def _is_within(name: str, domains: Collection[str]) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in domains)


def _name_fault(url: SplitResult) -> Text | None:
    ending = ending_of(unquote(url.path).rpartition("/")[2])
    if ending in _PAGE_ENDINGS or url.path in ("", "/"):
        return texts.LINK_TO_PAGE
    if ending in _OTHER_ENDINGS:
        return texts.LINK_OTHER_TYPE
    return None
