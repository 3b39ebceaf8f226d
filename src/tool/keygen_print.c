/*
 * A record of 2048 bits does not fit into one string of a zone file, and panels differ in
 * whether they want the name relative, whole, or with a final dot; most mistakes with
 * DKIM are made there. So all the forms are printed, ready to paste.
 */
#include "base/base.h"
#include "tool/keygen.h"

#include "base/ip.h"
#include "base/str.h"
#include "tool/layout.h"

#define STRING_LIMIT 255

/* "abc" "def": strings of a zone file, none longer than DNS allows. */
static const char *
quoted(struct pool *pool, const char *text, json_t *strings)
{
	struct str out = STR_POOL(pool);

	for (struct slice rest = slice_of(text); rest.n > 0;
		rest = slice_from(rest, STRING_LIMIT)) {
		struct slice part = slice_sub(rest, 0, STRING_LIMIT);

		str_addf(&out, "%s\"%.*s\"", out.n > 0 ? " " : "", SLICE_ARG(part));
		json_array_append_new(strings, json_stringn(part.p, part.n));
	}
	return out.p;
}

/* One record, in all its forms. host: without the domain, "" for the domain itself. */
static void
add_record(struct keygen *k, const char *purpose, const char *type, const char *host,
	const char *value)
{
	struct pool *pool = k->tool->pool;
	const char *dot = host[0] != '\0' ? "." : "";
	const char *name = pool_printf(pool, "%s%s%s", host, dot, k->domain);
	json_t *strings = json_array();
	const char *data =
		strcmp(type, "TXT") == 0 ? quoted(pool, value, strings) : value;
	const char *zone = pool_printf(pool, "%s. IN %s %s", name, type, data);
	struct str out = STR_POOL(pool);

	json_array_append_new(k->records,
		json_pack("{s:s,s:s,s:o,s:s,s:s,s:s,s:s,s:o,s:s,s:s}", "purpose", purpose,
			"type", type, "relative",
			tool_json_text(host[0] != '\0' ? host : "@"), "domain", k->domain,
			"name", name, "name_dot", pool_printf(pool, "%s.", name), "value",
			value, "strings", strings, "quoted", data, "zone", zone));
	if (k->tool->json)
		return;
	layout_rows(&out,
		(const struct layout_row[]){
			{ pool_printf(pool, _("host, relative to %s"), k->domain),
				host[0] != '\0' ? host : "@" },
			{ _("host, whole"), name },
			{ _("host, with final dot"), pool_printf(pool, "%s.", name) },
			{ _("value, one line"), value },
			{ _("value, in strings"),
				strcmp(type, "TXT") == 0 ? data : NULL },
			{ _("line of a zone file"), zone },
		},
		6, 2);
	printf("\n%s (%s)\n%s", purpose, type, out.p);
}

/* The hosts of MX and of --ip send, nobody else. */
static const char *
spf_record(const struct keygen *k)
{
	struct str record = STR_POOL(k->tool->pool);
	const char *text;
	struct ip ip;

	str_add(&record, "v=spf1 mx");
	for (size_t i = 0; (text = tool_value_at(k->tool, "ip", i)) != NULL; i++)
		if (ip_parse(slice_of(text), &ip) == NULL)
			str_addf(&record, " ip%d:%s", ip.bits == 32 ? 4 : 6, text);
	str_add(&record, " -all");
	return record.p;
}

static void
add_records(struct keygen *k, struct slice public_key)
{
	struct pool *pool = k->tool->pool;
	const char *host = pool_printf(pool, "%s._domainkey", k->selector);
	const char *zone = tool_value(k->tool, "cname");

	add_record(k, "dkim", "TXT", host,
		pool_printf(
			pool, "v=DKIM1; k=%s; p=%.*s", k->type, SLICE_ARG(public_key)));
	add_record(k, "dkim-cname", "CNAME", host,
		pool_printf(pool, "%s._domainkey.%s.%s.", k->selector, k->domain,
			zone != NULL ? zone : "dkim.example.net"));
	add_record(k, "spf", "TXT", "", spf_record(k));
	add_record(k, "dmarc", "TXT", "_dmarc",
		pool_printf(
			pool, "v=DMARC1; p=none; rua=mailto:postmaster@%s", k->domain));
}

/* What the administrator has yet to do. */
static void
keygen_next(struct keygen *k)
{
	struct pool *pool = k->tool->pool;
	const struct rowadd *add = &k->add;

	*vec_add(pool, &k->next) = pool_printf(pool,
		_("publish the dkim record (or the CNAME, where another zone holds the "
		  "key), and see that it is there: sekimori check %s"),
		k->domain);
	if (add->made && add->signing_table != NULL)
		*vec_add(pool, &k->next) = pool_printf(pool,
			_("SigningTable says who signs: add a row for %s to %s, as "
			  "*@%s %s in a refile:, or %s %s"),
			k->domain, add->signing_table, k->domain, add->name, k->domain,
			add->name);
	*vec_add(pool, &k->next) =
		add->made
			? _("only then have the daemon read it: kill -HUP, or systemctl "
			    "reload sekimorid")
			: _("only then put the row into the key table (--add does it) "
			    "and have the daemon read it");
	*vec_add(pool, &k->next) = _("spf and dmarc are beginnings: list every host that "
				     "sends for the domain, and raise p= when the "
				     "reports are clean");
}

static void
print_step(size_t n, const char *text)
{
	struct str out = STR_INIT;

	layout_wrap(&out, text, 3);
	printf("%zu. %s", n, out.p);
	str_release(&out);
}

int
keygen_print(struct keygen *k, struct slice public_key)
{
	json_t *next = json_array();
	const char *added = k->add.made ? pool_printf(k->tool->pool, "%s:%d",
						  k->add.table, k->add.line)
	                                : NULL;
	struct str out = STR_POOL(k->tool->pool);

	keygen_next(k);
	if (!k->tool->json) {
		layout_rows(&out,
			(const struct layout_row[]){
				{ _("key file"), k->path },
				{ _("key table row"), k->row },
				{ _("added at"), added },
			},
			3, 0);
		fputs(out.p, stdout);
	}
	k->records = json_array();
	add_records(k, public_key);
	if (!k->tool->json)
		puts("");
	for (size_t i = 0; i < k->next.n; i++) {
		json_array_append_new(next, tool_json_text(k->next.v[i]));
		if (!k->tool->json)
			print_step(i + 1, k->next.v[i]);
	}
	if (k->tool->json)
		return tool_print(
			k->tool, json_pack("{s:o,s:s,s:s,s:o,s:o}", "records", k->records,
					 "key_file", k->path, "key_table_row", k->row,
					 "added", tool_json_text(added), "next", next));
	json_decref(k->records);
	json_decref(next);
	return 0;
}
