/* static.c - the files of static_dir */
/* SPDX-License-Identifier: MIT */
#include "gateway/static.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "gateway/filetype.h"
#include "gateway/httpval.h"
#include "proto/base/mem.h"

enum { ETAG_SIZE = 64, OPEN_TRIES = 4 };

int static_dir_open(const char *path)
{
	int fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

/* One name of a path, from its front; the path becomes the rest. */
static char *take_name(const char **path)
{
	size_t len = strcspn(*path, "/");
	char *name = mem_strndup(*path, len);

	*path += len;
	*path += strspn(*path, "/");
	return name;
}

int static_walk(int dir, const char *path)
{
	int at = fcntl(dir, F_DUPFD_CLOEXEC, 0), error;

	while (at >= 0) {
		_cleanup_(mem_freep) char *name = take_name(&path);
		int flags = *path ? O_PATH | O_DIRECTORY : O_RDONLY | O_NOCTTY | O_NONBLOCK;
		int next = -1;

		errno = ENOENT;
		if (*name && strcmp(name, "..") != 0)
			next = openat(at, name, flags | O_NOFOLLOW | O_CLOEXEC);
		error = errno;
		close(at);
		errno = error;
		at = next;
		if (!*path)
			break;
	}
	return at < 0 ? -errno : at;
}

/*
 * EAGAIN: something was renamed meanwhile, and the kernel could not tell whether we are still
 * below.
 */
static int open_below(int dir, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};

	for (int tries = 0; tries < OPEN_TRIES; tries++) {
		long fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));

		if (fd >= 0)
			return (int)fd;
		if (errno != EAGAIN && errno != EINTR)
			break;
	}
	return errno == ENOSYS ? static_walk(dir, path) : -errno;
}

/* What is not for the client to know is that there is none. */
static int open_known(int dir, const char *path)
{
	int fd = open_below(dir, path);

	switch (-fd) {
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EAGAIN:
	case EPERM:
		return fd;
	default:
		return fd < 0 ? -ENOENT : fd;
	}
}

static int open_file(int dir, const char *path, struct static_file *ret_file)
{
	int fd = open_known(dir, path);
	struct stat stat;

	if (fd < 0)
		return fd;
	if (fstat(fd, &stat) < 0 || !S_ISREG(stat.st_mode)) {
		close(fd);
		return -ENOENT;
	}
	*ret_file = (struct static_file){
		.fd = fd,
		.size = (uint64_t)stat.st_size,
		.modified = stat.st_mtim,
	};
	return 0;
}

int static_open(
	int dir, struct slice name, const struct static_ask *ask, struct static_file *ret_file)
{
	_cleanup_(buf_done) struct buf path = { .cap = 0 };
	struct static_file zipped;
	int r;

	buf_put(&path, name);
	r = open_file(dir, buf_cstr(&path), ret_file);
	if (r < 0 || !httpval_accepts(ask->accept_encoding, "gzip"))
		return r;
	buf_put(&path, SLICE(".gz"));
	if (open_file(dir, buf_cstr(&path), &zipped) < 0)
		return 0;
	close(ret_file->fd);
	*ret_file = zipped;
	ret_file->gzip = true;
	return 0;
}

/* Weak: two changes within a tick of the kernel's clock may look the same. */
static void etag_of(const struct static_file *file, char ret_etag[ETAG_SIZE])
{
	snprintf(ret_etag, ETAG_SIZE, "W/\"%llx-%llx.%lx%s\"", (unsigned long long)file->size,
		(unsigned long long)file->modified.tv_sec, (unsigned long)file->modified.tv_nsec,
		file->gzip ? "-gz" : "");
}

bool static_reply(const struct reply *reply, struct slice name, const struct static_file *file,
	const struct static_ask *ask)
{
	char date[HTTPVAL_DATE_SIZE];
	char etag[ETAG_SIZE];
	bool unchanged;

	etag_of(file, etag);
	httpval_date(file->modified.tv_sec, date);
	unchanged = httpval_not_modified(
		ask->if_none_match, ask->if_modified_since, slice_of(etag), file->modified.tv_sec);
	reply_begin(reply, unchanged ? 304 : 200);
	reply_text(reply, "ETag", etag);
	reply_text(reply, "Last-Modified", date);
	reply_text(reply, "Cache-Control", filetype_cache(name));
	reply_text(reply, "Vary", "Accept-Encoding");
	if (!unchanged) {
		reply_text(reply, "Content-Type", filetype_content(name));
		reply_text(reply, "Accept-Ranges", "none");
		if (file->gzip)
			reply_text(reply, "Content-Encoding", "gzip");
		reply_number(reply, "Content-Length", file->size);
	}
	reply_end(reply);
	return !unchanged;
}
