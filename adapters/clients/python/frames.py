"""Messages of the connection: frame 0, frame 1 and parts, joined into one frame of ZeroMQ."""
import schema

VERSION = 2
TYPES = ("Hello", "Welcome", "Submission", "OutcomeHeader", "Delivery", "GetRelease",
         "ReleaseHeader", "GetConsistency", "Consistency")
MAX_FRAMES = 514


def join(frames):
    """Each frame after its length."""
    return b"".join(len(frame).to_bytes(4, "big") + frame for frame in frames)


def split(joined):
    """The frames. Raises schema.Malformed."""
    frames, at = [], 0
    while at < len(joined):
        end = at + 4 + int.from_bytes(joined[at:at + 4], "big")
        if at + 4 > len(joined) or end > len(joined) or len(frames) == MAX_FRAMES:
            raise schema.Malformed("the frames do not fill the message")
        frames.append(joined[at + 4:end])
        at = end
    return frames


def write(name, header, parts=()):
    """The joined form of one message."""
    frame = b"RJ" + bytes([VERSION, TYPES.index(name) + 1])
    return join([frame, schema.FRAME.encode({"header": (name, header)}), *parts])


def read(joined):
    """(name, header, parts). Raises schema.Malformed."""
    frames = split(joined)
    if len(frames) < 2 or len(frames[0]) != 4 or frames[0][:2] != b"RJ":
        raise schema.Malformed("no message of the protocol")
    version, number = frames[0][2], frames[0][3]
    if version != VERSION or not 1 <= number <= len(TYPES):
        raise schema.Malformed(f"version {version}, type {number}")
    tables = schema.OUTCOME_TABLES if TYPES[number - 1] == "OutcomeHeader" else 64
    header = schema.FRAME.decode(frames[1], tables)["header"]
    if header is None or header[0] != TYPES[number - 1]:
        raise schema.Malformed("the header is of another type")
    return header[0], header[1], frames[2:]
