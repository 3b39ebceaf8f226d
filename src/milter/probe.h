/*
 * probe - asks a milter's socket whether a milter answers there
 *
 * It says what an MTA says first (what it can do) and waits for the milter's reply. No
 * message is begun, nothing is logged.
 *
 * Failure: false.
 */
#ifndef MILTER_PROBE_H
#define MILTER_PROBE_H

#include "base/base.h"

/* How long connection, question and answer may each take. */
#define PROBE_MS 5000

/* Does a milter answer where this descriptor listens? */
bool probe_milter(int listen_fd);

#endif
