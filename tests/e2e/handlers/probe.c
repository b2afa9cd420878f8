/* probe.c - a handler that tests steer: commands on stdin, what it is told on stdout */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proto/atrium.h"

/*
 * probe NAME run|fd: with the library's own loop (commands are then read by a timer of it: at each
 * event only, so none is needed but `stop` by SIGTERM), or with one of ours around atrium_fd().
 * A command is a line of words with tabs between; each line that is printed is a JSON object.
 */
enum { WORDS = 8, HELD = 100000, LINE = 1 << 16 };

static struct atrium *atrium;
static struct atrium_event *held[HELD];
static size_t held_count;
static int deferring;

static void out(const char *text, int len)
{
	if (len < 0)
		abort();
	fwrite(text, 1, (size_t)len, stdout);
	fputc('\n', stdout);
	fflush(stdout);
}

/* JSON as it is, and a bracket. */
static size_t put_raw(char *line, size_t size, size_t len, const char *text, size_t text_len)
{
	int put = snprintf(line + len, size - len, "%.*s],", (int)text_len, text);

	if (put < 0 || (size_t)put >= size - len)
		abort();
	return len + (size_t)put;
}

static size_t put_changes(const struct atrium_event *event, char *line, size_t size)
{
	size_t len = 0;

	for (const struct atrium_entry *e = event->changes; e; e = e->next) {
		len += (size_t)atrium_json(
			line + len, size - len, "[%s,%llu,", e->key, (unsigned long long)e->rev);
		len = put_raw(
			line, size, len, e->value ? e->value : "null", e->value ? e->value_len : 4);
	}
	return len;
}

static void on_event(struct atrium *a, struct atrium_event *event, void *user)
{
	static const char *const kinds[] = { "", "connect", "disconnect", "message", "missed",
		"command", "guard", "state" };
	static char line[2 * LINE], changes[LINE];
	size_t len = put_changes(event, changes, sizeof(changes));

	(void)a;
	(void)user;
	out(line,
		atrium_json(line, sizeof(line),
			"{\"kind\":%s,\"seq\":%llu,\"ask\":%llu,\"again\":%d,\"room\":%s,\"id\":%s,"
			"\"nickname\":%s,\"user\":%s,\"count\":%u,\"type\":%s,\"command\":%s,"
			"\"format\":%d,\"body\":%.*s,\"offset\":%llu,\"missed\":%llu,\"rev\":%llu,"
			"\"changes\":%.*s}",
			kinds[event->kind], (unsigned long long)event->seq,
			(unsigned long long)event->ask, event->again, event->room, event->id,
			event->nickname, event->user, event->count, event->type, event->command,
			(int)event->format, (int)event->body_len, event->body,
			(unsigned long long)event->offset, (unsigned long long)event->missed,
			(unsigned long long)event->rev, (int)(len ? len - 1 : 0), changes));
	if ((deferring || event->ask) && held_count < HELD && atrium_defer(event) == 0)
		held[held_count++] = event;
}

static void on_withdrawn(struct atrium *a, struct atrium_event *event, void *user)
{
	char line[100] = "";

	(void)a;
	(void)user;
	out(line,
		atrium_json(line, sizeof(line), "{\"kind\":\"withdrawn\",\"ask\":%llu}",
			(unsigned long long)event->ask));
}

static void on_up(struct atrium *a, void *user)
{
	(void)a;
	(void)user;
	out("{\"kind\":\"up\"}", 13);
}

static void on_down(struct atrium *a, void *user)
{
	(void)a;
	(void)user;
	out("{\"kind\":\"down\"}", 15);
}

static void on_room(struct atrium *a, void *user)
{
	(void)a;
	(void)user;
	out("{\"kind\":\"room\"}", 15);
}

static void on_error(struct atrium *a, int error, const char *text, void *user)
{
	char line[2000] = "";

	(void)a;
	(void)user;
	out(line,
		atrium_json(line, sizeof(line), "{\"kind\":\"error\",\"error\":%s,\"text\":%s}",
			strerrorname_np(-error), text));
}

/* ---- results ---- */

static size_t put_lists(const struct atrium_result *result, char *line, size_t size)
{
	size_t len = 0;

	for (const struct atrium_entry *e = result->entries; e; e = e->next) {
		len += (size_t)atrium_json(
			line + len, size - len, "[%s,%llu,", e->key, (unsigned long long)e->rev);
		len = put_raw(line, size, len, e->value, e->value_len);
	}
	for (const struct atrium_kept *k = result->messages; k; k = k->next) {
		len += (size_t)atrium_json(line + len, size - len, "[%llu,%s,%s,",
			(unsigned long long)k->offset, k->type, k->id);
		len = put_raw(line, size, len, k->body, k->body_len);
	}
	for (const struct atrium_member *m = result->members; m; m = m->next)
		len += (size_t)atrium_json(
			line + len, size - len, "[%s,%s,%s],", m->id, m->nickname, m->user);
	for (const struct atrium_room *r = result->rooms; r; r = r->next)
		len += (size_t)atrium_json(line + len, size - len, "[%s,%u],", r->name, r->count);
	if (result->connection) {
		const struct atrium_connection *c = result->connection;

		len += (size_t)atrium_json(line + len, size - len, "[%s,%s,%s,%s,%s,%d,%d,%s],",
			c->id, c->nickname, c->user, c->dialect, c->meta, c->here, c->admin,
			c->rooms ? c->rooms->name : NULL);
	}
	return len;
}

static void on_result(struct atrium *a, const struct atrium_result *result, void *arg)
{
	static char list[LINE], line[LINE + 1000];
	size_t len = put_lists(result, list, sizeof(list));

	(void)a;
	out(line,
		snprintf(line, sizeof(line),
			"{\"kind\":\"result\",\"number\":%zu,\"error\":\"%s\",\"offset\":%llu,"
			"\"rev\":%llu,\"count\":%u,\"users\":%u,\"more\":%d,\"list\":[%.*s]}",
			(size_t)arg, result->error ? result->error : "",
			(unsigned long long)result->offset, (unsigned long long)result->rev,
			result->count, result->users, result->more, (int)(len ? len - 1 : 0),
			list));
}

/* ---- commands ---- */

static struct atrium_event *held_take(const char *word)
{
	unsigned long long number = strtoull(word, NULL, 10);

	for (size_t i = 0; i < held_count; i++) {
		struct atrium_event *event = held[i];

		if (event->seq != number && event->ask != number)
			continue;
		held[i] = held[--held_count];
		return event;
	}
	return NULL;
}

static int answer(char **word)
{
	struct atrium_event *event = held_take(word[1]);
	int r = -ENOENT;

	if (!event)
		return r;
	if (strcmp(word[0], "reply") == 0)
		r = atrium_reply(event, word[2]);
	else if (strcmp(word[0], "pass") == 0)
		r = atrium_pass(event);
	else if (strcmp(word[0], "change") == 0)
		r = atrium_change(event, word[2], ATRIUM_JSON, word[3], 0);
	else if (strcmp(word[0], "refuse") == 0)
		r = atrium_refuse(event, word[2], word[3]);
	else
		r = 0;
	atrium_done(event);
	return r;
}

static unsigned long number_of(const char *word)
{
	return word ? strtoul(word, NULL, 10) : 0;
}

static int say(char **word, void *arg)
{
	int all = strcmp(word[0], "broadcast") == 0; /* it has no target */
	char **said = word + (all ? 1 : 2);
	struct atrium_message message = { .type = said[0],
		.body = said[1],
		.mid = said[2] && *said[2] ? said[2] : NULL,
		.except = said[2] ? said[3] : NULL };

	if (all)
		return atrium_broadcast(atrium, &message, on_result, arg);
	if (strcmp(word[0], "send") == 0)
		return atrium_send(atrium, word[1], &message, on_result, arg);
	message.ephemeral = strcmp(word[0], "moment") == 0;
	return atrium_publish(atrium, word[1], &message, on_result, arg);
}

static int change_state(char **word, void *arg)
{
	struct atrium_op ops[2] = { { .key = word[2], .value = word[3] },
		{ .what = ATRIUM_IF, .key = word[2], .rev = number_of(word[4] ? word[4] : "0") } };

	if (strcmp(word[0], "delete") == 0)
		ops[0].what = ATRIUM_DELETE;
	return atrium_state_apply(
		atrium, word[1], ops, word[3] && word[4] ? 2 : 1, NULL, on_result, arg);
}

static int act(char **word, void *arg)
{
	const char *name = word[0];

	if (strcmp(name, "publish") == 0 || strcmp(name, "moment") == 0 ||
		strcmp(name, "send") == 0 || strcmp(name, "broadcast") == 0)
		return say(word, arg);
	if (strcmp(name, "set") == 0 || strcmp(name, "delete") == 0)
		return change_state(word, arg);
	if (strcmp(name, "join") == 0)
		return atrium_join(atrium, word[1], word[2], on_result, arg);
	if (strcmp(name, "leave") == 0)
		return atrium_leave(atrium, word[1], word[2], on_result, arg);
	if (strcmp(name, "close") == 0)
		return atrium_close(
			atrium, word[1], (unsigned)number_of(word[2]), word[3], on_result, arg);
	if (strcmp(name, "get") == 0)
		return atrium_state_get(atrium, word[1], word[2], on_result, arg);
	if (strcmp(name, "keys") == 0)
		return atrium_state_get_keys(
			atrium, word[1], (const char *const *)&word[2], 1, on_result, arg);
	if (strcmp(name, "history") == 0)
		return atrium_history(atrium, word[1], number_of(word[2]),
			(uint32_t)number_of(word[3]), on_result, arg);
	if (strcmp(name, "page") == 0)
		return atrium_history_page(atrium, word[1], number_of(word[2]), number_of(word[3]),
			(uint32_t)number_of(word[4]), on_result, arg);
	if (strcmp(name, "members") == 0)
		return atrium_members(
			atrium, word[1], word[3], (uint32_t)number_of(word[2]), on_result, arg);
	if (strcmp(name, "count") == 0)
		return atrium_count(atrium, word[1], on_result, arg);
	if (strcmp(name, "connection") == 0)
		return atrium_connection_get(atrium, word[1], on_result, arg);
	if (strcmp(name, "rooms") == 0)
		return atrium_rooms(
			atrium, word[1], word[3], (uint32_t)number_of(word[2]), on_result, arg);
	return answer(word);
}

/* Each is told what it returned: `number` is that of the line. */
static void obey(char *line)
{
	static size_t number;
	char *word[WORDS + 1] = { NULL };
	char text[200] = "";
	size_t count = 0;
	int r = 0;

	for (char *at = line; at && count < WORDS; at = strchr(at, '\t')) {
		if (at != line)
			*at++ = '\0';
		word[count++] = at;
	}
	number++;
	if (strcmp(word[0], "serve") == 0)
		r = atrium_serve(atrium, word[1], (unsigned)number_of(word[2]));
	else if (strcmp(word[0], "defer") == 0)
		deferring = (int)number_of(word[1]);
	else if (strcmp(word[0], "limit") == 0)
		r = atrium_limit(atrium, number_of(word[1]), number_of(word[2]));
	else if (strcmp(word[0], "stop") == 0)
		atrium_stop(atrium);
	else
		r = act(word, (void *)number);
	out(text,
		atrium_json(text, sizeof(text), "{\"kind\":\"said\",\"number\":%zu,\"r\":%s}",
			number, r < 0 ? strerrorname_np(-r) : "0"));
}

/* ---- loops ---- */

/* What is there of stdin; false: it has ended. */
static int read_commands(void)
{
	static char line[LINE];
	static size_t len;
	ssize_t got = read(STDIN_FILENO, line + len, sizeof(line) - len - 1);
	char *end;

	if (got <= 0)
		return 0;
	len += (size_t)got;
	line[len] = '\0';
	while ((end = strchr(line, '\n')) != NULL) {
		size_t used = (size_t)(end - line) + 1;

		*end = '\0';
		obey(line);
		memmove(line, line + used, len - used + 1);
		len -= used;
	}
	return 1;
}

static int loop_of_ours(void)
{
	struct pollfd fds[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = atrium_fd(atrium), .events = POLLIN } };
	int r = 0;

	while (r == 0) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return -errno;
		if (fds[0].revents && !read_commands())
			return 0;
		if (fds[1].revents)
			r = atrium_process(atrium);
	}
	return r;
}

static void on_signal(int number)
{
	(void)number;
	atrium_stop(atrium);
}

int main(int argc, char **argv)
{
	int r = argc < 3 ? -EINVAL : atrium_new(argv[1], NULL, NULL, &atrium);

	if (r < 0) {
		fprintf(stderr, "probe: %s\n", strerror(-r));
		return 2;
	}
	signal(SIGTERM, on_signal);
	atrium_on_connect(atrium, on_event);
	atrium_on_disconnect(atrium, on_event);
	atrium_on_message(atrium, NULL, on_event);
	atrium_on_command(atrium, NULL, on_event);
	atrium_on_guard(atrium, NULL, on_event);
	atrium_on_missed(atrium, on_event);
	atrium_on_state(atrium, on_event);
	atrium_on_withdrawn(atrium, on_withdrawn);
	atrium_on_up(atrium, on_up);
	atrium_on_down(atrium, on_down);
	atrium_on_room(atrium, on_room);
	atrium_on_error(atrium, on_error);
	for (int i = 3; i + 1 < argc; i += 2)
		atrium_serve(atrium, argv[i], (unsigned)number_of(argv[i + 1]));
	r = strcmp(argv[2], "run") == 0 ? atrium_run(atrium) : loop_of_ours();
	atrium_free(atrium);
	return r == 0 || r == -ECANCELED ? 0 : 1;
}
