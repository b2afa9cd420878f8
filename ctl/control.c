/* control.c - asks auth for something, on its own socket */
/* SPDX-License-Identifier: MIT */
#include "ctl/control.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl/ctl.h"
#include "ctl/data.h"
#include "proto/base/buf.h"
#include "proto/base/mem.h"

enum { ANSWER_MS = 5000, ANSWER_MAX = 4096 /* bytes */ };

char *control_run(const char *run, const char *data)
{
	_cleanup_(mem_freep) char *path = NULL;

	if (run)
		return mem_strdup(run);
	path = data_path(data);
	return path ? mem_printf("%s/run", path) : NULL;
}

static int make_address(const char *path, struct sockaddr_un *ret_address)
{
	*ret_address = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(ret_address->sun_path))
		return -ENAMETOOLONG;
	strcpy(ret_address->sun_path, path);
	return 0;
}

/* Auth may be another user and has to be able to answer; who else may is the directory's to say. */
static int bind_own(int fd, const char *path)
{
	struct sockaddr_un address;
	int r = make_address(path, &address);
	mode_t mask;

	unlink(path);
	if (r < 0)
		return r;
	mask = umask(0);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	umask(mask);
	return r;
}

static int exchange(int fd, const char *run, struct slice request, struct buf *answer)
{
	_cleanup_(mem_freep) char *path = mem_printf("%s/auth.control", run);
	struct pollfd wait = { .fd = fd, .events = POLLIN };
	struct sockaddr_un address;
	int r = make_address(path, &address);
	ssize_t n;

	if (r == 0 && connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		r = -errno;
	if (r == 0 && send(fd, request.ptr, request.len, MSG_NOSIGNAL) < 0)
		r = -errno;
	if (r < 0)
		return r;
	if (poll(&wait, 1, ANSWER_MS) <= 0)
		return -ETIMEDOUT;
	n = recv(fd, buf_reserve(answer, ANSWER_MAX), ANSWER_MAX, MSG_DONTWAIT);
	if (n < 0)
		return -errno;
	answer->len += (size_t)n;
	return 0;
}

static int read_answer(struct slice text, json_t **ret_result)
{
	json_t *answer = json_loadb(text.ptr ? text.ptr : "", text.len, 0, NULL);
	json_t *result = json_object_get(answer, "result");
	const char *error = json_string_value(json_object_get(answer, "error"));

	if (result)
		*ret_result = json_incref(result);
	else
		ctl_complain("auth: %s", error ? error : "its answer is not understood");
	json_decref(answer);
	return result ? 0 : -EPROTO;
}

int control_ask(const char *run, json_t *request, json_t **ret_result)
{
	_cleanup_(mem_freep) char *own = mem_printf("%s/.ctl-%ld", run, (long)getpid());
	_cleanup_(buf_done) struct buf answer = { .cap = 0 };
	char *text = json_dumps(request, JSON_COMPACT);
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int r = fd < 0 ? -errno : bind_own(fd, own);

	json_decref(request);
	if (r == 0) {
		r = exchange(fd, run, slice_of(text), &answer);
		unlink(own);
	}
	if (fd >= 0)
		close(fd);
	free(text);
	return r < 0 ? r : read_answer(buf_slice(&answer), ret_result);
}

const char *control_problem(int error)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		return "auth does not run there";
	case -ETIMEDOUT:
		return "auth does not answer";
	case -EPROTO:
		return "auth refused";
	default:
		return strerror(-error);
	}
}
