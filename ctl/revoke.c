/* revoke.c - atrium revoke: tokens are good no longer, and who came in with one is closed */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/control.h"
#include "proto/base/mem.h"
#include "proto/revoked.h"

static const struct ctl_option options[] = {
	OPTION('j', "jti", "ID", "the token with this jti"),
	OPTION('u', "user", "NAME", "all tokens of this user that were issued before now, or"),
	OPTION('b', "before", "TIME", "before this time, in seconds since 1970"),
	OPTION('e', "expires", "TIME",
		"when the last of them has run out by itself, in seconds since 1970: then this is "
		"forgotten (default: after [auth] max_ttl, or never)"),
	OPTION('r', "run", "DIR", "where auth's socket is (default: DATA/run)"),
	OPTION('d', "data", "DIR",
		"the data directory of 'atrium up' (default: ~/.local/state/atrium)"),
	OPTION('J', "json", NULL, "print auth's answer: {\"gateways\", \"kept\"}"),
	{ .val = 0 },
};

static int run(const struct command *command, int argc, char **argv);

const struct command command_revoke = {
	.name = "revoke",
	.summary = "make tokens bad, and close who came in with them",
	.usage = "--jti ID | --user NAME [OPTION]...",
	.about = "It is kept over restarts. Tokens issued later are good.",
	.options = options,
	.run = run,
};

struct wish {
	const char *jti, *user, *before, *expires, *run, *data, *json;
};

static void take(struct wish *wish, int option)
{
	const char **const members[] = {
		['j'] = &wish->jti,
		['u'] = &wish->user,
		['b'] = &wish->before,
		['e'] = &wish->expires,
		['r'] = &wish->run,
		['d'] = &wish->data,
		['J'] = &wish->json,
	};

	*members[option] = optarg ? optarg : "";
}

static bool add_time(json_t *object, const char *name, const char *text)
{
	char *end = NULL;
	long long time;

	if (!text)
		return true;
	time = strtoll(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end)
		return false;
	json_object_set_new(object, name, json_integer(time));
	return true;
}

static int check(const struct command *command, const struct wish *wish, json_t *object)
{
	if (!wish->jti == !wish->user)
		return ctl_usage_error(command, "give --jti or --user");
	if (wish->jti && wish->before)
		return ctl_usage_error(command, "--before goes with --user");
	if (!add_time(object, "before", wish->before) ||
		!add_time(object, "expires", wish->expires))
		return ctl_usage_error(command, "a time is a number of seconds since 1970");
	json_object_set_new(object, wish->jti ? "jti" : "user",
		json_string(wish->jti ? wish->jti : wish->user));
	return CTL_OK;
}

static int ask(const char *directory, json_t *object, bool json)
{
	json_t *result = NULL;
	int r = control_ask(directory, json_pack("{s:O}", "revoke", object), &result);

	if (r < 0) {
		if (r != -EPROTO)
			ctl_complain("%s: %s", directory, control_problem(r));
		return CTL_FAILED;
	}
	if (json) {
		json_dumpf(result, stdout, JSON_COMPACT);
		putchar('\n');
	} else {
		printf("revoked; %lld gateways were told\n",
			(long long)json_integer_value(json_object_get(result, "gateways")));
	}
	if (!json_is_true(json_object_get(result, "kept")))
		ctl_complain("auth has no state directory: this is forgotten when it restarts");
	json_decref(result);
	return ctl_flush();
}

static int run(const struct command *command, int argc, char **argv)
{
	_cleanup_(mem_freep) char *directory = NULL;
	struct wish wish = { .jti = NULL };
	json_t *object = json_object();
	int option, status = CTL_OK;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		take(&wish, option);
	if (option != -2)
		status = check(command, &wish, object);
	directory = control_run(wish.run, wish.data);
	if (option != -2 && status == CTL_OK && !directory)
		status = ctl_usage_error(
			command, "there is no home directory: give --data or --run");
	else if (option != -2 && status == CTL_OK)
		status = ask(directory, object, wish.json != NULL);
	json_decref(object);
	return status;
}
