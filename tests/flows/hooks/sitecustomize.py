"""Writes down every address that a Python process turns to, and refuses all that are not on this machine."""

import os
import sys

_LOG = os.environ.get("CAUSAL_SSM_SOCKETS")
_HERE = ("127.", "::1", "localhost")


def _told(event: str, arguments: tuple[object, ...]) -> object:
    """The address in the arguments of an audit event; None when there is none."""
    match event, arguments:
        case ("socket.connect" | "socket.bind" | "socket.sendto", (_, address)):
            return address
        case ("socket.getaddrinfo" | "socket.gethostbyname", (host, *_)):
            return (host,)
    return None


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    address = _told(event, arguments)
    if not isinstance(address, tuple) or not address or address[0] is None:
        return  # a socket of the file system, or of the kernel
    host = address[0].decode() if isinstance(address[0], bytes) else str(address[0])
    here = host.startswith(_HERE)
    _write(f"{'here' if here else 'beyond'} {event} {host}")
    if not here:
        raise PermissionError(f"{event} to {host}: nothing leaves this machine")


def _write(line: str) -> None:
    descriptor = os.open(str(_LOG), os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(descriptor, f"{os.getpid()} {line}\n".encode())
    os.close(descriptor)


if _LOG:
    _words = " ".join(sys.orig_argv[:4]).split()  # of a program after -c only one line
    _write(f"began {' '.join(_words)}")
    sys.addaudithook(_watch)
