"""Who is let in: a browser that was given the secret of this server, at an address of this machine.

Any page that a browser shows can send requests to this machine, and any user of the machine can
reach a port on loopback. So there are three questions. The address that was asked for must be no
name that somebody else may have pointed here (DNS rebinding). What opens an explorer must come from
our own page (the origin; browsers let no page lie about it). And the secret, which only the printed
address has, must be there.
"""

import hmac
import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?")


def is_loopback(host: str) -> bool:
    """Is `host`, a name or an address, reached from this machine alone?"""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def is_ours(asked: str, names: Collection[str]) -> bool:
    """Is `asked`, a Host header, an address or one of our `names` (lower case)?

    Whoever points a name of theirs at this machine still has that name in the header; an address
    cannot be pointed anywhere, so each will do.
    """
    found = _HOST.fullmatch(asked)
    if found is None or int(found[2] or 0) > 65535:
        return False
    name = found[1].strip("[]").lower()
    if name in names:
        return True
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_same_origin(origin: str | None, asked: str) -> bool:
    """Does a request to `asked`, a Host header, come from our own page? None: it does not say."""
    if origin is None:
        return False
    try:
        return urlsplit(origin).netloc.lower() == asked.lower()
    except ValueError:
        return False


def is_secret(given: str | None, secret: str) -> bool:
    """Is what was `given` the `secret`? Takes the same time whatever was given."""
    if given is None:
        return False
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())
