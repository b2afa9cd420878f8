/* main.c - atrium: runs and looks after a server */
/* SPDX-License-Identifier: MIT */
/*
 * NAME
 *	atrium - runs a server, checks its settings, makes users and tokens
 *
 * SYNOPSIS
 *	atrium COMMAND [OPTION]...
 *	atrium --help | --version
 *
 * DESCRIPTION
 *	Runs a whole server in the foreground, for development or where that is enough, and does
 *	what is to be done by hand beside one. `atrium help` lists the commands,
 *	`atrium help COMMAND` tells of one. DATA is the data directory of `up`.
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
 *	as in exits.def, which `atrium help` prints
 *
 * BUGS
 *	`up` passes settings on, but does not read them again: SIGHUP is for the daemons themselves.
 */
#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/help.h"
#include "proto/version.h"

static bool is_help(const char *name)
{
	return strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	const struct command *command = commands_find(name);

	if (command)
		return command->run(command, argc - 1, argv + 1);
	if (is_help(name)) {
		help_all();
		return ctl_flush();
	}
	if (strcmp(name, "--version") == 0) {
		printf("atrium %s\n", ATRIUM_VERSION);
		return ctl_flush();
	}
	if (argc > 1)
		return commands_unknown(name);
	fprintf(stderr, "atrium: which command?\nTry 'atrium --help'.\n");
	return CTL_USAGE;
}
