/* Any bytes as a file of rows: each line is a row, a complaint, or nothing. */
#include "fuzz.h"

#include "tool/table_file.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	struct table_file table = { .pool = pool };
	size_t lines = 1;

	table_file_parse(&table, "f", fuzz_slice(data, size));
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	FUZZ_CHECK(table.rows.n + table.complaints.n <= lines);
	for (size_t i = 0; i < table.rows.n; i++) {
		const struct file_row *row = &table.rows.v[i];

		FUZZ_CHECK(
			row->fields.n > 0 && row->line > 0 && (size_t)row->line <= lines);
		for (size_t k = 0; k < row->fields.n; k++)
			FUZZ_CHECK(strpbrk(row->fields.v[k], "\n\"\x01\x7f") == NULL);
	}
	pool_free(pool);
	return 0;
}
