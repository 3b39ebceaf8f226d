"""The usual arrangement of a test: zone, keys, our daemon, one of the two mail servers.

    example.jp          ours: an RSA and an Ed25519 key; names below it sign too
    reject.example.jp   refuses what SPF refuses; quarantine.example.jp sets it aside
    example.net         an honest sender outside; its SPF record names the outside client
    forged.example      a sender whose SPF record allows nobody
"""
from . import client, postfix, sekimori, sendmail, sink

KINDS = ("Postfix", "Sendmail")


class Stage:
    """Everything up for one mail server; .mta, .daemon, .keys and the clients.

    settings: more options of our daemon. before, after: functions that start another milter in
    front of ours or behind it. unix: our socket's path. settings_of_mta: parameters of main.cf,
    or lines of sendmail.mc. For Postfix: place, how it names our socket; chroot; services, lines
    of master.cf.
    """

    def __init__(self, world, kind, name, settings=None, before=(), after=(), **more):
        self.world, self.kind = world, kind
        self.home = world.directory(name)
        self.sink = world.start(sink.Sink())
        self.keys = [sekimori.Key(self.home, "example.jp", "s2026"),
                     sekimori.Key(self.home, "example.jp", "e2026", "ed25519")]
        table = "".join(key.row("subdomains=yes") for key in self.keys)
        table += "reject reject.example.jp:-:- spf-fail=reject\n"
        table += "quarantine quarantine.example.jp:-:- spf-fail=quarantine\n"
        self.zone = self._zone()
        rows = {"Mode": "sv", "Canonicalization": "simple/simple",
                "KeyTable": world.write(name + "/keytable", table),
                "Nameservers": world.nameserver(name + "/zone", self.zone)}
        rows.update(settings or {})
        self.daemon = world.start(sekimori.Sekimori(self.home, "sekimori", rows,
                                                    more.pop("unix", None)))
        milters = [start(self) for start in before] + [self.daemon]
        milters += [start(self) for start in after]
        self.mta = world.start(self._mta(kind, milters, **more))

    def inside(self, port=None):
        """A client on this host."""
        return client.Client(port or self.mta.port)

    def outside(self, port=None):
        """A client out there."""
        return client.Client(port or self.mta.port, source=self.world.outside)

    def delivered(self, mark):
        """The delivered message whose text holds these bytes; None after a minute."""
        return self.sink.wait(lambda delivery: mark in delivery.data)

    def stop(self):
        self.world.stop(self.mta)
        self.world.stop(self.daemon)

    def _mta(self, kind, milters, settings_of_mta=None, place=None, **more):
        if kind == "Postfix":
            places = place or " ".join(milter.place for milter in milters)
            return postfix.Postfix(self.home, self.sink.port, places, settings_of_mta, **more)
        return sendmail.Sendmail(self.home, self.sink.port,
                                 [(f"filter{i}", milter.milter)
                                  for i, milter in enumerate(milters)], settings_of_mta or "")

    def _zone(self):
        rows = [key.zone() for key in self.keys]
        address = self.world.outside
        reverse = ".".join(reversed(address.split("."))) + ".in-addr.arpa"
        rows.append(f"{reverse}. 300 IN PTR client.example.net.\n"
                    f"client.example.net. 300 IN A {address}\n"
                    '_dmarc.example.net. 300 IN TXT "v=DMARC1; p=reject"\n')
        for name, record in (("example.net", f"v=spf1 ip4:{address} -all"),
                             ("client.example.net", f"v=spf1 ip4:{address} -all"),
                             ("forged.example", "v=spf1 -all")):
            rows.append(f'{name}. 300 IN TXT "{record}"\n')
        return "".join(rows)
