/*
 * What a status is called and the exit status that says it are one table, so that no two
 * commands can differ in it.
 */
#include "base/base.h"
#include "tool/findings/findings.h"

/* What a status is called by programs, and the exit status that says it. */
static const struct {
	const char *name;
	int exit;
} statuses[] = {
	[FINDING_GOOD] = { "good", 0 },
	[FINDING_INFO] = { "info", 0 },
	[FINDING_WARNING] = { "warning", 1 },
	[FINDING_FAILURE] = { "failure", 2 },
};

struct finding *
findings_add(struct findings *findings, const char *id, enum finding_status status,
	const char *found)
{
	struct finding *finding = vec_add(findings->pool, &findings->list);

	finding->id = id;
	finding->status = status;
	finding->found = found;
	return finding;
}

struct finding *
findings_last(struct findings *findings)
{
	return &findings->list.v[findings->list.n - 1];
}

void
finding_remedy(struct finding *finding, const char *wanted, const char *remedy)
{
	finding->wanted = wanted;
	finding->remedy = remedy;
}

void
finding_detail(struct pool *pool, struct finding *finding, const char *line)
{
	*vec_add(pool, &finding->details) = line;
}

const char *
finding_status_name(enum finding_status status)
{
	return statuses[status].name;
}

size_t
findings_count(const struct findings *findings, enum finding_status status)
{
	size_t n = 0;

	for (size_t i = 0; i < findings->list.n; i++)
		n += findings->list.v[i].status == status;
	return n;
}

enum finding_status
findings_worst(const struct findings *findings)
{
	enum finding_status worst = FINDING_GOOD;

	for (size_t i = 0; i < findings->list.n; i++)
		worst = MAX(worst, findings->list.v[i].status);
	return worst;
}

int
findings_exit_status(const struct findings *findings)
{
	return statuses[findings_worst(findings)].exit;
}
