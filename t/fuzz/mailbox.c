/* Any bytes as a mailbox: what is given out was in it, and nothing twice. */
#include "fuzz.h"

#include "mail/header.h"
#include "mail/message.h"
#include "tool/compare/mailbox.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pool *pool = pool_new();
	int fd = fuzz_file();
	struct mailbox box;
	struct mail mail;
	size_t bytes = 0, lines = 0, count = 0;

	FUZZ_CHECK(write(fd, data, size) == (ssize_t)size);
	for (size_t i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (mailbox_open(&box, pool, pool_printf(pool, "/proc/self/fd/%d", fd)) == NULL) {
		while (mailbox_next(&box, pool, &mail)) {
			struct slice plain;

			bytes += mail.text.n;
			count++;
			FUZZ_CHECK(mailbox_unquote(pool, mail.text, &plain) ==
				   (plain.n < mail.text.n));
			FUZZ_CHECK(mail.bad == NULL);
		}
		mailbox_close(&box);
	}
	/* A line may gain a CR. */
	FUZZ_CHECK(bytes <= size + lines && count <= lines + 1);
	close(fd);
	pool_free(pool);
	return 0;
}
