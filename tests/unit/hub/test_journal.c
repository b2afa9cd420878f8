/* test_journal.c - what is committed comes back, and what the disk refuses is said */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "tests/unit/hub/journal_world.h"

#define TEXT(slice) (int)(slice).len, (slice).ptr

static void on_gateway(void *arg, const struct journal_gateway *row)
{
	buf_printf(arg, "gateway %lu %.*s %lu %lu\n", row->epoch, TEXT(row->name), row->applied,
		row->sent);
}

static void on_handler(void *arg, const struct journal_handler *row)
{
	buf_printf(arg, "handler %" PRIu64 " %.*s sent=%" PRIu64 " handled=%" PRIu64 " %.*s\n",
		row->key, (int)row->name.len, row->name.ptr, row->sent, row->handled,
		(int)row->served.len, row->served.ptr);
}

static void on_parcel(void *arg, const struct journal_parcel *row)
{
	buf_printf(arg, "parcel %lu %lu-%lu %.*s\n", row->gateway, row->first, row->last,
		TEXT(row->bytes));
}

static void on_room(void *arg, const struct journal_room *row)
{
	buf_printf(arg, "room %lu %.*s %lx %lu %lu window=%lu%s\n", row->id, TEXT(row->name),
		row->epoch, row->offset, row->time, row->window, row->kept ? " kept" : "");
}

static void on_conn(void *arg, const struct journal_conn *row)
{
	buf_printf(arg, "conn %lu %lu %lu %.*s %.*s %.*s %.*s %.*s %.*s %.*s %ld %d %d",
		row->serial, row->gateway, row->number, TEXT(row->id), TEXT(row->resume),
		TEXT(row->nickname), TEXT(row->user), TEXT(row->address), TEXT(row->grants),
		TEXT(row->meta), row->expires, row->admin, row->gone);
	if (row->home.room)
		buf_printf(arg, " home=%lu %lu %d", row->home.room, row->home.window,
			row->home.awaited);
	buf_putc(arg, '\n');
}

static void on_member(void *arg, const struct journal_member *row)
{
	buf_printf(arg, "member %lu %lu %lu\n", row->conn, row->room, row->window);
}

static void on_departure(void *arg, const struct journal_departure *row)
{
	buf_printf(arg, "departure %lu %lu %.*s %.*s %.*s\n", row->room, row->conn, TEXT(row->id),
		TEXT(row->nickname), TEXT(row->user));
}

static void on_mid(void *arg, const struct journal_mid *row)
{
	buf_printf(arg, "mid %.*s %.*s %lu %lu %lu\n", TEXT(row->client), TEXT(row->mid), row->room,
		row->offset, row->time);
}

static void on_state(void *arg, const struct journal_state *row)
{
	buf_printf(arg, "state %lu %lu %lu %lu\n", row->room, row->rev, row->forgotten, row->time);
}

static void on_entry(void *arg, const struct journal_entry *row)
{
	buf_printf(arg, "entry %lu %lu %.*s %lu %d %.*s\n", row->id, row->room, TEXT(row->key),
		row->rev, row->deleted, TEXT(row->value));
}

static void on_question(void *arg, const struct journal_question *row)
{
	buf_printf(arg, "question %lu %.*s %lu %.*s %.*s %.*s %lu %.*s", row->id,
		TEXT(row->handler), row->conn, TEXT(row->sender), TEXT(row->nickname),
		TEXT(row->user), row->time, TEXT(row->message));
	if (row->decided)
		buf_printf(arg, " decided=%u %.*s %.*s", row->decided, TEXT(row->error),
			TEXT(row->said));
	buf_putc(arg, '\n');
}

static void on_message(void *arg, uint64_t room, const struct event *event)
{
	buf_printf(arg, "message %lu %lu %lu %.*s %d %.*s %.*s %.*s %.*s\n", room, event->offset,
		event->time, TEXT(event->type), event->format, TEXT(event->id),
		TEXT(event->nickname), TEXT(event->user), TEXT(event->body));
}

static const struct journal_reader reader = { on_gateway, on_handler, on_parcel, on_room, on_conn,
	on_member, on_departure, on_mid, on_state, on_entry, on_question, on_message };

static void assert_loads(struct world *world, const char *expected)
{
	buf_clear(&world->seen);
	assert_int_equal(journal_load(world->journal, &reader, &world->seen), 0);
	assert_string_equal(buf_cstr(&world->seen), expected);
}

/* One row of each kind. */
static void put_all(struct world *world)
{
	struct journal *journal = world->journal;

	put_gateway(world, 5, 7);
	journal_put_parcel(journal, &(struct journal_parcel){ 5, 3, 4, SLICE("abc") });
	journal_put_handler(journal,
		&(struct journal_handler){ 6, SLICE("bot"), 9, 4, SLICE("all"), SLICE("") });
	journal_put_room(journal,
		&(struct journal_room){
			1, SLICE("general"), 0xfedcba9876543210, 2, 99, false, false, 3, true });
	journal_put_conn(journal,
		&(struct journal_conn){ .serial = 8,
			.gateway = 5,
			.number = 1,
			.id = SLICE("id"),
			.resume = SLICE("key"),
			.nickname = SLICE("Ann"),
			.user = SLICE("ann"),
			.address = SLICE("::1"),
			.grants = SLICE("[]"),
			.meta = SLICE("{\"a\":1}"),
			.expires = -1,
			.admin = true,
			.home = { 8, 2, 5, true } });
	journal_put_member(journal, &(struct journal_member){ 8, 1, 3, false });
	journal_put_departure(
		journal, &(struct journal_departure){ 1, 9, SLICE("x"), SLICE("Bob"), SLICE("") });
	journal_put_mid(journal, &(struct journal_mid){ SLICE("id"), SLICE("m1"), 1, 2, 50 });
	journal_put_state(journal, &(struct journal_state){ 1, 7, 2, 60 });
	journal_put_entry(
		journal, &(struct journal_entry){ 4, 1, SLICE("b"), 7, false, SLICE("[1]") });
	journal_put_entry(journal, &(struct journal_entry){ 9, 1, SLICE("a"), 6, true, SLICE("") });
	for (uint64_t id = 71; id <= 72; id++)
		journal_put_question(journal,
			&(struct journal_question){ id, SLICE("bot"), 8, SLICE("id"), SLICE("Ann"),
				SLICE("ann"), 99, SLICE("call"), id == 72 ? 3 : 0, SLICE("refused"),
				SLICE("no") });
	put_message(world, 1, 1, SLICE("one"));
	put_message(world, 1, 2, SLICE("two"));
}

#define HANDLER "handler 6 bot sent=9 handled=4 all\n"
#define STATES "state 1 7 2 60\nentry 9 1 a 6 1 \nentry 4 1 b 7 0 [1]\n"

#define QUESTION "question 72 bot 8 id Ann ann 99 call decided=3 refused no\n"

#define MESSAGES \
	"message 1 1 1001 message 1 abc Zo\xc3\xab  one\n" \
	"message 1 2 1002 message 1 abc Zo\xc3\xab  two\n"

static const char all[] =
	"gateway 5 gateway-1 7 14\n" HANDLER
	"parcel 5 3-4 abc\nroom 1 general fedcba9876543210 2 99 window=3 kept\n"
	"conn 8 5 1 id key Ann ann ::1 [] {\"a\":1} -1 1 0 home=2 5 1\nmember 8 1 3\ndeparture 1 9 x Bob \n"
	"mid id m1 1 2 50\n" STATES "question 71 bot 8 id Ann ann 99 call\n" QUESTION MESSAGES;

static void test_rows_come_back(void **state)
{
	struct world *world = *state;
	uint64_t epoch = journal_epoch(world->journal);

	assert_false(journal_pending(world->journal));
	put_all(world);
	assert_true(journal_pending(world->journal));
	assert_int_equal(journal_commit(world->journal), 0);
	reopen(world, JOURNAL_PROCESS);
	assert_loads(world, all);
	assert_true(journal_epoch(world->journal) == epoch);
}

static void test_what_is_not_committed_is_not_there(void **state)
{
	struct world *world = *state;

	put_gateway(world, 5, 1);
	assert_int_equal(journal_commit(world->journal), 0);
	put_gateway(world, 5, 2);
	reopen(world, JOURNAL_PROCESS);
	assert_loads(world, "gateway 5 gateway-1 1 2\n");
}

static void test_replacing_and_removing(void **state)
{
	struct world *world = *state;
	struct journal *journal = world->journal;

	put_all(world);
	journal_put_member(journal, &(struct journal_member){ 8, 1, 0, false });
	journal_put_room(journal,
		&(struct journal_room){ 1, SLICE("general"), 3, 4, 100, false, false, 6, false });
	put_gateway(world, 5, 8);
	journal_remove_home(journal, 8);
	journal_remove_departures(journal, 1);
	journal_remove_mids(journal, 51);
	journal_remove_parcels(journal, 5, 3);
	journal_remove_question(journal, 71);
	assert_int_equal(journal_commit(journal), 0);
	assert_loads(world,
		"gateway 5 gateway-1 8 16\n" HANDLER
		"parcel 5 3-4 abc\nroom 1 general 3 4 100 window=6\n"
		"conn 8 5 1 id key Ann ann ::1 [] {\"a\":1} -1 1 0\nmember 8 1 0\n" STATES QUESTION
			MESSAGES);
	journal_remove_gateway(journal, 5);
	journal_remove_handler(journal, 6);
	journal_remove_conn(journal, 8);
	journal_remove_room(journal, 1);
	journal_remove_question(journal, 72);
	assert_int_equal(journal_commit(journal), 0);
	/* Messages of a room that is gone may stay for a while. */
	assert_loads(world, MESSAGES);
}

static void on_body(void *arg, uint64_t room, const struct event *event)
{
	(void)room;
	buf_putc(arg, '<');
	buf_put(arg, event->body);
	buf_putc(arg, '>');
}

static const struct journal_reader bodies = { .message = on_body };

static void test_binary_and_empty_bodies(void **state)
{
	struct world *world = *state;

	put_message(world, 1, 1, SLICE(""));
	put_message(world, 1, 2, SLICE("a\0b"));
	assert_int_equal(journal_commit(world->journal), 0);
	buf_clear(&world->seen);
	assert_int_equal(journal_load(world->journal, &bodies, &world->seen), 0);
	assert_true(slice_eq(buf_slice(&world->seen), SLICE("<><a\0b>")));
}

/* The process dies between commits, and in one: what was committed is there, and nothing else. */
static void test_killed(void **state)
{
	struct world *world = *state;
	int status;
	pid_t pid;

	journal_close(world->journal);
	world->journal = NULL;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (journal_open(world->path, JOURNAL_PROCESS, &world->journal, &world->error) < 0)
			_exit(1);
		put_gateway(world, 5, 1);
		if (journal_commit(world->journal) < 0)
			_exit(2);
		put_gateway(world, 5, 2);
		raise(SIGKILL);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	reopen(world, JOURNAL_PROCESS);
	assert_loads(world, "gateway 5 gateway-1 1 2\n");
}

/*
 * A file that may not grow stands for a full disk. The transaction fails whole; later it can be
 * done again.
 */
static void test_full(void **state)
{
	struct world *world = *state;
	_cleanup_(mem_freep) char *body = mem_alloc(1 << 20);
	struct rlimit limit, tight;
	struct journal_stats stats;
	int r;

	put_gateway(world, 5, 1);
	assert_int_equal(journal_commit(world->journal), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
	tight = limit;
	tight.rlim_cur = 256 * 1024;
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
	put_gateway(world, 5, 2);
	put_message(world, 1, 1, slice_make(body, 1 << 20));
	r = journal_commit(world->journal);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	assert_true(r == -EIO || r == -ENOSPC);
	assert_loads(world, "gateway 5 gateway-1 1 2\n");
	put_gateway(world, 5, 3);
	put_message(world, 1, 1, SLICE("x"));
	assert_int_equal(journal_commit(world->journal), 0);
	assert_loads(
		world, "gateway 5 gateway-1 3 6\nmessage 1 1 1001 message 1 abc Zo\xc3\xab  x\n");
	journal_stats(world->journal, &stats);
	assert_int_equal(stats.failures, 1);
	assert_int_equal(stats.commits, 2);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static void test_no_journal(void **state)
{
	struct world *world = *state;

	journal_close(world->journal);
	world->journal = NULL;
	write_file(world->path, "this is no journal at all\n");
	assert_int_equal(journal_open(world->path, JOURNAL_PROCESS, &world->journal, &world->error),
		-EUCLEAN);
	assert_non_null(strstr(buf_cstr(&world->error), "damaged"));
	assert_null(world->journal);
}

static void test_directory_that_is_not_there(void **state)
{
	struct world *world = *state;
	struct journal *journal = NULL;

	assert_int_equal(
		journal_open("/nonexistent/journal", JOURNAL_PROCESS, &journal, &world->error),
		-EACCES);
	assert_non_null(strstr(buf_cstr(&world->error), "/nonexistent/journal"));
}

static void test_newer_version(void **state)
{
	struct world *world = *state;
	int fd;
	/*
	 * PRAGMA user_version is at offset 60 of the file, big-endian (SQLite's file format, 1.3).
	 */
	const unsigned char version[4] = { 0, 0, 0, 99 };

	put_gateway(world, 5, 1);
	assert_int_equal(journal_commit(world->journal), 0);
	journal_close(world->journal);
	world->journal = NULL;
	fd = open(world->path, O_WRONLY);
	assert_int_equal(pwrite(fd, version, sizeof(version), 60), sizeof(version));
	close(fd);
	assert_int_equal(journal_open(world->path, JOURNAL_PROCESS, &world->journal, &world->error),
		-EPROTO);
	assert_non_null(strstr(buf_cstr(&world->error), "newer version"));
}

static void test_memory_keeps_nothing(void **state)
{
	struct world *world = *state;
	struct journal *journal = NULL;

	assert_int_equal(
		journal_open("/nonexistent/journal", JOURNAL_MEMORY, &journal, &world->error), 0);
	assert_true(journal_epoch(journal) != 0);
	journal_put_gateway(journal, &(struct journal_gateway){ .epoch = 1 });
	assert_false(journal_pending(journal));
	assert_int_equal(journal_commit(journal), 0);
	assert_int_equal(journal_load(journal, &reader, &world->seen), 0);
	assert_int_equal(world->seen.len, 0);
	journal_close(journal);
}

static void test_disk(void **state)
{
	struct world *world = *state;

	reopen(world, JOURNAL_DISK);
	put_all(world);
	assert_int_equal(journal_commit(world->journal), 0);
	assert_int_equal(journal_sync(world->journal), 0);
	assert_loads(world, all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_rows_come_back),
		TEST(test_what_is_not_committed_is_not_there),
		TEST(test_replacing_and_removing),
		TEST(test_binary_and_empty_bodies),
		TEST(test_killed),
		TEST(test_full),
		TEST(test_no_journal),
		TEST(test_directory_that_is_not_there),
		TEST(test_newer_version),
		TEST(test_memory_keeps_nothing),
		TEST(test_disk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
