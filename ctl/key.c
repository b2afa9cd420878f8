/* key.c - a signed token, made with a key that is in a directory */
/* SPDX-License-Identifier: MIT */
#include "ctl/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "ctl/ctl.h"
#include "proto/base/clock.h"
#include "proto/keyfile.h"

static void random_id(char ret_text[33])
{
	unsigned char bytes[16];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		abort();
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(ret_text + 2 * i, 3, "%02x", bytes[i]);
}

int key_mint(const char *directory, struct mint *mint, char **ret_text)
{
	struct secret secret = { NULL, 0 };
	char id[33];
	int r = keyfile_read(directory, mint->kid, &secret);

	if (r < 0) {
		ctl_complain(
			"%s/%s" KEYFILE_SUFFIX ": %s", directory, mint->kid, keyfile_problem(r));
		return CTL_FAILED;
	}
	random_id(id);
	mint->jti = id;
	mint->now_s = (int64_t)(clock_wall_ms() / 1000);
	r = token_mint(mint, &secret, ret_text);
	mint->jti = NULL;
	secret_done(&secret);
	if (r < 0) {
		ctl_complain("the token cannot be made: %s", strerror(-r));
		return CTL_FAILED;
	}
	return CTL_OK;
}
