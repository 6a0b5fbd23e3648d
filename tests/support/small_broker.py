"""A real rujukand with the national configuration and fresh keys, in a folder of its own."""
import os
import shutil
import signal
import subprocess
import tempfile
import time

ORIGIN = "client.rujukan.invalid/log"
AGENCIES = ("police", "kpai", "service_centre", "social_affairs", "women_child_ministry",
            "communications_ministry", "prosecutor", "witness_protection")
ADMINISTRATORS = ("administrator-a", "administrator-b")


class SmallBroker:
    """`binaries`: the folder of rujukan, rujukand and rujukan-gateway."""

    def __init__(self, source, binaries):
        self.source, self.binaries = source, binaries
        self.folder = tempfile.mkdtemp(prefix="rujukan-test-")
        self._children = []
        self._public = self._make_keys()
        self.release(1)
        self._broker = None
        self._listen = "tcp://127.0.0.1:*"

    def path(self, *names):
        """Of a file in the folder."""
        return os.path.join(self.folder, *names)

    def write(self, name, text):
        """A file that only its owner may read."""
        with open(self.path(name), "w", encoding="utf-8", opener=lambda p, f: os.open(p, f, 0o600)) as file:
            file.write(text)

    def rujukan(self, *arguments):
        """What the command prints. Its failure fails the test."""
        ran = subprocess.run([os.path.join(self.binaries, "rujukan"), *arguments], check=False,
                             capture_output=True, text=True, timeout=120)
        if ran.returncode:
            raise AssertionError(f"rujukan {arguments[:2]}: {ran.stdout}{ran.stderr}")
        return ran.stdout

    def _make_keys(self):
        config, keys, registry = self.path("config"), self.path("keys"), self.path("registry")
        shutil.copytree(os.path.join(self.source, "config"), config)
        public = self.rujukan("keys", "new", "broker", "--log-origin", ORIGIN, "--out", keys)
        for name in ADMINISTRATORS:
            self.rujukan("keys", "new", "administrator", name, "--out", keys, "--registry", registry)
        for agency in AGENCIES:
            common = ["--config", config, "--agency", agency, "--out", keys, "--registry", registry]
            self.rujukan("keys", "new", "station", agency, *common)
            self.rujukan("keys", "new", "units", *common)
        return dict(line.split("=", 1) for line in public.split())

    def release(self, version, edit=None, origin=ORIGIN, signers=ADMINISTRATORS):
        """Builds and signs the next release; `edit(config folder, registry folder)` comes before."""
        if edit is not None:
            edit(self.path("config"), self.path("registry"))
        out = self.path(f"release-{version}.rjr")
        self.rujukan("release", "build", "--config", self.path("config"), "--registry",
                     self.path("registry"), "--version", str(version), "--log-origin", origin,
                     "--threshold", "2", "-o", out)
        before = self.path("release.rjr")
        previous = ["--previous", before] if os.path.exists(before) else []
        for name in signers:
            self.rujukan("release", "sign", "--key", self.path("keys", name + ".administrator.key"),
                         *previous, out)
        shutil.copyfile(out, self.path("release.next"))
        os.replace(self.path("release.next"), before)

    def activate(self):
        """The broker reads its release file again."""
        self._broker.send_signal(signal.SIGHUP)

    def start(self):
        """And waits until it serves."""
        self.write("broker.toml", f'data_dir = "data"\nlisten = "{self._listen}"\n'
                   'key_file = "keys/broker.key"\nrelease_file = "release.rjr"\n'
                   'ready_file = "broker.ready"\nredeliver_after_s = 2\n')
        if os.path.exists(self.path("broker.ready")):
            os.remove(self.path("broker.ready"))
        self._broker = self.spawn("broker", "rujukand", "broker.toml")
        self.wait_for_file("broker.ready", self._broker)
        with open(self.path("broker.ready"), encoding="ascii") as file:
            self._listen = file.readline().strip()
        self.write_anchor("anchor.toml", self._listen)

    def write_anchor(self, name, endpoint):
        """What stations trust, with the broker at this address."""
        self.rujukan("anchor", "new", "--log-key", self._public["log_key"], "--broker-key",
                     self._public["broker_key"], "--endpoint", endpoint, "--registry",
                     self.path("registry"), "--threshold", "2", "-o", self.path(name))

    @property
    def endpoint(self):
        """Where it listens, from its first start on."""
        return self._listen

    def start_gateway(self, agency, settings=""):
        """rujukan-gateway of an agency; its folder has the agency's name."""
        self.write(agency + ".toml", f'folder = "{agency}"\nanchor = "anchor.toml"\n'
                   f'station_key_file = "keys/{agency}.station.key"\n'
                   f'unit_keys_file = "keys/{agency}.units.key"\npoll_ms = 50\n' + settings)
        gateway = self.spawn(agency, "rujukan-gateway", agency + ".toml")
        self.wait_for_file(os.path.join(agency, "outgoing"), gateway)
        return gateway

    def spawn(self, name, program, config):
        """A program of the project; its traces go into a file."""
        with open(self.path(name + ".trace"), "ab") as trace:
            child = subprocess.Popen([os.path.join(self.binaries, program), "--config",
                                      self.path(config)], stdin=subprocess.DEVNULL, stdout=trace,
                                     stderr=trace)
        self._children.append(child)
        return child

    def wait_for_file(self, name, child, seconds=60):
        """Until it is there and holds something. A child that ends fails the test."""
        end = time.monotonic() + seconds
        while not (os.path.exists(self.path(name)) and os.path.getsize(self.path(name))):
            if child.poll() is not None or time.monotonic() > end:
                raise AssertionError(f"waiting for {name}: {child.args[0]} ended or is late")
            time.sleep(0.02)

    def stop(self, child=None):
        """SIGTERM, to the broker if nobody is named, and waits."""
        child = child or self._broker
        child.terminate()
        child.wait(60)
        self._children.remove(child)

    def close(self):
        """Ends what runs and removes the folder."""
        for child in list(self._children):
            if child.poll() is None:
                self.stop(child)
        shutil.rmtree(self.folder)
