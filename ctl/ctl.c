/* ctl.c - what the commands of atrium share: options, usage, complaints */
/* SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl/help.h"
#include "proto/base/buf.h"

enum { OPTIONS_MAX = 24 };

int ctl_usage_error(const struct command *command, const char *format, ...)
{
	va_list args;

	fprintf(stderr, "atrium %s: ", command->name);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, "\nTry 'atrium %s --help'.\n", command->name);
	return CTL_USAGE;
}

void ctl_complain(const char *format, ...)
{
	struct buf text = { .cap = 0 };
	va_list args;

	/* In one piece: daemons write to the same terminal. */
	buf_put(&text, SLICE("atrium: "));
	va_start(args, format);
	buf_vprintf(&text, format, args);
	va_end(args);
	buf_putc(&text, '\n');
	fputs(buf_cstr(&text), stderr);
	buf_done(&text);
}

int ctl_flush(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return CTL_OK;
	ctl_complain("the output cannot be written: %s", strerror(errno));
	return CTL_FAILED;
}

/* What getopt_long() wants to be told of the options. */
struct wanted {
	struct option longs[OPTIONS_MAX + 2];
	char letters[2 * OPTIONS_MAX + 3];
};

static void want(struct wanted *wanted, const struct ctl_option *row, size_t *n)
{
	size_t len = strlen(wanted->letters);

	assert(*n <= OPTIONS_MAX);
	wanted->longs[(*n)++] = (struct option){ .name = row->name,
		.has_arg = row->value ? required_argument : no_argument,
		.val = row->val };
	if (!row->brief)
		return;
	wanted->letters[len++] = row->val;
	if (row->value)
		wanted->letters[len] = ':';
}

static void make_wanted(const struct command *command, struct wanted *ret_wanted)
{
	size_t n = 0;

	*ret_wanted = (struct wanted){ .letters = ":" };
	for (const struct ctl_option *row = command->options; row && row->val; row++)
		want(ret_wanted, row, &n);
	want(ret_wanted, &help_option, &n);
}

int ctl_option(const struct command *command, int argc, char **argv, int *ret_status)
{
	struct wanted wanted;
	int option;

	make_wanted(command, &wanted);
	opterr = 0;
	option = getopt_long(argc, argv, wanted.letters, wanted.longs, NULL);
	if (option == -1 && argc - optind <= command->operands)
		return -1;
	if (option == -1) {
		*ret_status = ctl_usage_error(
			command, "'%s' is not expected here", argv[optind + command->operands]);
	} else if (option == help_option.val) {
		help_command(command);
		*ret_status = ctl_flush();
	} else if (option == ':') {
		*ret_status = ctl_usage_error(command, "'%s' needs a value", argv[optind - 1]);
	} else if (option == '?') {
		*ret_status = ctl_usage_error(command, "'%s' is no option", argv[optind - 1]);
	} else {
		return option;
	}
	return -2;
}
