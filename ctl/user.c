/* user.c - atrium user: who may sign in with a password */
/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <termios.h>
#include <unistd.h>

#include "ctl/commands.h"
#include "ctl/control.h"
#include "ctl/data.h"
#include "proto/base/mem.h"
#include "proto/base/statefile.h"
#include "proto/users.h"

static const struct ctl_option options[] = {
	OPTION('a', "admin", NULL, "with add: all rights"),
	OPTION('f', "file", "FILE", "where they are kept (default: DATA/state/auth/users)"),
	OPTION('r', "run", "DIR", "where auth's socket is (default: DATA/run)"),
	OPTION('d', "data", "DIR",
		"the data directory of 'atrium up' (default: ~/.local/state/atrium)"),
	OPTION('j', "json", NULL, "with list: [{\"name\", \"admin\"}]"),
	{ .val = 0 },
};

static int run(const struct command *command, int argc, char **argv);

const struct command command_user = {
	.name = "user",
	.summary = "who may sign in with a password",
	.usage = "add NAME | passwd NAME | del NAME | list [OPTION]...",
	.about = "add makes a new user; the password is read from the terminal, or is the first "
		 "line of the standard input: 8 to 256 bytes. passwd gives another password; with "
		 "del the user may not sign in any more; list prints their names.\n\n"
		 "passwd and del also revoke the user's tokens, if auth runs.",
	.options = options,
	.operands = 2,
	.words = "add passwd del list",
	.run = run,
};

struct wish {
	const char *what;
	const char *name;
	const char *file, *run, *data;
	bool admin, json;
};

/* ---- the password ---- */

static bool read_line(char *line, int size)
{
	if (!fgets(line, size, stdin))
		return false;
	line[strcspn(line, "\n")] = '\0';
	return true;
}

static bool ask_once(const char *prompt, char *line, int size)
{
	struct termios before, silent;
	bool terminal = tcgetattr(STDIN_FILENO, &before) == 0, read;

	if (!terminal)
		return read_line(line, size);
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	fputs(prompt, stderr);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
	read = read_line(line, size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
	fputc('\n', stderr);
	return read;
}

/* A terminal is asked twice. */
static int ask_password(char line[USERS_PASSWORD_MAX + 2])
{
	char again[USERS_PASSWORD_MAX + 2] = "";
	int status = CTL_OK;

	if (!ask_once("Password: ", line, USERS_PASSWORD_MAX + 2) ||
		strlen(line) < USERS_PASSWORD_MIN || strlen(line) > USERS_PASSWORD_MAX) {
		ctl_complain("a password has 8 to 256 bytes");
		return CTL_FAILED;
	}
	if (isatty(STDIN_FILENO) &&
		(!ask_once("Again: ", again, sizeof(again)) || strcmp(line, again) != 0)) {
		ctl_complain("these are not the same");
		status = CTL_FAILED;
	}
	explicit_bzero(again, sizeof(again));
	return status;
}

/* NULL: there is none, which was told. */
static char *new_hash(void)
{
	char line[USERS_PASSWORD_MAX + 2] = "";
	char *hash = ask_password(line) == CTL_OK ? users_hash(line) : NULL;

	if (!hash && line[0] && strlen(line) >= USERS_PASSWORD_MIN)
		ctl_complain("there is no hash for it");
	explicit_bzero(line, sizeof(line));
	return hash;
}

/* ---- the file ---- */

static int read_users(const char *path, struct buf *text)
{
	int r = statefile_read(path, USERS_FILE_MAX, text);

	if (r == 0 || r == -ENOENT)
		return CTL_OK;
	ctl_complain("%s: %s", path, strerror(-r));
	return CTL_FAILED;
}

/* All but this one, and then it as it is now (hash NULL: it is no more). */
static int write_users(const char *path, struct slice text, const struct user_line *changed)
{
	_cleanup_(buf_done) struct buf out = { .cap = 0 };
	struct user_line user;
	int r;

	while (users_next(&text, &user))
		if (!slice_eq(user.name, changed->name))
			users_write(&out, &user);
	if (changed->hash.len)
		users_write(&out, changed);
	r = statefile_replace(path, buf_slice(&out));
	if (r < 0)
		ctl_complain("%s: %s", path, strerror(-r));
	return r < 0 ? CTL_FAILED : CTL_OK;
}

static int list(struct slice text, bool json)
{
	json_t *all = json_array();
	struct user_line user;

	while (users_next(&text, &user)) {
		if (json)
			json_array_append_new(all,
				json_pack("{ss%sb}", "name", user.name.ptr, user.name.len, "admin",
					user.admin));
		else
			printf("%.*s%s\n", (int)user.name.len, user.name.ptr,
				user.admin ? "\t(admin)" : "");
	}
	if (json) {
		json_dumpf(all, stdout, JSON_COMPACT);
		putchar('\n');
	}
	json_decref(all);
	return ctl_flush();
}

/* ---- the commands ---- */

static void revoke_tokens(const struct wish *wish)
{
	_cleanup_(mem_freep) char *directory = control_run(wish->run, wish->data);
	json_t *result = NULL;
	int r = directory ? control_ask(directory,
				    json_pack("{s:{s:s}}", "revoke", "user", wish->name), &result)
			  : -ENOENT;

	if (r < 0)
		ctl_complain("tokens of '%s' are good until they run out: %s", wish->name,
			control_problem(r));
	json_decref(result);
}

static int change(const struct wish *wish, const char *path, struct slice text)
{
	bool adds = strcmp(wish->what, "add") == 0, ends = strcmp(wish->what, "del") == 0;
	struct user_line user = { .name = slice_of(wish->name), .admin = wish->admin };
	bool known = users_find(text, user.name, &user);
	_cleanup_(mem_freep) char *hash = NULL;
	int status;

	if (known == adds) {
		ctl_complain(adds ? "there is a user '%s'" : "there is no user '%s'", wish->name);
		return CTL_FAILED;
	}
	user.hash = slice_of(NULL);
	if (!ends) {
		hash = new_hash();
		if (!hash)
			return CTL_FAILED;
		user.hash = slice_of(hash);
	}
	status = write_users(path, text, &user);
	if (status == CTL_OK && !adds)
		revoke_tokens(wish);
	return status;
}

/* One who changes the file while another does would undo what that one did. */
static int with_lock(const struct wish *wish, const char *path)
{
	_cleanup_(mem_freep) char *lock = mem_printf("%s.lock", path);
	_cleanup_(buf_done) struct buf text = { .cap = 0 };
	int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600), status = CTL_FAILED;

	if (fd < 0 || flock(fd, LOCK_EX) < 0)
		ctl_complain("%s: %s", lock, strerror(errno));
	else if (read_users(path, &text) == CTL_OK)
		status = change(wish, path, buf_slice(&text));
	if (fd >= 0)
		close(fd);
	return status;
}

static char *find_file(const struct wish *wish)
{
	_cleanup_(mem_freep) char *data = NULL;

	if (wish->file)
		return mem_strdup(wish->file);
	data = data_path(wish->data);
	return data ? mem_printf("%s/state/auth/users", data) : NULL;
}

static int act(const struct command *command, const struct wish *wish)
{
	_cleanup_(mem_freep) char *path = find_file(wish);
	_cleanup_(buf_done) struct buf text = { .cap = 0 };

	if (!path)
		return ctl_usage_error(
			command, "there is no home directory: give --data or --file");
	if (strcmp(wish->what, "list") != 0)
		return with_lock(wish, path);
	return read_users(path, &text) == CTL_OK ? list(buf_slice(&text), wish->json) : CTL_FAILED;
}

static int check(const struct command *command, const struct wish *wish)
{
	static const char *const words[] = { "add", "passwd", "del", "list" };
	bool lists = wish->what && strcmp(wish->what, "list") == 0;
	size_t i = 0;

	while (i < 4 && (!wish->what || strcmp(wish->what, words[i]) != 0))
		i++;
	if (i == 4)
		return ctl_usage_error(command, "add, passwd, del or list?");
	if (!lists && !wish->name)
		return ctl_usage_error(command, "whom? Give a NAME");
	if (lists && wish->name)
		return ctl_usage_error(command, "'%s' is not expected here", wish->name);
	if (!lists && !users_name_valid(slice_of(wish->name)))
		return ctl_usage_error(command,
			"a user has 1 to 64 bytes of printable UTF-8 text without a colon");
	if (wish->admin && strcmp(wish->what, "add") != 0)
		return ctl_usage_error(command, "--admin goes with add");
	if (wish->json && !lists)
		return ctl_usage_error(command, "--json goes with list");
	return CTL_OK;
}

static void take(struct wish *wish, int option)
{
	if (option == 'a')
		wish->admin = true;
	else if (option == 'j')
		wish->json = true;
	else if (option == 'f')
		wish->file = optarg;
	else if (option == 'r')
		wish->run = optarg;
	else
		wish->data = optarg;
}

static int run(const struct command *command, int argc, char **argv)
{
	struct wish wish = { .what = NULL };
	int option, status = CTL_OK;

	while ((option = ctl_option(command, argc, argv, &status)) >= 0)
		take(&wish, option);
	if (option == -2)
		return status;
	wish.what = optind < argc ? argv[optind] : NULL;
	wish.name = optind + 1 < argc ? argv[optind + 1] : NULL;
	status = check(command, &wish);
	return status == CTL_OK ? act(command, &wish) : status;
}
