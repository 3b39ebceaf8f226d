/*
 * findings/panel - a record as the form of a DNS panel wants it
 *
 * A file (panels), a row a panel: its ID, its name, whether it has fields or takes lines,
 * how it wants the domain itself written, whether it wants quotation marks, the TTL, and
 * types that it spells in its own way.
 *
 *     onamae  "Onamae.com"  fields  empty  plain  3600
 *
 * Failure: NULL; complaints about rows go to standard error.
 */
#ifndef TOOL_FINDINGS_PANEL_H
#define TOOL_FINDINGS_PANEL_H

#include "base/base.h"
#include "base/pool.h"
#include "base/vec.h"
#include "tool/zone_record.h"

struct panel;

/* One field of a form, or the whole line. */
struct panel_field {
	const char *label, *value;
	bool is_note; /* the value is for people: "leave it empty" */
};

struct panel_fields VEC_OF(struct panel_field);

/* The panel of this ID, in any case; NULL: there is none. names: gets the IDs of all, for
 * people. */
const struct panel *panel_find(struct pool *, const char *id, const char **names);

/* What to enter for the record. about: the domain, which forms add by themselves. */
void panel_fill(struct pool *, const struct panel *, const char *about,
	const struct zone_record *, struct panel_fields *);

#endif
