/* handler.c - a handler that does nothing, so that what is measured is what it costs to have one */
/* SPDX-License-Identifier: MIT */

/*
 * NAME
 *	handler - of `make bench-handlers`
 *
 * SYNOPSIS
 *	handler observe|guard|call PATTERN
 *
 * DESCRIPTION
 *	Serves the rooms that match PATTERN under the name "bench": is told all messages, lets all
 *	pass, or answers each call with nothing. Prints "up" when the hub knows it.
 */
#include <atrium.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static struct atrium *handler;

static void on_signal(int number)
{
	(void)number;
	atrium_stop(handler);
}

static void on_up(struct atrium *atrium, void *user)
{
	(void)atrium;
	(void)user;
	puts("up");
	fflush(stdout);
}

static void on_error(struct atrium *atrium, int error, const char *text, void *user)
{
	(void)atrium;
	(void)user;
	printf("%s: %s\n", strerror(-error), text);
	fflush(stdout);
}

static void on_message(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)event;
	(void)user;
}

static void on_guard(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)user;
	(void)atrium_pass(event);
}

static void on_command(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)user;
	(void)atrium_reply(event, NULL);
}

static unsigned what_of(const char *word)
{
	if (strcmp(word, "observe") == 0)
		return ATRIUM_MESSAGES;
	if (strcmp(word, "guard") == 0)
		return ATRIUM_GUARD;
	return strcmp(word, "call") == 0 ? ATRIUM_CALLS : 0;
}

int main(int argc, char **argv)
{
	int r;

	if (argc != 3 || what_of(argv[1]) == 0) {
		fputs("usage: handler observe|guard|call PATTERN\n", stderr);
		return 2;
	}
	r = atrium_new("bench", NULL, NULL, &handler);
	if (r < 0) {
		fprintf(stderr, "handler: %s\n", strerror(-r));
		return 1;
	}
	signal(SIGTERM, on_signal);
	atrium_on_up(handler, on_up);
	atrium_on_error(handler, on_error);
	atrium_on_message(handler, NULL, on_message);
	atrium_on_guard(handler, NULL, on_guard);
	atrium_on_command(handler, NULL, on_command);
	atrium_serve(handler, argv[2], what_of(argv[1]));
	r = atrium_run(handler);
	atrium_free(handler);
	return r < 0;
}
