"""The connection: a DEALER with CURVE, heartbeats, reconnects with back-off. One message, one frame."""
import random
import time

import nacl.bindings as sodium
import nacl.exceptions
import zmq
import zmq.utils.monitor

import frames
import schema

HEARTBEAT_MS, HEARTBEAT_TIMEOUT_MS = 5_000, 15_000
HANDSHAKE_WITHIN_S = 10
MAX_MESSAGE = 8 * 1024 * 1024 + 4096
NEVER_MS = 3600 * 1000  # libzmq's own reconnects would come without a hello


class Backoff:
    """Doubling waits, each drawn between half and all of its step."""

    def __init__(self, first_s=0.2, most_s=30.0):
        self.first_s, self.most_s, self.tries = first_s, most_s, 0

    def next(self):
        """Seconds until the next try."""
        step = min(self.most_s, self.first_s * 2 ** self.tries)
        self.tries += step < self.most_s
        return random.uniform(step / 2, step)

    def reset(self):
        """All is well: the next try comes quickly."""
        self.tries = 0


class Link:
    """Connects, and comes back by itself. `poll` says what happened since."""

    def __init__(self, context, anchor, station_key, backoff=None):
        self._context, self._anchor, self._key = context, anchor, station_key
        self._backoff = backoff or Backoff()
        self._box_key = sodium.crypto_box_beforenm(anchor.broker_key, station_key.secret)
        self._socket = self._monitor = None
        self._attempts = 0
        self._due = 0.0
        self.ready = False

    def _open(self, now):
        socket = self._context.socket(zmq.DEALER)
        socket.setsockopt(zmq.LINGER, 0)
        socket.setsockopt(zmq.RCVHWM, 0)
        socket.setsockopt(zmq.MAXMSGSIZE, MAX_MESSAGE)
        socket.setsockopt(zmq.HEARTBEAT_IVL, HEARTBEAT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TIMEOUT, HEARTBEAT_TIMEOUT_MS)
        socket.setsockopt(zmq.HEARTBEAT_TTL, HEARTBEAT_TIMEOUT_MS)
        socket.setsockopt(zmq.RECONNECT_IVL, NEVER_MS)
        socket.curve_serverkey = self._anchor.broker_key
        socket.curve_publickey = self._key.public
        socket.curve_secretkey = self._key.secret
        self._socket, self._monitor = socket, socket.get_monitor_socket()
        socket.connect(self._anchor.endpoints[self._attempts % len(self._anchor.endpoints)])
        self._attempts += 1
        self._due = now + HANDSHAKE_WITHIN_S

    def close(self):
        """Ends this connection; poll opens the next one when it is due."""
        if self._socket is not None:
            self._socket.disable_monitor()  # first: libzmq waits for ever for one that is closed
            self._monitor.close(0)
            self._socket.close(0)
        self._socket = self._monitor = None
        self.ready = False
        self._due = time.monotonic() + self._backoff.next()

    def well(self):
        """The broker answered as it should."""
        self._backoff.reset()

    def sockets(self):
        """What to wait for."""
        return [] if self._socket is None else [self._socket, self._monitor]

    def send(self, name, header, parts=()):
        """Whether the message is on its way."""
        if not self.ready:
            return False
        try:
            self._socket.send(frames.write(name, header, parts), zmq.NOBLOCK)
        except zmq.Again:
            return False
        return True

    def poll(self):
        """What happened: "connected", "lost", or (name, header, parts) of a message."""
        now = time.monotonic()
        if self._socket is None:
            if now >= self._due:
                self._open(now)
            return []
        happened = self._events()
        happened += self._messages() if self._socket is not None and self.ready else []
        if self._socket is not None and not self.ready and now >= self._due:
            self.close()
        return happened

    def _events(self):
        happened = []
        while self._socket is not None and self._monitor.poll(0):
            event = zmq.utils.monitor.recv_monitor_message(self._monitor, zmq.NOBLOCK)["event"]
            if event == zmq.EVENT_HANDSHAKE_SUCCEEDED:
                self.ready = True
                happened.append("connected")
            elif event in (zmq.EVENT_CLOSED, zmq.EVENT_DISCONNECTED, zmq.EVENT_HANDSHAKE_FAILED_AUTH,
                           zmq.EVENT_HANDSHAKE_FAILED_PROTOCOL,
                           zmq.EVENT_HANDSHAKE_FAILED_NO_DETAIL):
                if self.ready:
                    happened += [*self._messages(), "lost"]
                self.close()
        return happened

    def _messages(self):
        messages = []
        while True:
            try:
                parts = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return messages
            if len(parts) != 1:
                raise schema.Malformed("the broker speaks another version")
            opened = self._opened(parts[0])
            if opened is not None:
                messages.append(frames.read(opened))

    def _opened(self, sealed):
        try:
            return sodium.crypto_box_open_afternm(sealed[24:], sealed[:24], self._box_key)
        except (nacl.exceptions.CryptoError, ValueError):
            return None  # misdirected: it was not for this station
