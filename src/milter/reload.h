/*
 * reload - what all connections of a worker share, and how it is exchanged
 *
 * libmilter calls our callbacks without an argument of ours, so this is the one place
 * where they find the policy in force, the services and the gate. The policy can be
 * exchanged at any time: a message holds the one that it began with until it is done.
 *
 * Failure: a configuration with an error changes nothing; the errors go to the log.
 */
#ifndef MILTER_RELOAD_H
#define MILTER_RELOAD_H

#include "base/base.h"
#include "engine/services.h"

struct gate;
struct policy;
struct tally;

/* Reads the first policy. False: it has errors, which were logged. The services' signer
 * holds its keys, and their tables have its rows; so it is with each policy that follows.
 */
bool reload_first(const char *file, const struct services *);

/* What the engine needs, once it is there. Before the first connection. */
void reload_set_services(const struct services *);

/* Reads the file again and puts it in force. False: it has errors, and the policy that
 * was in force stays. */
bool reload_again(const char *file);

/* The policy in force, held for the caller. */
const struct policy *reload_hold(void);

const struct services *reload_services(void);
struct gate *reload_gate(void);

/* Messages for which there was no room. */
struct tally *reload_refusals(void);

/* Connections for which there was none. */
struct tally *reload_crowd(void);

/* What a thread has made before it publishes is known to each that observes later. */
void reload_publish(void);
void reload_observe(void);

/* Lets go of the policy, when no connection is left. */
void reload_end(void);

#endif
