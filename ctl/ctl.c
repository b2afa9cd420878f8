/* ctl.c - what the commands of atrium share: options, usage, complaints */
/* SPDX-License-Identifier: MIT */
#include "ctl/ctl.h"

#include <stdarg.h>
#include <stdio.h>

#include "proto/base/buf.h"

static void print_help(const struct command *command)
{
	printf("atrium %s - %s\n\nUsage: atrium %s %s\n\n%s", command->name, command->summary,
		command->name, command->usage, command->help);
}

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

int ctl_option(const struct command *command, int argc, char **argv, int *ret_status)
{
	int option;

	opterr = 0;
	option = getopt_long(argc, argv, command->letters, command->options, NULL);
	if (option == -1 && optind == argc)
		return -1;
	if (option == -1) {
		*ret_status = ctl_usage_error(command, "'%s' is not expected here", argv[optind]);
	} else if (option == 'h') {
		print_help(command);
		*ret_status = CTL_OK;
	} else if (option == ':') {
		*ret_status = ctl_usage_error(command, "'%s' needs a value", argv[optind - 1]);
	} else if (option == '?') {
		*ret_status = ctl_usage_error(command, "'%s' is no option", argv[optind - 1]);
	} else {
		return option;
	}
	return -2;
}
