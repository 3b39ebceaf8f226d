"""milterclient - the MTA's side of the milter protocol.

    with Mta(("127.0.0.1", 8891), kind="postfix") as mta:
        mta.connect("client.example.net", "192.0.2.1")
        mta.helo("client.example.net")
        got = mta.send(Message([("From", " a@example.net")], b"Hello\\r\\n"),
                       "a@example.net", ["b@example.jp"])
        got.reply.name          "continue", "accept", "reject", "tempfail", "replycode" ...
        got.reply.text          "451 4.3.2 ..." of a replycode
        got.edits               the changes, as they came
        got.fields              the message's fields after them, [(name, bytes behind the colon)]

kind is "postfix" or "sendmail": whose way of counting fields holds when they change (the MTA's
own Received field is above all others and hidden; Postfix forgets a deleted field at once,
Sendmail goes on counting it). Everything that is negotiated can be set: version, actions and
steps offered, the macros that are sent and when. Every step can also be taken alone, so that a
test can leave the path. Values are bytes with LF in folds.
"""
import collections
import os
import socket
import struct

ACTIONS = {"addhdrs": 0x1, "chgbody": 0x2, "addrcpt": 0x4, "delrcpt": 0x8, "chghdrs": 0x10,
           "quarantine": 0x20, "chgfrom": 0x40, "addrcpt_par": 0x80, "setsymlist": 0x100}
STEPS = {"noconnect": 0x1, "nohelo": 0x2, "nomail": 0x4, "norcpt": 0x8, "nobody": 0x10,
         "nohdrs": 0x20, "noeoh": 0x40, "nr_hdr": 0x80, "nounknown": 0x100, "nodata": 0x200,
         "skip": 0x400, "rcpt_rej": 0x800, "nr_conn": 0x1000, "nr_helo": 0x2000,
         "nr_mail": 0x4000, "nr_rcpt": 0x8000, "nr_data": 0x10000, "nr_unkn": 0x20000,
         "nr_eoh": 0x40000, "nr_body": 0x80000, "hdr_leadspc": 0x100000}
ALL_ACTIONS = sum(ACTIONS.values())
ALL_STEPS = sum(STEPS.values())

# What each protocol version knows.
VERSION_ACTIONS = {2: 0x3F, 3: 0x3F, 4: 0x3F, 5: 0x3F, 6: ALL_ACTIONS}
VERSION_STEPS = {2: 0x7F, 3: 0x1FF, 4: 0x3FF, 5: 0x3FF, 6: ALL_STEPS}

REPLIES = {b"a": "accept", b"c": "continue", b"d": "discard", b"r": "reject", b"t": "tempfail",
           b"y": "replycode", b"s": "skip", b"f": "connfail", b"4": "shutdown"}
CHUNK = 65535

# The macros that each stage gets when the milter has not asked for others.
STAGES = ["C", "H", "M", "R", "T", "E", "N"]
USUAL_MACROS = {"C": "j _ {daemon_name} {daemon_addr} v", "H": "{tls_version} {cipher}",
                "M": "i {auth_type} {auth_authen} {auth_author} {mail_addr} {mail_host}",
                "R": "i {rcpt_addr} {rcpt_host} {rcpt_mailer}", "T": "i", "E": "i", "N": "i"}

Reply = collections.namedtuple("Reply", "name text")
Outcome = collections.namedtuple("Outcome", "reply edits fields")
Message = collections.namedtuple("Message", "fields body")


class ProtocolError(Exception):
    """The milter said what the protocol does not allow, or went away."""


class Mta:
    """One connection to a milter; address: (host, port) or the path of a unix socket."""

    def __init__(self, address, kind="postfix", version=6, actions=None, steps=None, macros=None,
                 usual=None, timeout=180):
        self.kind = kind
        self.version = version
        self.actions = VERSION_ACTIONS[version] if actions is None else actions
        self.steps = VERSION_STEPS[version] if steps is None else steps
        self.macros = {"j": "mx.example.jp", "{daemon_name}": "smtpd", "i": "4cTEST"}
        self.macros.update(macros or {})
        self.stage_macros = dict(USUAL_MACROS if usual is None else usual)
        self.granted_actions = self.granted_steps = 0
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        if not isinstance(address, str) and ":" in address[0]:
            family = socket.AF_INET6
        self.sock = socket.socket(family, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        self.sock.connect(address)
        if family != socket.AF_UNIX:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""
        self.negotiate()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    # packets

    def put(self, command, data=b""):
        self.sock.sendall(struct.pack("!I", len(data) + 1) + command + data)

    def _take(self, n):
        while len(self._held) < n:
            more = self.sock.recv(65536)
            if not more:
                raise ProtocolError("the milter closed the connection")
            self._held += more
        got, self._held = self._held[:n], self._held[n:]
        return got

    def get(self):
        """The next packet: (command, data)."""
        size = struct.unpack("!I", self._take(4))[0]
        if not 0 < size < 1 << 24:
            raise ProtocolError(f"a packet of {size} bytes")
        packet = self._take(size)
        return packet[:1], packet[1:]

    def reply(self):
        """The next packet as a reply; anything else is an error."""
        code, data = self.get()
        while code == b"p":
            code, data = self.get()
        if code not in REPLIES:
            raise ProtocolError(f"{code!r} is no reply here")
        if code == b"s" and not self.granted_steps & STEPS["skip"]:
            raise ProtocolError("skip was not negotiated")
        return Reply(REPLIES[code], data.rstrip(b"\0").decode("ascii") if code == b"y" else "")

    def _stage(self, stage, command, data, unsaid):
        self.send_macros(stage, command)
        self.put(command, data)
        if self.granted_steps & STEPS.get(unsaid, 0):
            return Reply("continue", "")
        return self.reply()

    # stages

    def negotiate(self):
        self.put(b"O", struct.pack("!III", self.version, self.actions, self.steps))
        code, data = self.get()
        if code != b"O" or len(data) < 12:
            raise ProtocolError(f"no answer to the negotiation: {code!r} {data!r}")
        version, self.granted_actions, self.granted_steps = struct.unpack("!III", data[:12])
        if version > self.version:
            raise ProtocolError(f"version {version} is above ours")
        if self.granted_actions & ~self.actions or self.granted_steps & ~self.steps:
            raise ProtocolError("more is wanted than was offered")
        rest = data[12:]
        while len(rest) > 4:
            stage = STAGES[struct.unpack("!I", rest[:4])[0]]
            names, _, rest = rest[4:].partition(b"\0")
            self.stage_macros[stage] = names.decode("ascii")

    def send_macros(self, stage, command):
        data = b""
        for name in self.stage_macros.get(stage, "").split():
            if self.macros.get(name) is not None:
                bare = name[1:-1] if name.startswith("{") and len(name) == 3 else name
                data += bare.encode() + b"\0" + _bytes(self.macros[name]) + b"\0"
        if data:
            self.put(b"D", command + data)

    def connect(self, name="client.example.net", address="192.0.2.1", port=25):
        """address None: unknown; beginning with "/": a unix socket."""
        if address is None:
            data = b"U"
        else:
            family = b"L" if address.startswith("/") else b"6" if ":" in address else b"4"
            data = family + struct.pack("!H", 0 if family == b"L" else port)
            data += address.encode() + b"\0"
        return self._stage("C", b"C", name.encode() + b"\0" + data, "nr_conn")

    def helo(self, name="client.example.net"):
        return self._stage("H", b"H", _bytes(name) + b"\0", "nr_helo")

    def mail(self, sender, *parameters):
        words = [b"<" + _bytes(sender) + b">"] + [_bytes(word) for word in parameters]
        return self._stage("M", b"M", b"\0".join(words) + b"\0", "nr_mail")

    def rcpt(self, recipient):
        return self._stage("R", b"R", b"<" + _bytes(recipient) + b">\0", "nr_rcpt")

    def data(self):
        if self.version < 4 or self.granted_steps & STEPS["nodata"]:
            return Reply("continue", "")
        return self._stage("T", b"T", b"", "nr_data")

    def header(self, name, value):
        """value: the bytes behind the colon, as in the message."""
        if not self.granted_steps & STEPS["hdr_leadspc"] and value[:1] == b" ":
            value = value[1:]
        return self._stage("L", b"L", _bytes(name) + b"\0" + value + b"\0", "nr_hdr")

    def eoh(self):
        return self._stage("N", b"N", b"", "nr_eoh")

    def body(self, body, chunks=CHUNK):
        """chunks: one size for all, or the sizes of the first ones. Stops at skip."""
        sizes = [chunks] if isinstance(chunks, int) else list(chunks)
        while body:
            size = sizes.pop(0) if len(sizes) > 1 else sizes[0]
            self.put(b"B", body[:size])
            body = body[size:]
            if self.granted_steps & STEPS["nr_body"]:
                continue
            reply = self.reply()
            if reply.name != "continue":
                return reply
        return Reply("continue", "")

    def eom(self):
        """(reply, edits): what the milter changes, then its verdict."""
        self.send_macros("E", b"E")
        self.put(b"E")
        edits = []
        while True:
            code, data = self.get()
            if code in REPLIES:
                text = data.rstrip(b"\0").decode("ascii") if code == b"y" else ""
                return Reply(REPLIES[code], text), edits
            if code != b"p":
                edits.append(self._edit(code, data))

    def _edit(self, code, data):
        need = {b"h": "addhdrs", b"i": "addhdrs", b"m": "chghdrs", b"q": "quarantine"}.get(code)
        if need is None or not self.granted_actions & ACTIONS[need]:
            raise ProtocolError(f"the change {code!r} was not negotiated")
        if code == b"q":
            return "quarantine", data.rstrip(b"\0")
        index = 0
        if code in (b"i", b"m"):
            index, data = struct.unpack("!I", data[:4])[0], data[4:]
        name, value = data.split(b"\0")[:2]
        if b"\r" in value or b"\0" in value:
            raise ProtocolError(f"a value with CR or NUL: {value!r}")
        if b"m" == code:
            return "change", index, name.decode("ascii"), value
        return ("insert" if code == b"i" else "add"), index, name.decode("ascii"), value

    def abort(self):
        self.put(b"A")

    def quit(self):
        self.put(b"Q")
        self.close()

    def quit_new_connection(self):
        """The milter connection stays for another client."""
        self.put(b"K")

    # a whole message

    def envelope(self, sender, recipients):
        """The first reply that is not "go on", else the last."""
        reply = self.mail(sender)
        for recipient in recipients:
            if reply.name != "continue":
                return reply
            reply = self.rcpt(recipient)
        return reply if reply.name != "continue" else self.data()

    def send(self, message, sender="a@example.net", recipients=("b@example.jp",), chunks=CHUNK):
        """MAIL to end of message; Outcome."""
        reply = self.envelope(sender, recipients)
        if reply.name != "continue":
            self.abort()
            return Outcome(reply, [], list(message.fields))
        return self.content(message, chunks)

    def content(self, message, chunks=CHUNK):
        """The fields and the body of a message whose envelope was sent."""
        for name, value in message.fields:
            self.header(name, value)
        self.eoh()
        self.body(message.body, chunks)
        reply, edits = self.eom()
        return Outcome(reply, edits, self.apply(message.fields, edits))

    def apply(self, fields, edits):
        """The fields after the changes, without the MTA's own Received."""
        rows = [["Received", b" by the MTA itself", "hidden"]]
        rows += [[name, value, "seen"] for name, value in fields]
        for edit in edits:
            if edit[0] == "change":
                self._change(rows, *edit[1:])
            elif edit[0] in ("insert", "add"):
                _, index, name, value = edit
                place = index if edit[0] == "insert" else len(rows)
                rows.insert(place, [name, self._stored(value), "new"])
        return [(name, value) for name, value, state in rows if state in ("seen", "new")]

    def _stored(self, value):
        return value if self.granted_steps & STEPS["hdr_leadspc"] else b" " + value

    def _change(self, rows, index, name, value):
        count = 0
        for place, row in enumerate(rows):
            if row[0].lower() != name.lower() or row[2] == "hidden":
                continue
            count += 1
            if count != max(index, 1):
                continue
            if value:
                row[1] = self._stored(value)
            elif self.kind == "postfix":
                del rows[place]
            else:
                row[2] = "deleted"
            return
        if value:
            rows.append([name, self._stored(value), "new"])


def text_of(fields, body):
    """The message as text with CRLF, for programs that read one."""
    lines = [_bytes(name) + b":" + value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
             for name, value in fields]
    return b"".join(line + b"\r\n" for line in lines) + b"\r\n" + body


def _bytes(text):
    return text if isinstance(text, bytes) else os.fsencode(text)
