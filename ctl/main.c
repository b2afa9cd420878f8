/* main.c - atrium: runs and looks after a server */
/* SPDX-License-Identifier: MIT */
/*
 * NAME
 *	atrium - runs a server in the foreground, makes tokens
 *
 * SYNOPSIS
 *	atrium up [--port PORT] [--data DIR] [-c FILE]
 *	atrium token --user NAME [OPTION]...
 *	atrium user add NAME [--admin] | passwd NAME | del NAME | list
 *	atrium revoke --jti ID | --user NAME [OPTION]...
 *	atrium --help | --version; atrium COMMAND --help
 *
 * SOCKETS
 *	DATA/run/<process>.notify	on which `up` hears from each daemon that it is ready
 *	DATA/run/auth.control	where `revoke` asks auth
 *
 * SIGNALS
 *	TERM, INT, HUP	`up` ends gateway, hub, auth and metrics in this order; the second one kills
 *
 * FILES
 *	DATA		$XDG_STATE_HOME/atrium, else ~/.local/state/atrium
 *	DATA/lock	held while `up` runs
 *	DATA/run	sockets, and <process>.pid of each daemon
 *	DATA/state/<process>	what a daemon keeps
 *	DATA/keys	<kid>.hs256; `up` makes the first one
 *	DATA/state/auth/users	who may sign in with a password, written by `user`
 *
 * EXIT STATUS
 *	0 done, 1 it could not be done, 2 wrong options or settings
 *
 * BUGS
 *	`up` passes settings on, but does not read them again: SIGHUP is for the daemons themselves.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/ctl.h"
#include "proto/version.h"

static const struct command *const commands[] = { &command_up, &command_token, &command_user,
	&command_revoke };

enum { COMMANDS = sizeof(commands) / sizeof(*commands) };

static void print_help(void)
{
	printf("atrium - a self-hosted real-time server\n\nUsage: atrium COMMAND [OPTION]...\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		printf("  %-8s %s\n", commands[i]->name, commands[i]->summary);
	printf("\n'atrium COMMAND --help' tells more; 'atrium --version' prints the version.\n");
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	for (size_t i = 0; i < COMMANDS; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i]->run(commands[i], argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
		print_help();
		return CTL_OK;
	}
	if (strcmp(name, "--version") == 0) {
		printf("atrium %s\n", ATRIUM_VERSION);
		return CTL_OK;
	}
	if (argc > 1)
		fprintf(stderr, "atrium: '%s' is no command\n", name);
	else
		fprintf(stderr, "atrium: which command?\n");
	fprintf(stderr, "Try 'atrium --help'.\n");
	return CTL_USAGE;
}
