/*
 * findings/findings - what a look at something found
 *
 * A finding says what was found, what was wanted and what to do, with the record to paste
 * where a record of the DNS is the remedy. `sekimori check`, explain, postfix and
 * sendmail make them; print, json and html show them and need nothing else.
 *
 * Failure: nothing.
 */
#ifndef TOOL_FINDINGS_FINDINGS_H
#define TOOL_FINDINGS_FINDINGS_H

#include "base/base.h"
#include "base/pool.h"
#include "base/vec.h"
#include "base/words.h"
#include "tool/zone_record.h"

/* In order of severity. Info is neither good nor bad. */
enum finding_status { FINDING_GOOD, FINDING_INFO, FINDING_WARNING, FINDING_FAILURE };

struct panel;

struct finding {
	const char *id; /* "spf.found": stable */
	enum finding_status status;
	const char *found;
	const char *receiver;      /* who demands it, for people; NULL: nobody by name */
	const char *wanted;        /* NULL: what was found is right */
	const char *remedy;        /* in words; NULL: nothing to do */
	struct zone_record record; /* to paste */
	struct words details;      /* further lines: a trace, a list */
};

/* Those of one look, in the order in which they were made. */
struct findings {
	struct pool *pool;
	const char *about;         /* a domain, or a mail server */
	const char *shown;         /* the same for people; NULL: as it is */
	const struct panel *panel; /* whose form records are shown for, or NULL */
	VEC(struct finding) list;
};

/* A new finding of this status; the caller fills in the rest. */
struct finding *findings_add(
	struct findings *, const char *id, enum finding_status, const char *found);

/* The one that was made last. */
struct finding *findings_last(struct findings *);

/* What was wanted, and what to do. */
void finding_remedy(struct finding *, const char *wanted, const char *remedy);

/* A further line. */
void finding_detail(struct pool *, struct finding *, const char *line);

/* The word of a status for programs: "good", "failure". */
const char *finding_status_name(enum finding_status);

size_t findings_count(const struct findings *, enum finding_status);

/* The worst status of all findings. */
enum finding_status findings_worst(const struct findings *);

/* The exit status that says it: 0, 1 for a warning, 2 for a failure. */
int findings_exit_status(const struct findings *);

#endif
