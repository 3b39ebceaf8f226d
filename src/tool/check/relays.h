/*
 * check/relays - services that send mail for others
 *
 * A text, one service a line: its name, by what its hosts are known, and the term that
 * an SPF record needs so that they may send for a domain.
 *
 *     MailChannels  .mailchannels.net  include:relay.mailchannels.net
 *     Example       .out.example.net 192.0.2.0/24  include:spf.example.net
 *
 * What begins with a dot is the end of a host's name, the rest are networks. An underline
 * in a name stands for a blank. `#` begins a comment.
 *
 * Failure: a complaint with the line's number.
 */
#ifndef TOOL_CHECK_RELAYS_H
#define TOOL_CHECK_RELAYS_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "base/words.h"

struct relay_net {
	struct ip ip;
	int prefix;
};

struct relay {
	const char *name;
	struct words suffixes; /* with their dot, lower case */
	VEC(struct relay_net) nets;
	const char *include; /* "include:relay.mailchannels.net" */
};

struct relays VEC_OF(struct relay);

/* Adds the lines of a text. Lines before a bad one stay. */
const char *relays_parse(struct pool *, struct slice text, struct relays *);

/* The relay that this host belongs to, or NULL. host: its name, checked, or NULL. */
const struct relay *relays_find(
	const struct relays *, const struct ip *, const char *host);

/* The relay whose SPF record this domain is, or NULL. */
const struct relay *relays_of_include(const struct relays *, struct slice domain);

#endif
