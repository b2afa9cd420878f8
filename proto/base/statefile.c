/* statefile.c - small files that must survive: written whole or not at all, flushed */
/* SPDX-License-Identifier: MIT */
#include "proto/base/statefile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/mem.h"

static int read_all(int fd, size_t max, struct buf *out)
{
	size_t len = 0;

	for (;;) {
		char *to = buf_reserve(out, 65536);
		ssize_t n = read(fd, to, 65536);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			return 0;
		out->len += (size_t)n;
		len += (size_t)n;
		if (len > max)
			return -EFBIG;
	}
}

int statefile_read(const char *path, size_t max, struct buf *out)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), r;
	size_t before = out->len;

	if (fd < 0)
		return -errno;
	r = read_all(fd, max, out);
	if (r < 0)
		out->len = before;
	close(fd);
	return r;
}

static int write_all(int fd, struct slice text)
{
	while (text.len) {
		ssize_t n = write(fd, text.ptr, text.len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		text = slice_make(text.ptr + n, text.len - (size_t)n);
	}
	return 0;
}

/* It is whose the directory is. */
static int sync_file(int fd, int directory)
{
	struct stat st;

	if (fstat(directory, &st) < 0)
		return -errno;
	if (geteuid() == 0 && fchown(fd, st.st_uid, st.st_gid) < 0)
		return -errno;
	return fsync(fd) < 0 ? -errno : 0;
}

static int open_directory(const char *path)
{
	_cleanup_(mem_freep) char *copy = mem_strdup(path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return fd;
}

static int write_file(const char *path, int flags, int directory, struct slice text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0600), r;

	if (fd < 0)
		return -errno;
	r = write_all(fd, text);
	if (r == 0)
		r = sync_file(fd, directory);
	close(fd);
	return r;
}

int statefile_append(const char *path, struct slice text)
{
	int directory = open_directory(path), r;

	if (directory < 0)
		return directory;
	r = write_file(path, O_APPEND, directory, text);
	if (r == 0 && fsync(directory) < 0)
		r = -errno;
	close(directory);
	return r;
}

int statefile_replace(const char *path, struct slice text)
{
	_cleanup_(mem_freep) char *new = mem_printf("%s.%ld.new", path, (long)getpid());
	int directory = open_directory(path), r;

	if (directory < 0)
		return directory;
	unlink(new);
	r = write_file(new, O_EXCL, directory, text);
	if (r == 0 && rename(new, path) < 0)
		r = -errno;
	if (r < 0)
		unlink(new);
	else if (fsync(directory) < 0)
		r = -errno;
	close(directory);
	return r;
}
