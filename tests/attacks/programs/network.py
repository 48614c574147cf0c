"""Reaching anyone by a socket, whatever its family."""

import os
import socket

from tests.attacks.programs.native import BAIT, call

_kept = []


def connect_by_ipv4():
    _kept.append(socket.create_connection(("127.0.0.1", BAIT["tcp4"]), 1))


def connect_by_ipv6():
    _kept.append(socket.create_connection(("::1", BAIT["tcp6"]), 1))


def send_by_ipv4():
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", BAIT["udp4"]))


def send_by_ipv6():
    socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("::1", BAIT["udp6"]))


def send_while_connecting():
    one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    one.sendto(b"x", 0x20000000, ("127.0.0.1", BAIT["tcp4"]))


def connect_to_a_service():
    one = socket.socket(socket.AF_UNIX)
    one.connect(BAIT["stream"])
    _kept.append(one)


def connect_to_an_abstract_service():
    one = socket.socket(socket.AF_UNIX)
    one.connect(BAIT["abstract"].encode())
    _kept.append(one)


def send_to_a_service_from_a_socket_pair():
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.sendto(b"x", BAIT["datagrams"])


def send_a_message_to_a_service_from_a_socket_pair():
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.sendmsg([b"x"], [], 0, BAIT["datagrams"])


def send_to_an_abstract_service_from_a_socket_pair():
    one, _ = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    one.sendto(b"x", BAIT["abstract datagrams"].encode())


def listen_on_ipv4():
    _kept.append(socket.create_server(("127.0.0.1", 0)))


def listen_on_an_abstract_name():
    one = socket.socket(socket.AF_UNIX)
    one.bind(b"\0stop-tui-attack")
    one.listen()
    _kept.append(one)


def ask_the_kernel_by_netlink():
    _kept.append(socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0))


def listen_to_packets():
    _kept.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x0300))


def send_raw():
    _kept.append(socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP))


def connect_to_the_hypervisor():
    _kept.append(socket.socket(40, socket.SOCK_STREAM))


def use_the_cipher_sockets():
    _kept.append(socket.socket(38, socket.SOCK_SEQPACKET))


def use_bluetooth():
    _kept.append(socket.socket(31, socket.SOCK_RAW, 1))


def make_sockets_of_every_family():
    for family in range(46):
        for kind in (1, 2, 3, 5):
            try:
                _kept.append(os.fdopen(call(41, family, kind, 0), "rb", buffering=0))
            except OSError:
                continue


def make_sockets_by_32_bit_calls():
    """Through `int 0x80`, where the numbers are others and a filter must know the ABI."""
    import ctypes
    import mmap

    # mov eax, 359 (socket); mov ebx, 2; mov ecx, 1; mov edx, 0; int 0x80; ret; rbx is saved
    code = bytes.fromhex("53b867010000bb02000000b901000000ba00000000cd805bc3")
    page = mmap.mmap(-1, 4096, prot=7)
    page.write(code)
    start = ctypes.addressof(ctypes.c_char.from_buffer(page))
    fd = ctypes.CFUNCTYPE(ctypes.c_int)(start)()
    if fd >= 0:
        _kept.append(fd)


def look_a_name_up():
    socket.getaddrinfo("localhost", BAIT["tcp4"])
    _kept.append(socket.create_connection(("localhost", BAIT["tcp4"]), 1))
