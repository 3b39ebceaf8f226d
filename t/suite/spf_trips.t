#!/usr/bin/python3
"""A tree of includes costs one round trip a level, not one a term, and each question is
asked once. The DNS server holds every answer back for the same time; the best of a few tries
counts, since a busy machine only adds to it."""
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.environ['srcdir'], 't/lib'))
import spfgen  # noqa: E402
import tap  # noqa: E402

DELAY = 300
TRIES = 5
# name, records, result, levels (round trips), questions
LEAVES = ('aa', 'ab', 'ba', 'bb')
TREES = [
    ('one record', ['e.com TXT "v=spf1 ip4:192.0.2.1 -all"'], 'pass', 1, 1),
    ('eight includes',
     ['e.com TXT "v=spf1 %s -all"' % ' '.join('include:i%d.com' % i for i in range(8))]
     + ['i%d.com TXT "v=spf1 ip4:10.0.0.%d ?all"' % (i, i) for i in range(8)], 'fail', 2, 9),
    ('three levels of two',
     ['e.com TXT "v=spf1 include:a.com include:b.com -all"',
      'a.com TXT "v=spf1 include:aa.com include:ab.com ?all"',
      'b.com TXT "v=spf1 include:ba.com include:bb.com ?all"']
     + ['%s.com TXT "v=spf1 a:h%s.com ?all"' % (n, n) for n in LEAVES]
     + ['h%s.com A 10.0.0.1' % n for n in LEAVES], 'fail', 4, 11),
    ('terms of every kind',
     ['e.com TXT "v=spf1 a:h.com mx:m.com exists:%{i}.x.com include:i.com redirect=r.com"',
      'h.com A 10.0.0.1', 'm.com MX 1 m1.com', 'm.com MX 2 m2.com', 'm1.com A 10.0.0.2',
      'm2.com A 10.0.0.3', 'i.com TXT "v=spf1 ?all"', 'r.com TXT "v=spf1 ~all"'],
     'softfail', 3, 8),
    ('nothing behind a match is waited for',
     ['e.com TXT "v=spf1 include:i.com include:silent.com -all"', 'i.com TXT "v=spf1 +all"'],
     'pass', 2, 3),
]

t = tap.Tap()


def questions(log):
    with open(log) as f:
        return [line.split(' ', 1)[1].strip() for line in f]


def ask(zone_text):
    """The answers of both engines, the milliseconds it took, and what the server was asked."""
    with tempfile.TemporaryDirectory() as work:
        zone, log = os.path.join(work, 'zone'), os.path.join(work, 'log')
        with open(zone, 'w') as f:
            f.write(zone_text)
        dnsd = os.path.join(os.environ['srcdir'], 't/lib/dnsd')
        server = subprocess.Popen([dnsd, '--delay', str(DELAY), '--log', log, '--stdin', zone],
                                  stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        port = int(server.stdout.readline().split()[1])
        driver = spfgen.Driver()
        driver.nameserver('127.0.0.1:%d' % port)
        answer = driver.judge(None, '192.0.2.1', 'h.com', 'a@e.com')
        driver.close()
        server.stdin.close()
        server.wait()
        return answer[:2], int(answer[6]), questions(log)


def run(name, records, want, levels, count):
    zone = ''.join('%s 300 IN %s\n' % tuple(r.split(' ', 1)) for r in records)
    for _ in range(TRIES):
        answer, took, asked = ask(zone + ';@FAIL silent.com * TIMEOUT\n')
        if took < (levels + 1) * DELAY:
            break
    t.equal(answer, [want, want], name)
    t.ok(levels * DELAY <= took < (levels + 1) * DELAY,
         '%s: %d round trips (%d ms)' % (name, levels, took))
    t.ok(len(asked) == len(set(asked)) == count, '%s: %d questions, each once' % (name, count))
    if len(asked) != count:
        t.note(asked)


for tree in TREES:
    run(*tree)
sys.exit(t.done())
