/* ctl.h - the commands of atrium: what each of them says of itself, and what they share */
/* SPDX-License-Identifier: MIT */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include <stdbool.h>

/* Help, manual page and completion are made from these. */
struct ctl_option {
	char val; /* what ctl_option() returns; 0 ends a table */
	const char *name; /* of the long form */
	const char *value; /* NULL: takes none; FILE and DIR are completed as such */
	const char
		*help; /* begins in lower case, no full stop; lines are broken where it is shown */
	bool brief; /* `-val` is the same */
};

#define OPTION(val_, name_, value_, help_) \
	{ \
		.val = val_, .name = name_, .value = value_, .help = help_ \
	}
#define OPTION_BRIEF(val_, name_, value_, help_) \
	{ \
		.val = val_, .name = name_, .value = value_, .help = help_, .brief = true \
	}

/* -h, --help is added to those of each command. */
struct command {
	const char *name;
	const char *summary; /* one line of `atrium --help` */
	const char *usage; /* "[OPTION]..."; NULL: there is nothing to give */
	const char *about; /* paragraphs, with an empty line between two */
	const struct ctl_option *options; /* NULL: none */
	int operands; /* how many arguments besides options it takes at most */
	const char *words; /* of a fixed set, what the first of them can be: "bash zsh" */
	int (*run)(const struct command *command, int argc, char **argv); /* the exit status */
};

enum {
#define EXIT(NAME, code, meaning) CTL_##NAME = (code),
#include "ctl/exits.def"
#undef EXIT
};

/*
 * The next option's `val`, its value in optarg; -1: there is none left, and what is left from
 * argv[optind] on are operands, no more than there may be. --help was answered, or an error told:
 * -2, and *ret_status is what the program ends with.
 */
int ctl_option(const struct command *command, int argc, char **argv, int *ret_status);

/* `atrium NAME: ...` on stderr, and how to get help. Returns CTL_USAGE. */
int ctl_usage_error(const struct command *command, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* `atrium: ...` on stderr. */
void ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* CTL_OK, or CTL_FAILED: what was printed has not all gone out (a full disk, say). */
int ctl_flush(void);

#endif
