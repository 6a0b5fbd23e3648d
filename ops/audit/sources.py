"""Where a log's files lie: a folder, or a web server's prefix (c2sp.org/tlog-tiles)."""
import errno
import os
import ssl
import stat
import urllib.error
import urllib.request

import tree
from findings import Unreadable

MOST_BYTES = {"checkpoint": 64 * 1024, "tile": 256 * (65_535 + 2), "release": 8 * 1024 * 1024 + 4096}
TIMEOUT_S = 60


def open_file(path):
    """For reading. What is no regular file (a pipe, a device) is not waited for."""
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "not a regular file", path)
    return open(descriptor, "rb")


class Folder:
    def __init__(self, root):
        self.root = root

    def open(self, path):
        try:
            return open_file(os.path.join(self.root, path))
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise Unreadable(f"file.unreadable: {path}: {error.strerror}") from None


class Server:
    """`token` goes to this server only: redirects are not followed."""

    class _NoRedirect(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_):
            return None

    def __init__(self, url, token, ca_file):
        self.url = url.rstrip("/") + "/"
        self.headers = {"Authorization": "Bearer " + token} if token else {}
        context = ssl.create_default_context(cafile=ca_file)
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context), self._NoRedirect)

    def open(self, path):
        request = urllib.request.Request(self.url + path, headers=self.headers)
        try:
            return self.opener.open(request, timeout=TIMEOUT_S)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise Unreadable(f"http.failed: {path}: status {error.code}") from None
        except (OSError, ValueError) as error:
            raise Unreadable(f"http.failed: {path}: {error}") from None


class Source:
    def __init__(self, place):
        self.place = place

    def read(self, path):
        """The file's bytes; None when there is none. A file over its limit is cut one byte after
        it, so that its length is wrong. Raises Unreadable."""
        file = self.place.open(path)
        if file is None:
            return None
        try:
            with file:
                return file.read(MOST_BYTES[path.split("/")[0]] + 1)
        except OSError as error:
            raise Unreadable(f"file.unreadable: {path}: {error}") from None

    def read_tile(self, level, index, width):
        """A log may drop a partial tile once it has the full one: then the beginning of that."""
        exact = self.read(tree.tile_path(level, index, width))
        if exact is not None or width == tree.WIDTH:
            return exact
        full = self.read(tree.tile_path(level, index, tree.WIDTH))
        if full is None:
            return None
        return tree.first_entries(full, width) if level == "entries" else full[:width * tree.HASH]


def open_source(text, token_file=None, ca_file=None):
    if text.startswith(("http://", "https://")):
        try:
            token = ""
            if token_file:
                with open_file(token_file) as file:
                    token = file.readline().decode("ascii").strip()
            return Source(Server(text, token, ca_file))
        except (OSError, ValueError) as error:
            raise Unreadable(f"file.unreadable: {error}") from None
    return Source(Folder(text))
