/* static.h - the files of static_dir */
/* SPDX-License-Identifier: MIT */
#ifndef GATEWAY_STATIC_H
#define GATEWAY_STATIC_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "gateway/reply.h"
#include "proto/base/buf.h"

/* A descriptor of the directory, or -errno. */
int static_dir_open(const char *path);

struct static_file {
	int fd;
	uint64_t size;
	struct timespec modified;
	bool gzip; /* NAME.gz, whose content is that of NAME */
};

/* What a client has of it, and what it takes; all slices may be empty. */
struct static_ask {
	struct slice accept_encoding;
	struct slice if_none_match;
	struct slice if_modified_since;
};

/*
 * Opens what is below the directory for reading, and follows no symbolic link: where the kernel, or
 * the sandbox that systemd makes (RestrictSUIDSGID=), has no openat2(). A descriptor, or -errno.
 */
int static_walk(int dir, const char *path);

/*
 * Opens a regular file below the directory; nothing else, and nothing that `..` or a symbolic link
 * leads to outside of it. NAME.gz, if it is there and the client takes it.
 * 0 or -errno; -ENOENT: there is none.
 */
int static_open(
	int dir, struct slice name, const struct static_ask *ask, struct static_file *ret_file);

/*
 * Writes the head of the reply. True: the file's bytes are to follow (also after a HEAD, which the
 * caller knows of).
 */
bool static_reply(const struct reply *reply, struct slice name, const struct static_file *file,
	const struct static_ask *ask);

#endif
