"""dmarc_oracle - RFC 9989 read a second time, as plainly as it can be: for dmarc_oracle.t.

No caching, no shortcut, no regard for how many questions are asked. Its one thought of its own is
what to say where a server fails: every answer that it could have given is tried. If none of them
lets an identity align, the identity does not; else the outcome is unknown.
"""
import itertools
import re

POLICIES = ("none", "quarantine", "reject")
SOFTER = {"reject": "quarantine", "quarantine": "none", "none": "none"}
# The values of a tag that decides what becomes of mail, the milder one first; what is none of them
# counts as DEFAULT says.
MILDER = {"p": (None, *POLICIES), "sp": (None, *POLICIES), "np": (None, *POLICIES),
          "adkim": ("r", "s"), "aspf": ("r", "s"), "t": ("y", "n"), "psd": ("u", "n", "y")}
DEFAULT = {"adkim": "r", "aspf": "r", "t": "n", "psd": "u"}
POSSIBLE = ([], ["v=DMARC1; p=none"], ["v=DMARC1; p=none; psd=n"], ["v=DMARC1; p=none; psd=y"])


class Trouble(Exception):
    """A server did not answer."""


class World:
    def __init__(self, records, failing, existing):
        self.records, self.failing, self.existing = records, failing, existing

    def ask(self, domain):
        if domain in self.failing:
            raise Trouble(domain)
        return self.records.get(domain, [])

    def exists(self, domain):
        """A name exists when something below it does."""
        return domain in self.existing or domain in self.records or domain in self.failing


def mildest(name, values):
    """Of a tag that stands twice the milder value."""
    known = [value.lower() if value.lower() in MILDER[name] else DEFAULT.get(name)
             for value in values]
    return min(known or [DEFAULT.get(name)], key=MILDER[name].index)


def parse(text):
    """4.7, 4.8: a record; None where it is none."""
    first, *rest = text.split(";")
    if not re.fullmatch(r"[vV][ \t]*=[ \t]*DMARC1[ \t]*", first):
        return None
    tags = {}
    for part in rest:
        tag = re.fullmatch(r"[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(.*?)[ \t]*", part, re.S)
        if tag:
            tags.setdefault(tag.group(1).lower(), []).append(tag.group(2))
    record = {name: mildest(name, tags.get(name, [])) for name in MILDER}
    record["is broken"] = any(record[k] is None for k in ("p", "sp", "np") if k in tags or k == "p")
    record["has reports"] = any(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[!-~]+", uri.strip(" \t"))
                                for uri in tags.get("rua", [""])[0].split(","))
    return record


def record_at(world, domain):
    found = [record for record in map(parse, world.ask(domain)) if record]
    return found[0] if len(found) == 1 else None


def targets(domain):
    """4.10: the names that a walk asks."""
    yield domain
    labels = domain.split(".")
    labels = labels[1:] if len(labels) < 8 else labels[-7:]
    while labels:
        yield ".".join(labels)
        labels = labels[1:]


def walk(world, domain):
    found = []
    for name in targets(domain):
        record = record_at(world, name)
        if record:
            found.append((name, record))
        if record and record["psd"] != "u":
            break
    return found


def organization(world, domain):
    """4.10.2."""
    found = walk(world, domain)
    for name, record in found:
        if record["psd"] == "n":
            return name
        if record["psd"] == "y" and name != domain:
            return ".".join(domain.split(".")[-name.count(".") - 2:])
    return found[-1][0] if found else domain


def discover(world, author):
    """4.10.1: where the policy is, and the record."""
    own = record_at(world, author)
    if own:
        return author, own
    found = dict(walk(world, author))
    name = organization(world, author)
    if name in found:
        return name, found[name]
    for name, record in found.items():
        if record["psd"] == "y":
            return name, record
    return None, None


def has_same_organization(world, one, other):
    """True, False, or None where servers that fail could say either."""
    try:
        return organization(world, one) == organization(world, other)
    except Trouble:
        pass
    names = sorted({*targets(one), *targets(other)} & world.failing)
    for answers in itertools.product(POSSIBLE, repeat=len(names)):
        guess = World({**world.records, **dict(zip(names, answers))}, set(), set())
        if organization(guess, one) == organization(guess, other):
            return None
    return False


def judge_identities(world, author, record, identities):
    """(result, {aligned}) of the identities that passed or could not be looked at."""
    aligned, unknown = set(), False
    for kind, result, domain in identities:
        if result not in ("pass", "temperror"):
            continue
        is_aligned = domain == author
        if not is_aligned and record["a" + kind] == "r":
            is_aligned = has_same_organization(world, domain, author)
        if is_aligned and result == "pass":
            aligned.add(kind)
        elif is_aligned is not False:
            unknown = True
    return "pass" if aligned else "temperror" if unknown else "fail", aligned


def judge(world, author, spf, dkim):
    """What DMARC says; the keys are those of the tool."""
    say = {"result": "temperror", "from_domain": author, "organizational_domain": None,
           "policy": None, "policy_domain": None, "disposition": "none",
           "aligned_spf": False, "aligned_dkim": False}
    try:
        say["organizational_domain"] = organization(world, author)
    except Trouble:
        pass
    try:
        name, record = discover(world, author)
    except Trouble:
        return say
    if record is None or (record["is broken"] and not record["has reports"]):
        return {**say, "result": "none"}
    if record["is broken"]:
        policy = "none"
    elif name == author:
        policy = record["p"]
    else:
        below = record["sp"] or record["p"]
        policy = below if world.exists(author) else record["np"] or below
    identities = [("spf", *spf)] if spf else []
    identities += [("dkim", *one) for one in dkim]
    result, aligned = judge_identities(world, author, record, identities)
    say.update(result=result, policy=policy, policy_domain=name, aligned_spf="spf" in aligned,
               aligned_dkim="dkim" in aligned)
    if result == "fail":
        say["disposition"] = SOFTER[policy] if record["t"] == "y" else policy
    return say
