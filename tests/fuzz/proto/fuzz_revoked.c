/* fuzz_revoked.c - lines of any shape: what is read is written the same */
/* SPDX-License-Identifier: MIT */
#include <assert.h>
#include <stdint.h>

#include "proto/revoked.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct revocation revocation, again;
	struct buf line = { .cap = 0 };

	if (revoked_read(slice_make(data, size), &revocation) < 0)
		return 0;
	assert(revocation_valid(&revocation));
	revoked_write(&line, &revocation);
	assert(revoked_read(slice_make(line.data, line.len - 1), &again) == 0);
	assert(slice_eq(revocation.jti, again.jti) && slice_eq(revocation.user, again.user));
	assert(revocation.before == again.before && revocation.expires == again.expires);
	buf_done(&line);
	return 0;
}
