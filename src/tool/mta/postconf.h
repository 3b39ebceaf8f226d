/*
 * mta/postconf - Postfix's live configuration, as its own program tells it
 *
 * Failure: a complaint.
 */
#ifndef TOOL_MTA_POSTCONF_H
#define TOOL_MTA_POSTCONF_H

#include "base/base.h"
#include "base/pool.h"
#include "base/slice.h"
#include "base/vec.h"

struct map;

struct postconf_setting {
	struct slice name, value; /* with all $name replaced */
	struct slice raw;         /* as it is written */
};

/* A line of master.cf. */
struct postconf_service {
	const char *name, *type, *command;
	const char *line;                       /* with its arguments */
	bool is_confined;                       /* runs in a chroot */
	VEC(struct postconf_setting) overrides; /* -o */
};

struct postconf {
	struct pool *pool;
	struct map *values; /* with all $name replaced */
	struct map *raw;    /* as they are written */
	VEC(struct postconf_service) services;
	int version[3]; /* 3.7.11 */
};

/* config_dir: NULL, that of the program. */
const char *postconf_read(struct pool *, const char *config_dir, struct postconf *);

/* "" for one that is empty; NULL for one that this version does not have. */
const char *postconf_value(const struct postconf *, const char *name);

/* The value as it is written: "$smtpd_milters". */
const char *postconf_raw(const struct postconf *, const char *name);

/* A service's own setting; NULL where it has none, or that of main.cf by its name. */
const char *postconf_override(const struct postconf_service *, const char *name);

/* What holds for a service: its own, else that of main.cf. */
const char *postconf_service_value(
	const struct postconf *, const struct postconf_service *, const char *name);

/* Is it this version, or a later one? */
bool postconf_is_from(const struct postconf *, int major, int minor, int patch);

#endif
