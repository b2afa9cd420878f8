/* commands.c - all commands of atrium, and which one is meant */
/* SPDX-License-Identifier: MIT */
#include "ctl/commands.h"

#include <stdio.h>
#include <string.h>

#include "ctl/nearest.h"

const struct command *const commands[] = {
#define COMMAND(name) &command_##name,
#include "ctl/commands.def"
#undef COMMAND
	NULL,
};

static const char *const names[] = {
#define COMMAND(name) #name,
#include "ctl/commands.def"
#undef COMMAND
	NULL,
};

const struct command *commands_find(const char *name)
{
	for (size_t i = 0; commands[i]; i++)
		if (strcmp(name, commands[i]->name) == 0)
			return commands[i];
	return NULL;
}

int commands_unknown(const char *name)
{
	const char *nearest = nearest_of(name, names);

	fprintf(stderr, "atrium: '%s' is no command\n", name);
	if (nearest)
		fprintf(stderr, "Did you mean '%s'?\n", nearest);
	fprintf(stderr, "Try 'atrium --help'.\n");
	return CTL_USAGE;
}
