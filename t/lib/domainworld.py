"""domainworld - a domain with records, a key and a configuration, for tests of `sekimori check`.

    world = World(directory)                 example.jp, with nothing wrong
    world.set("example.jp", "TXT", [...])    other records; [] for none
    status, checks = world.check("--ip", "203.0.113.4")
    world.paste(checks["spf.covers"][0]["record"])
"""
import json
import os
import subprocess

TOOL = os.path.join(os.environ.get("builddir", os.getcwd()), "sekimori")
TOP = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
DOMAIN, ADDRESS = "example.jp", "203.0.113.4"
ADDRESS6 = "2001:db8::4"
REVERSE6 = "4." + "0." * 23 + "8.b.d.0.1.0.0.2.ip6.arpa"


def quoted(text):
    """TXT data: strings of at most 255 bytes."""
    parts = [text[i:i + 255] for i in range(0, max(len(text), 1), 255)]
    parts = [p.replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\000") for p in parts]
    return " ".join('"' + p + '"' for p in parts)


def run(*args, stdin=None, env=None):
    return subprocess.run([TOOL, *args], capture_output=True, text=True, check=False, input=stdin,
                          env={**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": "en", **(env or {})})


class World:
    def __init__(self, directory):
        self.directory = directory
        made = run("keygen", DOMAIN, "--selector", "s1", "--output", directory + "/keys", "--json")
        key = json.loads(made.stdout)
        self.key_file = key["key_file"]
        self.key_record = key["records"][0]["value"]
        self.table = directory + "/keytable"
        self.config = directory + "/sekimori.conf"
        self.write(self.table, f"s1 {DOMAIN}:s1:{self.key_file}\n")
        self.write(self.config, f"KeyTable {self.table}\n")
        self.zone_file = directory + "/zone"
        self.records = {}
        self.reset()

    def reset(self):
        """Everything as it should be."""
        self.records = {}
        self.set(DOMAIN, "TXT", ["v=spf1 mx -all"])
        self.set(DOMAIN, "MX", ["10 mail.example.jp."])
        self.set("mail.example.jp", "A", [ADDRESS])
        self.set("mail.example.jp", "AAAA", [ADDRESS6])
        self.set("4.113.0.203.in-addr.arpa", "PTR", ["mail.example.jp."])
        self.set(REVERSE6, "PTR", ["mail.example.jp."])
        self.set("_dmarc." + DOMAIN, "TXT", ["v=DMARC1; p=reject; rua=mailto:dmarc@example.jp"])
        self.set("s1._domainkey." + DOMAIN, "TXT", [self.key_record])

    @staticmethod
    def write(path, text):
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        return path

    def file(self, name, text):
        return self.write(os.path.join(self.directory, name), text)

    def set(self, name, kind, data):
        """data: values; TXT without quotes."""
        self.records[name, kind] = [quoted(d) if kind == "TXT" else d for d in data]

    def paste(self, record):
        """What a person does with a proposal: the record in the place of the old one."""
        name, kind, data = record["zone"].split(" 3600 IN ", 1)[0].rstrip("."), record["type"], \
            record["zone"].split(f" 3600 IN {record['type']} ", 1)[1]
        self.records[name, kind] = [data]

    def zone(self):
        text = "".join(f"{name}. 3600 IN {kind} {data}\n"
                       for (name, kind), all_data in self.records.items() for data in all_data)
        return self.write(self.zone_file, text)

    def run(self, *args, domain=DOMAIN, dns=None, **more):
        return run("check", domain, "--config", self.config, *(dns or ["--zone", self.zone()]),
                   "--relays", os.path.join(TOP, "contrib", "relays"), *args, **more)

    def check(self, *args, **more):
        """Exit status and {id: [findings]}."""
        got = self.run(*args, "--json", **more)
        if not got.stdout.startswith("{"):
            raise ValueError(f"no JSON: {got}")
        answer = json.loads(got.stdout)
        checks = {}
        for finding in answer.get("checks", []):
            checks.setdefault(finding["id"], []).append(finding)
        return got.returncode, checks
