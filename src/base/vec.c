#include "base/base.h"
#include "base/vec.h"

void *
vec_room(struct pool *pool, void *v, size_t n, size_t *cap, size_t size)
{
	size_t more;

	if (n < *cap)
		return v;
	more = *cap == 0 ? 4 : *cap * 2;
	v = v == NULL ? pool_array(pool, more, size)
	              : pool_grow(pool, v, *cap * size, more * size);
	*cap = more;
	return v;
}
