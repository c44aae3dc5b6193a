"""Peers for the tests, on libzmq by way of pyzmq: peers.py ROLE ENDPOINT...

A role that binds prints the endpoint it got, and each says on standard output what it saw.
"""

import random
import sys

import zmq

# No test takes this long, so whoever waits longer waits for ever.
PATIENCE_MILLISECONDS = 20_000

CONTEXT = zmq.Context()


def socket(kind):
    made = CONTEXT.socket(kind)
    made.rcvtimeo = made.sndtimeo = PATIENCE_MILLISECONDS
    return made


def bound(kind, endpoint):
    made = socket(kind)
    made.bind(endpoint)
    print(made.getsockopt_string(zmq.LAST_ENDPOINT), flush=True)
    return made


def connected(kind, endpoint):
    made = socket(kind)
    made.connect(endpoint)
    return made


def hwserver(endpoint, requests):
    """Answers so many requests with World."""
    replier = bound(zmq.REP, endpoint)
    for _ in range(int(requests)):
        print(replier.recv_string(), flush=True)
        replier.send_string("World")


def hwclient(endpoint, requests):
    """Asks Hello so many times."""
    requester = connected(zmq.REQ, endpoint)
    for _ in range(int(requests)):
        requester.send_string("Hello")
        print(requester.recv_string(), flush=True)


def wuserver(endpoint, least, most):
    """Publishes weather for zip codes of the range until it is killed."""
    publisher = bound(zmq.PUB, endpoint)
    while True:
        zipcode = random.randint(int(least), int(most))
        temperature = random.randint(-80, 134)
        humidity = random.randint(10, 59)
        publisher.send_string(f"{zipcode} {temperature} {humidity}")


def wuclient(endpoint, zipcode, updates):
    """Prints so many updates for the zip code."""
    subscriber = connected(zmq.SUB, endpoint)
    subscriber.setsockopt_string(zmq.SUBSCRIBE, zipcode)
    for _ in range(int(updates)):
        print(subscriber.recv_string(), flush=True)


def taskvent(endpoint, sink, tasks):
    """Deals out so many tasks of a millisecond once a line comes in."""
    sender = bound(zmq.PUSH, endpoint)
    starter = connected(zmq.PUSH, sink)
    sys.stdin.readline()
    starter.send_string("0")
    for _ in range(int(tasks)):
        sender.send_string("1")


def taskwork(vent, sink):
    """Does tasks, in no time, until its input ends."""
    receiver = connected(zmq.PULL, vent)
    sender = connected(zmq.PUSH, sink)
    poller = zmq.Poller()
    poller.register(receiver, zmq.POLLIN)
    poller.register(sys.stdin.fileno(), zmq.POLLIN)
    while True:
        ready = dict(poller.poll(PATIENCE_MILLISECONDS))
        if receiver not in ready:
            break
        receiver.recv()
        sender.send(b"")


def tasksink(endpoint, tasks):
    """Takes the start and so many results."""
    receiver = bound(zmq.PULL, endpoint)
    print(receiver.recv_string(), flush=True)
    for _ in range(int(tasks)):
        assert receiver.recv() == b""
    print("all", flush=True)


def relay(endpoint, onward):
    """Passes whole messages on until an empty one, which it passes on too."""
    receiver = bound(zmq.PULL, endpoint)
    sender = connected(zmq.PUSH, onward)
    while True:
        message = receiver.recv_multipart()
        sender.send_multipart(message)
        if message == [b""]:
            break


def queue(front, back, control):
    """Runs a proxy of libzmq's, which the REP at the third endpoint steers, until it is killed."""
    ends = bound(zmq.ROUTER, front), bound(zmq.DEALER, back)
    zmq.proxy_steerable(*ends, None, bound(zmq.REP, control))


if __name__ == "__main__":
    ROLES = (hwserver, hwclient, wuserver, wuclient, taskvent, taskwork, tasksink, relay, queue)
    {role.__name__: role for role in ROLES}[sys.argv[1]](*sys.argv[2:])
    CONTEXT.destroy(linger=PATIENCE_MILLISECONDS)
