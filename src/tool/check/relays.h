/*
 * check/relays - services that send mail for others
 *
 * A text, one service a line: its name, by what its hosts are known, and the term that
 * an SPF record needs so that they may send for a domain.
 *
 *     MailChannels  .mailchannels.net  include:relay.mailchannels.net
 *     Example       .out.example.net 192.0.2.0/24  include:spf.example.net
 *
 * What begins with a dot is the end of a host's name (behind a hyphen: of one that is not
 * meant), the rest are networks. The word "shared" says that its hosts are shared by its
 * customers, who may name theirs. An underline in a name stands for a blank. The file is
 * read by table_file.
 *
 * Failure: complaints in the table.
 */
#ifndef TOOL_CHECK_RELAYS_H
#define TOOL_CHECK_RELAYS_H

#include "base/base.h"
#include "base/ip.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"
#include "base/words.h"
#include "tool/table_file.h"

struct relay_net {
	struct ip ip;
	int prefix;
};

struct relay {
	const char *name;
	struct words suffixes; /* with their dot, lower case */
	struct words others;   /* the same, of hosts that are somebody else's */
	bool is_shared;        /* each host sends for many customers */
	VEC(struct relay_net) nets;
	const char *include; /* "include:relay.mailchannels.net" */
};

struct relays VEC_OF(struct relay);

/* Adds the rows of a table: the first that knows a host counts. */
void relays_add(struct relays *, struct table_file *);

/* The relay that this host belongs to, or NULL. host: its name, checked, or NULL. */
const struct relay *relays_find(
	const struct relays *, const struct ip *, const char *host);

/* The relay whose SPF record this domain is, or NULL. */
const struct relay *relays_of_include(const struct relays *, struct slice domain);

#endif
