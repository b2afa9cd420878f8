/* up_setup.c - atrium up, before anything runs: programs, environments, settings */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ctl/capture.h"
#include "ctl/ctl.h"
#include "ctl/port.h"
#include "ctl/settings.h"
#include "ctl/spawn.h"
#include "ctl/up.h"
#include "proto/base/mem.h"

/* What our own supervisor, if there is one, has said to us and not to them. */
static const char *const not_theirs[] = { "NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
	"LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "JOURNAL_STREAM", "CREDENTIALS_DIRECTORY" };

/* Its command: program, settings, and which of several it is. */
static int find_program(struct up *up, size_t i)
{
	struct up_daemon *daemon = &up->daemons[i];
	char **argument = daemon->argv + 1;

	daemon->program = mem_printf("%s/atrium-%s", up->directory, daemon_names[daemon->kind]);
	if (access(daemon->program, X_OK) < 0) {
		ctl_complain("%s: %s", daemon->program, strerror(errno));
		return CTL_FAILED;
	}
	daemon->argv[0] = daemon->program;
	if (up->wish.conf) {
		*argument++ = (char *)"-c";
		*argument++ = (char *)up->wish.conf;
	}
	if (i >= DAEMONS && daemon->kind == DAEMON_GATEWAY) {
		*argument++ = (char *)"--instance";
		*argument++ = strrchr(daemon->name, '-') + 1;
	}
	return CTL_OK;
}

static void wish_env(struct env *env, const char *name, const char *wish)
{
	if (wish)
		env_set(env, name, wish);
}

static void gateway_env(struct env *env, const struct up_wish *wish)
{
	wish_env(env, "ATRIUM_GATEWAY_PORT", wish->port);
	wish_env(env, "ATRIUM_GATEWAY_TLS_PORT", wish->tls_port);
	wish_env(env, "ATRIUM_GATEWAY_TLS_CERTIFICATE", wish->certificate);
	wish_env(env, "ATRIUM_GATEWAY_TLS_KEY", wish->key);
}

/* Where any port will do for the gateway, it does for the others, unless something else is said. */
static void any_port(struct env *env, const struct up_wish *wish, const char *name)
{
	if (wish->port && strcmp(wish->port, "0") == 0 && !env_get(env, name))
		env_set(env, name, "0");
}

/* The data directory is ours to say, whatever a file says; what else a file says holds. */
static void make_environment(struct up *up, size_t part)
{
	enum daemon which = up->daemons[part].kind;
	_cleanup_(mem_freep) char *state = data_state_path(&up->data, daemon_names[which]);
	struct env *env = &up->daemons[part].env;

	env_init(env, environ);
	for (size_t i = 0; i < sizeof(not_theirs) / sizeof(*not_theirs); i++)
		env_unset(env, not_theirs[i]);
	env_set(env, "RUNTIME_DIRECTORY", up->data.run);
	env_set(env, "ATRIUM_ATRIUM_RUNTIME_DIR", up->data.run);
	env_set(env, "STATE_DIRECTORY", state);
	env_set(env, "ATRIUM_ATRIUM_STATE_DIR", state);
	/* Where no file says who may, the handlers that one writes here may, under any name. */
	if (which == DAEMON_HUB && !up->wish.conf && !env_get(env, "ATRIUM_HUB_HANDLERS"))
		env_set(env, "ATRIUM_HUB_HANDLERS", "open");
	if (which == DAEMON_AUTH)
		env_set(env, "CREDENTIALS_DIRECTORY", up->data.keys);
	if (which == DAEMON_GATEWAY) {
		gateway_env(env, &up->wish);
		any_port(env, &up->wish, "ATRIUM_GATEWAY_TLS_PORT");
	}
	if (which == DAEMON_METRICS)
		any_port(env, &up->wish, "ATRIUM_METRICS_PORT");
}

/* Runs it with -n: its errors go to our stderr. */
static int check_settings(struct up_daemon *daemon)
{
	char *argv[] = { daemon->argv[0], (char *)"-n", daemon->argv[1], daemon->argv[2], NULL };
	const struct capture capture = {
		.path = daemon->program, .argv = argv, .env = daemon->env.entries
	};
	int status = capture_run(&capture, &daemon->settings, NULL);

	if (status == CTL_OK || status == CTL_USAGE)
		return status;
	if (status < 0)
		ctl_complain("the settings cannot be checked: %s", strerror(-status));
	else
		ctl_complain("%s cannot check its settings (status %d)", daemon->program, status);
	return CTL_FAILED;
}

static void serve_pages(struct up *up, const char *path)
{
	for (size_t i = DAEMON_GATEWAY; i < up->count; i++)
		if (up->daemons[i].kind == DAEMON_GATEWAY)
			env_set(&up->daemons[i].env, "ATRIUM_GATEWAY_STATIC_DIR", path);
	ctl_complain("pages are served from %s", path);
}

/*
 * Unless a setting says where, the pages are where they were installed, seen from the programs, or
 * where the source tree has them in whose build/VARIANT the programs are.
 */
static void find_pages(struct up *up)
{
	static const char *const places[] = { "../share/atrium/static", "../../static/dist" };
	struct slice settings = buf_slice(&up->daemons[DAEMON_GATEWAY].settings);
	struct slice set = settings_get(settings, "gateway", "static_dir");

	if (set.len) {
		ctl_complain("pages are served from %.*s", (int)set.len, set.ptr);
		return;
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		_cleanup_(mem_freep) char *path = mem_printf("%s/%s", up->directory, places[i]);
		_cleanup_(mem_freep) char *index = mem_printf("%s/index.html", path);
		char whole[PATH_MAX];

		if (access(index, R_OK) == 0 && realpath(path, whole)) {
			serve_pages(up, whole);
			return;
		}
	}
	ctl_complain("there are no pages to serve: `make static` builds those of a source tree; "
		     "[gateway] static_dir says where others are");
}

static int check_port(const struct up *up, enum daemon which, const char *key, const char *advice)
{
	const char *name = daemon_names[which];
	struct slice settings = buf_slice(&up->daemons[which].settings);
	_cleanup_(mem_freep) char *address = slice_dup(settings_get(settings, name, "listen"));
	_cleanup_(mem_freep) char *port = slice_dup(settings_get(settings, name, key));

	if (!port_in_use(address, port))
		return CTL_OK;
	ctl_complain("port %s of %s, where %s is to listen, is in use\nGive another one with %s.",
		port, address, name, advice);
	return CTL_FAILED;
}

static int check_ports(const struct up *up)
{
	struct slice settings = buf_slice(&up->daemons[DAEMON_GATEWAY].settings);
	bool tls = settings_get(settings, "gateway", "tls_certificate").len > 0;
	int status = check_port(up, DAEMON_GATEWAY, "port", "--port");

	if (status == CTL_OK && tls)
		status = check_port(up, DAEMON_GATEWAY, "tls_port", "--tls-port");
	if (status == CTL_OK)
		status = check_port(
			up, DAEMON_METRICS, "port", "ATRIUM_METRICS_PORT in the environment");
	return status;
}

/* Names, and what each is started with. */
static int make_parts(struct up *up)
{
	unsigned gateways = up->wish.gateways ? (unsigned)atoi(up->wish.gateways) : 1;
	unsigned width = 0;
	int status = CTL_OK;

	up->count = DAEMONS - 1 + gateways + 1;
	for (size_t i = 0; i < up->count; i++) {
		struct up_daemon *daemon = &up->daemons[i];

		daemon->kind = i < DAEMONS   ? (enum daemon)i
			: i + 1 == up->count ? DAEMON_WEBHOOK
					     : DAEMON_GATEWAY;
		daemon->name = i >= DAEMONS && daemon->kind == DAEMON_GATEWAY
			? mem_printf("gateway-%zu", i - DAEMON_GATEWAY + 1)
			: mem_strdup(daemon_names[daemon->kind]);
		if (strlen(daemon->name) > width)
			width = (unsigned)strlen(daemon->name);
		make_environment(up, i);
		if (status == CTL_OK)
			status = find_program(up, i);
	}
	console_init(&up->console, width);
	return status;
}

/* The webhook, which is the last of all, is run where something is set for it. */
static int check_webhook(struct up *up)
{
	struct up_daemon *webhook = &up->daemons[up->count - 1];
	int status = check_settings(webhook);

	if (status == CTL_OK && !strstr(buf_cstr(&webhook->settings), "[webhook ")) {
		up_daemon_done(webhook);
		up->count--;
	}
	return status;
}

int up_prepare(struct up *up)
{
	int status;

	up->directory = spawn_own_directory();
	if (!up->directory) {
		ctl_complain("it cannot be told where the programs are: %s", strerror(errno));
		return CTL_FAILED;
	}
	status = make_parts(up);
	for (enum daemon i = 0; status == CTL_OK && i < DAEMONS; i++)
		status = check_settings(&up->daemons[i]);
	if (status == CTL_OK)
		status = check_webhook(up);
	if (status == CTL_OK)
		status = check_ports(up);
	if (status == CTL_OK)
		find_pages(up);
	return status;
}
