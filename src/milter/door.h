/*
 * door - lets connections in as long as there are descriptors for them
 *
 * It is libmilter's accept(). A connection for which no descriptor is left is hung up on,
 * so that the mail server does at once what it was told to do without us; a few are kept
 * for the DNS, the tables and the log, so that messages under way lack nothing.
 *
 * Failure: the mail server sees a connection that is closed, the log says why.
 */
#ifndef MILTER_DOOR_H
#define MILTER_DOOR_H

#include "base/base.h"

/* Asks the system for as many descriptors as so many connections need, and more where it
 * gives them; says in the log where it does not give enough. */
void door_measure(int64_t connections);

/* Was a connection closed so since then (milliseconds, monotonic)? */
bool door_was_full(int64_t since);

#endif
