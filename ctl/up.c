/* up.c - atrium up: its options, and its order of things */
/* SPDX-License-Identifier: MIT */
#include "ctl/up.h"

#include <getopt.h>
#include <stdlib.h>

#include "ctl/commands.h"
#include "proto/base/mem.h"

const char *const daemon_names[DAEMON_KINDS] = {
	[DAEMON_AUTH] = "auth",
	[DAEMON_HUB] = "hub",
	[DAEMON_METRICS] = "metrics",
	[DAEMON_GATEWAY] = "gateway",
	[DAEMON_WEBHOOK] = "webhook",
};

static const struct ctl_option options[] = {
	OPTION('p', "port", "PORT",
		"of the gateway (default: as the settings say, or 8100); 0: any free one, for "
		"metrics and TLS as well"),
	OPTION('C', "certificate", "FILE",
		"PEM; together with --key: serves https and wss as well"),
	OPTION('k', "key", "FILE", "the private key of the certificate, PEM"),
	OPTION('t', "tls-port", "PORT", "of TLS (default: as the settings say, or 8443)"),
	OPTION('d', "data", "DIR", "sockets, state and keys (default: ~/.local/state/atrium)"),
	OPTION_BRIEF('c', "config", "FILE",
		"settings of all four (default: $ATRIUM_CONF, else /etc/atrium/atrium.conf if it "
		"exists)"),
	OPTION('g', "gateways", "N",
		"so many gateways share the port, one for each processor that clients may take "
		"(default: 1)"),
	{ .val = 0 },
};

static int run(const struct command *command, int argc, char **argv);

const struct command command_up = {
	.name = "up",
	.summary = "run a whole server in the foreground",
	.usage = "[OPTION]...",
	.about =
		"Runs gateway, hub, auth and metrics until Ctrl-C or SIGTERM, and starts again "
		"what ends. Once all are ready it prints the address to open. The pages are those of "
		"[gateway] static_dir, else those that were installed with the programs, else "
		"static/dist of the source tree whose programs these are. Where the settings "
		"have a section [webhook \"NAME\"], it runs atrium-webhook as well.\n\n"
		"Each setting can also be given in the environment: ATRIUM_METRICS_PORT=8201 for "
		"[metrics] port. A second server on this machine needs other ports, and a DIR of "
		"its own.",
	.options = options,
	.run = run,
};

static bool is_number(const char *text, long min, long max)
{
	char *end;
	long number = strtol(text, &end, 10);

	return text[0] >= '0' && text[0] <= '9' && *end == '\0' && number >= min && number <= max;
}

static int check_wish(const struct command *command, const struct up_wish *wish)
{
	const char *const ports[] = { wish->port, wish->tls_port };

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		if (ports[i] && !is_number(ports[i], 0, 65535))
			return ctl_usage_error(
				command, "'%s' is no port: a number from 0 to 65535", ports[i]);
	if (wish->gateways && !is_number(wish->gateways, 1, GATEWAYS_MAX))
		return ctl_usage_error(command, "'%s' gateways cannot be: a number from 1 to %d",
			wish->gateways, GATEWAYS_MAX);
	if (!wish->certificate != !wish->key)
		return ctl_usage_error(command, "--certificate and --key go together");
	return CTL_OK;
}

static void take_option(struct up_wish *wish, int option)
{
	switch (option) {
	case 'p':
		wish->port = optarg;
		break;
	case 't':
		wish->tls_port = optarg;
		break;
	case 'C':
		wish->certificate = optarg;
		break;
	case 'k':
		wish->key = optarg;
		break;
	case 'd':
		wish->data = optarg;
		break;
	case 'g':
		wish->gateways = optarg;
		break;
	default:
		wish->conf = optarg;
	}
}

void up_daemon_done(struct up_daemon *daemon)
{
	mem_free(daemon->name);
	mem_free(daemon->program);
	env_done(&daemon->env);
	buf_done(&daemon->settings);
}

static void up_done(struct up *up)
{
	for (size_t i = 0; i < up->count; i++)
		up_daemon_done(&up->daemons[i]);
	mem_free(up->directory);
	data_done(&up->data);
}

static int bring_up(const struct command *command, struct up *up)
{
	_cleanup_(mem_freep) char *path = data_path(up->wish.data);
	int status;

	if (!path)
		return ctl_usage_error(command, "there is no home directory: give --data DIR");
	if (data_open(path, &up->data) < 0)
		return CTL_FAILED;
	status = up_prepare(up);
	return status == CTL_OK ? up_run(up) : status;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct up up = { .data = { .lock_fd = -1 } };
	int option, status = CTL_OK;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		take_option(&up.wish, option);
	if (option == -2)
		return status;
	status = check_wish(command, &up.wish);
	if (status == CTL_OK)
		status = bring_up(command, &up);
	up_done(&up);
	return status;
}
