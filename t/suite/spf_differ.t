#!/usr/bin/python3
"""Both engines give the same result and the same counts, over random zones."""
import collections
import os
import sys

sys.path.insert(0, os.path.join(os.environ['srcdir'], 't/lib'))
import spfgen  # noqa: E402
import tap  # noqa: E402

COUNT = 1000
t = tap.Tap()
driver = spfgen.Driver()
seen = collections.Counter()
for number, (zone, client, helo, sender) in enumerate(spfgen.zones(7208, COUNT)):
    answer = driver.judge(zone, client, helo, sender)
    seen[answer[0] if answer else 'nothing'] += 1
    if len(answer) != 7 or answer[0:6:2] != answer[1:6:2]:
        t.ok(False, 'zone %d' % number)
        t.note('client=%s helo=%s from=%s: %s' % (client, helo, sender, answer))
        t.note(zone.text())
t.ok(driver.close() == 0, 'the driver ends well')
t.ok(sum(seen.values()) == COUNT, '%d zones: %s' % (COUNT, dict(seen)))
for code in ('pass', 'fail', 'softfail', 'neutral', 'none', 'temperror', 'permerror'):
    t.ok(seen[code] >= COUNT // 200, 'some are %s' % code)
sys.exit(t.done())
