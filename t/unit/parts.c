/* Which parts of a bounce are its own words. */
#include "base/base.h"

#include "tool/explain/parts.h"

#include "tap.h"

/* A bounce of three parts: what is said, the status, what came back. */
#define BOUNCE                                                                      \
	"preamble\n--b1\nContent-Type: text/plain\n\nsorry: 550 no\n"               \
	"--b1\nContent-Type: message/delivery-status\n\nStatus: 5.1.1\n"            \
	"--b1\nContent-Type: message/rfc822\n\nReceived: x\nSubject: y\n\n550 not " \
	"mine\n"                                                                    \
	"--b1--\n"

static const struct {
	const char *name, *type, *encoding, *text;
	const char *words, *first, *page;
} cases[] = {
	{ "no parts", "", "", "550 no\n", "550 no\n\n\n", "550 no\n", "" },
	{ "text, status, message", "multipart/report; boundary=\"b1\"", "", BOUNCE,
		"sorry: 550 no\n\n\nStatus: 5.1.1\n\n\n", "sorry: 550 no\n", "" },
	{ "the boundary is not known", "", "", BOUNCE,
		"preamble\n\n\nsorry: 550 no\n\n\nStatus: 5.1.1\n\n\n", "preamble\n",
		"" },
	{ "a part behind the message that came back", "multipart/mixed; boundary=b", "",
		"--b\nContent-Type: message/rfc822\n\nSubject: x\n\n--c\nContent-Type: "
		"text/plain\n\n550 not mine\n--b\nContent-Type: "
		"text/plain\n\nours\n--b--\n",
		"ours\n\n\n", "ours\n", "" },
	{ "CRLF", "", "", "550 no\r\nmore\r\n", "550 no\nmore\n\n\n", "550 no\nmore\n",
		"" },
	{ "CR alone", "", "", "550 no\rmore\r", "550 no\nmore\n\n\n", "550 no\nmore\n",
		"" },
	{ "quoted-printable", "text/plain", " quoted-printable", "5=35=\n0 n=6F=ZZ=\n",
		"550 no=ZZ\n\n", "550 no=ZZ", "" },
	{ "base64", "text/plain", "base64", "NTUwIG5v\n", "550 no\n\n", "550 no", "" },
	{ "what is no base64", "text/plain", "base64", "550 no!\n", "550 no!\n\n\n",
		"550 no!\n", "" },
	{ "a page beside the text", "multipart/alternative; boundary=b", "",
		"--b\nContent-Type: text/plain\n\na\n--b\nContent-Type: text/html\n\n"
		"<p>550 <b>no</b> &lt;x&gt;</p>\n--b--\n",
		"a\n\n\n", "a\n", "\n550  no  <x>\n\n\n\n" },
	{ "a page that was pasted", "", "",
		"<html><body>550 &#39;no&#39;<br>x</body></html>\n",
		"  550 'no'\nx  \n\n\n", "  550 'no'\nx  \n", "" },
	{ "an address is no tag", "", "", "<br>550 <a@b.example>: no\n",
		"\n550 <a@b.example>: no\n\n\n", "\n550 <a@b.example>: no\n", "" },
	{ "a copy behind a line that says so", "", "",
		"550 no\n\n------ This is a copy of the message ------\n\nSPF fail\n",
		"550 no\n\n\n\n", "550 no\n\n", "" },
	{ "a copy by its first field", "", "", "550 no\nReceived: from x\n551 y\n",
		"550 no\n\n\n", "550 no\n", "" },
	{ "Sendmail's first line", "", "",
		"The original message was received at x\n550 no\n",
		"The original message was received at x\n550 no\n\n\n",
		"The original message was received at x\n550 no\n", "" },
	{ "InterScan's arrow is no field", "", "", "Received >>> 550 no\n",
		"Received >>> 550 no\n\n\n", "Received >>> 550 no\n", "" },
	{ "a picture", "multipart/mixed; boundary=b", "",
		"--b\nContent-Type: image/png\n\n550 x\n--b--\n", "", "", "" },
	{ "nothing", "", "", "", "", "", "" },
};

int
main(void)
{
	struct pool *pool = pool_new();

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct parts parts;

		parts_read(pool, slice_of(cases[i].text), slice_of(cases[i].type),
			slice_of(cases[i].encoding), &parts);
		tap_is(pool_copy(pool, parts.words), cases[i].words, "%s: its words",
			cases[i].name);
		tap_is(pool_copy(pool, parts.first), cases[i].first, "%s: the first part",
			cases[i].name);
		tap_is(pool_copy(pool, parts.page), cases[i].page, "%s: the page",
			cases[i].name);
	}
	tap_is(pool_copy(pool,
		       parts_parameter(SLICE_LIT("a/b; boundary=x; y=\"z w\""), "y")),
		"z w", "a parameter in quotes");
	tap_is(pool_copy(
		       pool, parts_parameter(SLICE_LIT("a/b; boundary=\"x"), "boundary")),
		"", "a quotation mark that is not closed");
	pool_free(pool);
	return tap_done();
}
