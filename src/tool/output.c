/*
 * What a message holds may be any bytes, and JSON holds characters: a text that is not
 * UTF-8 is shown with each byte as the character of the same number, so that nothing is
 * lost and the same bytes always look the same.
 */
#include "base/base.h"
#include "tool/tool.h"

#include "base/msg.h"
#include "base/str.h"
#include "base/utf8.h"

json_t *
tool_json_bytes(struct slice bytes)
{
	struct pool *pool;
	struct str text;
	json_t *json;

	if (utf8_is_valid(bytes))
		return json_stringn(bytes.p != NULL ? bytes.p : "", bytes.n);
	pool = pool_new();
	text = (struct str)STR_POOL(pool);
	for (size_t i = 0; i < bytes.n; i++) {
		unsigned char c = (unsigned char)bytes.p[i];

		if (c < 0x80) {
			str_addc(&text, (char)c);
		} else {
			str_addc(&text, (char)(0xc0 | c >> 6));
			str_addc(&text, (char)(0x80 | (c & 0x3f)));
		}
	}
	json = json_stringn(text.p, text.n);
	pool_free(pool);
	return json;
}

json_t *
tool_json_text(const char *text)
{
	return text != NULL ? tool_json_bytes(slice_of(text)) : json_null();
}

const char *
tool_reason(struct pool *pool, const struct reason *reason)
{
	return reason_text(pool, reason, texts_of);
}

json_t *
tool_json_reason(const struct reason *reason)
{
	struct str text = STR_INIT;
	json_t *json;

	if (reason == NULL)
		return json_null();
	reason_print(&text, reason, NULL);
	json = tool_json_bytes(str_slice(&text));
	str_release(&text);
	return json;
}

int
tool_print(struct tool *tool UNUSED, json_t *object)
{
	char *text = json_dumps(object, JSON_ENSURE_ASCII);

	if (text == NULL)
		panic("a JSON object cannot be printed");
	puts(text);
	free(text);
	json_decref(object);
	return 0;
}

int
tool_fail(struct tool *tool, int status, const char *format, ...)
{
	char *text;
	va_list args;

	va_start(args, format);
	text = pool_vprintf(tool->pool, format, args);
	va_end(args);
	if (tool->json)
		tool_print(tool, json_pack("{s:o}", "error", tool_json_text(text)));
	else
		msg_error("%s", text);
	return status;
}
