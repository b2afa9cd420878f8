/* test_static.c - files of a directory, and none of any other */
/* SPDX-License-Identifier: MIT */
#include "gateway/static.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proto/base/mem.h"

static const struct static_ask nothing, gzip = { .accept_encoding = { "gzip", 4 } };
static char root[64];
static int dir;

static void put(const char *name, const char *text)
{
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static int setup(void **state)
{
	static const char *const folders[] = { "", "/www", "/www/sub" };
	char path[256];

	(void)state;
	snprintf(root, sizeof(root), "%s/atrium-static-XXXXXX",
		getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	if (!mkdtemp(root))
		return -1;
	for (size_t i = 1; i < sizeof(folders) / sizeof(*folders); i++) {
		snprintf(path, sizeof(path), "%s%s", root, folders[i]);
		assert_int_equal(mkdir(path, 0700), 0);
	}
	put("secret", "secret");
	put("www/a.js", "let a;");
	put("www/a.js.gz", "packed");
	put("www/only.js.gz", "packed");
	put("www/sub/b.html", "<p>");
	snprintf(path, sizeof(path), "%s/www", root);
	dir = static_dir_open(path);
	assert_true(dir >= 0);
	assert_int_equal(symlinkat("../secret", dir, "out"), 0);
	assert_int_equal(symlinkat(root, dir, "up"), 0);
	assert_int_equal(symlinkat("sub/b.html", dir, "in.html"), 0);
	assert_int_equal(mkfifoat(dir, "pipe", 0600), 0);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "www/a.js", "www/a.js.gz", "www/only.js.gz",
		"www/sub/b.html", "www/out", "www/up", "www/in.html", "www/pipe", "secret" };
	static const char *const folders[] = { "www/sub", "www", "." };
	char path[256];

	(void)state;
	close(dir);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, names[i]);
		unlink(path);
	}
	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
		snprintf(path, sizeof(path), "%s/%s", root, folders[i]);
		rmdir(path);
	}
	rmdir(root);
	return 0;
}

static void test_files(void **state)
{
	struct static_file file;
	char text[16];

	(void)state;
	assert_int_equal(static_open(dir, SLICE("a.js"), &nothing, &file), 0);
	assert_int_equal(file.size, 6);
	assert_false(file.gzip);
	assert_int_equal(read(file.fd, text, sizeof(text)), 6);
	assert_memory_equal(text, "let a;", 6);
	close(file.fd);
	assert_int_equal(static_open(dir, SLICE("sub/b.html"), &gzip, &file), 0);
	assert_false(file.gzip);
	close(file.fd);
	assert_int_equal(static_open(dir, SLICE("in.html"), &nothing, &file), 0);
	close(file.fd);
}

static void test_no_files(void **state)
{
	static const char *const names[] = { "", "nothing", "sub", "sub/", "pipe", "out",
		"up/secret", "../secret", "sub/../../secret", "/etc/passwd", "a.js/x", "only.js",
		"." };
	struct static_file file;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (static_open(dir, slice_of(names[i]), &gzip, &file) != -ENOENT)
			fail_msg("%s", names[i]);
	assert_int_equal(static_dir_open("/nonexistent"), -ENOENT);
}

/* As static_open(), but for what links lead to. */
static void test_walk(void **state)
{
	static const char *const names[] = { "", "nothing", "out", "up", "up/secret", "in.html",
		"../secret", "sub/..", "sub/../a.js", "sub/../../secret", "/etc/passwd", "a.js/x",
		"nothing/x" };
	int fd = static_walk(dir, "a.js");
	char text[16];

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text)), 6);
	close(fd);
	fd = static_walk(dir, "sub/b.html");
	assert_true(fd >= 0);
	assert_int_equal(read(fd, text, sizeof(text)), 3);
	close(fd);
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (static_walk(dir, names[i]) >= 0)
			fail_msg("%s", names[i]);
}

static void test_packed(void **state)
{
	struct static_file file;

	(void)state;
	assert_int_equal(static_open(dir, SLICE("a.js"), &gzip, &file), 0);
	assert_true(file.gzip);
	close(file.fd);
	assert_int_equal(static_open(dir, SLICE("a.js.gz"), &nothing, &file), 0);
	assert_false(file.gzip);
	close(file.fd);
}

/* The head for a file of this size and age. True: its bytes follow. */
static bool head(struct buf *out, struct static_file file, struct static_ask ask)
{
	struct reply reply = { .out = out, .keep = true };

	buf_clear(out);
	return static_reply(&reply, SLICE("a.js"), &file, &ask);
}

static bool has(struct buf *out, const char *text)
{
	return strstr(buf_cstr(out), text) != NULL;
}

static void test_heads(void **state)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct static_file file = { .size = 6, .modified = { .tv_sec = 784111777, .tv_nsec = 5 } };
	struct static_file packed = file;

	(void)state;
	packed.gzip = true;
	assert_true(head(&out, file, nothing));
	assert_true(has(&out, "HTTP/1.1 200 "));
	assert_true(has(&out, "\r\nETag: W/\"6-2ebc98a1.5\"\r\n"));
	assert_true(has(&out, "\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
	assert_true(has(&out, "\r\nContent-Type: text/javascript"));
	assert_true(has(&out, "\r\nContent-Length: 6\r\n"));
	assert_true(has(&out, "\r\nVary: Accept-Encoding\r\n"));
	assert_false(has(&out, "Content-Encoding"));
	assert_true(head(&out, packed, nothing));
	assert_true(has(&out, "\r\nETag: W/\"6-2ebc98a1.5-gz\"\r\n"));
	assert_true(has(&out, "\r\nContent-Encoding: gzip\r\n"));
	assert_true(has(&out, "\r\nContent-Type: text/javascript"));
}

static void test_not_modified(void **state)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct static_file file = { .size = 6, .modified = { .tv_sec = 784111777, .tv_nsec = 5 } };
	struct static_ask same = { .if_none_match = SLICE("\"x\", W/\"6-2ebc98a1.5\"") };
	struct static_ask since = { .if_modified_since = SLICE("Sun, 06 Nov 1994 08:49:37 GMT") };

	(void)state;
	assert_false(head(&out, file, same));
	assert_true(has(&out, "HTTP/1.1 304 "));
	assert_true(has(&out, "\r\nETag: W/\"6-2ebc98a1.5\"\r\n"));
	assert_true(has(&out, "\r\nCache-Control: "));
	assert_true(has(&out, "\r\nVary: Accept-Encoding\r\n"));
	assert_false(has(&out, "Content-Length"));
	assert_false(head(&out, file, since));
	file.modified.tv_sec++;
	assert_true(head(&out, file, same));
	assert_true(head(&out, file, since));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_no_files),
		cmocka_unit_test(test_walk),
		cmocka_unit_test(test_packed),
		cmocka_unit_test(test_heads),
		cmocka_unit_test(test_not_modified),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
