/*
 * notify - tells a service manager how the daemon is
 *
 * The protocol of systemd's Type=notify: a datagram of lines to the socket that
 * NOTIFY_SOCKET names. Without that variable nothing happens.
 *
 * Failure: nothing.
 */
#ifndef MILTER_NOTIFY_H
#define MILTER_NOTIFY_H

#include "base/base.h"

/* For instance "READY=1", "RELOADING=1", "STOPPING=1"; a RELOADING gets the time that it
 * needs. */
void notify_send(const char *state);

/* Milliseconds between two signs of life that the service manager waits for; 0: it does
 * not wait. */
int64_t notify_interval(void);

#endif
