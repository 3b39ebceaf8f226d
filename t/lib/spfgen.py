"""spfgen - random SPF zones, and the driver that judges them with both engines.

    for zone in spfgen.zones(seed, count):      zone.data {name: {type: [value]}}, zone.fails
        spfgen.Driver().judge(zone, query)      (libspf2, builtin, lookups, voids)

Most records are right, so that evaluation gets far; the rest have one thing wrong.
"""
import os
import random
import subprocess

CLIENTS = ['192.0.2.1', '192.0.2.77', '198.51.100.5', '2001:db8::1', '2001:db8:0:1::9',
           '::ffff:192.0.2.1']
NAMES = ['e.com', 'a.e.com', 'b.e.com', 'c.e.com', 'd.net', 'x.d.net', 'y.org', 'z.y.org']
HOSTS = NAMES + ['h.e.com', 'none.e.com', 'dead.e.com', 'user.e.com', '1.2.0.192.e.com',
                 'v4.h.e.com']
WRONG = ['foo', 'a:', 'ip4:1.2.3', 'ip4:1.2.3.4/33', 'include:', 'mx/', 'exists:%{x}.com', 'a:e',
         'all:e.com', 'ptr/24', 'ip6:1.2.3.4', 'redirect=', 'exp=%{c}.com', 'a/024', 'x%=y',
         'include:a..', '%{d}', '--all']
IPV4 = ['192.0.2.1', '192.0.2.9', '10.0.0.1', '198.51.100.5']
IPV6 = ['2001:db8::1', '2001:db8:0:1::2', '2001:db8:1::3']
NETS = {'ip4': ['192.0.2.0/24', '10.0.0.0/8', '192.0.2.1', '198.51.100.0/30'],
        'ip6': ['2001:db8::/32', '2001:db8::1', '2001:db9::/32', '::ffff:192.0.2.1']}
MACROS = ['%{d}', '%{o}', '%{l}.e.com', '%{ir}.e.com', '%{v}.e.com', '%{d2}', '%{dr}', '%{h}',
          '%{p}', '%{l1r-}.e.com', '%{S}.e.com', '%{i}.e.com']


class Zone:
    def __init__(self, rng):
        self.data, self.fails = {}, set()
        for name in NAMES:
            self.add(name, 'TXT', record(rng))
        for name in HOSTS:
            for _ in range(rng.choice([0, 1, 1, 2])):
                self.add(name, 'A', rng.choice(IPV4))
            if rng.random() < .5:
                self.add(name, 'AAAA', rng.choice(IPV6))
            for _ in range(rng.choice([0, 0, 1, 3])):
                self.add(name, 'MX', rng.choice(HOSTS))
        for client in ['1.2.0.192', '77.2.0.192', '5.100.51.198']:
            for _ in range(rng.choice([0, 1, 3])):
                self.add(client + '.in-addr.arpa', 'PTR', rng.choice(HOSTS))
        if rng.random() < .3:
            self.fails.add('dead.e.com')
        if rng.random() < .1:
            self.fails.add(rng.choice(NAMES[1:]))
        for name in self.fails:
            self.data.pop(name, None)
        if rng.random() < .05:
            self.add(rng.choice(NAMES), 'TXT', 'v=spf1 +all')

    def add(self, name, kind, value):
        values = self.data.setdefault(name, {}).setdefault(kind, [])
        if value not in values:
            values.append(value)

    def text(self):
        lines = ['%s 300 IN %s %s' % (name, kind, quoted(kind, value))
                 for name, kinds in self.data.items()
                 for kind, values in kinds.items() for value in values]
        lines += [';@FAIL %s * TIMEOUT' % name for name in sorted(self.fails)]
        return '\n'.join(lines) + '\n'


def quoted(kind, value):
    if kind == 'TXT':
        return '"%s"' % value.replace('\\', '\\\\').replace('"', '\\"')
    return '10 ' + value if kind == 'MX' else value


def target(rng):
    return ':' + rng.choice(MACROS if rng.random() < .2 else HOSTS)


def term(rng):
    sign = rng.choice(['', '', '+', '-', '~', '?'])
    cidr = rng.choice(['', '', '/24', '//64', '/31//48', '/0'])
    kind = rng.choice(['a', 'mx', 'ip4', 'ip4', 'ip6', 'include', 'include', 'exists', 'ptr',
                       'all'])
    if kind in ('a', 'mx'):
        return sign + kind + rng.choice(['', target(rng)]) + cidr
    if kind in NETS:
        return sign + kind + ':' + rng.choice(NETS[kind])
    if kind == 'include':
        return sign + kind + ':' + rng.choice(NAMES)
    if kind == 'ptr':
        return sign + kind + rng.choice(['', ':' + rng.choice(NAMES)])
    return sign + kind + (target(rng) if kind == 'exists' else '')


def record(rng):
    """A record; now and then one that is none, or has an error."""
    terms = [term(rng) for _ in range(rng.choice([0, 1, 2, 2, 3, 3, 4]))]
    if rng.random() < .2:
        terms.insert(rng.randrange(len(terms) + 1), 'redirect=' + rng.choice(NAMES))
    else:
        terms.append(rng.choice(['-all', '~all', '?all', '', 'x=y']))
    if rng.random() < .04:
        terms.insert(rng.randrange(len(terms) + 1), rng.choice(WRONG))
    if rng.random() < .02:
        terms += ['x=y', 'x=y']
    version = 'v=spf1' if rng.random() < .98 else 'v=spf10'
    return ' '.join([version] + [t for t in terms if t])


def zones(seed, count):
    """Zones with a query each: (zone, client, helo, mail_from)."""
    rng = random.Random(seed)
    for _ in range(count):
        zone = Zone(rng)
        helo = rng.choice(['h.e.com', 'e.com', 'x.d.net'])
        sender = rng.choice(['', 'user@', 'a-b.c@', 'A+b@']) + rng.choice(NAMES)
        yield zone, rng.choice(CLIENTS), helo, sender if '@' in sender else ''


class Driver:
    """The program t/interop/spf_driver, asked through pipes."""

    def __init__(self):
        program = os.path.join(os.environ['builddir'], 't/interop/spf_driver')
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def judge(self, zone, client, helo, mail_from):
        """What it says of a query on a zone, or of one through the nameserver last named."""
        text = zone.text().encode() if zone else b''
        query = 'query %s %s %s\n' % (client, helo or '-', mail_from or '-')
        head = b'zone %d\n' % len(text) if zone else b''
        self.process.stdin.write(head + text + query.encode())
        self.process.stdin.flush()
        return self.process.stdout.readline().decode().split()

    def nameserver(self, address):
        self.process.stdin.write(('nameserver %s\n' % address).encode())

    def close(self):
        self.process.stdin.close()
        return self.process.wait()
