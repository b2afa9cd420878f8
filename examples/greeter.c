/* greeter.c - greets who comes into a room, and answers `help` and `count` */
/* SPDX-License-Identifier: MIT */

/*
 *	greeter [ROOM...]	rooms, or patterns of rooms, that it serves; lobby if none is named
 *
 * Whatever is killed, this process or the hub, each who comes is greeted once: the hub tells an
 * event again until it is done, and a greeting has an id of its own (`mid`) that is made from the
 * event's number, so what was already said is not said again.
 */
#include <atrium.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define HELP "I know: help, and count"

static struct atrium *greeter;

static void on_signal(int number)
{
	(void)number;
	atrium_stop(greeter);
}

static void on_error(struct atrium *atrium, int error, const char *text, void *user)
{
	(void)user;
	fprintf(stderr, "%s: %s (%s)\n", atrium_name(atrium), text, strerror(-error));
}

static void on_up(struct atrium *atrium, void *user)
{
	(void)user;
	fprintf(stderr, "%s: up\n", atrium_name(atrium));
}

/* What was to be said is in the hub's journal: the event need not come again. */
static void said(struct atrium *atrium, const struct atrium_result *result, void *event)
{
	if (result->error)
		fprintf(stderr, "%s: %s\n", atrium_name(atrium), result->error);
	atrium_done(event);
}

/* Says it to the room, once for each event, and keeps the event until it is said. */
static void say(struct atrium *atrium, struct atrium_event *event, const char *text)
{
	char body[2048], mid[64];
	struct atrium_message message = { .type = "message", .body = body, .mid = mid };

	snprintf(mid, sizeof(mid), "%" PRIx64 "-%" PRIu64, event->journal, event->seq);
	if (atrium_json(body, sizeof(body), "{\"content\":%s}", text) < 0 ||
		atrium_publish(atrium, event->room, &message, said, event) < 0)
		atrium_done(event);
}

static void on_connect(struct atrium *atrium, struct atrium_event *event, void *user)
{
	char text[512];

	(void)user;
	snprintf(text, sizeof(text), "Welcome, %s! There are %u of us here.", event->nickname,
		event->count);
	if (atrium_defer(event) == 0)
		say(atrium, event, text);
}

static void counted(struct atrium *atrium, const struct atrium_result *result, void *event)
{
	char text[64];

	snprintf(text, sizeof(text), "There are %u of us here.", result->count);
	say(atrium, event, result->error ? "I cannot count just now." : text);
}

static void on_message(struct atrium *atrium, struct atrium_event *event, void *user)
{
	char word[16];

	(void)user;
	if (event->format != ATRIUM_JSON ||
		atrium_get_string(event->body, event->body_len, "content", word, sizeof(word)) < 0)
		return;
	if (strcmp(word, "help") == 0)
		atrium_tell(atrium, event->id, "message", "{\"content\":\"" HELP "\"}");
	else if (strcmp(word, "count") == 0 && atrium_defer(event) == 0 &&
		atrium_count(atrium, event->room, counted, event) < 0)
		atrium_done(event);
}

int main(int argc, char **argv)
{
	const unsigned what = ATRIUM_PEOPLE | ATRIUM_MESSAGES;
	int r = atrium_new("greeter", NULL, NULL, &greeter);

	if (r < 0) {
		fprintf(stderr, "greeter: %s\n", strerror(-r));
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	atrium_on_up(greeter, on_up);
	atrium_on_error(greeter, on_error);
	atrium_on_connect(greeter, on_connect);
	atrium_on_message(greeter, "message", on_message);
	for (int i = 1; i < argc; i++)
		if (atrium_serve(greeter, argv[i], what) < 0)
			fprintf(stderr, "greeter: %s is no pattern of rooms\n", argv[i]);
	if (argc == 1)
		atrium_serve(greeter, "lobby", what);
	r = atrium_run(greeter);
	atrium_free(greeter);
	return r < 0;
}
