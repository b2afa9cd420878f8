/* ctl.h - the commands of atrium: a table of them, and what they share */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <getopt.h>

struct command {
	const char *name;
	const char *summary; /* one line of `atrium --help` */
	const char *help; /* what `atrium NAME --help` prints after the usage */
	const char *usage; /* "[OPTION]..." */
	const struct option *options; /* of getopt_long; `val` is what take() gets */
	const char *letters; /* of getopt_long: ":c:"; with the colon in front */
	int (*run)(const struct command *command, int argc, char **argv); /* the exit status */
};

extern const struct command command_up, command_token, command_user, command_revoke;

enum { CTL_OK = 0, CTL_FAILED = 1, CTL_USAGE = 2 };

/*
 * The next option, as getopt_long() gives it; -1: there is none left, and no other arguments.
 * --help was answered, or an error told: -2, and *ret_status is what the program ends with.
 */
int ctl_option(const struct command *command, int argc, char **argv, int *ret_status);

/* `atrium NAME: ...` on stderr, and how to get help. Returns CTL_USAGE. */
int ctl_usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* `atrium: ...` on stderr. */
void ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
