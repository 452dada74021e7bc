"""Addresses that a program of ours listens at."""

import errno
import socket

from omd.kernel.errors import OmdError


class AddressNotFree(OmdError):
    """The program cannot listen where it was told to."""

    code = "address_not_free"
    status = 503
    title = "The address cannot be served on"


def check_free(host: str, port: int, host_variable: str, port_variable: str) -> None:
    """Raise `AddressNotFree`, naming the two variables, unless the address could be listened to now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # A port that was left a moment ago is free; one that somebody listens on stays taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                said = (
                    f"Port {port} on {host} is taken by another program. "
                    f"Stop that one, or choose another port: {port_variable}={port + 1 if port < 65535 else port - 1}"
                )
            elif isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
                said = f"{host} is no address of this machine. Set {host_variable} to one, such as 127.0.0.1."
            else:
                said = f"Port {port} on {host} cannot be opened: {error.strerror}. Set {port_variable} to another port."
            raise AddressNotFree(said, data={"host": host, "port": port}) from error
