/* dice.c - rolls dice for who calls `roll` in a room, where no one can cheat */
/* SPDX-License-Identifier: MIT */

/*
 *	dice [ROOM...]	rooms, or patterns of rooms, that it serves; all if none is named
 *
 * {"type":"call","cmd":"roll","dice":"2d6","ref":1} is answered with the rolls and their sum. The
 * chance is the kernel's.
 */
#include <atrium.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

enum { COUNT_MAX = 100, SIDES_MAX = 1000 };

static struct atrium *dice;

static void on_signal(int number)
{
	(void)number;
	atrium_stop(dice);
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

/* 1 to sides, each as likely as the others; 0: the kernel has none to give. */
static unsigned roll(unsigned sides)
{
	const unsigned fair = UINT32_MAX - UINT32_MAX % sides;
	uint32_t number;

	do {
		if (getrandom(&number, sizeof(number), 0) != sizeof(number))
			return 0;
	} while (number >= fair); /* what is left over would favour the small ones */
	return 1 + number % sides;
}

/* "2d6": 2 dice of 6 sides; "d20": one. */
static int parse(const char *text, unsigned *ret_count, unsigned *ret_sides)
{
	unsigned count = 1, sides = 0;
	int len = 0;

	if (text[strspn(text, "0123456789d")])
		return -1;
	if (*text == 'd')
		sscanf(text, "d%4u%n", &sides, &len);
	else
		sscanf(text, "%3ud%4u%n", &count, &sides, &len);
	if (len == 0 || text[len] || count < 1 || count > COUNT_MAX || sides < 2 ||
		sides > SIDES_MAX)
		return -1;
	*ret_count = count;
	*ret_sides = sides;
	return 0;
}

static void on_roll(struct atrium *atrium, struct atrium_event *event, void *user)
{
	char text[16], rolls[COUNT_MAX * 5], body[1024];
	unsigned count, sides, sum = 0;
	size_t len = 0;

	(void)atrium;
	(void)user;
	if (atrium_get_string(event->body, event->body_len, "dice", text, sizeof(text)) < 0 ||
		parse(text, &count, &sides) < 0) {
		atrium_refuse(event, "bad_dice", "dice are 2d6: 1 to 100 of 2 to 1000 sides");
		return;
	}
	for (unsigned i = 0; i < count; i++) {
		unsigned rolled = roll(sides);

		if (rolled == 0)
			return; /* not answered: the client is told that it is unavailable */
		sum += rolled;
		len += (size_t)snprintf(
			rolls + len, sizeof(rolls) - len, "%s%u", i ? "," : "", rolled);
	}
	snprintf(body, sizeof(body), "{\"dice\":\"%ud%u\",\"rolls\":[%s],\"sum\":%u}", count, sides,
		rolls, sum);
	atrium_reply(event, body);
}

int main(int argc, char **argv)
{
	int r = atrium_new("dice", NULL, NULL, &dice);

	if (r < 0) {
		fprintf(stderr, "dice: %s\n", strerror(-r));
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	atrium_on_up(dice, on_up);
	atrium_on_error(dice, on_error);
	atrium_on_command(dice, "roll", on_roll);
	for (int i = 1; i < argc; i++)
		if (atrium_serve(dice, argv[i], ATRIUM_CALLS) < 0)
			fprintf(stderr, "dice: %s is no pattern of rooms\n", argv[i]);
	if (argc == 1)
		atrium_serve(dice, "*", ATRIUM_CALLS);
	r = atrium_run(dice);
	atrium_free(dice);
	return r < 0;
}
