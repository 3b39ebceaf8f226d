/*
 * netlist - a set of hosts: addresses, networks, names
 *
 * An entry is an address or a network (brackets are allowed), a host name, or
 * `.example.com` for every name below it; `!` before it takes it out of the set. Names
 * are looked at first, then addresses; among each kind the more precise entry decides. In
 * a refile: an entry may hold '*'; one that begins with it keeps out what it matches, as
 * it does in OpenDKIM. An entry that can match nobody is left out with a note.
 *
 * Standards: RFC 4632 3.1, RFC 4291 2.3
 * Failure:   notes.
 */
#ifndef CONFIG_NETLIST_H
#define CONFIG_NETLIST_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "config/problems.h"
#include "config/table.h"

struct netlist;

/* Reads the entries of a table. option: its name, for the notes. */
const struct netlist *netlist_new(
	struct pool *, const struct table *, const char *option, struct problems *);

/* Is the client in the set? rdns: its verified name, or NULL. at: which entry decided
 * (file:line, or the entry itself); NULL where none did; may be NULL. */
bool netlist_has(
	const struct netlist *, const struct ip *, const char *rdns, const char **at);

size_t netlist_count(const struct netlist *);

/* Notes on what is often meant otherwise: everybody is internal, a container bridge, the
 * host itself left out. */
void netlist_review(const struct netlist *, struct place, struct problems *);

#endif
