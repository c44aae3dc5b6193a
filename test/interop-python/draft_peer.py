"""A PEER of libzmq's for the tests: draft_peer.py LIBRARY ROLE ENDPOINT...

What zeromq.js has no word for, zmq_connect_peer and the routing id of a PEER's message, is called in the libzmq within
its addon, LIBRARY, which Python's ctypes can load: no other libzmq that is at hand was built with drafts.
"""

import ctypes
import os
import subprocess
import sys
import tempfile

PEER = 19
LINGER, RCVTIMEO, SNDTIMEO, LAST_ENDPOINT = 17, 27, 28, 32
# No test takes this long, so whoever waits longer waits for ever.
PATIENCE_MILLISECONDS = 20_000


def load(addon):
    """What the addon wants of Node is not looked for before it is called, and nothing here calls it; but for one."""
    with tempfile.TemporaryDirectory() as folder:
        node = os.path.join(folder, "node.so")
        source = b"void napi_create_type_error(void) {}"
        subprocess.run(["cc", "-shared", "-x", "c", "-o", node, "-"], input=source, check=True)
        ctypes.CDLL(node, mode=ctypes.RTLD_GLOBAL)
    return ctypes.CDLL(addon, mode=os.RTLD_LAZY)


ZMQ = load(sys.argv[1])
for name, result, arguments in (
    ("zmq_ctx_new", ctypes.c_void_p, []),
    ("zmq_socket", ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_int]),
    ("zmq_setsockopt", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t]),
    ("zmq_getsockopt", ctypes.c_int, [ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]),
    ("zmq_bind", ctypes.c_int, [ctypes.c_void_p, ctypes.c_char_p]),
    ("zmq_connect_peer", ctypes.c_uint32, [ctypes.c_void_p, ctypes.c_char_p]),
    ("zmq_msg_init", ctypes.c_int, [ctypes.c_void_p]),
    ("zmq_msg_init_size", ctypes.c_int, [ctypes.c_void_p, ctypes.c_size_t]),
    ("zmq_msg_data", ctypes.c_void_p, [ctypes.c_void_p]),
    ("zmq_msg_size", ctypes.c_size_t, [ctypes.c_void_p]),
    ("zmq_msg_close", ctypes.c_int, [ctypes.c_void_p]),
    ("zmq_msg_routing_id", ctypes.c_uint32, [ctypes.c_void_p]),
    ("zmq_msg_set_routing_id", ctypes.c_int, [ctypes.c_void_p, ctypes.c_uint32]),
    ("zmq_msg_send", ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]),
    ("zmq_msg_recv", ctypes.c_int, [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]),
    ("zmq_errno", ctypes.c_int, []),
    ("zmq_strerror", ctypes.c_char_p, [ctypes.c_int]),
):
    function = getattr(ZMQ, name)
    function.restype, function.argtypes = result, arguments


class Refused(Exception):
    """libzmq's own words for what is wrong."""


def checked(answer):
    if answer < 0:
        raise Refused(ZMQ.zmq_strerror(ZMQ.zmq_errno()).decode())
    return answer


def message():
    # zmq_msg_t is 64 bytes, aligned as a pointer is.
    return (ctypes.c_uint64 * 8)()


class Peer:
    def __init__(self):
        self.socket = ZMQ.zmq_socket(CONTEXT, PEER)
        for option in (RCVTIMEO, SNDTIMEO, LINGER):
            value = ctypes.c_int(PATIENCE_MILLISECONDS)
            checked(ZMQ.zmq_setsockopt(self.socket, option, ctypes.byref(value), 4))

    def bind(self, endpoint):
        checked(ZMQ.zmq_bind(self.socket, endpoint.encode()))
        text = ctypes.create_string_buffer(256)
        size = ctypes.c_size_t(256)
        checked(ZMQ.zmq_getsockopt(self.socket, LAST_ENDPOINT, text, ctypes.byref(size)))
        return text.value.decode()

    def connect_peer(self, endpoint):
        routing_id = ZMQ.zmq_connect_peer(self.socket, endpoint.encode())
        if routing_id == 0:
            checked(-1)
        return routing_id

    def send(self, body, routing_id):
        part = message()
        checked(ZMQ.zmq_msg_init_size(part, len(body)))
        ctypes.memmove(ZMQ.zmq_msg_data(part), body, len(body))
        checked(ZMQ.zmq_msg_set_routing_id(part, routing_id))
        try:
            checked(ZMQ.zmq_msg_send(part, self.socket, 0))
        except Refused:
            ZMQ.zmq_msg_close(part)
            raise

    def receive(self):
        part = message()
        checked(ZMQ.zmq_msg_init(part))
        checked(ZMQ.zmq_msg_recv(part, self.socket, 0))
        body = ctypes.string_at(ZMQ.zmq_msg_data(part), ZMQ.zmq_msg_size(part))
        routing_id = ZMQ.zmq_msg_routing_id(part)
        checked(ZMQ.zmq_msg_close(part))
        return body, routing_id


def answerer(endpoint):
    """Answers each message with the number that its sender has here, until it is killed."""
    peer = Peer()
    print(peer.bind(endpoint), flush=True)
    while True:
        body, routing_id = peer.receive()
        peer.send(body + b" from " + str(routing_id).encode(), routing_id)


def caller(*endpoints):
    """Calls each endpoint by zmq_connect_peer's number, in turn, and says whether it is that number that answers."""
    peer = Peer()
    numbers = [peer.connect_peer(endpoint) for endpoint in endpoints]
    for i, number in enumerate(numbers):
        peer.send(f"to {i}".encode(), number)
    for _ in numbers:
        body, routing_id = peer.receive()
        print(body.decode(), "from", numbers.index(routing_id), flush=True)
    nobody = max(numbers) % (2**32 - 1) + 1
    try:
        peer.send(b"to nobody", nobody)
    except Refused as refused:
        print(refused, flush=True)


CONTEXT = ZMQ.zmq_ctx_new()

if __name__ == "__main__":
    {"answerer": answerer, "caller": caller}[sys.argv[2]](*sys.argv[3:])
