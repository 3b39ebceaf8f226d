/* Any bytes as the place of a socket. */
#include "fuzz.h"

#include "config/endpoint.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct endpoint end;

	if (endpoint_parse(fuzz_slice(data, size), &end) != NULL)
		return 0;
	FUZZ_CHECK(strlen(end.path) < sizeof(end.path));
	FUZZ_CHECK(strlen(end.host) < sizeof(end.host));
	FUZZ_CHECK((end.kind == ENDPOINT_LOCAL) == (end.path[0] == '/'));
	FUZZ_CHECK((end.kind == ENDPOINT_LOCAL) == (end.port[0] == '\0'));
	return 0;
}
