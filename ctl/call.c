/* call.c - atrium call: a command for a room's handler, and its answer */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/commands.h"
#include "ctl/server.h"

static const struct ctl_option options[] = {
	OPTION('m', "mid", "ID",
		"an id of your own: what is asked again with it is not done twice"),
	OPTION('t', "timeout", "MS", "so long the handler may take, if that is less than it has"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

struct wish {
	struct server server; /* first */
	const char *mid, *timeout;
};

static void take(void *arg, int option)
{
	struct wish *wish = arg;

	*(option == 'm' ? &wish->mid : &wish->timeout) = optarg;
}

static void print(const json_t *result)
{
	char *text = json_dumps(result, JSON_COMPACT);

	printf("%s\n", text ? text : "{}");
	free(text);
}

/* What is asked for by options and operands wins over what the object says. */
static int make(const struct command *command, const void *arg, char **operands, json_t *request)
{
	const char *room = operands[0], *name = operands[1], *body = operands[2];
	const struct wish *wish = arg;
	char *end = NULL;

	if (!room || !name)
		return ctl_usage_error(command, "of which room is which command called?");
	if (body && !server_add_members(request, body))
		return ctl_usage_error(command, "'%s' is no JSON object", body);
	json_object_set_new(request, "room", json_string(room));
	json_object_set_new(request, "command", json_string(name));
	if (wish->mid)
		json_object_set_new(request, "mid", json_string(wish->mid));
	if (!wish->timeout)
		return CTL_OK;
	json_object_set_new(request, "timeout", json_integer(strtol(wish->timeout, &end, 10)));
	if (end == wish->timeout || *end)
		return ctl_usage_error(command, "'%s' is no number of milliseconds", wish->timeout);
	return CTL_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
	static const struct server_request about = { "call", take, make, print };
	struct wish wish = { .mid = NULL };

	return server_run(command, argc, argv, &about, &wish);
}

const struct command command_call = {
	.name = "call",
	.summary = "ask a room's handler to do something",
	.usage = "ROOM COMMAND [OBJECT] [OPTION]...",
	.about = "Prints what the handler answers. The members of OBJECT are what it is told.",
	.options = options,
	.operands = 3,
	.run = run,
};
