/* credentials.c - what an endpoint has in files: secrets, header lines */
/* SPDX-License-Identifier: MIT */
#include "webhook/credentials.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"

enum { SECRET_MAX = 1024, HEADERS_FILE_MAX = 16 * 1024 };

void credentials_done(struct credentials *credentials)
{
	for (size_t i = 0; i < credentials->key_count; i++)
		secret_done(&credentials->keys[i]);
	secret_done(&credentials->text);
	mem_free(credentials->ca_file);
	*credentials = (struct credentials){ .key_count = 0 };
}

static char *path_of(const char *name)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");

	if (!credentials || !*credentials || strchr(name, '/'))
		return mem_strdup(name);
	return mem_printf("%s/%s", credentials, name);
}

static const char *problem(int error)
{
	switch (error) {
	case -ENOENT:
		return "there is no such file";
	case -EPERM:
		return "others may read or write it; a secret has mode 0600";
	case -ERANGE:
		return "it is empty, too long, or a key of less than 24 bytes";
	case -EINVAL:
		return "it is no plain file, or what follows whsec_ is no base64";
	case -E2BIG:
		return "give one or two of them";
	case -EBADMSG:
		return "a line is no header, is one of our own, or there are more than 64";
	default:
		return strerror(-error);
	}
}

/* What the file holds is not logged, and neither is its path: it might be the secret by mistake. */
static int complain(const char *endpoint, const char *key, int error)
{
	log_error("endpoint", "name=%s %s=unusable error=%s", endpoint, key,
		log_quote(slice_of(problem(error))));
	return error;
}

static int read_keys(const struct webhook_conf *conf, struct credentials *credentials)
{
	if (!conf->secret_files[0])
		return -E2BIG;
	for (size_t i = 0; conf->secret_files[i]; i++) {
		_cleanup_(mem_freep) char *path = path_of(conf->secret_files[i]);
		int r;

		if (i == SIGN_KEYS_MAX)
			return -E2BIG;
		r = secret_read(path, SECRET_MAX, true, &credentials->keys[i]);
		if (r < 0)
			return r;
		credentials->key_count++;
		r = sign_key(&credentials->keys[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static int read_headers(const struct webhook_conf *conf, struct credentials *credentials)
{
	_cleanup_(mem_freep) char *path = path_of(conf->headers_file);
	struct slice text, line;
	int r;

	if (!conf->headers_file[0])
		return 0;
	r = secret_read(path, HEADERS_FILE_MAX, true, &credentials->text);
	if (r < 0)
		return r;
	text = slice_make(credentials->text.bytes, credentials->text.len);
	while ((r = headers_next(&text, &line)) > 0) {
		if (credentials->header_count == HEADERS_MAX)
			return -EBADMSG;
		credentials->headers[credentials->header_count++] = line;
	}
	return r < 0 ? -EBADMSG : 0;
}

int credentials_read(
	const char *endpoint, const struct webhook_conf *conf, struct credentials *ret_credentials)
{
	struct credentials credentials = { .key_count = 0 };
	const char *key = "secret_files";
	int r = read_keys(conf, &credentials);

	if (r == 0) {
		key = "headers_file";
		r = read_headers(conf, &credentials);
	}
	if (r == 0) {
		key = "ca_file";
		credentials.ca_file = conf->ca_file[0] ? path_of(conf->ca_file) : mem_strdup("");
		if (conf->ca_file[0] && access(credentials.ca_file, R_OK) < 0)
			r = -errno;
	}
	if (r < 0) {
		credentials_done(&credentials);
		return complain(endpoint, key, r);
	}
	credentials_done(ret_credentials);
	*ret_credentials = credentials;
	return 0;
}
