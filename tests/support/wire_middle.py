"""A bad broker: stands between one station and the real one, holds both keys, and says other things."""
import os
import threading

import nacl.bindings as sodium
import zmq

import frames


class Middle:
    """`up(name, header, parts)` and `down(...)` return what goes on, or None for nothing. They run
    on this object's thread; both keys are secret halves of CURVE keys."""

    def __init__(self, endpoint, broker_secret, station_secret, up=None, down=None):
        keep = lambda *message: message  # noqa: E731
        self.up, self.down = up or keep, down or keep
        self._remote, self._broker, self._station = endpoint, broker_secret, station_secret
        self._box = sodium.crypto_box_beforenm(sodium.crypto_scalarmult_base(station_secret), broker_secret)
        self._context = zmq.Context()
        self._front = self._context.socket(zmq.ROUTER)
        self._front.setsockopt(zmq.LINGER, 0)
        self._front.curve_server = True
        self._front.curve_secretkey = broker_secret
        self._front.curve_publickey = sodium.crypto_scalarmult_base(broker_secret)
        self.endpoint = f"tcp://127.0.0.1:{self._front.bind_to_random_port('tcp://127.0.0.1')}"
        self._who, self._back = None, None
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def close(self):
        """Both connections end."""
        self._ends.set()
        self._thread.join()
        self._context.destroy(0)

    def _connect(self):
        if self._back is not None:
            self._back.close(0)
        self._back = self._context.socket(zmq.DEALER)
        self._back.setsockopt(zmq.LINGER, 0)
        self._back.curve_serverkey = sodium.crypto_scalarmult_base(self._broker)
        self._back.curve_publickey = sodium.crypto_scalarmult_base(self._station)
        self._back.curve_secretkey = self._station
        self._back.connect(self._remote)

    def _run(self):
        while not self._ends.is_set():
            if self._front.poll(5):
                who, message = self._front.recv_multipart()
                if who != self._who:
                    self._who = who
                    self._connect()
                said = self.up(*frames.read(message))
                if said is not None:
                    self._back.send(frames.write(*said))
            while self._back is not None and self._back.poll(0):
                self._answer(self._back.recv())

    def _answer(self, sealed):
        said = frames.read(sodium.crypto_box_open_afternm(sealed[24:], sealed[:24], self._box))
        said = self.down(*said)
        if said is not None:
            nonce = os.urandom(24)
            joined = frames.write(*said)
            self._front.send_multipart(
                [self._who, nonce + sodium.crypto_box_afternm(joined, nonce, self._box)])
