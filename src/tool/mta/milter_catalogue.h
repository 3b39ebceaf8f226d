/*
 * mta/milter_catalogue - who the other milters are, and what they do to a message
 *
 * A milter is known by the socket that its configuration on this host says, else by the
 * name of its socket or by its usual port. What it does decides where it should stand
 * (milter_order.h).
 *
 * Failure: complaints on standard error; the other rows count. A milter that is not
 *          known has no name.
 */
#ifndef TOOL_MTA_MILTER_CATALOGUE_H
#define TOOL_MTA_MILTER_CATALOGUE_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"

struct milter;
struct mta;
struct other_milters;
struct table_file;

enum milter_does {
	DOES_CHECK = 1,
	DOES_CHANGE = 2, /* fields or bodies that may be signed */
	DOES_SIGN = 4,
	DOES_READ = 8, /* the results of others */
};

/* The rows of a table, with complaints in it. */
const struct other_milters *other_milters_of(struct table_file *);

/* The file `milters` (tool/table_file.h); complaints go to standard error. */
const struct other_milters *other_milters_read(struct pool *);

/* Fills in `name` and `does` by where it listens. */
void milter_identify(const struct mta *, struct milter *);

/* Is its service disabled or masked? False, too, where no systemd is there to ask. */
bool milter_is_off(const struct mta *, const char *name);

/* The line with which OpenDMARC here believes results under this name; NULL: it does
 * already, or we cannot know. */
const char *opendmarc_trust(const struct mta *, const char *authserv_id);

/* Further names under which OpenDMARC here believes results and which we do not remove:
 * "dmarc.example.jp,mx2.example.jp"; NULL: there are none, or we cannot know. authserv_id
 * may be NULL: the mail server's name, which is not known. */
const char *opendmarc_others(const struct mta *, const char *authserv_id);

/* Does OpenDMARC take results of SPF from the message? Then it takes those of a
 * Received-SPF field, and believes the first one, whoever wrote it. */
bool opendmarc_takes_spf(const struct mta *);

/* A program that takes messages over SMTP, by its usual port (amavis); NULL: not known.
 * "smtp-amavis:[127.0.0.1]:10024", "127.0.0.1:10024" */
const char *content_filter_name(const char *transport);

/* The value behind a name at the begin of a line: "Name value", "name = 'value';". False:
 * no line has it. */
bool setting_find(struct slice text, const char *name, struct slice *value);

#endif
