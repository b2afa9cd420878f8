/* capture.c - runs a program to its end and takes what it prints */
/* SPDX-License-Identifier: MIT */
#include "ctl/capture.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ctl/spawn.h"

/* A file in memory takes any amount, so that no one has to read while the program runs. */
static int new_file(void)
{
	int fd = memfd_create("output", MFD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int read_back(int fd, struct buf *out)
{
	ssize_t n;

	if (lseek(fd, 0, SEEK_SET) < 0)
		return -errno;
	while ((n = read(fd, buf_reserve(out, 4096), 4096)) > 0)
		out->len += (size_t)n;
	return n < 0 ? -errno : 0;
}

static int run_into(const struct capture *capture, int out_fd, int err_fd, int *ret_status)
{
	const struct spawn spawn = { .path = capture->path,
		.argv = capture->argv,
		.env = capture->env,
		.out_fd = out_fd,
		.err_fd = err_fd };
	pid_t pid;
	int r = spawn_program(&spawn, &pid);

	if (r == 0)
		*ret_status = spawn_wait(pid);
	return r;
}

int capture_run(const struct capture *capture, struct buf *ret_output, struct buf *ret_errors)
{
	int out_fd = new_file(), err_fd = capture->errors ? new_file() : STDERR_FILENO;
	int status = 0, r = out_fd < 0 ? out_fd : err_fd < 0 ? err_fd : 0;

	if (r == 0)
		r = run_into(capture, out_fd, err_fd, &status);
	if (r == 0)
		r = read_back(out_fd, ret_output);
	if (r == 0 && capture->errors)
		r = read_back(err_fd, ret_errors);
	if (out_fd >= 0)
		close(out_fd);
	if (capture->errors && err_fd >= 0)
		close(err_fd);
	return r < 0 ? r : status;
}
