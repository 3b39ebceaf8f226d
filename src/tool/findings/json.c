/*
 * The same keys for every finding, null where there is nothing to say.
 */
#include "base/base.h"
#include "tool/findings/json.h"

#include "tool/tool.h"

static json_t *
record_json(const struct findings *findings, const struct zone_record *record)
{
	if (record->name == NULL)
		return json_null();
	return json_pack("{s:o, s:s, s:o, s:o}", "name", tool_json_text(record->name),
		"type", record->type, "value", tool_json_text(record->value), "zone",
		tool_json_text(zone_record_line(findings->pool, record)));
}

static json_t *
remedy_json(const struct findings *findings, const struct finding *f)
{
	if (f->record.name == NULL || f->remedy == NULL)
		return tool_json_text(f->remedy);
	return tool_json_text(pool_printf(findings->pool, "%s\n%s", f->remedy,
		zone_record_line(findings->pool, &f->record)));
}

json_t *
findings_json(const struct findings *findings, enum finding_status least)
{
	json_t *all = json_array();

	for (size_t i = 0; i < findings->list.n; i++) {
		const struct finding *f = &findings->list.v[i];
		json_t *details = json_array();

		if (f->status < least) {
			json_decref(details);
			continue;
		}
		for (size_t k = 0; k < f->details.n; k++)
			json_array_append_new(details, tool_json_text(f->details.v[k]));
		json_array_append_new(all,
			json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o}", "id", f->id,
				"status", finding_status_name(f->status), "found",
				tool_json_text(f->found), "wanted",
				tool_json_text(f->wanted), "remedy",
				remedy_json(findings, f), "record",
				record_json(findings, &f->record), "details", details));
	}
	return all;
}
