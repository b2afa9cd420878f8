/* test_service.c - the skeleton as a process: options, READY, reload, drain, lock */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "proto/base/log.h"
#include "proto/base/mem.h"
#include "proto/service.h"

enum { DEADLINE_MS = 10000 };

/* The daemon under test says on the notify socket what is called. */
struct toy_conf {
	int64_t number;
	int64_t fixed;
};

static const struct conf_key toy_keys[] = {
	CONF_KEY(CONF_INT, struct toy_conf, number, .def = "3", .min = 1, .max = 9, .reload = true,
		.help = "a number"),
	CONF_KEY(CONF_INT, struct toy_conf, fixed, .def = "1", .min = 1, .max = 9,
		.help = "needs a restart"),
	{ .name = NULL },
};

static const struct conf_section toy_sections[] = {
	{ .name = "hub", .keys = toy_keys, .size = sizeof(struct toy_conf) },
	{ .name = NULL },
};

static void say_number(struct service *service, const char *what)
{
	const struct toy_conf *conf = service_conf(service, "hub");

	service_status(service, "%s %d", what, (int)conf->number);
}

static int toy_start(struct service *service, void **ret_self)
{
	*ret_self = service;
	say_number(service, "start");
	service_ready(service, "X_ATRIUM_PORT=17");
	return 0;
}

static int toy_reload(void *self)
{
	say_number(self, "reload");
	return 0;
}

/* Drains for as long as the settings say 9. */
static void toy_drain(void *self)
{
	const struct toy_conf *conf = service_conf(self, "hub");

	say_number(self, "drain");
	if (conf->number != 9)
		service_drained(self);
}

static void toy_stop(void *self)
{
	say_number(self, "stop");
}

static const struct service_def toy = {
	.process = PROCESS_HUB,
	.summary = "a toy",
	.sections = toy_sections,
	.start = toy_start,
	.reload = toy_reload,
	.drain = toy_drain,
	.stop = toy_stop,
};

struct world {
	char directory[64];
	char conf[96];
	char output[96];
	int notify;
	pid_t pid;
};

static void write_conf(struct world *world, const char *text)
{
	FILE *file = fopen(world->conf, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int setup(void **state)
{
	struct world *world = mem_alloc(sizeof(*world));
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(world->directory, sizeof(world->directory), "/tmp/atrium-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	snprintf(world->conf, sizeof(world->conf), "%s/conf", world->directory);
	snprintf(world->output, sizeof(world->output), "%s/output", world->directory);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/notify", world->directory);
	world->notify = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(world->notify, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", address.sun_path, 1);
	setenv("ATRIUM_ATRIUM_RUNTIME_DIR", world->directory, 1);
	unsetenv("STATE_DIRECTORY");
	unsetenv("JOURNAL_STREAM");
	write_conf(world, "[hub]\nnumber = 4\n[gateway]\nanything = goes\n");
	*state = world;
	return 0;
}

static int teardown(void **state)
{
	struct world *world = *state;
	_cleanup_(mem_freep) char *command = mem_printf("rm -r %s", world->directory);

	if (world->pid) {
		kill(world->pid, SIGKILL);
		waitpid(world->pid, NULL, 0);
	}
	close(world->notify);
	assert_int_equal(system(command), 0);
	mem_free(world);
	return 0;
}

/* Starts the toy with these arguments; its output goes to a file. */
static pid_t spawn(struct world *world, int argc, char **argv)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (!freopen(world->output, "a", stdout) || dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
			_exit(99);
		optind = 0;
		exit(service_run(&toy, argc, argv));
	}
	return pid;
}

static int exit_status(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int run(struct world *world, const char *first, const char *second)
{
	char *argv[] = { (char *)"toy", (char *)first, (char *)second, NULL };

	return exit_status(spawn(world, second ? 3 : first ? 2 : 1, argv));
}

static void start(struct world *world)
{
	char *argv[] = { (char *)"toy", (char *)"-c", world->conf, NULL };

	world->pid = spawn(world, 3, argv);
}

static int end(struct world *world)
{
	pid_t pid = world->pid;

	world->pid = 0;
	return exit_status(pid);
}

static void assert_output(struct world *world, const char *part)
{
	char text[8192] = "";
	FILE *file = fopen(world->output, "r");

	assert_non_null(file);
	assert_true(fread(text, 1, sizeof(text) - 1, file) > 0);
	fclose(file);
	if (!strstr(text, part))
		fail_msg("no '%s' in: %s", part, text);
}

/* Reads notifications until one is `wanted`. */
static void await(struct world *world, const char *wanted)
{
	char text[512];

	for (;;) {
		struct pollfd poller = { .fd = world->notify, .events = POLLIN };
		ssize_t len;

		if (poll(&poller, 1, DEADLINE_MS) != 1)
			fail_msg("no notification '%s'", wanted);
		len = recv(world->notify, text, sizeof(text) - 1, 0);
		assert_true(len > 0);
		text[len] = '\0';
		if (strcmp(text, wanted) == 0)
			return;
	}
}

static void test_life(void **state)
{
	struct world *world = *state;

	start(world);
	await(world, "STATUS=start 4");
	await(world, "READY=1\nX_ATRIUM_PORT=17");
	kill(world->pid, SIGTERM);
	await(world, "STOPPING=1\nEXTEND_TIMEOUT_USEC=15000000");
	await(world, "STATUS=drain 4");
	await(world, "STATUS=stop 4");
	assert_int_equal(end(world), 0);
	assert_output(world, "started version=");
}

static void test_reload(void **state)
{
	struct world *world = *state;

	start(world);
	await(world, "READY=1\nX_ATRIUM_PORT=17");
	write_conf(world, "[hub]\nnumber = 5\nfixed = 2\n");
	kill(world->pid, SIGHUP);
	await(world, "STATUS=reload 5");
	await(world, "READY=1");
	write_conf(world, "[hub]\nnumber = 50\n");
	kill(world->pid, SIGHUP);
	kill(world->pid, SIGINT);
	await(world, "STATUS=drain 5");
	assert_int_equal(end(world), 0);
	assert_output(world, "result=kept");
	assert_output(world, "needs_restart=");
}

static void test_second_signal_ends_the_drain(void **state)
{
	struct world *world = *state;

	write_conf(world, "[hub]\nnumber = 9\n");
	start(world);
	await(world, "READY=1\nX_ATRIUM_PORT=17");
	kill(world->pid, SIGTERM);
	await(world, "STATUS=drain 9");
	kill(world->pid, SIGTERM);
	await(world, "STATUS=stop 9");
	assert_int_equal(end(world), 0);
}

static void test_only_one_of_a_name(void **state)
{
	struct world *world = *state;

	start(world);
	await(world, "READY=1\nX_ATRIUM_PORT=17");
	assert_int_equal(run(world, NULL, NULL), 1);
	assert_output(world, "already_running");
}

static void test_watchdog(void **state)
{
	struct world *world = *state;

	setenv("WATCHDOG_USEC", "20000", 1);
	start(world);
	await(world, "READY=1\nX_ATRIUM_PORT=17");
	await(world, "WATCHDOG=1");
	await(world, "WATCHDOG=1");
	unsetenv("WATCHDOG_USEC");
}

static void test_check(void **state)
{
	struct world *world = *state;

	assert_int_equal(run(world, "-n", NULL), 0);
	assert_output(world, "number = 3");
	assert_int_equal(run(world, "-nc", world->conf), 0);
	assert_output(world, "number = 4");
	write_conf(world, "[hub]\nnumbr = 4\n[hbu]\n");
	assert_int_equal(run(world, "-nc", world->conf), 2);
	assert_output(world, "/conf:2: ");
	assert_int_equal(run(world, "-nc", "/nonexistent/conf"), 2);
	assert_output(world, "/nonexistent/conf: No such file");
}

static void test_options(void **state)
{
	struct world *world = *state;

	assert_int_equal(run(world, "--help", NULL), 0);
	assert_output(world, "a toy");
	assert_int_equal(run(world, "--version", NULL), 0);
	assert_int_equal(run(world, "--bogus", NULL), 2);
	assert_output(world, "--help");
	assert_int_equal(run(world, "stray", NULL), 2);
	assert_int_equal(run(world, "--instance", "2"), 2);
}

static void test_runtime_dir_that_cannot_be_made(void **state)
{
	struct world *world = *state;

	setenv("ATRIUM_ATRIUM_RUNTIME_DIR", "/nonexistent/atrium", 1);
	assert_int_equal(run(world, NULL, NULL), 1);
	assert_output(world, "runtime_dir path=/nonexistent/atrium");
}

static void test_random_text(void **state)
{
	char a[27], b[27];

	(void)state;
	service_random_text(a, 26);
	service_random_text(b, 26);
	assert_int_equal(strlen(a), 26);
	assert_int_equal(strspn(a, "abcdefghijklmnopqrstuvwxyz234567"), 26);
	assert_string_not_equal(a, b);
	assert_true(service_random() != service_random());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		TEST(test_life),
		TEST(test_reload),
		TEST(test_second_signal_ends_the_drain),
		TEST(test_only_one_of_a_name),
		TEST(test_watchdog),
		TEST(test_check),
		TEST(test_options),
		TEST(test_runtime_dir_that_cannot_be_made),
		TEST(test_random_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
