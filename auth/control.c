/* control.c - what the command `atrium` asks for: one datagram each way, on a socket of its own */
/* SPDX-License-Identifier: MIT */
#include "auth/control.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "auth/revoke.h"
#include "proto/base/log.h"
#include "proto/base/mem.h"

enum { REQUEST_MAX = 4096 }; /* bytes */

struct control {
	struct auth *auth;
	struct watch *watch;
	char *path;
	int fd;
};

/* ---- requests ---- */

static struct slice text_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	return slice_make(json_string_value(value), json_string_length(value));
}

/* A time, or 0 if there is none; -1 for what is no time. */
static int64_t time_of(const json_t *object, const char *name)
{
	const json_t *value = json_object_get(object, name);

	if (!value)
		return 0;
	return json_is_integer(value) ? json_integer_value(value) : -1;
}

static const char *problem_of(int error)
{
	if (error == -EINVAL)
		return "a jti or a user of 1 to 128 bytes, and times in seconds, are wanted";
	if (error == -ENOSPC)
		return "there are as many revocations as [auth] max_revocations allows";
	return strerror(-error);
}

/* {"revoke":{"jti" or "user", "before"?, "expires"?}} */
static json_t *on_revoke(struct auth *auth, const json_t *wish)
{
	struct revocation revocation = { .jti = text_of(wish, "jti"),
		.user = text_of(wish, "user"),
		.before = time_of(wish, "before"),
		.expires = time_of(wish, "expires") };
	size_t gateways = 0;
	int r = revoke_now(auth, &revocation, &gateways);

	if (r < 0)
		return json_pack("{s:s}", "error", problem_of(r));
	return json_pack("{s:{s:I,s:b}}", "result", "gateways", (json_int_t)gateways, "kept",
		service_state_dir(auth->service)[0] != '\0');
}

static json_t *answer(struct auth *auth, struct slice text)
{
	json_t *request = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *wish = json_object_get(request, "revoke");
	json_t *reply;

	if (json_is_object(wish))
		reply = on_revoke(auth, wish);
	else
		reply = json_pack("{s:s}", "error", "this is not understood");
	json_decref(request);
	return reply;
}

/* ---- the socket ---- */

/* Who asks without an address of its own is not answered; who does not read, neither. */
static void on_readable(void *arg)
{
	struct control *control = arg;
	char text[REQUEST_MAX];
	struct sockaddr_un from = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(from);
	ssize_t n = recvfrom(control->fd, text, sizeof(text), MSG_DONTWAIT | MSG_TRUNC,
		(struct sockaddr *)&from, &len);
	json_t *reply;
	char *out;

	if (n <= 0 || n > (ssize_t)sizeof(text))
		return;
	reply = answer(control->auth, slice_make(text, (size_t)n));
	out = json_dumps(reply, JSON_COMPACT);
	if (out && len > sizeof(sa_family_t) &&
		sendto(control->fd, out, strlen(out), MSG_DONTWAIT | MSG_NOSIGNAL,
			(const struct sockaddr *)&from, len) < 0)
		log_warn("control_unanswered", "error=%s", log_quote(slice_of(strerror(errno))));
	free(out);
	json_decref(reply);
}

static int bind_to(int fd, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	mode_t mask;
	int r;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	unlink(path);
	mask = umask(0177);
	r = bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ? -errno : 0;
	umask(mask);
	return r;
}

int control_new(struct auth *auth, struct control **ret_control)
{
	struct control *control = mem_alloc(sizeof(*control));
	int r;

	control->auth = auth;
	control->path = mem_printf("%s/auth.control", service_runtime_dir(auth->service));
	control->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	r = control->fd < 0 ? -errno : bind_to(control->fd, control->path);
	if (r == 0) {
		control->watch = watch_new(
			service_loop(auth->service), control->fd, on_readable, control);
		r = control->watch ? 0 : -EIO;
	}
	if (r < 0) {
		log_error("control", "path=%s error=%s", log_quote(slice_of(control->path)),
			log_quote(slice_of(strerror(-r))));
		control_free(control);
		return r;
	}
	*ret_control = control;
	return 0;
}

void control_free(struct control *control)
{
	if (!control)
		return;
	watch_free(control->watch);
	if (control->fd >= 0) {
		unlink(control->path);
		close(control->fd);
	}
	mem_free(control->path);
	mem_free(control);
}
