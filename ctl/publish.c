/* publish.c - atrium publish: a message to a room */
/* SPDX-License-Identifier: MIT */
#include <getopt.h>
#include <stdio.h>

#include "ctl/commands.h"
#include "ctl/listing.h"
#include "ctl/server.h"

static const struct ctl_option options[] = {
	OPTION('t', "type", "TYPE", "what kind of message (default: message)"),
	OPTION('b', "json-body", "OBJECT", "the message's members, instead of TEXT"),
	OPTION('m', "mid", "ID", "an id of your own: what is sent again with it is not doubled"),
	SERVER_OPTIONS,
	{ .val = 0 },
};

struct wish {
	struct server server;
	const char *room, *text, *type, *body, *mid;
};

static void take(struct wish *wish, int option)
{
	if (server_take(&wish->server, option))
		return;
	if (option == 't')
		wish->type = optarg;
	else if (option == 'b')
		wish->body = optarg;
	else
		wish->mid = optarg;
}

static void print(const json_t *result)
{
	if (json_object_get(result, "offset"))
		printf("offset %s\n", listing_cell(result, "offset").text);
}

/* CTL_OK and the request. What is asked for by options wins over what the body says. */
static int make(const struct command *command, const struct wish *wish, json_t **ret_request)
{
	json_t *request = NULL;

	if (!wish->room)
		return ctl_usage_error(command, "to which room?");
	if (!wish->text == !wish->body)
		return ctl_usage_error(command, "what? Give TEXT or --json-body");
	request = wish->body ? json_loads(wish->body, JSON_REJECT_DUPLICATES, NULL) : json_object();
	if (!json_is_object(request)) {
		json_decref(request);
		return ctl_usage_error(command, "'%s' is no JSON object", wish->body);
	}
	if (wish->text && json_object_set_new(request, "content", json_string(wish->text)) < 0) {
		json_decref(request);
		return ctl_usage_error(command, "the text is not UTF-8");
	}
	json_object_set_new(request, "room", json_string(wish->room));
	if (wish->type || !json_object_get(request, "type"))
		json_object_set_new(
			request, "type", json_string(wish->type ? wish->type : "message"));
	if (wish->mid)
		json_object_set_new(request, "mid", json_string(wish->mid));
	*ret_request = request;
	return CTL_OK;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct wish wish = { .room = NULL };
	json_t *request = NULL;
	int option, status;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		take(&wish, option);
	if (option == -2)
		return status;
	wish.room = optind < argc ? argv[optind] : NULL;
	wish.text = optind + 1 < argc ? argv[optind + 1] : NULL;
	status = make(command, &wish, &request);
	if (status != CTL_OK)
		return status;
	return server_command(command, &wish.server, "publish", request, print);
}

const struct command command_publish = {
	.name = "publish",
	.summary = "send a message to a room",
	.usage = "ROOM TEXT | ROOM --json-body OBJECT [OPTION]...",
	.about = "Prints the offset that the message has in the room. TEXT becomes its content.",
	.options = options,
	.operands = 2,
	.run = run,
};
