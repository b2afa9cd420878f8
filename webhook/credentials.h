/* credentials.h - what an endpoint has in files: secrets, header lines */
/* SPDX-License-Identifier: MIT */
#ifndef WEBHOOK_CREDENTIALS_H
#define WEBHOOK_CREDENTIALS_H

#include "webhook/conf.h"
#include "webhook/headers.h"
#include "webhook/sign.h"

struct credentials {
	struct secret keys[SIGN_KEYS_MAX];
	size_t key_count;
	struct secret text; /* of the file of headers */
	struct slice headers[HEADERS_MAX]; /* lines of it */
	size_t header_count;
	char *ca_file; /* its path */
};

/* Reads them anew. 0, or -errno after logging why; then ret_credentials is as it was. */
int credentials_read(
	const char *endpoint, const struct webhook_conf *conf, struct credentials *ret_credentials);
void credentials_done(struct credentials *credentials); /* overwrites, then frees */

#endif
