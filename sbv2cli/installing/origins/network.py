"""Files behind addresses, and what the network and the hub answer instead of them.

Only `hub.py`, `url.py` and this module use huggingface_hub (extra `hub`) and the HTTP client that
it brings. They honour HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE and proxies. The bytes are asked for
here and not by the hub's own download: that one begins anew in each process and compares no hashes.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import BinaryIO

import httpx2
from huggingface_hub import constants, errors, get_session, hf_raise_for_status

from sbv2cli.errors import MachineError
from sbv2cli.files import write_all
from sbv2cli.installing.origins.origin import Moved

# Nobody is told which packages this machine has.
constants.HF_HUB_DISABLE_TELEMETRY = True

# Seconds before each new try; bytes that came in between begin the row anew.
WAITS = (0.0, 1.0, 2.0, 4.0, 8.0)
PARTIAL = 206
_BUSY = frozenset({408, 429, 500, 502, 503, 504})
_DENIED = frozenset({401, 403})
_ABSENT = frozenset({404, 410})


def download(
    url: str, headers: Mapping[str, str], out: BinaryIO, span: range, moved: Moved, *, what: str
) -> None:
    """Append what `out` lacks of a span of bytes, asking again where a connection breaks off."""
    waits, furthest = list(WAITS), out.tell()
    why = "the connection broke off"
    while out.tell() < len(span):
        rest = span[out.tell() :]
        try:
            with explained(what, url), request(url, headers, rest) as answer:
                if answer.status_code in _BUSY and waits:
                    why = f"the server answered {answer.status_code}"
                else:
                    refuse(answer, what, url)
                    _append(answer, out, span, moved)
        except httpx2.TransportError as error:
            why = str(error) or why
        if out.tell() > furthest:
            waits, furthest = list(WAITS), out.tell()
        elif out.tell() < len(span):
            if not waits:
                raise unreachable(url, why)
            time.sleep(waits.pop(0))


@contextmanager
def request(url: str, headers: Mapping[str, str], span: range) -> Iterator[httpx2.Response]:
    """An open answer with these bytes, or with all where the server keeps no ranges."""
    wanted = {
        **headers,
        "Accept-Encoding": "identity",
        "Range": f"bytes={span.start}-{span.stop - 1}",
    }
    timeout = constants.HF_HUB_DOWNLOAD_TIMEOUT
    with get_session().stream("GET", url, headers=wanted, timeout=timeout) as answer:
        yield answer


def refuse(answer: httpx2.Response, what: str, url: str) -> None:
    """Raise what an answer without the bytes means; only the hub gives a code with it."""
    if "X-Error-Code" in answer.headers:
        hf_raise_for_status(answer)
    if not answer.is_success:
        raise _answered(what, url, answer.status_code)


def _append(answer: httpx2.Response, out: BinaryIO, span: range, moved: Moved) -> None:
    have = out.tell()
    if answer.status_code != PARTIAL and span.start + have:
        if span.start:
            raise whole_only(str(answer.url))
        out.seek(0)
        out.truncate()
        moved(-have)
    for block in answer.iter_bytes():
        write_all(out, block)
        moved(len(block))
        if out.tell() > len(span):
            return  # more than there should be; whoever compares the hash says so


@contextmanager
def explained(what: str, url: str) -> Iterator[None]:
    """What the hub or the network refuses inside is an error that says what to do."""
    try:
        yield
    except errors.OfflineModeIsEnabled:
        raise MachineError(
            "hub.offline",
            "HF_HUB_OFFLINE is set, so nothing is fetched",
            at=url,
            hint="unset HF_HUB_OFFLINE, or install from a file or folder of this machine",
        ) from None
    except errors.GatedRepoError:
        raise MachineError(
            "hub.gated",
            f'"{what}" is given only to people who accept its terms',
            at=url,
            hint="accept them on its page, then set HF_TOKEN to a token of your account,"
            " or log in: hf auth login",
        ) from None
    except errors.RevisionNotFoundError:
        raise MachineError(
            "hub.revision",
            f'"{what}" has no such branch, tag or commit',
            at=url,
            hint="leave the revision out, or see the list on its page",
        ) from None
    except (errors.RepositoryNotFoundError, errors.EntryNotFoundError):
        raise not_found(what, url) from None
    except errors.HfHubHTTPError as error:
        raise _answered(what, url, error.response.status_code) from None
    except errors.HFValidationError:
        raise not_found(what, url) from None


def not_found(what: str, url: str) -> MachineError:
    """There is no such repository, file or page; or it is private."""
    return MachineError(
        "hub.not-found",
        f'there is no "{what}", or it is private',
        at=url,
        hint="check how it is written; for a private one set HF_TOKEN, or log in: hf auth login",
    )


def whole_only(url: str) -> MachineError:
    """The server keeps no ranges, and a part is needed."""
    return MachineError(
        "hub.refused",
        "the server gives a file only whole, so the voices in it cannot be listed",
        at=url,
        hint="download the file by other means, then: sbv2 voices install FILE",
    )


_ERRNO = re.compile(r"^\[Errno -?\d+\] ")


def unreachable(url: str, why: str) -> MachineError:
    """Nothing answers there, or no longer."""
    return MachineError(
        "hub.offline",
        f"the server cannot be reached: {_ERRNO.sub('', why).lower()}",
        at=url,
        hint="look at the network, and at HTTPS_PROXY if there is a proxy; then run the same"
        " command again: it goes on where it stopped",
    )


def _answered(what: str, url: str, status: int) -> MachineError:
    if status in _DENIED | _ABSENT:
        return not_found(what, url)
    return MachineError(
        "hub.refused",
        f"the server answered {status}",
        at=url,
        hint="wait a while, then run the same command again: it goes on where it stopped",
    )
