/* tictactoe.c - a game that only takes moves that are allowed: a guard of rooms */
/* SPDX-License-Identifier: MIT */

/*
 *	tictactoe [ROOM...]	rooms, or patterns of rooms, that it guards; game-* if none is named
 *
 * What a client says in such a room reaches the others as this program rules:
 *
 *	{"type":"sit"}			a seat, X or O, if one is free
 *	{"type":"move","cell":4}	cells are 0 to 8, from the upper left
 *	{"type":"reset"}		a new game; when one is over, or by a player
 *
 * They go on as {seat, board, turn, winner, text}; what is not allowed is refused, and the text
 * says why. All else passes. Who leaves the room leaves the seat, and the room is told `vacated`.
 *
 * The program knows nothing by heart: a game is the value `game` of its room's state, which clients
 * may read and not write. A value is only written over the one that was read (ATRIUM_IF), so moves
 * that come together are done one after the other, and it has the number of the question that it
 * answers: who asks again, because this process or the hub was killed meanwhile, is told the same.
 *
 * BUGS
 *	A player who leaves while this process is away for longer than its `keep` keeps the seat.
 */
#include <atrium.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CELLS = 9, ID_MAX = 65, NAME_MAX = 257 };

static const char marks[] = "XO";

struct game {
	uint64_t rev; /* of the value that it was read from; 0: there is none yet */
	char board[CELLS + 1]; /* X, O or . */
	char turn[2]; /* X or O */
	char winner[5]; /* X, O, draw, or empty */
	char id[2][ID_MAX]; /* of the connections that have the seats; empty: free */
	char name[2][NAME_MAX];
	char done[48]; /* the last question that changed it */
	char text[NAME_MAX + 32]; /* what is said of this */
};

static struct atrium *guard;

/* ---- the game itself ---- */

static int seat_of(const struct game *game, const char *id)
{
	return strcmp(game->id[0], id) == 0 ? 0 : strcmp(game->id[1], id) == 0 ? 1 : -1;
}

static void start(struct game *game)
{
	strcpy(game->board, ".........");
	strcpy(game->turn, "X");
	strcpy(game->winner, "");
}

static int has_won(const char *board, char mark)
{
	static const char lines[][3] = { { 0, 1, 2 }, { 3, 4, 5 }, { 6, 7, 8 }, { 0, 3, 6 },
		{ 1, 4, 7 }, { 2, 5, 8 }, { 0, 4, 8 }, { 2, 4, 6 } };

	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (board[(int)lines[i][0]] == mark && board[(int)lines[i][1]] == mark &&
			board[(int)lines[i][2]] == mark)
			return 1;
	return 0;
}

/* Each of these changes the game and answers NULL, or answers what is wrong. */
static const char *sit(struct game *game, const struct atrium_event *event)
{
	int seat = seat_of(game, "");

	if (seat_of(game, event->id) >= 0)
		return "You have a seat";
	if (seat < 0)
		return "Both seats are taken";
	snprintf(game->id[seat], ID_MAX, "%s", event->id);
	snprintf(game->name[seat], NAME_MAX, "%s", event->nickname);
	snprintf(game->text, sizeof(game->text), "%s plays %c", event->nickname, marks[seat]);
	return NULL;
}

static const char *move(struct game *game, const struct atrium_event *event)
{
	int seat = seat_of(game, event->id);
	int64_t cell;

	if (seat < 0)
		return "Take a seat first";
	if (*game->winner)
		return "The game is over";
	if (*game->turn != marks[seat])
		return "It is not your turn";
	if (atrium_get_int(event->body, event->body_len, "cell", &cell) < 0 || cell < 0 ||
		cell >= CELLS)
		return "A cell is a number from 0 to 8";
	if (game->board[cell] != '.')
		return "This cell is taken";
	game->board[cell] = marks[seat];
	*game->turn = marks[!seat];
	snprintf(game->text, sizeof(game->text), "%s takes cell %d", event->nickname, (int)cell);
	if (has_won(game->board, marks[seat])) {
		snprintf(game->winner, sizeof(game->winner), "%c", marks[seat]);
		snprintf(game->text, sizeof(game->text), "%s has won", event->nickname);
	} else if (!strchr(game->board, '.')) {
		strcpy(game->winner, "draw");
		strcpy(game->text, "Nobody has won");
	}
	return NULL;
}

static const char *reset(struct game *game, const struct atrium_event *event)
{
	if (seat_of(game, event->id) < 0 && !*game->winner)
		return "Only players may begin anew";
	start(game);
	strcpy(game->text, "A new game");
	return NULL;
}

static const char *leave(struct game *game, const struct atrium_event *event)
{
	int seat = seat_of(game, event->id);

	if (seat < 0)
		return "It had no seat";
	*game->id[seat] = *game->name[seat] = '\0';
	snprintf(game->text, sizeof(game->text), "%s has left; %c is free", event->nickname,
		marks[seat]);
	return NULL;
}

static const char *play(struct game *game, const struct atrium_event *event)
{
	if (event->kind == ATRIUM_DISCONNECT)
		return leave(game, event);
	if (strcmp(event->type, "sit") == 0)
		return sit(game, event);
	if (strcmp(event->type, "move") == 0)
		return move(game, event);
	return reset(game, event);
}

/* ---- as the room's state has it ---- */

/* Of a value that is not there, or not ours, nothing is taken. */
static void take(const struct atrium_entry *entry, const char *key, char *out, size_t size)
{
	*out = '\0';
	if (entry)
		(void)atrium_get_string(entry->value, entry->value_len, key, out, size);
}

static void game_read(struct game *game, const struct atrium_entry *entry)
{
	*game = (struct game){ .rev = entry ? entry->rev : 0 };
	take(entry, "board", game->board, sizeof(game->board));
	take(entry, "turn", game->turn, sizeof(game->turn));
	take(entry, "winner", game->winner, sizeof(game->winner));
	take(entry, "X", game->id[0], ID_MAX);
	take(entry, "O", game->id[1], ID_MAX);
	take(entry, "X_name", game->name[0], NAME_MAX);
	take(entry, "O_name", game->name[1], NAME_MAX);
	take(entry, "done", game->done, sizeof(game->done));
	take(entry, "text", game->text, sizeof(game->text));
	if (strlen(game->board) != CELLS || !strchr(marks, *game->turn))
		start(game);
}

static int game_write(const struct game *game, char *out, size_t size)
{
	return atrium_json(out, size,
		"{\"board\":%s,\"turn\":%s,\"winner\":%s,\"X\":%s,\"O\":%s,\"X_name\":%s,"
		"\"O_name\":%s,\"done\":%s,\"text\":%s}",
		game->board, game->turn, game->winner, game->id[0], game->id[1], game->name[0],
		game->name[1], game->done, game->text);
}

/* ---- questions and departures ---- */

/* Unlike any other, of any journal of the hub, and the same when it comes again. */
static void number_of(const struct atrium_event *event, char *out, size_t size)
{
	snprintf(out, size, "%" PRIx64 "-%s-%" PRIu64, event->journal, event->ask ? "ask" : "seq",
		event->ask ? event->ask : event->seq);
}

static void end(struct atrium_event *event)
{
	free(event->data);
	atrium_done(event);
}

static void refuse(struct atrium_event *event, const char *code, const char *why)
{
	if (event->kind == ATRIUM_GUARDED)
		(void)atrium_refuse(event, code, why);
	end(event);
}

/* The game is as the message wants it: what the room is told is more than its sender said. */
static void tell(struct atrium *atrium, struct atrium_event *event, const struct game *game)
{
	char body[8 * NAME_MAX], mid[48];
	struct atrium_message vacated = { .type = "vacated", .body = body, .mid = mid };
	int seat = seat_of(game, event->id);

	number_of(event, mid, sizeof(mid));
	if (atrium_json(body, sizeof(body),
		    "{\"seat\":%.*s,\"board\":%s,\"turn\":%s,\"winner\":%s,\"text\":%s}",
		    seat < 0 ? 0 : 1, seat < 0 ? "" : &marks[seat], game->board, game->turn,
		    game->winner, game->text) < 0) {
		refuse(event, "unavailable", NULL);
		return;
	}
	if (event->kind == ATRIUM_GUARDED)
		(void)atrium_change(event, event->type, ATRIUM_JSON, body, 0);
	else
		(void)atrium_publish(atrium, event->room, &vacated, NULL, NULL);
	end(event);
}

static void begin(struct atrium *atrium, struct atrium_event *event);

static void on_written(struct atrium *atrium, const struct atrium_result *result, void *arg)
{
	struct atrium_event *event = arg;

	if (!result->error)
		tell(atrium, event, event->data);
	else if (strcmp(result->error, "conflict") == 0)
		begin(atrium, event); /* another move was faster */
	else
		refuse(event, "unavailable", NULL);
}

static void on_read(struct atrium *atrium, const struct atrium_result *result, void *arg)
{
	struct atrium_event *event = arg;
	struct game *game = event->data;
	char value[12 * NAME_MAX], number[48];
	struct atrium_op ops[] = { { .what = ATRIUM_IF, .key = "game" },
		{ .what = ATRIUM_SET, .key = "game", .value = value } };
	const char *why;

	if (result->error) {
		refuse(event, "unavailable", NULL);
		return;
	}
	game_read(game, result->entries);
	number_of(event, number, sizeof(number));
	if (strcmp(game->done, number) == 0) { /* by the process that was killed */
		tell(atrium, event, game);
		return;
	}
	why = play(game, event);
	if (why) {
		refuse(event, "refused", why);
		return;
	}
	strcpy(game->done, number);
	ops[0].rev = game->rev;
	if (game_write(game, value, sizeof(value)) < 0 ||
		atrium_state_apply(atrium, event->room, ops, 2, NULL, on_written, event) < 0)
		refuse(event, "unavailable", NULL);
}

static void begin(struct atrium *atrium, struct atrium_event *event)
{
	static const char *const keys[] = { "game" };

	if (!event->data)
		event->data = calloc(1, sizeof(struct game));
	if (!event->data || atrium_state_get_keys(atrium, event->room, keys, 1, on_read, event) < 0)
		refuse(event, "unavailable", NULL);
}

static void on_event(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)user;
	if (atrium_defer(event) == 0)
		begin(atrium, event);
}

static void on_chat(struct atrium *atrium, struct atrium_event *event, void *user)
{
	(void)atrium;
	(void)user;
	(void)atrium_pass(event);
}

/* ---- the process ---- */

static void on_signal(int number)
{
	(void)number;
	atrium_stop(guard);
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

int main(int argc, char **argv)
{
	const unsigned what = ATRIUM_GUARD | ATRIUM_PEOPLE;
	int r = atrium_new("tictactoe", NULL, NULL, &guard);

	if (r < 0) {
		fprintf(stderr, "tictactoe: %s\n", strerror(-r));
		return 1;
	}
	signal(SIGINT, on_signal);
	signal(SIGTERM, on_signal);
	atrium_on_up(guard, on_up);
	atrium_on_error(guard, on_error);
	atrium_on_guard(guard, "sit", on_event);
	atrium_on_guard(guard, "move", on_event);
	atrium_on_guard(guard, "reset", on_event);
	atrium_on_guard(guard, NULL, on_chat);
	atrium_on_disconnect(guard, on_event);
	for (int i = 1; i < argc; i++)
		if (atrium_serve(guard, argv[i], what) < 0)
			fprintf(stderr, "tictactoe: %s is no pattern of rooms\n", argv[i]);
	if (argc == 1)
		atrium_serve(guard, "game-*", what);
	r = atrium_run(guard);
	atrium_free(guard);
	return r < 0;
}
