/*
 * results - results as JSON and as lines for people
 *
 * Failure: nothing.
 */
#ifndef TOOL_RESULTS_H
#define TOOL_RESULTS_H

#include "base/base.h"
#include "auth/outcome.h"

#include <jansson.h>

struct dkim_results;
struct dmarc_result;
struct iprev_result;
struct spf_result;
struct pool;

/* NULL gives null. */
json_t *results_spf(const struct spf_result *);
json_t *results_dkim(const struct dkim_results *);
json_t *results_iprev(const struct iprev_result *);
json_t *results_dmarc(const struct dmarc_result *);

/* "action    reject": any text behind its name. */
void results_row(const char *name, const char *text);

/* "spf        fail  example.net (reason)" */
void results_line(
	struct pool *, const char *method, const struct outcome *, const char *subject);

#endif
